"""`report-metric`: a metric that arrives after the evaluation."""

from __future__ import annotations

import asyncio
import json
import math
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import Database, Machine, database, reading
from flows.cli.text import number, out

if TYPE_CHECKING:
    from collections.abc import Sequence

    from archive.report import Report
    from archive.run import Run
    from archive.store import Reader
    from flows.delayed import Applied, Takers

__all__ = ["register"]

Reported = Annotated[str, typer.Argument(metavar="PROGRAM", help="Id of the program, or its first digits.")]
Metric = Annotated[
    str, typer.Argument(metavar="METRIC", help="Name of the metric of a stage that uses `delayed`.")
]
Value = Annotated[str, typer.Argument(metavar="VALUE", help="A finite number.")]
OneRun = Annotated[
    str | None,
    typer.Option("--run", metavar="RUN", help="Score it again in this run only; in others when resumed."),
]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    # A value may be negative, and then looks like an option.
    app.command("report-metric", context_settings={"ignore_unknown_options": True})(report_metric)


def report_metric(
    program: Reported,
    metric: Metric,
    value: Value,
    run: OneRun = None,
    db: Database = None,
    machine: Machine = False,
) -> None:
    """Tell a metric that was found out after the evaluation, and score the program again.

    Every run that knows the program and waits for the metric takes it up, a live one with its next turn.

    Example: cambrian report-metric 3e8290078e65 quality 0.83
    """
    from archive.report import Report
    from flows.clock import SystemClock
    from flows.delayed import NoTaker

    worth = _finite(value)
    with reading(db) as reader:
        found = reader.program(program).id
        runs = _runs(reader, found, run)
    report = Report(program=found, metric=metric, value=worth, at=SystemClock().now())
    try:
        takers, applied = asyncio.run(_apply(database(db), report, runs))
    except NoTaker as error:
        raise typer.BadParameter(str(error), param_hint="METRIC") from error
    if machine:
        print(json.dumps(_json(report, takers, applied), allow_nan=False))
    else:
        _show(report, takers, applied)


async def _apply(url: str, report: Report, runs: Sequence[Run]) -> tuple[Takers, Sequence[Applied]]:
    from archive.sql.store import open_store
    from flows.delayed import apply_report
    from flows.takers import takers_of

    takers = await asyncio.to_thread(takers_of, runs)
    store = await asyncio.to_thread(open_store, url)
    try:
        return takers, await apply_report(store, report, takers)
    finally:
        await store.close()


def _finite(value: str) -> float:
    try:
        found = float(value)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise typer.BadParameter(f"expected a finite number, found {value!r}", param_hint="VALUE")
    return found


def _runs(reader: Reader, program: str, key: str | None) -> list[Run]:
    """The runs that know the program, or the one that was named, if it does."""
    from archive.store import UnknownRun

    one = None if key is None else reader.summary(key).run
    births = reader.births(program, None if one is None else one.id)
    if one is not None and not births:
        raise UnknownRun(f"run {one.name} does not know program {program[:12]}")
    return [reader.summary(run).run for run in dict.fromkeys(birth.run for birth in births)]


def _json(report: Report, takers: Takers, applied: Sequence[Applied]) -> dict[str, object]:
    return {
        "program": report.program,
        "metric": report.metric,
        "value": report.value,
        "runs": [
            {
                "run": each.run.name,
                "verdict": change.after.verdict.value,
                "fitness_before": change.before.fitness,
                "fitness": change.after.fitness,
                "best_before": each.rescored.best_before == report.program,
                "best": each.rescored.best == report.program,
                "best_program": each.rescored.best,
                "best_fitness": each.rescored.fitness,
            }
            for each in applied
            for change in each.rescored.changes
        ],
        "skipped": [{"run": run.name, "reason": reason} for run, reason in takers.unread],
    }


def _show(report: Report, takers: Takers, applied: Sequence[Applied]) -> None:
    out(f"Program {report.program[:12]} has {report.metric} {report.value:.10g}")
    for each in applied:
        for change in each.rescored.changes:
            before, after = change.before, change.after
            worth = number(after.fitness) if after.fitness is not None else after.verdict.value
            news = f"fitness {number(before.fitness)} became {worth}"
            out(f"  {each.run.name}: {news}; {_standing(report, each)}")
    for run, reason in takers.unread:
        out(f"  {run.name}: not scored again, its problem cannot be read: {reason}")


def _standing(report: Report, each: Applied) -> str:
    rescored = each.rescored
    if rescored.best is None:
        return "the run has no valid program now"
    if rescored.best == report.program:
        return "still the best" if rescored.best_before == report.program else "the best now"
    place = "no longer the best" if rescored.best_before == report.program else "not the best"
    return f"{place}, which is {rescored.best[:12]} with {number(rescored.fitness)}"
