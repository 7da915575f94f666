"""What is asked of the database, by the store and by the reader. Every answer comes over an index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, case, select, text

from archive.attempt import Attempt, Candidate
from archive.cell import Elite
from archive.evaluation import Evaluation, Verdict
from archive.ledger import Call, Purpose
from archive.lineage import Birth
from archive.program import Program, ProgramId
from archive.run import CurvePoint, Run
from archive.selection import Credit
from archive.sql import mapping, mapping_run
from archive.sql.encoding import mark_out, text_out
from archive.sql.mapping_evaluation import evaluation_of
from archive.sql.tables import (
    ANSWERED,
    UNFINISHED,
    attempts,
    births,
    calls,
    credits,
    curve,
    elites,
    evaluations,
    island_states,
    programs,
    recipes,
    runs,
    stalls,
)
from archive.standing import IslandState, Standing
from archive.store import Known, UnknownRun

__all__ = [
    "EVALUATIONS",
    "IS_ITS_EVALUATION",
    "alike_of",
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
    "island_states_of",
    "known_of",
    "program_by",
    "programs_of",
    "standing_of",
    "unfinished_of",
]

_AT_A_TIME = 500
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
    # By number, a bounded many at a time: a join would have the planner walk all births of the run.
    for start in range(0, len(rows), _AT_A_TIME):
        numbers = [row.number for row in rows[start : start + _AT_A_TIME]]
        for row in connection.execute(
            select(births, programs.c.language, programs.c.sources, *_OF_EVALUATION)
            .select_from(births)
            .join(programs, programs.c.id == births.c.program)
            .join(evaluations, IS_ITS_EVALUATION)
            .outerjoin(recipes, _HAS_RECIPE)
            .where(births.c.run == run, births.c.attempt.in_(numbers))
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


def standing_of(connection: Connection, run: str, *, everybody: bool = False) -> Standing:
    """Credits of the present elites, or all, and for each island its evaluations since it last improved."""
    query = select(credits.c.program, credits.c.children, credits.c.improved).where(credits.c.run == run)
    if not everybody:
        query = query.where(credits.c.program.in_(select(elites.c.program).where(elites.c.run == run)))
    found = connection.execute(query)
    stalled = connection.execute(
        select(stalls.c.island, stalls.c.stall).where(stalls.c.run == run, stalls.c.stall > 0)
    )
    return Standing(
        credits={row.program: Credit(children=row.children, improved=row.improved) for row in found},
        stalls={row.island: row.stall for row in stalled},
    )


def island_states_of(connection: Connection, run: str) -> Sequence[IslandState]:
    """States of the islands of a run, by island."""
    rows = connection.execute(
        select(island_states).where(island_states.c.run == run).order_by(island_states.c.island)
    )
    return [mapping_run.island_state_of(row) for row in rows]


def evaluation_under(connection: Connection, program: ProgramId, problem: str) -> Evaluation | None:
    """The oldest evaluation of a program under a problem's digest, in any run."""
    row = connection.execute(_UNDER, {"program": program, "problem": text_out(problem)}).one_or_none()
    return evaluation_of(row) if row else None


def evaluation_in(connection: Connection, run: str, program: ProgramId) -> Evaluation | None:
    """The evaluation of a program in a run."""
    row = connection.execute(_IN_RUN, {"run": run, "program": program}).one_or_none()
    return evaluation_of(row) if row else None


def alike_of(connection: Connection, run: str, fingerprint: str, problem: str) -> ProgramId | None:
    """A program of a fingerprint that this run, or else any, evaluated; see `archive.store.Store.alike`."""
    row = connection.execute(
        _ALIKE, {"of_run": run, "of_fingerprint": mark_out(fingerprint), "of_problem": text_out(problem)}
    ).one_or_none()
    return None if row is None else str(row.program)


IS_ITS_EVALUATION = and_(evaluations.c.run == births.c.run, evaluations.c.program == births.c.program)
_ALIKE = (
    select(evaluations.c.program)
    .select_from(programs)
    .join(births, births.c.program == programs.c.id)
    .join(evaluations, IS_ITS_EVALUATION)
    .where(
        programs.c.fingerprint == bindparam("of_fingerprint"),
        evaluations.c.problem == bindparam("of_problem"),
    )
    .order_by(
        case((evaluations.c.run == bindparam("of_run"), 0), else_=1),
        case(
            (evaluations.c.verdict == Verdict.VALID.value, 0),
            (evaluations.c.verdict == Verdict.REFUSED.value, 2),
            else_=1,
        ),
        evaluations.c.id,
    )
    .limit(1)
)
_RECIPE = recipes.c.recipe.label("recipe_text")
_HAS_RECIPE = recipes.c.digest == evaluations.c.recipe
EVALUATIONS = select(evaluations, _RECIPE).outerjoin(recipes, _HAS_RECIPE)
_UNDER = (
    EVALUATIONS.where(
        evaluations.c.run.in_(select(births.c.run).where(births.c.program == bindparam("program"))),
        evaluations.c.program == bindparam("program"),
        evaluations.c.problem == bindparam("problem"),
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
    """Elites by island, then cell, those of a cell by their place."""
    rows = connection.execute(select(elites).where(elites.c.run == run).order_by(elites.c.place))
    # Sorting keeps the order of equals, hence that of a cell's places.
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


# Columns that birth and evaluation share (run, program, verdict) come from the birth.
_OF_EVALUATION = [*(column for column in evaluations.c if column.name not in births.c), _RECIPE]


def _is_prefix(key: str, digits: int) -> bool:
    return len(key) >= digits and all(digit in "0123456789abcdef" for digit in key)


def _beginning(query: Select[Any], column: Any, key: str) -> Select[Any]:  # noqa: ANN401  a column of any table
    # A range can use the index; ids are hexadecimal, so that "g" sorts after all of them.
    return query.where(column >= key, column < f"{key}g")
