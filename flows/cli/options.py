"""Arguments and options that several verbs share."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

__all__ = ["Database", "Key", "Machine", "ProblemName", "SandboxName", "checked_sandbox", "database"]

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
