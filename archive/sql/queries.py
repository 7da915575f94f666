"""What is asked of the database, by the store and by the reader. Every answer comes over an index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, case, func, select, text

from archive.attempt import Attempt, Candidate
from archive.cell import Elite, Outcome
from archive.evaluation import Evaluation
from archive.island import Standing
from archive.ledger import Call, Purpose
from archive.lineage import Birth
from archive.program import Program, ProgramId
from archive.run import CurvePoint, Run
from archive.selection import Credit
from archive.sql import mapping, mapping_run
from archive.sql.encoding import text_out
from archive.sql.mapping_evaluation import evaluation_of
from archive.sql.tables import (
    ANSWERED,
    UNFINISHED,
    attempts,
    births,
    calls,
    curve,
    elites,
    evaluations,
    programs,
    recipes,
    runs,
)
from archive.store import Known, UnknownRun

__all__ = [
    "EVALUATIONS",
    "IS_ITS_EVALUATION",
    "attempts_of",
    "births_of",
    "call_named",
    "calls_of",
    "curve_of",
    "elites_of",
    "evaluation_in",
    "evaluation_under",
    "find_program",
    "find_run",
    "known_of",
    "program_by",
    "programs_of",
    "standing_of",
    "unfinished_of",
]

_MIGRATED = "migrate"
_RUN_DIGITS = 4
_PROGRAM_DIGITS = 6


def find_run(connection: Connection, key: str) -> Run:
    """The run with this id, name or unique prefix of an id; ``last`` is the newest.

    Raises:
        UnknownRun: none, or several.
    """
    if key == "last":
        row = connection.execute(select(runs).order_by(runs.c.serial.desc()).limit(1)).one_or_none()
        if row is None:
            raise UnknownRun("there is no run yet")
        return mapping_run.run_of(row)
    for column in (runs.c.id, runs.c.name):
        row = connection.execute(select(runs).where(column == text_out(key))).one_or_none()
        if row is not None:
            return mapping_run.run_of(row)
    found: Sequence[Row[Any]] = []
    if _is_prefix(key, _RUN_DIGITS):
        found = connection.execute(_beginning(select(runs), runs.c.id, key).limit(2)).all()
    if len(found) == 1:
        return mapping_run.run_of(found[0])
    raise UnknownRun(f"the ids of several runs begin with {key!r}" if found else f"there is no run {key!r}")


def unfinished_of(connection: Connection, run: str) -> Sequence[Attempt]:
    """Unfinished attempts by number, each with its candidates by round and slot."""
    rows = connection.execute(
        select(attempts).where(attempts.c.run == run, text(UNFINISHED)).order_by(attempts.c.number)
    ).all()
    candidates: Mapping[int, list[Candidate]] = defaultdict(list)
    for row in connection.execute(
        select(births, programs.c.language, programs.c.sources, *_OF_EVALUATION)
        .select_from(births)
        .join(attempts, and_(attempts.c.run == births.c.run, attempts.c.number == births.c.attempt))
        .join(programs, programs.c.id == births.c.program)
        .join(evaluations, IS_ITS_EVALUATION)
        .outerjoin(recipes, _HAS_RECIPE)
        .where(attempts.c.run == run, text(UNFINISHED))
        .order_by(births.c.attempt, births.c.round, births.c.slot)
    ):
        candidates[row.attempt].append(mapping.candidate_of(row))
    return [mapping.attempt_of(row, candidates.get(row.number, ())) for row in rows]


def call_named(connection: Connection, run: str, attempt: int, purpose: Purpose, ordinal: int) -> Call | None:
    """The answered call of that name."""
    row = connection.execute(
        select(calls).where(
            calls.c.run == run,
            calls.c.attempt == attempt,
            calls.c.purpose == purpose.value,
            calls.c.ordinal == ordinal,
            text(ANSWERED),
        )
    ).one_or_none()
    return mapping_run.call_of(row) if row else None


def standing_of(connection: Connection, run: str) -> Standing:
    """Credits of the present elites, and for each island its evaluations since its last improvement.

    Both are read from the log of births, so they are exactly what the run itself counted.
    """
    improved = case((births.c.outcome != Outcome.REFUSED.value, 1), else_=0)
    holders = select(elites.c.program).where(elites.c.run == run)
    credits = connection.execute(
        select(births.c.parent, func.count(), func.sum(improved))
        .where(births.c.run == run, births.c.parent.in_(holders))
        .group_by(births.c.parent)
    )
    own = and_(births.c.run == run, births.c.operator != _MIGRATED)
    last = (
        select(births.c.island, func.max(births.c.id).label("last"))
        .where(own, births.c.outcome != Outcome.REFUSED.value)
        .group_by(births.c.island)
        .subquery()
    )
    stalls = connection.execute(
        select(births.c.island, func.count())
        .select_from(births)
        .outerjoin(last, last.c.island == births.c.island)
        .where(own, births.c.id > func.coalesce(last.c.last, 0))
        .group_by(births.c.island)
    )
    return Standing(
        credits={parent: Credit(children=n, improved=int(m)) for parent, n, m in credits},
        stalls={int(island): int(n) for island, n in stalls},
    )


def evaluation_under(connection: Connection, program: ProgramId, problem: str) -> Evaluation | None:
    """The oldest evaluation of a program under a problem's digest, in any run."""
    row = connection.execute(_UNDER, {"program": program, "problem": text_out(problem)}).one_or_none()
    return evaluation_of(row) if row else None


