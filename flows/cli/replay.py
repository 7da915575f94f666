"""`replay`: a run again from its recorded answers."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.driving import Watched, drive
from flows.cli.options import Database, Key, Machine, SandboxName, checked_sandbox, database
from flows.cli.text import count, plain

if TYPE_CHECKING:
    from flows.replaying import Replay

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("replay")(replay)


def replay(
    run: Key,
    name: Annotated[str | None, typer.Option(help="Name of the new run [default: a friendly one].")] = None,
    sandbox: SandboxName = "auto",
    db: Database = None,
    machine: Machine = False,
) -> None:
    """Run again from the recorded model answers, without a model, and compare.

    Parents are drawn as they were, and every model call is answered as it was. Scores that are known for the
    same problem are taken over; after a change of its scorer begin a new run instead.

    Exit code 0 when the same came about, 1 when not.

    Example: cambrian replay last
    """
    from archive.sql.reader import open_reader
    from flows.cli.show import open_view
    from flows.replaying import compare
    from flows.terms import Terms

    url = database(db)
    with closing(open_reader(url)) as reader:
        original = reader.summary(run).run.id
    terms = Terms(replay=original, name=name, db=db, sandbox=checked_sandbox(sandbox))
    with open_view(machine=machine, db=db) as view:
        summary = asyncio.run(drive(terms, Watched(view, db), prefect=False))
    with closing(open_reader(url)) as reader:
        found = compare(reader, original=original, replay=summary.run.id)
    if machine:
        print(json.dumps({"event": "replayed", **asdict(found), "holds": found.holds}))
    else:
        _show(found)
    sys.exit(0 if found.holds else 1)


def _show(found: Replay) -> None:
    print(
        f"\nReplay {found.run} of {found.original}: {found.same} of {count(found.programs, 'program')} came "
        f"about with the same score, {found.same_elites} of {count(found.elites, 'elite')} are elites again"
    )
    for line in found.differences:
        print(f"  {plain(line)}")
