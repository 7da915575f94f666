"""Progress of runs, from their counters and elites; programs are not looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from archive.attempt import Likeness
from archive.evaluation import Verdict
from archive.ledger import Usage
from archive.run import Best, Summary
from archive.sql import mapping_run
from archive.sql.queries import find_run
from archive.sql.tables import attempts, elites, evaluations, progress, runs
from archive.store import Totals, UnknownRun

__all__ = ["all_summaries", "summary_of", "totals_of"]


def totals_of(connection: Connection, run: str) -> Totals:
    """Counters of a run.

    Raises:
        UnknownRun: no such run.
    """
    row = connection.execute(select(progress).where(progress.c.run == run)).one_or_none()
    if row is None:
        raise UnknownRun(f"there is no run with the id {run}")
    return Totals(
        evaluations=row.evaluations,
        attempts=row.attempts,
        duplicates=row.duplicates,
        usage=_usage(row),
        calls=row.calls,
        seconds=row.seconds,
    )


def summary_of(connection: Connection, key: str) -> Summary:
    """The summary of the run with this id, name or prefix.

    Raises:
        UnknownRun: none, or several.
    """
    run = find_run(connection, key)
    return _summaries(connection, run.id)[0]


def all_summaries(connection: Connection) -> Sequence[Summary]:
    """Summaries of all runs, newest first."""
    return _summaries(connection, None)


def _summaries(connection: Connection, run: str | None) -> Sequence[Summary]:
    """Summaries newest first, of one run or of all, in three queries."""
    of_cells = select(elites.c.run, elites.c.cell, func.max(elites.c.utility).label("utility")).group_by(
        elites.c.run, elites.c.cell
    )
    each = (
        select(runs, *(column.label(f"its_{column.name}") for column in progress.c), evaluations.c.metrics)
        .join(progress, progress.c.run == runs.c.id)
        .outerjoin(
            evaluations,
            and_(evaluations.c.run == runs.c.id, evaluations.c.program == progress.c.best_program),
        )
        .order_by(runs.c.serial.desc())
    )
    if run is not None:
        of_cells, each = of_cells.where(elites.c.run == run), each.where(runs.c.id == run)
    best = of_cells.subquery()
    cells = {
        row.run: row
        for row in connection.execute(
            select(
                best.c.run,
                func.count().label("cells"),
                func.sum(best.c.utility - progress.c.worst_utility).label("above_worst"),
            )
            .join(progress, progress.c.run == best.c.run)
            .group_by(best.c.run)
        )
    }
    repeats = _repeats(connection, run)
    return [_summary(row, cells.get(row.id), repeats.get(row.id, {})) for row in connection.execute(each)]


def _repeats(connection: Connection, run: str | None) -> dict[str, dict[str, int]]:
    """Proposals that were like a known program, by run and likeness; an index has only these."""
    counts = {
        likeness.value: select(func.count())
        .select_from(attempts)
        .where(attempts.c.run == runs.c.id, attempts.c.likeness == likeness.value)
        .scalar_subquery()
        .label(likeness.value)
        for likeness in Likeness
    }
    query = select(runs.c.id, *counts.values())
    if run is not None:
        query = query.where(runs.c.id == run)
    return {
        row.id: {name: number for name in counts if (number := getattr(row, name))}
        for row in connection.execute(query)
    }


def _summary(row: Row[Any], of_cells: Row[Any] | None, repeats: Mapping[str, int]) -> Summary:
    run = mapping_run.run_of(row)
    cells = of_cells.cells if of_cells is not None else 0
    best = None
    if row.its_best_program is not None:
        best = Best(
            program=row.its_best_program,
            fitness=row.its_best_fitness,
            metrics=MappingProxyType(json.loads(row.metrics)),
            attempt=row.its_best_attempt,
        )
    failed = {
        verdict.value: getattr(row, f"its_{verdict.value}")
        for verdict in Verdict
        if verdict is not Verdict.VALID
    }
    return Summary(
        run=run,
        best=best,
        evaluations=row.its_evaluations,
        valid=row.its_valid,
        duplicates=row.its_duplicates,
        failures=MappingProxyType({verdict: count for verdict, count in failed.items() if count}),
        calls=row.its_calls,
        usage=_usage(row, prefix="its_"),
        seconds=row.its_seconds,
        cells=cells,
        coverage=min(1.0, cells / run.cells_total) if run.cells_total else 0.0,
        qd_score=of_cells.above_worst if of_cells is not None else 0.0,
        attempts=row.its_attempts,
        repeats=MappingProxyType(repeats),
    )


def _usage(row: Row[Any], *, prefix: str = "") -> Usage:
    return Usage(
        tokens_in=getattr(row, f"{prefix}tokens_in"),
        tokens_out=getattr(row, f"{prefix}tokens_out"),
        tokens_cached=getattr(row, f"{prefix}tokens_cached"),
        tokens_reasoning=getattr(row, f"{prefix}tokens_reasoning"),
        dollars=getattr(row, f"{prefix}dollars"),
    )
