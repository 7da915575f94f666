"""Scoring programs of a run again, in one transaction; see `archive.rescoring` for what it means."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from archive.cell import Elite
from archive.evaluation import Verdict
from archive.program import ProgramId
from archive.rescoring import (
    REPORT,
    Change,
    Contender,
    Rescored,
    Revision,
    foremost,
    projection_of,
    rebuild,
)
from archive.sql import mapping
from archive.sql.contending import contenders_of
from archive.sql.encoding import AnyRow
from archive.sql.mapping_evaluation import evaluation_row
from archive.sql.queries import evaluation_in, program_by
from archive.sql.recording import elite_rows
from archive.sql.reporting import newest_of
from archive.sql.tables import births, curve, elites, evaluations, progress
from archive.sql.writes import lock
from archive.store import StoreError

__all__ = ["rescore"]

_KEPT = ("run", "program", "problem", "seconds")
"""Columns of an evaluation that a report does not bear on."""


def rescore(connection: Connection, run: str, programs: Sequence[ProgramId], revision: Revision) -> Rescored:
    """Replace evaluations after what was reported, and rebuild what follows from them.

    Raises:
        UnknownRun: no such run.
    """
    before = lock(connection, run)
    changes, unknown = [], []
    for program in dict.fromkeys(programs):
        change = _change(connection, run, program, revision)
        if change is None:
            unknown.append(program)
        else:
            changes.append(change)
            _replace(connection, run, change, revision)
    best, fitness = before.best_program, before.best_fitness
    if changes:
        contenders = contenders_of(connection, run, revision)
        projection = projection_of(contenders, revision)
        known = None if revision.is_learned else [change.after.program for change in changes]
        for island in _islands(connection, run, known):
            rebuilt = rebuild(contenders, island=island, revision=revision, projection=projection)
            _refill(connection, run, island, rebuilt, revision)
        first = _set_progress(connection, before, changes, contenders, revision)
        best, fitness = (None, None) if first is None else (first.program, first.fitness)
    return Rescored(
        changes=tuple(changes),
        unknown=tuple(unknown),
        best_before=before.best_program,
        best=best,
        fitness=fitness,
    )


def _change(connection: Connection, run: str, program: ProgramId, revision: Revision) -> Change | None:
    evaluation = evaluation_in(connection, run, program)
    if evaluation is None:
        return None
    text = program_by(connection, program)
    if text is None:
        raise StoreError(f"program {program} has an evaluation and no text: restore the database from a copy")
    after = revision.revise(text, evaluation, newest_of(connection, program))
    return Change(before=evaluation, after=after)


def _replace(connection: Connection, run: str, change: Change, revision: Revision) -> None:
    after = change.after
    if after == change.before:
        return
    row = evaluation_row(run, after, revision.utility(after))
    connection.execute(
        update(evaluations)
        .where(evaluations.c.run == run, evaluations.c.program == after.program)
        .values({name: value for name, value in row.items() if name not in _KEPT})
    )
    if after.verdict is not change.before.verdict:
        connection.execute(
            update(births)
            .where(births.c.run == run, births.c.program == after.program)
            .values(verdict=after.verdict.value)
        )


def _islands(connection: Connection, run: str, programs: Sequence[ProgramId] | None) -> list[int]:
    """Islands that know one of these programs; None: any program."""
    if programs is None:
        every = select(births.c.island).where(births.c.run == run).distinct()
        return sorted(connection.execute(every).scalars())
    known = (
        connection.execute(
            select(births.c.island).where(births.c.program == program, births.c.run == run)
        ).scalars()
        for program in programs
    )
    return sorted({island for islands in known for island in islands})


def _refill(
    connection: Connection, run: str, island: int, rebuilt: Sequence[Elite], revision: Revision
) -> None:
    here = (elites.c.run == run, elites.c.island == island)
    there = {_key(mapping.elite_of(row)) for row in connection.execute(select(elites).where(*here))}
    if there != {_key(elite) for elite in rebuilt}:
        connection.execute(delete(elites).where(*here))
        rows = elite_rows(run, ((each, revision.objective.utility(each.fitness)) for each in rebuilt))
        if rows:
            connection.execute(insert(elites), rows)


def _key(elite: Elite) -> tuple[object, ...]:
    return elite.cell, elite.program, elite.fitness, elite.descriptors, elite.objectives


def _set_progress(
    connection: Connection,
    before: AnyRow,
    changes: Sequence[Change],
    contenders: Sequence[Contender],
    revision: Revision,
) -> Contender | None:
    """Counters, worst and best of the run, and a point of the curve where the best changed."""
    utility = revision.objective.utility
    best = foremost(contenders, revision.objective)
    counts = {verdict.value: getattr(before, verdict.value) for verdict in Verdict}
    for change in changes:
        counts[change.before.verdict.value] -= 1
        counts[change.after.verdict.value] += 1
    connection.execute(
        update(progress)
        .where(progress.c.run == before.run)
        .values(
            **counts,
            best_program=None if best is None else best.program,
            best_utility=None if best is None else utility(best.fitness),
            best_fitness=None if best is None else best.fitness,
            best_attempt=None if best is None else best.attempt,
            worst_utility=min((utility(each.fitness) for each in contenders), default=None),
        )
    )
    if best is not None and (best.program, best.fitness) != (before.best_program, before.best_fitness):
        connection.execute(
            insert(curve).inline(),
            {
                "run": before.run,
                "evaluations": before.evaluations,
                "seconds": before.seconds,
                "fitness": best.fitness,
                "program": best.program,
                "operator": REPORT,
            },
        )
    return best
