"""Who came to the islands of a run, in which order, and what they are worth now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, func, select

from archive.evaluation import Verdict
from archive.learned import LAST
from archive.program import Program, ProgramId
from archive.rescoring import Contender, Revision
from archive.sql.encoding import AnyRow
from archive.sql.mapping import program_of
from archive.sql.mapping_evaluation import evaluation_of
from archive.sql.queries import EVALUATIONS, IS_ITS_EVALUATION
from archive.sql.tables import births, evaluations, island_states
from archive.sql.tables import programs as texts
from archive.store import StoreError

__all__ = ["began_after", "contenders_of", "descriptors_of", "history_of"]

_BATCH = 4096


def contenders_of(connection: Connection, run: str, revision: Revision) -> list[Contender]:
    """All valid programs of a run, as often and in the order as they came to an island."""
    began = began_after(connection, run)
    rows = _rows(connection, run, whole=revision.further is not None)
    return [_contender(row, revision, began) for row in rows]


def history_of(connection: Connection, run: str, revision: Revision) -> list[Contender]:
    """Those up to the one with which `LAST` different programs had come; see `Store.history`."""
    began = began_after(connection, run)
    rows = _rows(connection, run, programs=LAST, whole=revision.further is not None)
    return [_contender(row, revision, began) for row in rows]


def descriptors_of(connection: Connection, run: str, limit: int) -> list[tuple[float, ...]]:
    """See `archive.store.Reader.descriptors`."""
    rows = _rows(connection, run, programs=limit) if limit > 0 else ()
    return [tuple(json.loads(text)) for text in {row.program: row.descriptors for row in rows}.values()]


def began_after(connection: Connection, run: str) -> Mapping[int, int]:
    """Islands that began anew, each with the last birth (its row) that came to it before that."""
    return {
        row.island: _birth_at(connection, run, row.renewed_at)
        for row in connection.execute(select(island_states).where(island_states.c.run == run))
        if row.renewed_at
    }


def _rows(
    connection: Connection, run: str, *, programs: int | None = None, whole: bool = False
) -> Iterator[AnyRow]:
    """Births of valid programs with their worth, a batch at a time, until so many programs had come.

    With `whole` evaluations, and with the texts.
    """
    query = (
        (_WHOLE if whole else _WORTH)
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
        rows = connection.execute(query.where(births.c.id > rows[-1].birth)).all()


_OF_BIRTH = (births.c.id.label("birth"), births.c.island, births.c.attempt)
_WORTH = select(
    *_OF_BIRTH, evaluations.c.program, evaluations.c.fitness, evaluations.c.descriptors
).join_from(births, evaluations, IS_ITS_EVALUATION)
# Utilities of further objectives are not kept but for elites: they are told by the text and all metrics.
_WHOLE = (
    EVALUATIONS.add_columns(*_OF_BIRTH, texts.c.language, texts.c.sources)
    .join(births, IS_ITS_EVALUATION)
    .outerjoin(texts, texts.c.id == births.c.program)
)


def _contender(row: AnyRow, revision: Revision, began: Mapping[int, int]) -> Contender:
    return Contender(
        program=row.program,
        island=row.island,
        fitness=row.fitness,
        descriptors=tuple(json.loads(row.descriptors)),
        attempt=row.attempt,
        objectives=() if revision.further is None else revision.further(_program(row), evaluation_of(row)),
        has_left=row.birth <= began.get(row.island, 0),
    )


def _program(row: AnyRow) -> Program:
    if row.sources is None:
        raise StoreError(f"program {row.program} has lost its text: restore the database from a copy")
    return program_of(row, key="program")


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
