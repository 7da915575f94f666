"""The tables, and an index for every way the ports ask.

A row is never a domain value: SQLModel's tables accept a string for a number without a word, so rows are
built and read in `archive.sql.mapping` only. Times are ISO 8601 texts of fixed width in UTC, which sort as
they should and lose nothing; values of free shape are JSON texts.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from archive.attempt import AttemptState
from archive.evaluation import Verdict
from archive.ledger import CallStatus

__all__ = [
    "ANSWERED",
    "NOT_VALID",
    "UNFINISHED",
    "attempts",
    "births",
    "calls",
    "curve",
    "elites",
    "evaluations",
    "lessons",
    "metadata",
    "programs",
    "progress",
    "runs",
]


def _among(column: str, values: list[str]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


# Predicates of partial indexes. A query must repeat them to the letter, not as bound values, to use them.
ANSWERED = _among("status", [CallStatus.OK.value, CallStatus.TRUNCATED.value])
UNFINISHED = _among("state", [state.value for state in AttemptState if not state.is_finished])
NOT_VALID = f"verdict <> '{Verdict.VALID.value}'"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of the type INTEGER.
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def _serial() -> Any:  # noqa: ANN401  SQLModel's Field is Any as well: it stands for a value of each type
    return Field(default=None, primary_key=True, sa_type=_SERIAL)


def _key() -> Any:  # noqa: ANN401  as above
    return Field(primary_key=True, sa_type=Text)


def _text(*, null: bool = False) -> Any:  # noqa: ANN401  as above
    return Field(sa_type=Text, nullable=null)


def _number(*, null: bool = False) -> Any:  # noqa: ANN401  as above
    return Field(sa_type=Double, nullable=null)


def _count(*, null: bool = False) -> Any:  # noqa: ANN401  as above
    return Field(sa_type=BigInteger, nullable=null)


def _finite(*columns: str) -> list[CheckConstraint]:
    # SQLite makes NULL of NaN and of inf - inf, PostgreSQL makes NaN of it and holds NaN = NaN to be true;
    # "x - x = 0" is true on both for finite numbers alone.
    return [
        CheckConstraint(f"{column} IS NULL OR ({column} - {column} = 0) IS TRUE", name=f"finite_{column}")
        for column in columns
    ]


def _partial(*columns: str, name: str, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def _of_run() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["run"], ["runs.id"])


class _Row(SQLModel, registry=registry(metadata=metadata)):
    """Base of the tables, with a catalogue of their own."""


class RunRow(_Row, table=True):
    """Identity and terms of a run. `serial` orders runs even when the clock was set back."""

    __tablename__: ClassVar[str] = "runs"
    __table_args__ = (UniqueConstraint("id"), UniqueConstraint("name"), *_finite("dollars", "minutes"))

    serial: int = _serial()
    id: str = _text()
    name: str = _text()
    problem: str = _text()
    problem_digest: str = _text()
    problem_path: str = _text()
    # A seed may have more than 64 bits.
    seed: str = _text()
    workers: int = _count()
    strategy: str = _text()
    islands: int = _count()
    cells_total: int = _count()
    models: str = _text()
    sandbox: str = _text()
    evaluations: int | None = _count(null=True)
    dollars: float | None = _number(null=True)
    minutes: float | None = _number(null=True)
    overrides: str = _text()
    state: str = _text()
    stopped_by: str | None = _text(null=True)
    created: str = _text()


class ProgressRow(_Row, table=True):
    """Counters of a run, changed in the transaction of what they count."""

    __tablename__: ClassVar[str] = "progress"
    __table_args__ = (
        _of_run(),
        *_finite("dollars", "seconds", "best_utility", "best_fitness", "worst_utility"),
    )

    run: str = _key()
    evaluations: int = _count()
    attempts: int = _count()
    duplicates: int = _count()
    valid: int = _count()
    refused: int = _count()
    failed: int = _count()
    timed_out: int = _count()
    out_of_memory: int = _count()
    invalid: int = _count()
    calls: int = _count()
    tokens_in: int = _count()
    tokens_out: int = _count()
    tokens_cached: int = _count()
    dollars: float = _number()
    seconds: float = _number()
    best_program: str | None = _text(null=True)
    best_utility: float | None = _number(null=True)
    best_fitness: float | None = _number(null=True)
    best_attempt: int | None = _count(null=True)
    worst_utility: float | None = _number(null=True)


class ProgramRow(_Row, table=True):
    """Source text, shared by all runs."""

    __tablename__: ClassVar[str] = "programs"

    id: str = _key()
    language: str = _text()
    sources: str = _text()


class AttemptRow(_Row, table=True):
    """One turn; `idea` repeats the plan's, for lineage."""

    __tablename__: ClassVar[str] = "attempts"
    __table_args__ = (
        _of_run(),
        _partial("run", "number", name="ix_attempts_unfinished", where=UNFINISHED),
    )

    run: str = _key()
    number: int = Field(primary_key=True, sa_type=BigInteger)
    island: int = _count()
    parents: str = _text()
    inspirations: str = _text()
    state: str = _text()
    plan: str | None = _text(null=True)
    idea: str = _text()
    note: str = _text()
    started: str = _text()
    ended: str | None = _text(null=True)


