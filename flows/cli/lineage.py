"""The verb that tells where a program came from and what became of it: lineage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import Database, Machine, reading

if TYPE_CHECKING:
    from archive.descent import Lineage, Step
    from archive.program import ProgramId
    from archive.run import Summary
    from archive.store import Reader

__all__ = ["register"]

_MOST = 1000
_LINE = 1000
"""Programs on the way to the best that are marked, from the best backwards."""


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("lineage")(lineage)


def lineage(
    program: Annotated[
        str,
        typer.Argument(metavar="PROGRAM", help="First digits of its id; or a run, or `best`, for its best."),
    ],
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="The run to look in [default: the one it is of]."),
    ] = None,
    up: Annotated[bool, typer.Option("--up", help="Only what it came from.")] = False,
    down: Annotated[bool, typer.Option("--down", help="Only what became of it.")] = False,
    both: Annotated[bool, typer.Option("--both", help="Both, as without any of the three.")] = False,
    depth: Annotated[
        int | None, typer.Option(min=0, help="Most steps away from it [default: no bound].")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="Most programs each way, the nearest.")] = 50,
    diff: Annotated[bool, typer.Option("--diff", help="Show the change of each step, line by line.")] = False,
    db: Database = None,
    machine: Machine = False,
) -> None:
    """Show who came from whom, what was tried, and what it brought; `*` marks the way to the best."""
    from archive.store import UnknownRun

    whole = both or up == down
    with reading(db) as reader:
        summary, found = _asked(reader, program, run)
        ancestry = descent = None
        if whole or up:
            ancestry = reader.ancestry(summary.run.id, found, depth=depth, limit=limit)
        if whole or down:
            descent = reader.descent(summary.run.id, found, depth=depth, limit=limit)
        if not any(each.steps for each in (ancestry, descent) if each is not None):
            raise UnknownRun(f"run {summary.run.name} has no program {found[:12]}")
        best = _best_line(reader, summary)
        diffs = _diffs(reader, ancestry, descent) if diff else None
    if machine:
        from flows.ancestry import lineage_json

        told = lineage_json(summary.run, found, up=ancestry, down=descent, best=best, diffs=diffs)
        print(json.dumps(told, allow_nan=False))
        return
    from flows.cli.family import print_lineage

    print_lineage(summary, found, up=ancestry, down=descent, best=frozenset(best), diffs=diffs)


def _asked(reader: Reader, key: str, run: str | None) -> tuple[Summary, ProgramId]:
    """The run to look in, and the program: a run's best, or one by its id.

    Raises:
        UnknownRun: there is no such run or program, or the run has no valid one yet.
        typer.BadParameter: the program is of several runs, and none was named.
    """
    from archive.store import UnknownRun

    if run is None:
        try:
            run = reader.summary("last" if key == "best" else key).run.id
        except UnknownRun:
            if key == "best":
                raise
        else:
            key = "best"
    if run is None:
        found = reader.program(key).id
        return reader.summary(_only_run(reader, found)), found
    summary = reader.summary(run)
    if key != "best" and key not in (summary.run.name, summary.run.id):
        return summary, reader.program(key).id
    if summary.best is None:
        raise UnknownRun(f"run {summary.run.name} has no valid program yet")
    return summary, summary.best.program


def _only_run(reader: Reader, program: ProgramId) -> str:
    from archive.store import UnknownRun

    runs = list(dict.fromkeys(birth.run for birth in reader.births(program)))
    if not runs:
        raise UnknownRun(f"program {program[:12]} belongs to no run")
    if len(runs) > 1:
        names = ", ".join(reader.summary(each).run.name for each in runs[:5])
        more = f" and {len(runs) - 5} more" if len(runs) > 5 else ""
        raise typer.BadParameter(
            f"program {program[:12]} is of {len(runs)} runs ({names}{more}): name one with --run",
            param_hint="PROGRAM",
        )
    return runs[0]


def _best_line(reader: Reader, summary: Summary) -> list[ProgramId]:
    """The best of a run and its main parents, so far as they can be told."""
    from archive.descent import main_line

    if summary.best is None:
        return []
    best = summary.best.program
    known = reader.ancestry(summary.run.id, best, limit=_LINE)
    return [step.program for step in main_line(known.steps, best)]


def _diffs(reader: Reader, *lineages: Lineage | None) -> dict[ProgramId, list[str]]:
    """By program, the lines in which it differs from its main parent; a seed differs from nothing in none."""
    from flows.ancestry import unified

    steps: dict[ProgramId, Step] = {
        step.program: step for each in lineages if each is not None for step in each.steps
    }
    return {
        program: list(unified(reader.program(step.birth.parents[0]), reader.program(program)))
        for program, step in steps.items()
        if step.birth.parents
    }
