"""Verbs about programs of a run: best, programs, diff."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import Database, Key, Limit, Machine, reading
from flows.cli.text import clip, number, out, out_diff, table

if TYPE_CHECKING:
    from archive.program import Program
    from archive.run import Summary
    from archive.store import Reader

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("best")(best)
    app.command("programs")(programs)
    app.command("diff")(diff)


def best(
    run: Key,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the program here.")] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="Write its picture here as PNG.")] = None,
    db: Database = None,
    machine: Machine = False,
) -> None:
    """Print, or write, the best program of a run."""
    from flows.report import program_json, summary_json

    with reading(db) as reader:
        summary = reader.summary(run)
        if summary.best is None:
            print(f"Run {summary.run.name} has no valid program yet", file=sys.stderr)
            raise typer.Exit(1)
        program = reader.program(summary.best.program)
    if machine:
        found = summary_json(summary)["best"]
        print(json.dumps({"run": summary.run.name, "best": found, **program_json(program)}, allow_nan=False))
    elif output is None:
        out(program.text)
    if output is not None:
        _write(program, output)
        print(f"{summary.best.fitness:.10g}  {output}", file=sys.stderr)
    if picture is not None:
        import asyncio

        from flows.picture import draw_best

        written = asyncio.run(draw_best(summary.run.id, db, picture))
        print(written or f"{summary.run.problem} has no picture of its results", file=sys.stderr)


def programs(
    run: Key,
    limit: Limit = 30,
    verdict: Annotated[str | None, typer.Option(help="Only those with this verdict.")] = None,
    db: Database = None,
    machine: Machine = False,
) -> None:
    """List the newest programs of a run with what became of them."""
    _check_verdict(verdict)
    with reading(db) as reader:
        rows = reader.programs(reader.summary(run).run.id, limit=limit, verdict=verdict)
    if machine:
        listing = [
            {
                "program": birth.program,
                "parents": list(birth.parents),
                "operator": birth.operator,
                "island": birth.island,
                "attempt": birth.attempt,
                "model": birth.model,
                "verdict": found.verdict.value,
                "fitness": found.fitness,
                "metrics": dict(found.metrics),
                "reason": found.reason,
                "seconds": found.seconds,
                "at": birth.at.isoformat(),
            }
            for birth, found in rows
        ]
        print(json.dumps(listing, allow_nan=False))
        return
    table(
        ("program", "fitness", "verdict", "operator", "island", "parent", "reason"),
        [
            (
                birth.program[:12],
                number(found.fitness),
                found.verdict.value,
                birth.operator,
                str(birth.island),
                birth.parents[0][:12] if birth.parents else "-",
                clip(found.reason, 60),
            )
            for birth, found in rows
        ],
    )


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="A program, or a run for its best.")],
    b: Annotated[
        str | None,
        typer.Argument(metavar="B", help="Another [default: A's main parent; of a run, its seed]."),
    ] = None,
    db: Database = None,
    machine: Machine = False,
) -> None:
    """Show how B became A: what changed between two programs, file by file."""
    from flows.ancestry import unified

    with reading(db) as reader:
        new, run = _program_of(reader, a)
        old = _origin(reader, new, run) if b is None else _program_of(reader, b)[0]
    lines = list(unified(old, new))
    if machine:
        print(json.dumps({"from": old.id, "to": new.id, "diff": lines}))
    else:
        out_diff(lines or ["The programs are the same."])


def _write(program: Program, path: Path) -> None:
    """One file at `path`, or a folder there when the program has several."""
    if len(program.sources) == 1:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(program.text, encoding="utf-8", errors="replace")
        return
    for name, text in program.sources.items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", errors="replace")


def _check_verdict(verdict: str | None) -> None:
    from archive.evaluation import Verdict

    known = [one.value for one in Verdict]
    if verdict is not None and verdict not in known:
        raise typer.BadParameter(
            f"expected one of {', '.join(known)}, found {verdict!r}", param_hint="--verdict"
        )


def _program_of(reader: Reader, key: str) -> tuple[Program, Summary | None]:
    """A program by its id, or the best one of a run by the run's name."""
    from archive.store import UnknownRun

    try:
        summary = reader.summary(key)
    except UnknownRun:
        return reader.program(key), None
    if summary.best is None:
        raise UnknownRun(f"run {summary.run.name} has no valid program yet")
    return reader.program(summary.best.program), summary


def _origin(reader: Reader, program: Program, run: Summary | None) -> Program:
    """What a program is compared with when nothing was named: a run's seed, else the main parent."""
    from archive.store import UnknownRun

    birth = next(iter(reader.births(program.id, None if run is None else run.run.id)), None)
    while run is not None and birth is not None and birth.parents:
        earlier = next(iter(reader.births(birth.parents[0], run.run.id)), None)
        if earlier is None or not earlier.parents:
            return reader.program(birth.parents[0])
        birth = earlier
    if birth is None or not birth.parents:
        if run is not None:
            return program
        raise UnknownRun(f"program {program.id[:12]} has no parent; name another to compare it with")
    return reader.program(birth.parents[0])
