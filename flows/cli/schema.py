"""`db upgrade`: an archive written by an earlier Cambrian."""

from __future__ import annotations

import json

import typer

from flows.cli.options import Database, Machine, database
from flows.cli.text import out

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    verbs = typer.Typer(no_args_is_help=True, help="Look after the archive's database.")
    verbs.command("upgrade")(upgrade)
    # With a callback, a group of one verb stays a group.
    verbs.callback()(_group)
    app.add_typer(verbs, name="db")


def _group() -> None:
    """Look after the archive's database."""


def upgrade(db: Database = None, machine: Machine = False) -> None:
    """Bring the archive to the schema of this Cambrian, in one transaction; make it where there is none.

    Example: cambrian db upgrade
    """
    from archive.sql import schema

    url = database(db)
    before = schema.current(url)
    schema.upgrade(url)
    if machine:
        print(json.dumps({"before": before, "now": schema.HEAD}))
    elif before == schema.HEAD:
        out(f"The archive has schema {schema.HEAD} already")
    else:
        out(f"The archive has schema {schema.HEAD} now, from {before or 'nothing'}")
