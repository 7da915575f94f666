"""Lineage both ways in a SQL database: one recursive question for the programs, then rows by their keys.

A recursive question keeps each program once, so that it ends on circles too, and follows the nearest first:
SQLite takes what it found from a queue, PostgreSQL goes level by level. It is cut after a number of rows
that does not depend on the size of the run; so is what one program, the seed of all, adds to it. It is
written out for either database, for SQLAlchemy has no word for a limit inside of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, select, text

from archive.cell import Outcome
from archive.descent import LOOKED_BEYOND, Lineage, Step, distances, nearest
from archive.evaluation import Verdict
from archive.program import ProgramId
from archive.sql import mapping
from archive.sql.encoding import AnyRow, text_in, text_out
from archive.sql.tables import attempts, births, evaluations

__all__ = ["ancestry_of", "descent_of"]

Rows: TypeAlias = dict[ProgramId, list[Any]]
"""Rows of ``births`` by program, oldest first."""

_MIGRATED = "migrate"


def ancestry_of(
    connection: Connection, run: str, program: ProgramId, *, depth: int | None, limit: int
) -> Lineage:
    """A program and what it came from, by all parents of all births; see `archive.store.Reader.ancestry`."""
    looked = _looked_at(connection, _UP, run, program, limit)
    rows = _births(connection, run, looked[:limit])
    parents = {each: [p for row in found for p in json.loads(row.parents)] for each, found in rows.items()}
    return _lineage(connection, run, looked, rows, parents, program=program, depth=depth, limit=limit)


def descent_of(
    connection: Connection, run: str, program: ProgramId, *, depth: int | None, limit: int
) -> Lineage:
    """A program and what was made from it; see `archive.store.Reader.descent`."""
    looked = _nearest_children(connection, run, program, limit)
    if looked is None:
        looked = _looked_at(connection, _DOWN, run, program, limit)
    rows = _births(connection, run, looked[:limit])
    children: dict[ProgramId, list[ProgramId]] = {}
    for row in _by_birth(row for found in rows.values() for row in found):
        for parent in json.loads(row.parents):
            children.setdefault(parent, []).append(row.program)
    return _lineage(connection, run, looked, rows, children, program=program, depth=depth, limit=limit)


def _looked_at(
    connection: Connection, statement: dict[str, Any], run: str, program: ProgramId, limit: int
) -> list[ProgramId]:
    values = {"of_run": text_out(run), "of_program": text_out(program), "most": limit + LOOKED_BEYOND + 1}
    rows = connection.execute(statement[connection.dialect.name], values)
    return [row.program for row in rows]


def _nearest_children(
    connection: Connection, run: str, program: ProgramId, limit: int
) -> list[ProgramId] | None:
    """The same as `_DOWN` finds, where a few generations are enough; None where they are not.

    A recursive question has SQLite look up the children of all that it takes from its queue, though those
    that wait there are enough already: 150 times 150 rows where many have many. A question for a generation
    ends at the row that is enough. PostgreSQL's recursion does so too.
    """
    if connection.dialect.name != "sqlite":
        return None
    most = limit + LOOKED_BEYOND + 1
    found = {program: None}
    generation = [program]
    for _ in range(_GENERATIONS):
        room = most - len(found)
        values = {"of_run": text_out(run), "of_programs": json.dumps(generation), "most": room}
        rows = connection.execute(_GENERATION, values).all()
        generation = [each for each in dict.fromkeys(row.program for row in rows) if each not in found]
        found.update(dict.fromkeys(generation))
        if len(found) == most or (not generation and len(rows) < room):
            return list(found)
        if len(rows) == room:
            # Some were known already, and others may have been left out for them.
            return None
    return None


def _births(connection: Connection, run: str, programs: Sequence[ProgramId]) -> Rows:
    rows = connection.execute(_BIRTHS, {"of_run": text_out(run), "of_programs": list(programs)}).all()
    found: Rows = {}
    for row in _by_birth(rows):
        found.setdefault(row.program, []).append(row)
    return found


def _by_birth(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: int(row.id))


def _lineage(
    connection: Connection,
    run: str,
    looked: Sequence[ProgramId],
    rows: Rows,
    edges: dict[ProgramId, list[ProgramId]],
    *,
    program: ProgramId,
    depth: int | None,
    limit: int,
) -> Lineage:
    if program not in rows:
        return Lineage(program=program)
    reached = distances(program, lambda each: [other for other in edges.get(each, ()) if other in rows])
    told = nearest(reached, depth=depth, limit=limit)
    more = len(looked) > limit + LOOKED_BEYOND
    return Lineage(
        program=program,
        steps=_steps(connection, run, {each: (at, rows[each]) for each, at in told.items()}),
        left_out=len(looked) - len(told) - int(more),
        more=more,
    )


def _steps(
    connection: Connection, run: str, told: dict[ProgramId, tuple[int, list[Any]]]
) -> tuple[Step, ...]:
    firsts = [rows[0] for _, rows in told.values()]
    worth = _by_key(connection, _WORTH, run, [*told, *(row.parent for row in firsts if row.parent)])
    ideas = _by_key(connection, _IDEAS, run, [row.attempt for row in firsts if row.attempt is not None])
    return tuple(_step(at, rows, worth, ideas) for at, rows in told.values())


def _by_key(connection: Connection, statement: Any, run: str, keys: Sequence[Any]) -> dict[Any, AnyRow]:  # noqa: ANN401  a select of any rows
    if not keys:
        return {}
    rows = connection.execute(statement, {"of_run": text_out(run), "of_keys": list(dict.fromkeys(keys))})
    return {row[0]: row for row in rows}


def _step(at: int, rows: Sequence[AnyRow], worth: dict[Any, AnyRow], ideas: dict[Any, AnyRow]) -> Step:
    first, own = rows[0], worth[rows[0].program]
    parent, idea = worth.get(first.parent), ideas.get(first.attempt)
    both = parent is not None and parent.utility is not None and own.utility is not None
    return Step(
        birth=mapping.birth_of(first),
        depth=at,
        idea=text_in(idea.idea) if idea is not None else "",
        verdict=Verdict(own.verdict),
        fitness=own.fitness,
        parent_fitness=parent.fitness if parent is not None else None,
        gain=own.utility - parent.utility if parent is not None and both else None,
        outcome=Outcome(first.outcome),
        improvement=first.improvement,
        record=bool(first.record),
        reborn=tuple(mapping.birth_of(row) for row in rows[1:] if row.operator != _MIGRATED),
        islands=tuple(row.island for row in rows[1:] if row.operator == _MIGRATED),
        sources=tuple(row.source for row in rows[1:] if row.operator == _MIGRATED),
    )


# Not ordered: for an order by id SQLite would rather walk all births of the run, which stand in that order.
_OF_BIRTH = (
    "id run program parent parents inspirations operator island attempt model source at outcome"
    " improvement record"
)
_BIRTHS = select(*(births.c[name] for name in _OF_BIRTH.split())).where(
    births.c.run == bindparam("of_run"), births.c.program.in_(bindparam("of_programs", expanding=True))
)
_WORTH = select(
    evaluations.c.program, evaluations.c.verdict, evaluations.c.fitness, evaluations.c.utility
).where(
    evaluations.c.run == bindparam("of_run"),
    evaluations.c.program.in_(bindparam("of_keys", expanding=True)),
)
_IDEAS = select(attempts.c.number, attempts.c.idea).where(
    attempts.c.run == bindparam("of_run"), attempts.c.number.in_(bindparam("of_keys", expanding=True))
)

# A parent that was never born in the run is none of its programs.
_UP = {
    "sqlite": text(
        "WITH RECURSIVE line (program) AS ("
        " SELECT :of_program"
        " UNION SELECT parent.value FROM line"
        " CROSS JOIN births ON births.run = :of_run AND births.program = line.program"
        " CROSS JOIN json_each(births.parents) AS parent"
        " WHERE EXISTS (SELECT 1 FROM births AS own WHERE own.run = :of_run AND own.program = parent.value)"
        " LIMIT :most"
        ") SELECT program FROM line"
    ),
    "postgresql": text(
        "WITH RECURSIVE line (program) AS ("
        " SELECT CAST(:of_program AS TEXT)"
        " UNION SELECT parent.value FROM line"
        " JOIN births ON births.run = :of_run AND births.program = line.program"
        " CROSS JOIN LATERAL json_array_elements_text(CAST(births.parents AS JSON)) AS parent (value)"
        " WHERE EXISTS (SELECT 1 FROM births AS own WHERE own.run = :of_run AND own.program = parent.value)"
        ") SELECT program FROM line LIMIT :most"
    ),
}
_GENERATIONS = 4
"""Generations that are asked for one by one: a bush has enough programs in them."""
_GENERATION = text(
    "SELECT births.program FROM json_each(:of_programs) AS line"
    " CROSS JOIN births ON births.run = :of_run AND births.parent = line.value"
    " UNION ALL SELECT parentage.child FROM json_each(:of_programs) AS line"
    " CROSS JOIN parentage ON parentage.run = :of_run AND parentage.parent = line.value"
    " LIMIT :most"
)
# The oldest children of each program; `parentage` has those of the parents beside the main one.
_DOWN = {
    "sqlite": text(
        "WITH RECURSIVE line (program) AS ("
        " SELECT :of_program"
        " UNION SELECT births.program FROM line"
        " CROSS JOIN births ON births.run = :of_run AND births.parent = line.program"
        " AND births.id <= coalesce((SELECT last.id FROM births AS last WHERE last.run = :of_run"
        " AND last.parent = line.program ORDER BY last.id LIMIT 1 OFFSET :most), 9223372036854775807)"
        " UNION SELECT parentage.child FROM line"
        " CROSS JOIN parentage ON parentage.run = :of_run AND parentage.parent = line.program"
        " AND parentage.child <= coalesce((SELECT last.child FROM parentage AS last"
        " WHERE last.run = :of_run AND last.parent = line.program"
        " ORDER BY last.child LIMIT 1 OFFSET :most), 'g')"
        " LIMIT :most"
        ") SELECT program FROM line"
    ),
    "postgresql": text(
        "WITH RECURSIVE line (program) AS ("
        " SELECT CAST(:of_program AS TEXT)"
        " UNION SELECT child.program FROM line CROSS JOIN LATERAL ("
        " (SELECT births.program FROM births WHERE births.run = :of_run AND births.parent = line.program"
        " ORDER BY births.id LIMIT :most)"
        " UNION ALL (SELECT parentage.child FROM parentage WHERE parentage.run = :of_run"
        " AND parentage.parent = line.program ORDER BY parentage.child LIMIT :most)"
        ") AS child"
        ") SELECT program FROM line LIMIT :most"
    ),
}
