"""Connections: what a database is called, how it is opened, and what its errors mean."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    DisconnectionError,
    IntegrityError,
    NoSuchModuleError,
    SQLAlchemyError,
)
from sqlalchemy.pool import QueuePool

from archive.sql.quick import Quick
from archive.store import StoreError

__all__ = [
    "PATIENCE",
    "checkpoint",
    "explained",
    "file_of",
    "is_passing",
    "patiently",
    "quick",
    "reading_engine",
    "url_of",
    "writing_engine",
]

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds that a locked file or a server that is away is waited for."""

_BUSY_SECONDS = 30.0
_BUSY, _LOCKED, _FULL = sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL
_READONLY, _CANTOPEN, _NOTADB = sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB
_IOERR, _CORRUPT = sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT
# Serialization failure and deadlock: PostgreSQL gave up one of two writers, who may simply try again.
_GIVEN_UP = ("40001", "40P01")
# Connection exceptions (08) and a server that is shutting down or starting (57P).
_AWAY = ("08", "57P")


def url_of(place: str | Path | URL) -> URL:
    """The URL of a database from what a user may write.

    Args:
        place: ``sqlite:///FILE``, ``postgresql://USER:PASSWORD@HOST/NAME``, or the path of a SQLite file.

    Raises:
        StoreError: it is none of these.
    """
    if isinstance(place, Path) or (isinstance(place, str) and "://" not in place):
        return URL.create("sqlite", database=str(Path(place).expanduser().absolute()))
    try:
        url = make_url(place)
    except ArgumentError as error:
        raise StoreError(f"cannot read the database URL {place!r}: {error}") from error
    kind = url.get_backend_name()
    if kind == "postgres":
        kind = "postgresql"
    if kind == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if kind != "sqlite":
        raise StoreError(f"databases are sqlite:///FILE or postgresql://…, not {kind}://")
    if not url.database or url.database == ":memory:":
        raise StoreError("a SQLite database needs a file: sqlite:///FILE")
    return URL.create("sqlite", database=str(Path(url.database).expanduser().absolute()))


def file_of(url: URL) -> Path | None:
    """The file of a SQLite database; None for a server."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def writing_engine(url: URL, *, durable: bool = False) -> Engine:
    """An engine whose transactions hold the write lock from their first statement.

    The file and its folder are made when they are missing.

    Args:
        url: from `url_of`.
        durable: whether a commit on SQLite waits until the disk has it. Without, it survives the end of the
            process by any signal, but a power cut may take the last commits. A durable commit takes all
            earlier ones to the disk with it. PostgreSQL's commits are always durable, as the server is set.

    Raises:
        StoreError: they cannot be made, or the URL's driver is not there.
    """
    path = file_of(url)
    if path is None:
        return _server_engine(url)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make the folder of the database {path}: {error.strerror}") from error

    def connect() -> sqlite3.Connection:
        return _writing(path, durable=durable)

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=1)
    # With a plain BEGIN, two writers that both read first cannot both go on, however long they wait.
    event.listen(engine, "begin", _begins_with("BEGIN IMMEDIATE"))
    return engine


def quick(path: Path) -> Quick:
    """Writes to a SQLite file, and reads of it, that fail where they would wait: for a lock or for the disk.

    Whoever writes so must see to it that `checkpoint` is called now and then.
    """

    def connect() -> sqlite3.Connection:
        connection = _writing(path, durable=False)
        for pragma in ("busy_timeout = 0", "wal_autocheckpoint = 0"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    return Quick(connect)


def checkpoint(engine: Engine) -> None:
    """Bring SQLite's log into its database, as far as no other connection is in the way."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connection.close()


def reading_engine(url: URL) -> Engine:
    """An engine that cannot write; each transaction sees one state of the database. It makes no file."""
    path = file_of(url)
    if path is None:
        # PostgreSQL's default would let two queries of one report see different states.
        return _server_engine(url, isolation_level="REPEATABLE READ", read_only=True)

    def connect() -> sqlite3.Connection:
        return _reading(path)

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=2, max_overflow=8)
    event.listen(engine, "begin", _begins_with("BEGIN"))
    return engine