def evaluation_in(connection: Connection, run: str, program: ProgramId) -> Evaluation | None:
    """The evaluation of a program in a run."""
    row = connection.execute(_IN_RUN, {"run": run, "program": program}).one_or_none()
    return evaluation_of(row) if row else None


_RECIPE = recipes.c.recipe.label("recipe_text")
_HAS_RECIPE = recipes.c.digest == evaluations.c.recipe
EVALUATIONS = select(evaluations, _RECIPE).outerjoin(recipes, _HAS_RECIPE)
_UNDER = (
    EVALUATIONS.where(
        evaluations.c.program == bindparam("program"), evaluations.c.problem == bindparam("problem")
    )
    .order_by(evaluations.c.id)
    .limit(1)
)
_IN_RUN = EVALUATIONS.where(
    evaluations.c.run == bindparam("run"), evaluations.c.program == bindparam("program")
)


def known_of(connection: Connection, run: str, program: ProgramId, problem: str) -> Known:
    """What a run, or else any other, knows of a program."""
    here = evaluation_in(connection, run, program)
    if here is not None:
        return Known(here=True, evaluation=here)
    return Known(here=False, evaluation=evaluation_under(connection, program, problem))


def program_by(connection: Connection, program: ProgramId) -> Program | None:
    """The program with this id."""
    row = connection.execute(select(programs).where(programs.c.id == program)).one_or_none()
    return mapping.program_of(row) if row else None


def find_program(connection: Connection, key: str) -> Program:
    """A program by its id or a unique prefix.

    Raises:
        UnknownRun: none, or several.
    """
    exact = program_by(connection, key)
    if exact is not None:
        return exact
    found: Sequence[Row[Any]] = []
    if _is_prefix(key, _PROGRAM_DIGITS):
        found = connection.execute(_beginning(select(programs), programs.c.id, key).limit(2)).all()
    if len(found) == 1:
        return mapping.program_of(found[0])
    raise UnknownRun(f"several programs begin with {key!r}" if found else f"there is no program {key!r}")


def elites_of(connection: Connection, run: str) -> Sequence[Elite]:
    """Elites by island, then cell."""
    rows = connection.execute(select(elites).where(elites.c.run == run))
    return sorted(map(mapping.elite_of, rows), key=lambda elite: (elite.island, elite.cell))


def curve_of(connection: Connection, run: str) -> Sequence[CurvePoint]:
    """Improvements of the best, in order."""
    rows = connection.execute(select(curve).where(curve.c.run == run).order_by(curve.c.id))
    return [mapping_run.curve_point_of(row) for row in rows]


def programs_of(
    connection: Connection, run: str, limit: int, verdict: str | None
) -> Sequence[tuple[Birth, Evaluation]]:
    """Newest births of a run with their evaluations, all or those of one verdict."""
    chosen = (births.c.run == run,) if verdict is None else (births.c.run == run, births.c.verdict == verdict)
    rows = connection.execute(
        select(births, *_OF_EVALUATION)
        .join(evaluations, IS_ITS_EVALUATION)
        .outerjoin(recipes, _HAS_RECIPE)
        .where(*chosen)
        .order_by(births.c.id.desc())
        .limit(limit)
    )
    return [(mapping.birth_of(row), evaluation_of(row)) for row in rows]


def births_of(connection: Connection, program: ProgramId, run: str | None) -> Sequence[Birth]:
    """Births of a program in one run or in all, oldest first."""
    query = select(births).where(births.c.program == program).order_by(births.c.id)
    if run is not None:
        query = query.where(births.c.run == run)
    rows = connection.execute(query)
    return [mapping.birth_of(row) for row in rows]


def attempts_of(connection: Connection, run: str, limit: int) -> Sequence[Attempt]:
    """Newest attempts of a run, without candidates."""
    rows = connection.execute(
        select(attempts).where(attempts.c.run == run).order_by(attempts.c.number.desc()).limit(limit)
    )
    return [mapping.attempt_of(row) for row in rows]


def calls_of(connection: Connection, run: str, limit: int) -> Sequence[Call]:
    """Newest calls of a run."""
    rows = connection.execute(
        select(calls).where(calls.c.run == run).order_by(calls.c.id.desc()).limit(limit)
    )
    return [mapping_run.call_of(row) for row in rows]


IS_ITS_EVALUATION = and_(evaluations.c.run == births.c.run, evaluations.c.program == births.c.program)
# Columns that birth and evaluation share (run, program, verdict) come from the birth.
_OF_EVALUATION = [*(column for column in evaluations.c if column.name not in births.c), _RECIPE]


def _is_prefix(key: str, digits: int) -> bool:
    return len(key) >= digits and all(digit in "0123456789abcdef" for digit in key)


def _beginning(query: Select[Any], column: Any, key: str) -> Select[Any]:  # noqa: ANN401  a column of any table
    # A range can use the index; ids are hexadecimal, so that "g" sorts after all of them.
    return query.where(column >= key, column < f"{key}g")
