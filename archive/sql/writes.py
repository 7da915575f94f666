"""What the store writes: each function is part of one transaction, and statements are built once.

Every change of a run's counters begins by taking the lock of its row in ``progress``. So writers of one run
follow each other, what they read of it stays true until they commit, and they cannot wait for each other in
a circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, TextClause

from archive.attempt import AttemptState
from archive.run import RunState
from archive.sql.encoding import Values
from archive.sql.placing import count_birth, put_elites
from archive.sql.recording import RecordRows
from archive.sql.statements import (
    ADD_ATTEMPT,
    ADD_BIRTH,
    ADD_CURVE,
    ADD_EVALUATION,
    ADD_LESSON,
    ADD_PARENTAGE,
    ADD_PROGRAM,
    ADD_PROGRESS,
    ADD_RECIPE,
    ADD_RUN,
    CHANGE_ATTEMPT,
    CHANGE_RUN,
    CHANGING,
    COUNT_ATTEMPT,
    COUNT_DUPLICATE,
    COUNT_SECONDS,
    COUNTED,
    CREDIT,
    EXPIRE,
    IS_ATTEMPT,
    LOCK,
    PUT_ISLAND_STATE,
    SET_EVALUATED,
    SET_EVALUATED_TAKES,
    SPENT,
)
from archive.store import StoreError, UnknownRun

__all__ = [
    "add_attempt",
    "add_lessons",
    "add_record",
    "add_run",
    "add_seconds",
    "change_attempt",
    "change_state",
    "expire_lessons",
    "lock",
]


def add_run(connection: Connection, row: Values) -> None:
    """A new run with its counters at zero.

    Raises:
        StoreError: id or name is taken.
    """
    if not _add(connection, ADD_RUN, row):
        raise StoreError(f"there is already a run with the id {row['id']} or the name {row['name']!r}")
    zeros: dict[str, object] = dict.fromkeys((*COUNTED, *SPENT, "seconds"), 0)
    connection.execute(ADD_PROGRESS, {**zeros, "run": row["id"]})


def change_state(connection: Connection, run: str, state: RunState, stopped_by: str | None) -> None:
    """Put a run in another state.

    Raises:
        UnknownRun: no such run.
    """
    _change(
        connection,
        CHANGE_RUN,
        {"of_run": run, "new_state": state.value, "new_stopped_by": stopped_by},
        what=f"run {run}",
    )


def add_seconds(connection: Connection, run: str, seconds: float) -> None:
    """Add to the wall time of a run.

    Raises:
        UnknownRun: no such run.
    """
    _change(connection, COUNT_SECONDS, {"of_run": run, "add_seconds": seconds}, what=f"run {run}")


def add_attempt(connection: Connection, row: Values) -> None:
    """A fresh attempt, counted once."""
    with _counted(connection, COUNT_ATTEMPT, str(row["run"]), {"add_attempts": 1}) as count:
        count.holds = _add(connection, ADD_ATTEMPT, row)


def change_attempt(
    connection: Connection,
    row: Values,
    lesson: Values | None,
    *,
    shown: Sequence[int] = (),
    success: bool | None = None,
) -> None:
    """Put an attempt in its new state; what is counted is counted when it enters that state, hence once."""
    run = str(row["run"])
    if row["state"] == AttemptState.DUPLICATE.value:
        with _counted(connection, COUNT_DUPLICATE, run, {"add_duplicates": 1}) as count:
            count.holds = entered = _put_attempt(connection, row)
    else:
        entered = _put_attempt(connection, row)
    if entered and success is not None:
        _credit(connection, run, shown, success=success)
    if lesson is not None:
        _add(connection, ADD_LESSON, lesson)


def add_record(connection: Connection, rows: RecordRows) -> None:
    """Everything a record says; nothing when its birth is there already."""
    before = lock(connection, rows.run)
    _add(connection, ADD_PROGRAM, rows.program)
    if rows.attempt is not None:
        # Before the birth, so that an attempt nobody opened is reported as such.
        _known_attempt(connection, rows.attempt)
    if not _add(connection, ADD_BIRTH, rows.birth):
        return
    for row in rows.parentage:
        _add(connection, ADD_PARENTAGE, row)
    if rows.recipe is not None:
        _add(connection, ADD_RECIPE, rows.recipe)
    if _add(connection, ADD_EVALUATION, rows.evaluation):
        _count_evaluation(connection, rows, before)
    put_elites(connection, rows)
    count_birth(connection, rows)
    for state in rows.islands:
        connection.execute(PUT_ISLAND_STATE, state)
    if rows.attempt is not None:
        _put_attempt(connection, rows.attempt)


def add_lessons(connection: Connection, run: str, rows: Sequence[Values]) -> None:
    """Lessons that no attempt ends with.

    Raises:
        UnknownRun: no such run.
    """
    lock(connection, run)
    for row in rows:
        _add(connection, ADD_LESSON, {**row, "run": run})


def expire_lessons(connection: Connection, run: str, ids: Sequence[int]) -> None:
    """Mark these lessons of a run as expired."""
    # In order, see `_credit`.
    rows = [{"of_run": run, "of_id": each} for each in sorted(set(ids))]
    if rows:
        connection.execute(EXPIRE, rows)


def lock(connection: Connection, run: str) -> Row[Any]:
    """The counters of a run, which nobody else changes until this transaction ends.

    Raises:
        UnknownRun: no such run.
    """
    row = connection.execute(LOCK, {"of_run": run}).one_or_none()
    if row is None:
        raise UnknownRun(f"there is no run with the id {run}")
    return row


def _count_evaluation(connection: Connection, rows: RecordRows, before: Row[Any]) -> None:
    evaluation = rows.evaluation
    utility = evaluation["utility"]
    new = {f"new_{column}": value for column, value in before._asdict().items()}
    new["of_run"] = rows.run
    new["new_evaluations"] += 1
    new[f"new_{evaluation['verdict']}"] += 1
    if utility is not None:
        worst, best = before.worst_utility, before.best_utility
        new["new_worst_utility"] = utility if worst is None else min(worst, utility)
        if best is None or utility > best:
            new["new_best_program"] = evaluation["program"]
            new["new_best_utility"] = utility
            new["new_best_fitness"] = evaluation["fitness"]
            new["new_best_attempt"] = rows.birth["attempt"]
            _add_curve_point(connection, rows, evaluations=new["new_evaluations"], seconds=before.seconds)
    connection.execute(SET_EVALUATED, {name: new[name] for name in SET_EVALUATED_TAKES})


def _add_curve_point(connection: Connection, rows: RecordRows, *, evaluations: int, seconds: float) -> None:
    connection.execute(
        ADD_CURVE,
        {
            "run": rows.run,
            "evaluations": evaluations,
            "seconds": seconds,
            "fitness": rows.evaluation["fitness"],
            "program": rows.evaluation["program"],
            "operator": rows.birth["operator"],
        },
    )


@dataclass(slots=True)
class _Count:
    """Whether what was counted in advance did happen."""

    holds: bool = False


@contextmanager
def _counted(connection: Connection, statement: Any, run: str, added: Mapping[str, Any]) -> Iterator[_Count]:  # noqa: ANN401  see _adding
    """Count first, which takes the lock of the counters, and take it back where nothing happened.

    Raises:
        UnknownRun: no such run.
    """
    _change(connection, statement, {"of_run": run, **added}, what=f"run with the id {run}")
    count = _Count()
    yield count
    if not count.holds:
        connection.execute(statement, {"of_run": run, **{name: -value for name, value in added.items()}})


def _put_attempt(connection: Connection, row: Values) -> bool:
    """Whether the attempt was in another state before.

    Raises:
        UnknownRun: no such attempt.
    """
    changes: dict[str, object] = {f"new_{column}": row[column] for column in CHANGING}
    place = {"of_run": row["run"], "of_number": row["number"]}
    if connection.execute(CHANGE_ATTEMPT, {**place, **changes}).rowcount == 1:
        return True
    _known_attempt(connection, row)
    return False


def _credit(connection: Connection, run: str, ids: Sequence[int], *, success: bool) -> None:
    """Count that these lessons of a run were shown, and whether they helped."""
    # In order, so that two writers never wait for each other's rows in a circle.
    rows = [{"of_run": run, "of_id": each, "add_successes": int(success)} for each in sorted(set(ids))]
    if rows:
        connection.execute(CREDIT, rows)


def _known_attempt(connection: Connection, row: Values) -> None:
    found = connection.execute(IS_ATTEMPT, {"of_run": row["run"], "of_number": row["number"]}).first()
    if found is None:
        raise UnknownRun(f"there is no attempt {row['number']} in run {row['run']}")


def _add(connection: Connection, into: TextClause, row: Values) -> bool:
    return connection.execute(into, row).rowcount == 1


def _change(connection: Connection, statement: Any, values: Mapping[str, object], *, what: str) -> None:  # noqa: ANN401  see _adding
    if connection.execute(statement, values).rowcount != 1:
        raise UnknownRun(f"there is no {what}")