def patiently(work: Callable[[], T], *, url: URL, patience: float = PATIENCE) -> T:
    """What `work` returns, tried again while the database is locked or away.

    `work` is one whole transaction. Where a server is lost between its commit and the answer, it runs twice;
    so it must be such that a second time changes nothing.

    Raises:
        StoreError: the trouble does not pass, or not within `patience` seconds.
    """
    deadline = time.monotonic() + patience
    pause = 0.02
    while True:
        try:
            return work()
        except SQLAlchemyError as error:
            if not is_passing(error) or time.monotonic() + pause > deadline:
                raise explained(error, url) from error
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction may succeed a little later."""
    if isinstance(error, DisconnectionError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return _code(error.orig) in (_BUSY, _LOCKED)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        # A connection that could not be made, or broke, has no state.
        return error.connection_invalidated or type(error.orig).__name__ == "OperationalError"
    return state in _GIVEN_UP or state.startswith(_AWAY)


def explained(error: SQLAlchemyError, url: URL) -> StoreError:
    """The error in words: which database, what is wrong, what to do."""
    name = url.render_as_string(hide_password=True)
    path = file_of(url)
    place = str(path) if path else name
    origin = error.orig if isinstance(error, DBAPIError) else error
    line = " ".join(str(origin).split())
    if isinstance(error, IntegrityError):
        return StoreError(f"the database {place} refused the write: {line}")
    if isinstance(origin, sqlite3.Error):
        says = _SQLITE_SAYS.get(_code(origin))
        return StoreError(f"the database {place}{f' {says} ({line})' if says else f': {line}'}")
    if getattr(origin, "sqlstate", None) == "53100":
        return StoreError(f"the database {place} {_SQLITE_SAYS[_FULL]} ({line})")
    if is_passing(error):
        return StoreError(f"the database {place} cannot be reached: is the server running? ({line})")
    return StoreError(f"the database {place}: {line}")


_SQLITE_SAYS = {
    _BUSY: "is locked by another process and stayed so: end that process or wait, then resume",
    _LOCKED: "is locked by another process and stayed so: end that process or wait, then resume",
    _FULL: "has no room left on its disk: make room, then resume; nothing committed is lost",
    _READONLY: "may not be written to: check the rights of the file and its folder",
    _CANTOPEN: "cannot be opened: check that its folder exists and may be written to",
    _NOTADB: "is not a SQLite database: choose another file",
    _IOERR: "cannot be read or written, the disk may be full or broken; nothing committed is lost",
    _CORRUPT: "is damaged: restore it from a copy",
}


_CACHE = "cache_size = -32768"  # KiB; SQLite's own 2 MB do not hold the upper pages of a million ids


def _writing(path: Path, *, durable: bool) -> sqlite3.Connection:
    connection = _sqlite(str(path))
    for pragma in (
        "journal_mode = WAL",
        f"synchronous = {'FULL' if durable else 'NORMAL'}",
        "foreign_keys = ON",
        _CACHE,
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _reading(path: Path) -> sqlite3.Connection:
    name = f"file:{quote(str(path))}?mode=ro"
    connection = _sqlite(name)
    try:
        connection.execute(f"PRAGMA {_CACHE}")
        connection.execute("PRAGMA schema_version")
    except sqlite3.OperationalError as error:
        connection.close()
        if _code(error) not in (_CANTOPEN, _READONLY) or _has_content(path.with_name(path.name + "-wal")):
            raise
        # In a folder that may not be written to, SQLite cannot make the files that WAL mode needs; where
        # no log is left over, the file alone is the whole database.
        connection = _sqlite(name + "&immutable=1")
    return connection


def _sqlite(name: str) -> sqlite3.Connection:
    # isolation_level None: the driver begins nothing by itself, the engine's "begin" hook does.
    return sqlite3.connect(
        name,
        uri=name.startswith("file:"),
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )


def _begins_with(statement: str) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)

    return begin


def _server_engine(url: URL, *, isolation_level: str | None = None, read_only: bool = False) -> Engine:
    options: dict[str, Any] = {"isolation_level": isolation_level} if isolation_level else {}
    if read_only:
        options["execution_options"] = {"postgresql_readonly": True}
    try:
        return create_engine(url, pool_size=2, connect_args={"connect_timeout": 10}, **options)
    except (NoSuchModuleError, ImportError) as error:
        raise StoreError(f"no driver for {url.drivername} is installed: {error}") from error


def _code(error: BaseException) -> int:
    # The upper bytes tell variants of the same trouble apart.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0