class BirthRow(_Row, table=True):
    """The log of a run: a birth, the candidate of an attempt it belongs to, and where it was placed.

    `parent` is the first of `parents`; `verdict` repeats the evaluation's, for the indexes.
    """

    __tablename__: ClassVar[str] = "births"
    __table_args__ = (
        _of_run(),
        ForeignKeyConstraint(["program"], ["programs.id"]),
        ForeignKeyConstraint(["run", "attempt"], ["attempts.run", "attempts.number"]),
        CheckConstraint(
            "(attempt IS NULL) = (round IS NULL) AND (attempt IS NULL) = (slot IS NULL)", name="slot"
        ),
        *_finite("improvement"),
        _partial(
            "run", "attempt", "round", "slot", name="uq_births_slot", where="attempt IS NOT NULL", unique=True
        ),
        _partial("run", "program", "island", name="uq_births_seed", where="attempt IS NULL", unique=True),
        _partial("run", "island", "id", name="ix_births_not_valid", where=NOT_VALID),
        Index(None, "run", "id"),
        Index(None, "run", "verdict", "id"),
        Index(None, "run", "parent", "id"),
        Index(None, "program", "run", "id"),
    )

    id: int = _serial()
    run: str = _text()
    program: str = _text()
    parent: str | None = _text(null=True)
    parents: str = _text()
    inspirations: str = _text()
    operator: str = _text()
    island: int = _count()
    attempt: int | None = _count(null=True)
    round: int | None = _count(null=True)
    slot: int | None = _count(null=True)
    model: str | None = _text(null=True)
    at: str = _text()
    verdict: str = _text()
    outcome: str = _text()
    cell: str | None = _text(null=True)
    improvement: float = _number()
    displaced: str | None = _text(null=True)
    record: bool
    reindexed: bool


class EvaluationRow(_Row, table=True):
    """What a program was found to be worth in a run."""

    __tablename__: ClassVar[str] = "evaluations"
    __table_args__ = (
        _of_run(),
        ForeignKeyConstraint(["program"], ["programs.id"]),
        UniqueConstraint("run", "program"),
        CheckConstraint(
            "(fitness IS NOT NULL) = (verdict = 'valid') AND (utility IS NOT NULL) = (verdict = 'valid')",
            name="fitness_of_valid",
        ),
        *_finite("fitness", "utility", "seconds"),
        Index(None, "program", "problem", "id"),
    )

    id: int = _serial()
    run: str = _text()
    program: str = _text()
    problem: str = _text()
    verdict: str = _text()
    fitness: float | None = _number(null=True)
    utility: float | None = _number(null=True)
    seconds: float = _number()
    descriptors: str = _text()
    metrics: str = _text()
    stages: str = _text()
    reason: str = _text()


class EliteRow(_Row, table=True):
    """The best program of each cell."""

    __tablename__: ClassVar[str] = "elites"
    __table_args__ = (
        _of_run(),
        ForeignKeyConstraint(["program"], ["programs.id"]),
        *_finite("fitness", "utility"),
    )

    run: str = _key()
    island: int = Field(primary_key=True, sa_type=BigInteger)
    cell: str = _key()
    program: str = _text()
    fitness: float = _number()
    utility: float = _number()
    descriptors: str = _text()


class CurveRow(_Row, table=True):
    """Improvements of the best of a run."""

    __tablename__: ClassVar[str] = "curve"
    __table_args__ = (_of_run(), *_finite("seconds", "fitness"), Index(None, "run", "id"))

    id: int = _serial()
    run: str = _text()
    evaluations: int = _count()
    seconds: float = _number()
    fitness: float = _number()
    program: str = _text()
    operator: str = _text()


class CallRow(_Row, table=True):
    """The ledger of model calls. A name (run, attempt, purpose, ordinal) is answered once at most."""

    __tablename__: ClassVar[str] = "calls"
    __table_args__ = (
        _of_run(),
        *_finite("dollars", "latency"),
        _partial(
            "run", "attempt", "purpose", "ordinal", name="uq_calls_answered", where=ANSWERED, unique=True
        ),
        Index(None, "run", "id"),
    )

    id: int = _serial()
    run: str = _text()
    attempt: int = _count()
    purpose: str = _text()
    ordinal: int = _count()
    model: str = _text()
    request: str = _text()
    prompt: str = _text()
    response: str = _text()
    status: str = _text()
    tokens_in: int = _count()
    tokens_out: int = _count()
    tokens_cached: int = _count()
    dollars: float = _number()
    latency: float = _number()
    error: str = _text()
    at: str = _text()


class LessonRow(_Row, table=True):
    """Lessons. `digest` (of kind and text) makes writing one twice change nothing."""

    __tablename__: ClassVar[str] = "lessons"
    __table_args__ = (_of_run(), UniqueConstraint("run", "attempt", "digest"), Index(None, "run", "id"))

    id: int = _serial()
    run: str = _text()
    attempt: int = _count()
    kind: str = _text()
    text: str = _text()
    digest: str = _text()
    uses: int = _count()
    successes: int = _count()
    at: str = _text()


def _table(row: type[_Row]) -> Table:
    return metadata.tables[str(row.__tablename__)]


runs = _table(RunRow)
progress = _table(ProgressRow)
programs = _table(ProgramRow)
attempts = _table(AttemptRow)
births = _table(BirthRow)
evaluations = _table(EvaluationRow)
elites = _table(EliteRow)
curve = _table(CurveRow)
calls = _table(CallRow)
lessons = _table(LessonRow)
