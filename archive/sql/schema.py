"""Versions of the schema: which one a database has, and bringing it to the present one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import SQLAlchemyError

from archive.sql.engine import explained, file_of, patiently, reading_engine, url_of, writing_engine
from archive.sql.tables import metadata
from archive.store import NewerSchema, StoreError

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["HEAD", "check", "current", "downgrade", "prepare", "upgrade", "version_of"]

HEAD = "0003"
"""Version of `archive.sql.tables`. Written here so that opening a database that has it needs no Alembic."""

_SCRIPTS = Path(__file__).with_name("migrations")
# Any number, the same in all processes: who holds it may change the schema.
_ADVISORY = 0x63616D62
# As Alembic makes it, for whom it is.
_versions = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def current(place: str | Path) -> str | None:
    """Version of the schema of a database; None where there is no schema yet (or no file).

    Raises:
        StoreError: the database cannot be read.
    """
    url = url_of(place)
    path = file_of(url)
    if path is not None and not path.exists():
        return None
    engine = reading_engine(url)
    try:
        with engine.begin() as connection:
            return version_of(connection)
    except SQLAlchemyError as error:
        raise explained(error, url) from error
    finally:
        engine.dispose()


def upgrade(place: str | Path) -> None:
    """Bring a database to the present schema, from any earlier one or from nothing, in one transaction.

    Raises:
        NewerSchema: it is already beyond.
        StoreError: it cannot be changed, or holds tables of some other program.
    """
    url = url_of(place)
    engine = writing_engine(url)
    try:
        patiently(lambda: _upgrade(engine), url=url)
    finally:
        engine.dispose()


def downgrade(place: str | Path, version: str) -> None:
    """Bring a database back to an earlier schema, in one transaction, for an earlier Cambrian.

    What that schema cannot hold is lost; each migration says what that is.

    Args:
        place: the database.
        version: of the schema, earlier than the one it has.

    Raises:
        NewerSchema: the database is of a schema that this program does not know.
        StoreError: there is no such earlier schema, or it cannot be changed.
    """
    url = url_of(place)
    engine = writing_engine(url)
    try:
        patiently(lambda: _downgrade(engine, version), url=url)
    finally:
        engine.dispose()


def prepare(engine: Engine, url: URL) -> None:
    """Give an empty database its schema; hold any other one against it.

    Raises:
        NewerSchema: it is beyond this program.
        StoreError: it is of an older version, or of some other program.
    """

    def look() -> str | None:
        with engine.begin() as connection:
            return version_of(connection)

    version = patiently(look, url=url)
    if version is None:
        version = patiently(lambda: _make(engine), url=url)
    check(version, url)


def check(version: str, url: URL) -> None:
    """Refuse a schema that is not the present one.

    Raises:
        NewerSchema: it is not known to this program.
        StoreError: it is an older one.
    """
    if version == HEAD:
        return
    name = url.render_as_string(hide_password=True)
    if version not in _known():
        raise NewerSchema(
            f"{name} has schema {version}, this Cambrian knows up to {HEAD}:"
            " use a Cambrian as new as the one that wrote it"
        )
    raise StoreError(f"{name} has schema {version} and needs {HEAD}: run `cambrian db upgrade`")


def version_of(connection: Connection) -> str | None:
    """Version of the schema; None where there is none.

    Raises:
        StoreError: there are tables, but not of this program.
    """
    there = set(inspect(connection).get_table_names())
    if "alembic_version" in there:
        return connection.execute(select(_versions.c.version_num)).scalar()
    foreign = there & set(metadata.tables)
    if foreign:
        raise StoreError(
            f"the database has tables of another program ({', '.join(sorted(foreign))}): choose another one"
        )
    return None


def _make(engine: Engine) -> str:
    """Give an empty database the tables as they are now, without the way of the migrations to them.

    Returns:
        The version that the database has then: another process may have been quicker.
    """
    with engine.begin() as connection:
        _lock(connection)
        version = version_of(connection)
        if version is None:
            metadata.create_all(connection)
            _versions.create(connection, checkfirst=True)
            connection.execute(insert(_versions).values(version_num=HEAD))
        return version or HEAD


def _lock(connection: Connection) -> None:
    """Keep others from changing the schema until the transaction ends; SQLite has begun with a lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY})


def _upgrade(engine: Engine) -> None:
    from alembic import command

    with engine.begin() as connection:
        _lock(connection)
        # Asked under the lock: another process may just have done the work.
        version = version_of(connection)
        if version is not None and version != HEAD and version not in _known():
            check(version, engine.url)
        command.upgrade(_config(connection), "head")


def _downgrade(engine: Engine, to: str) -> None:
    from alembic import command

    with engine.begin() as connection:
        _lock(connection)
        version = version_of(connection)
        if version is not None and version not in _known():
            check(version, engine.url)
        earlier = sorted(each for each in _known() if version is not None and each < version)
        if to not in earlier:
            raise StoreError(
                f"{engine.url.render_as_string(hide_password=True)} has schema {version or 'none'};"
                f" expected an earlier one ({', '.join(earlier) or 'there is none'}), found {to!r}"
            )
        command.downgrade(_config(connection), to)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    # The option is interpolated, so that a per cent sign in the path must be doubled.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _known() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory(str(_SCRIPTS)).walk_revisions()}
