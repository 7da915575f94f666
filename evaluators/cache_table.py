"""The table behind the stage cache: rows of bytes in SQLite, the oldest use making room."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["Table", "Unusable"]

_LOG: Final = logging.getLogger(__name__)
_VERSION: Final = 1
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS stages (key TEXT NOT NULL UNIQUE, used INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX IF NOT EXISTS stages_used ON stages (used)",
    f"PRAGMA user_version = {_VERSION}",
)
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_WAIT: Final = 1.0
"""Seconds to wait for another process that is writing."""
_REST: Final = 1.0
"""Seconds without a try after the file was busy, so that not each of a batch waits."""
_TOUCHES: Final = 512
"""Uses that are noted in memory before they are written down."""
_JOURNAL_BYTES: Final = 16 << 20
_ROOM: Final = 0.95
"""Share of the bound that is left when room was made, so that it is not made at every write."""


class Unusable(Exception):
    """The file is to be left alone; the message says why."""


class Table:
    """Bytes by key in one file. For one thread; other processes may have the same file open.

    Attributes:
        path: of the file.
        touched: keys that were read and when, in nanoseconds since the epoch, not yet written down.
    """

    def __init__(self, path: Path, *, max_bytes: int) -> None:
        """Prepare; the file is opened by the first use.

        Args:
            path: of the file.
            max_bytes: most bytes in use in it.
        """
        self.path = path
        self.touched: dict[str, int] = {}
        self._max_bytes = max_bytes
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._has_warned = False
        self._rests_until = 0.0

    def read(self, key: str) -> bytes | None:
        """The bytes under a key; None where there are none, or the file is busy or was damaged.

        Raises:
            Unusable: the file must be left alone.
            sqlite3.Error, OSError: it cannot be used.
        """
        if time.monotonic() < self._rests_until:
            return None
        try:
            row = self._open().execute("SELECT body FROM stages WHERE key = ?", (key,)).fetchone()
        except sqlite3.DatabaseError as error:
            self._mend(error)
            return None
        if row is None or not isinstance(row[0], bytes):
            return None
        self.touched[key] = time.time_ns()
        if len(self.touched) > _TOUCHES:
            self.write({})
        return row[0]

    def write(self, rows: Mapping[str, bytes]) -> None:
        """Keep rows, and the times of last use, in one transaction. Nothing is kept when the file is busy.

        Raises:
            Unusable: the file must be left alone.
            sqlite3.Error, OSError: it cannot be used.
        """
        if time.monotonic() < self._rests_until:
            return
        try:
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._put(connection, rows)
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # the first error says more
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self._mend(error)
        self.touched.clear()

    def close(self) -> None:
        """Write down the times of last use and close the file."""
        if self._connection is not None and self.touched:
            self.write({})
        self._drop()

    def _put(self, connection: sqlite3.Connection, rows: Mapping[str, bytes]) -> None:
        touches = [(when, key) for key, when in self.touched.items()]
        connection.executemany("UPDATE stages SET used = ? WHERE key = ?", touches)
        start = time.time_ns()
        connection.executemany(
            "INSERT OR REPLACE INTO stages (key, used, body) VALUES (?, ?, ?)",
            # In the order of the rows, each with a moment of its own, so that the oldest is always one.
            [(key, start + place, body) for place, (key, body) in enumerate(rows.items())],
        )
        if _bytes_in_use(connection) > self._max_bytes:
            _make_room(connection, int(self._max_bytes * _ROOM))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            if not self.path.parent.is_dir():
                self.path.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
            # Its own mode must be there before SQLite writes, which gives the same to the files beside it.
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            status = self.path.stat()
            if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
                raise Unusable("the file belongs to another user")
            self._inode = status.st_ino
            connection = sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)
            try:
                _prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _mend(self, error: sqlite3.DatabaseError) -> None:
        """Do without a busy file this once, set a damaged one aside; the next use opens it again.

        Raises:
            sqlite3.DatabaseError: the same, where it is neither.
        """
        self._drop()
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _DAMAGED:
            self._set_aside()
        elif code in _LOCKED:
            self._rests_until = time.monotonic() + _REST
            if not self._has_warned:
                self._has_warned = True
                _LOG.warning("the stage cache is busy, results go unkept: %s (%s)", error, self.path)
        else:
            raise error

    def _set_aside(self) -> None:
        """Put the damaged file out of the way, unless another process has done it already."""
        with contextlib.suppress(FileNotFoundError):
            if self.path.stat().st_ino != self._inode:
                return
            aside = self.path.with_name(f"{self.path.name}.damaged")
            _LOG.warning("the stage cache was damaged; it is begun anew, the old file is %s", aside)
            self.path.replace(aside)
            for ending in ("-wal", "-shm"):
                self.path.with_name(self.path.name + ending).unlink(missing_ok=True)

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):  # nothing is left to be saved
                self._connection.close()
            self._connection = None


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the table where there is none yet. Of several processes that open a new file one makes it.

    Raises:
        Unusable: the file is no cache of ours.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, _VERSION):
        raise Unusable(f"its format is {version}, this version of Cambrian knows {_VERSION}")
    if version == 0:
        connection.execute("BEGIN IMMEDIATE")
        is_new = connection.execute("PRAGMA user_version").fetchone()[0] == 0
        if is_new and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise Unusable("the file is a database of something else")
        for statement in _SCHEMA:
            connection.execute(statement)
        connection.execute("COMMIT")
    with contextlib.suppress(sqlite3.OperationalError):  # busy: the next one to open it changes the mode
        connection.execute("PRAGMA journal_mode = WAL")
    # Survives a crash of the process; a crash of the machine may cost the last entries, not the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA journal_size_limit = {_JOURNAL_BYTES}")


def _bytes_in_use(connection: sqlite3.Connection) -> int:
    """Bytes of all pages that hold something; SQLite keeps the count, nothing is read for it."""
    pages, free, size = (
        int(connection.execute(f"PRAGMA {name}").fetchone()[0])
        for name in ("page_count", "freelist_count", "page_size")
    )
    return (pages - free) * size


def _make_room(connection: sqlite3.Connection, goal: int) -> None:
    """Delete the entries used longest ago until at most `goal` bytes are in use.

    Deleted bytes free whole pages only when their neighbours go as well, hence in several passes.
    """
    while (excess := _bytes_in_use(connection) - goal) > 0:
        last = None
        for used, size in connection.execute("SELECT used, length(body) FROM stages ORDER BY used"):
            last, excess = used, excess - size
            if excess <= 0:
                break
        if last is None:
            return
        connection.execute("DELETE FROM stages WHERE used <= ?", (last,))
