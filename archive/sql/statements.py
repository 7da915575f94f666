"""The statements of what the store writes, built once; `archive.sql.writes` says when each is executed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, TextClause, bindparam, delete, insert, select, text, true, update

from archive.evaluation import Verdict
from archive.sql.tables import (
    ANSWERED,
    attempts,
    births,
    calls,
    credits,
    curve,
    elites,
    evaluations,
    island_states,
    lessons,
    parentage,
    programs,
    progress,
    recipes,
    runs,
    stalls,
)

__all__ = [
    "ADD_ATTEMPT",
    "ADD_BIRTH",
    "ADD_CALL",
    "ADD_CURVE",
    "ADD_ELITES",
    "ADD_EVALUATION",
    "ADD_LESSON",
    "ADD_PARENTAGE",
    "ADD_PROGRAM",
    "ADD_PROGRESS",
    "ADD_RECIPE",
    "ADD_RUN",
    "ANSWER",
    "CHANGE_ATTEMPT",
    "CHANGE_RUN",
    "CHANGING",
    "COUNTED",
    "COUNT_ATTEMPT",
    "COUNT_CALL",
    "COUNT_DUPLICATE",
    "COUNT_SECONDS",
    "CREDIT",
    "DROP_ELITES",
    "DROP_FRONT",
    "EXPIRE",
    "FRONT",
    "IS_ATTEMPT",
    "LOCK",
    "OPENED",
    "OPEN_CALL",
    "PUT_CREDIT",
    "PUT_ELITE",
    "PUT_ISLAND_STATE",
    "PUT_STALL",
    "SETTLE_CALL",
    "SET_EVALUATED",
    "SET_EVALUATED_TAKES",
    "SPENT",
]


def _insert(table: Table, conflict: str) -> TextClause:
    """An insert of all columns that are given, in words both databases know.

    As text, because SQLAlchemy compiles an insert with a conflict clause anew at each execution: 0.4 ms.
    """
    names = _names(table)
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f":{name}" for name in names)
    statement = text(f"INSERT INTO {table.name} ({columns}) VALUES ({values}) ON CONFLICT {conflict}")
    return statement.execution_options(preserve_rowcount=True)


def _names(table: Table) -> list[str]:
    """The columns that are given a value; a serial one gets it from the database."""
    return [column.name for column in table.columns if column.name != _serial_of(table)]


def _serial_of(table: Table) -> str | None:
    """Name of the column that the database numbers; None where there is none."""
    column = table.autoincrement_column
    return None if column is None else column.name


_OF_ELITE = ("program", "fitness", "utility", "descriptors", "objectives")
_BETTER = (
    "(run, island, cell, place) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _OF_ELITE)
    + " WHERE excluded.utility > elites.utility"
)
# A program that was recorded before there were fingerprints gets its own when it comes again.
ADD_PROGRAM = _insert(
    programs,
    "(id) DO UPDATE SET fingerprint = excluded.fingerprint"
    " WHERE programs.fingerprint IS NULL AND excluded.fingerprint IS NOT NULL",
)
ADD_BIRTH = _insert(births, "DO NOTHING")
ADD_PARENTAGE = _insert(parentage, "DO NOTHING")
ADD_EVALUATION = _insert(evaluations, "DO NOTHING")
ADD_RECIPE = _insert(recipes, "DO NOTHING")
ADD_ATTEMPT = _insert(attempts, "DO NOTHING")
ADD_CALL = _insert(calls, "DO NOTHING")
OPEN_CALL = _insert(calls, "DO NOTHING RETURNING id")
OPENED = select(calls).where(
    calls.c.id == bindparam("of_id"), calls.c.run == bindparam("of_run"), calls.c.status == "open"
)
ANSWER = text(
    "SELECT id FROM calls WHERE run = :run AND attempt = :attempt AND purpose = :purpose"
    f" AND ordinal = :ordinal AND {ANSWERED}"
)
SETTLE_CALL = (
    update(calls)
    .where(calls.c.id == bindparam("of_id"))
    .values({column: bindparam(f"new_{column}") for column in _names(calls)})
)
ADD_LESSON = _insert(lessons, "DO NOTHING")
ADD_RUN = _insert(runs, "DO NOTHING")
PUT_ELITE = _insert(elites, _BETTER)
PUT_CREDIT = _insert(
    credits,
    "(run, program) DO UPDATE SET children = credits.children + excluded.children,"
    " improved = credits.improved + excluded.improved",
)
PUT_STALL = _insert(
    stalls,
    "(run, island) DO UPDATE SET stall = CASE excluded.stall WHEN 0 THEN 0 ELSE stalls.stall + 1 END",
)
PUT_ISLAND_STATE = _insert(
    island_states,
    "(run, island) DO UPDATE SET "
    + ", ".join(
        f"{name} = excluded.{name}"
        for name in ("epoch", "renewed_at", "stall", "since_best", "pace", "weariness")
    ),
)
ADD_CURVE = insert(curve).inline()
ADD_PROGRESS = insert(progress).inline()
ADD_ELITES = insert(elites).inline()
DROP_ELITES = delete(elites).where(
    elites.c.run == bindparam("of_run"), elites.c.island == bindparam("of_island")
)
DROP_FRONT = delete(elites).where(
    elites.c.run == bindparam("of_run"),
    elites.c.island == bindparam("of_island"),
    elites.c.cell == bindparam("of_cell"),
)
FRONT = (
    select(elites)
    .where(
        elites.c.run == bindparam("of_run"),
        elites.c.island == bindparam("of_island"),
        elites.c.cell == bindparam("of_cell"),
    )
    .order_by(elites.c.place)
)

LOCK = select(progress).where(progress.c.run == bindparam("of_run")).with_for_update()
COUNTED = ("evaluations", "attempts", "duplicates", *(verdict.value for verdict in Verdict))
SPENT = ("calls", "tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "dollars")


def _adding(*columns: str) -> Any:  # noqa: ANN401  Update's generic parameters differ between SQLAlchemy releases
    return (
        update(progress)
        .where(progress.c.run == bindparam("of_run"))
        .values({column: progress.c[column] + bindparam(f"add_{column}") for column in columns})
    )


COUNT_ATTEMPT = _adding("attempts")
COUNT_DUPLICATE = _adding("duplicates")
COUNT_SECONDS = _adding("seconds")
COUNT_CALL = _adding(*SPENT)
SET_EVALUATED = (
    update(progress)
    .where(progress.c.run == bindparam("of_run"))
    .values(
        {
            column: bindparam(f"new_{column}")
            for column in (
                "evaluations",
                *(verdict.value for verdict in Verdict),
                "best_program",
                "best_utility",
                "best_fitness",
                "best_attempt",
                "worst_utility",
            )
        }
    )
)
CHANGING = ("state", "plan", "idea", "note", "likeness", "ended")
CHANGE_ATTEMPT = (
    update(attempts)
    .where(
        attempts.c.run == bindparam("of_run"),
        attempts.c.number == bindparam("of_number"),
        attempts.c.state != bindparam("new_state"),
    )
    .values({column: bindparam(f"new_{column}") for column in CHANGING})
)
CREDIT = (
    update(lessons)
    .where(lessons.c.run == bindparam("of_run"), lessons.c.id == bindparam("of_id"))
    .values(uses=lessons.c.uses + 1, successes=lessons.c.successes + bindparam("add_successes"))
)
EXPIRE = (
    update(lessons)
    .where(lessons.c.run == bindparam("of_run"), lessons.c.id == bindparam("of_id"))
    .values(expired=true())
)
CHANGE_RUN = (
    update(runs)
    .where(runs.c.id == bindparam("of_run"))
    .values(state=bindparam("new_state"), stopped_by=bindparam("new_stopped_by"))
)
SET_EVALUATED_TAKES = tuple(SET_EVALUATED.compile().params)
IS_ATTEMPT = select(attempts.c.number).where(
    attempts.c.run == bindparam("of_run"), attempts.c.number == bindparam("of_number")
)
