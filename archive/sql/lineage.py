"""What a planner asks of the database: lineage, failures, lessons. Every answer comes over an index."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, select, text

from archive.evaluation import Evaluation
from archive.experience import Lesson
from archive.program import ProgramId
from archive.sql import mapping, mapping_run
from archive.sql.mapping_evaluation import evaluation_of
from archive.sql.queries import EVALUATIONS, IS_ITS_EVALUATION
from archive.sql.tables import LIVE, NOT_VALID, attempts, births, evaluations, lessons
from archive.store import LESSONS_WEIGHED, Child, Surroundings

__all__ = [
    "ancestors_of",
    "children_of",
    "failures_of",
    "lessons_of",
    "live_lessons_of",
    "surroundings_of",
    "worthiest_of",
]


def ancestors_of(connection: Connection, run: str, program: ProgramId, limit: int) -> Sequence[Child]:
    """A program and its main parents, each by its first birth in the run."""
    line: list[Child] = []
    seen: set[ProgramId] = set()
    while len(line) < limit and program not in seen:
        row = connection.execute(_FIRST_BIRTH, {"of_run": run, "of_program": program}).one_or_none()
        if row is None:
            break
        line.append(mapping.child_of(row))
        seen.add(program)
        if row.parent is None:
            break
        program = row.parent
    return line


def children_of(connection: Connection, run: str, program: ProgramId, limit: int) -> Sequence[Child]:
    """Births from a main parent, newest first."""
    rows = connection.execute(_CHILDREN, {"of_run": run, "of_parent": program, "most": limit})
    return [mapping.child_of(row) for row in rows]


def failures_of(connection: Connection, run: str, island: int, limit: int) -> Sequence[Evaluation]:
    """Evaluations behind the newest births of an island that are not valid, newest first."""
    rows = connection.execute(_FAILURES, {"of_run": run, "of_island": island, "most": limit})
    return [evaluation_of(row) for row in rows]


_NEWEST_FAILURES = (
    select(births.c.id, births.c.run, births.c.program)
    .where(births.c.run == bindparam("of_run"), births.c.island == bindparam("of_island"), text(NOT_VALID))
    .order_by(births.c.id.desc())
    .limit(bindparam("most"))
    .subquery()
)
_FAILURES = EVALUATIONS.join(
    _NEWEST_FAILURES,
    and_(evaluations.c.run == _NEWEST_FAILURES.c.run, evaluations.c.program == _NEWEST_FAILURES.c.program),
).order_by(_NEWEST_FAILURES.c.id.desc())


def lessons_of(connection: Connection, run: str, limit: int) -> Sequence[Lesson]:
    """Newest lessons of a run."""
    rows = connection.execute(
        select(lessons).where(lessons.c.run == run).order_by(lessons.c.id.desc()).limit(limit)
    )
    return [mapping_run.lesson_of(row) for row in rows]


def live_lessons_of(connection: Connection, run: str, limit: int) -> Sequence[Lesson]:
    """Newest lessons of a run that are not expired."""
    rows = connection.execute(_LIVE_LESSONS, {"run": run, "most": limit})
    return [mapping_run.lesson_of(row) for row in rows]


def worthiest_of(connection: Connection, run: str, limit: int) -> Sequence[Lesson]:
    """Of the newest live lessons of a run, those of greatest worth, the newer first among equals."""
    rows = connection.execute(_WORTHIEST, {"run": run, "most": limit})
    return [mapping_run.lesson_of(row) for row in rows]


_LIVE_ONES = (
    select(lessons).where(lessons.c.run == bindparam("run"), text(LIVE)).order_by(lessons.c.id.desc())
)
_LIVE_LESSONS = _LIVE_ONES.limit(bindparam("most"))
_NEWEST_LESSONS = _LIVE_ONES.limit(LESSONS_WEIGHED).subquery()
# `Lesson.worth` as the database computes it.
_WORTHIEST = (
    select(_NEWEST_LESSONS)
    .order_by(
        ((_NEWEST_LESSONS.c.successes + 1.0) / (_NEWEST_LESSONS.c.uses + 4.0)).desc(),
        _NEWEST_LESSONS.c.id.desc(),
    )
    .limit(bindparam("most"))
)


def surroundings_of(
    connection: Connection, run: str, program: ProgramId, island: int, lessons: int
) -> Surroundings:
    """All a planner asks about a parent."""
    return Surroundings(
        ancestors=ancestors_of(connection, run, program, 4),
        children=children_of(connection, run, program, 6),
        failures=failures_of(connection, run, island, 3),
        lessons=worthiest_of(connection, run, lessons) if lessons else (),
    )


_PARENT = evaluations.alias("parent_evaluation")
_LINEAGE = (
    select(
        births.c.program,
        births.c.parent,
        births.c.operator,
        births.c.verdict,
        attempts.c.idea,
        evaluations.c.fitness,
        _PARENT.c.fitness.label("parent_fitness"),
    )
    .select_from(births)
    .join(evaluations, IS_ITS_EVALUATION)
    .outerjoin(attempts, and_(attempts.c.run == births.c.run, attempts.c.number == births.c.attempt))
    .outerjoin(_PARENT, and_(_PARENT.c.run == births.c.run, _PARENT.c.program == births.c.parent))
)

_FIRST_BIRTH = (
    _LINEAGE.where(births.c.run == bindparam("of_run"), births.c.program == bindparam("of_program"))
    .order_by(births.c.id)
    .limit(1)
)
_CHILDREN = (
    _LINEAGE.where(births.c.run == bindparam("of_run"), births.c.parent == bindparam("of_parent"))
    .order_by(births.c.id.desc())
    .limit(bindparam("most"))
)
