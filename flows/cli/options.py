"""Arguments and options that several verbs share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from archive.store import Reader

__all__ = [
    "Database",
    "Key",
    "Limit",
    "Machine",
    "ProblemName",
    "SandboxName",
    "checked_sandbox",
    "database",
    "reading",
]

ProblemName: TypeAlias = Annotated[
    str, typer.Argument(metavar="PROBLEM", help="A folder, a YAML file, or a name from `cambrian problems`.")
]
Key: TypeAlias = Annotated[
    str, typer.Argument(metavar="RUN", help="Name, id or first digits of it; `last` is the newest.")
]
Database: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--db", metavar="URL", help="Archive, an SQLAlchemy URL [default: $CAMBRIAN_DB or a user file]."
    ),
]
Limit: TypeAlias = Annotated[int, typer.Option(min=1, help="Newest rows to show.")]
Machine: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
SandboxName: TypeAlias = Annotated[
    str, typer.Option("--sandbox", metavar="auto|docker|process", help="Where programs run.")
]


def database(db: str | None) -> str:
    """The URL given, else the one of the settings."""
    from flows.settings import read_settings

    return db or read_settings().database


def checked_sandbox(sandbox: str) -> str:
    """The sandbox given, when it is one.

    Raises:
        typer.BadParameter: it is none.
    """
    known = ("auto", "docker", "process")
    if sandbox not in known:
        raise typer.BadParameter(
            f"expected one of {', '.join(known)}, found {sandbox!r}", param_hint="--sandbox"
        )
    return sandbox


@contextmanager
def reading(db: str | None) -> Iterator[Reader]:
    """A reader of the archive, closed in the end."""
    from archive.sql.reader import open_reader

    reader = open_reader(database(db))
    try:
        yield reader
    finally:
        reader.close()
