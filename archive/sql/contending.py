"""Who came to the islands of a run, in which order, and what they are worth now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, func, select

from archive.evaluation import Verdict
from archive.learned import LAST
from archive.program import ProgramId
from archive.rescoring import Contender, Revision
from archive.sql.encoding import AnyRow
from archive.sql.queries import IS_ITS_EVALUATION, evaluation_in, program_by
from archive.sql.tables import births, evaluations, island_states
from archive.store import StoreError

__all__ = ["began_after", "contenders_of", "history_of"]

_BATCH = 4096


def contenders_of(connection: Connection, run: str, revision: Revision) -> list[Contender]:
    """All valid programs of a run, as often and in the order as they came to an island."""
    began = began_after(connection, run)
    return [_contender(connection, run, row, revision, began) for row in _rows(connection, run)]


def history_of(connection: Connection, run: str, revision: Revision) -> list[Contender]:
    """Those up to the one with which `LAST` different programs had come; see `Store.history`."""
    began = began_after(connection, run)
    rows = _rows(connection, run, programs=LAST)
    return [_contender(connection, run, row, revision, began) for row in rows]


def began_after(connection: Connection, run: str) -> Mapping[int, int]:
    """Islands that began anew, each with the last birth (its row) that came to it before that."""
    return {
        row.island: _birth_at(connection, run, row.renewed_at)
        for row in connection.execute(select(island_states).where(island_states.c.run == run))
        if row.renewed_at
    }


def _rows(connection: Connection, run: str, *, programs: int | None = None) -> Iterator[AnyRow]:
    """Births of valid programs with their worth, a batch at a time, until so many programs had come."""
    query = (
        select(
            births.c.id,
            births.c.program,
            births.c.island,
            births.c.attempt,
            evaluations.c.fitness,
            evaluations.c.descriptors,
        )
        .join(evaluations, IS_ITS_EVALUATION)
        .where(births.c.run == run, evaluations.c.verdict == Verdict.VALID.value)
        .order_by(births.c.id)
        .limit(_BATCH)
    )
    seen: set[ProgramId] = set()
    rows = connection.execute(query).all()
    while rows:
        for row in rows:
            yield row
            seen.add(row.program)
            if len(seen) == programs:
                return
        rows = connection.execute(query.where(births.c.id > rows[-1].id)).all()


def _contender(
    connection: Connection, run: str, row: AnyRow, revision: Revision, began: Mapping[int, int]
) -> Contender:
    return Contender(
        program=row.program,
        island=row.island,
        fitness=row.fitness,
        descriptors=tuple(json.loads(row.descriptors)),
        attempt=row.attempt,
        objectives=_further(connection, run, row.program, revision),
        has_left=row.id <= began.get(row.island, 0),
    )


def _further(connection: Connection, run: str, program: ProgramId, revision: Revision) -> tuple[float, ...]:
    """Utilities of the further objectives of a program; they are not kept but for elites."""
    if revision.further is None:
        return ()
    evaluation, text = evaluation_in(connection, run, program), program_by(connection, program)
    if evaluation is None or text is None:
        raise StoreError(
            f"program {program} has lost its evaluation or text: restore the database from a copy"
        )
    return revision.further(text, evaluation)


def _birth_at(connection: Connection, run: str, number: int) -> int:
    """Row of the birth that came with the run's evaluation of this number, from 1."""
    # Of the evaluation alone: a program that migrated has several births.
    program = (
        select(evaluations.c.program)
        .where(evaluations.c.run == run)
        .order_by(evaluations.c.id)
        .offset(number - 1)
        .limit(1)
    )
    born = connection.execute(
        select(func.min(births.c.id)).where(
            births.c.run == run, births.c.program == program.scalar_subquery()
        )
    ).scalar_one()
    return 0 if born is None else int(born)
