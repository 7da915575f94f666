"""The tables of runs: their terms, counters and attempts, the ledger, the curve and the lessons.

See `archive.sql.tables` for what holds for all tables.
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from archive.attempt import AttemptState
from archive.ledger import CallStatus
from archive.sql.columns import (
    Row,
    among,
    count_column,
    finite,
    flag_column,
    key_column,
    number_column,
    of_run,
    partial,
    serial_column,
    table_of,
    text_column,
)

__all__ = [
    "ANSWERED",
    "LIVE",
    "UNFINISHED",
    "attempts",
    "calls",
    "curve",
    "island_states",
    "lessons",
    "progress",
    "runs",
    "stalls",
]

# Predicates of partial indexes. A query must repeat them to the letter, not as bound values, to use them.
ANSWERED = among("status", [CallStatus.OK.value, CallStatus.TRUNCATED.value])
LIVE = "NOT expired"
LIKE_ANOTHER = "likeness IS NOT NULL"
UNFINISHED = among("state", [state.value for state in AttemptState if not state.is_finished])


class RunRow(Row, table=True):
    """Identity and terms of a run. `serial` orders runs even when the clock was set back."""

    __tablename__: ClassVar[str] = "runs"
    __table_args__ = (UniqueConstraint("id"), UniqueConstraint("name"), *finite("dollars", "minutes"))

    serial: int = serial_column()
    id: str = text_column()
    name: str = text_column()
    problem: str = text_column()
    problem_digest: str = text_column()
    problem_path: str = text_column()
    # A seed may have more than 64 bits.
    seed: str = text_column()
    workers: int = count_column()
    strategy: str = text_column()
    islands: int = count_column()
    cells_total: int = count_column()
    models: str = text_column()
    sandbox: str = text_column()
    evaluations: int | None = count_column(null=True)
    dollars: float | None = number_column(null=True)
    minutes: float | None = number_column(null=True)
    overrides: str = text_column()
    state: str = text_column()
    stopped_by: str | None = text_column(null=True)
    created: str = text_column()
    study: str | None = text_column(null=True)


class ProgressRow(Row, table=True):
    """Counters of a run, changed in the transaction of what they count."""

    __tablename__: ClassVar[str] = "progress"
    __table_args__ = (
        of_run(),
        *finite("dollars", "seconds", "best_utility", "best_fitness", "worst_utility"),
    )

    run: str = key_column()
    evaluations: int = count_column()
    attempts: int = count_column()
    duplicates: int = count_column()
    valid: int = count_column()
    refused: int = count_column()
    failed: int = count_column()
    timed_out: int = count_column()
    out_of_memory: int = count_column()
    invalid: int = count_column()
    calls: int = count_column()
    tokens_in: int = count_column()
    tokens_out: int = count_column()
    tokens_cached: int = count_column()
    tokens_reasoning: int = count_column(default="0")
    dollars: float = number_column()
    seconds: float = number_column()
    best_program: str | None = text_column(null=True)
    best_utility: float | None = number_column(null=True)
    best_fitness: float | None = number_column(null=True)
    best_attempt: int | None = count_column(null=True)
    worst_utility: float | None = number_column(null=True)


class AttemptRow(Row, table=True):
    """One turn; `idea` repeats the plan's, for lineage."""

    __tablename__: ClassVar[str] = "attempts"
    __table_args__ = (
        of_run(),
        partial("run", "number", name="ix_attempts_unfinished", where=UNFINISHED),
        partial("run", "likeness", name="ix_attempts_like", where=LIKE_ANOTHER),
    )

    run: str = key_column()
    number: int = Field(primary_key=True, sa_type=BigInteger)
    island: int = count_column()
    parents: str = text_column()
    inspirations: str = text_column()
    state: str = text_column()
    plan: str | None = text_column(null=True)
    idea: str = text_column()
    note: str = text_column()
    likeness: str | None = text_column(null=True)
    started: str = text_column()
    ended: str | None = text_column(null=True)


class CurveRow(Row, table=True):
    """Improvements of the best of a run."""

    __tablename__: ClassVar[str] = "curve"
    __table_args__ = (of_run(), *finite("seconds", "fitness"), Index(None, "run", "id"))

    id: int = serial_column()
    run: str = text_column()
    evaluations: int = count_column()
    seconds: float = number_column()
    fitness: float = number_column()
    program: str = text_column()
    operator: str = text_column()


class CallRow(Row, table=True):
    """The ledger of model calls. A name (run, attempt, purpose, ordinal) is answered once at most."""

    __tablename__: ClassVar[str] = "calls"
    __table_args__ = (
        of_run(),
        *finite("dollars", "latency"),
        partial(
            "run", "attempt", "purpose", "ordinal", name="uq_calls_answered", where=ANSWERED, unique=True
        ),
        Index(None, "run", "id"),
    )

    id: int = serial_column()
    run: str = text_column()
    attempt: int = count_column()
    purpose: str = text_column()
    ordinal: int = count_column()
    model: str = text_column()
    request: str = text_column()
    prompt: str = text_column()
    response: str = text_column()
    status: str = text_column()
    tokens_in: int = count_column()
    tokens_out: int = count_column()
    tokens_cached: int = count_column()
    tokens_reasoning: int = count_column(default="0")
    dollars: float = number_column()
    latency: float = number_column()
    error: str = text_column()
    at: str = text_column()


class LessonRow(Row, table=True):
    """Lessons. `digest` (of kind and text) makes writing one twice change nothing."""

    __tablename__: ClassVar[str] = "lessons"
    __table_args__ = (
        of_run(),
        UniqueConstraint("run", "attempt", "digest"),
        Index(None, "run", "id"),
        partial("run", "id", name="ix_lessons_live", where=LIVE),
    )

    id: int = serial_column()
    run: str = text_column()
    attempt: int = count_column()
    kind: str = text_column()
    text: str = text_column()
    digest: str = text_column()
    uses: int = count_column()
    successes: int = count_column()
    at: str = text_column()
    evidence: str = text_column(default="[]")
    context: str = text_column(default="")
    origin: str | None = text_column(null=True)
    fault: str | None = text_column(null=True)
    expired: bool = flag_column()


class StallRow(Row, table=True):
    """Births on an island since its last improvement, migrants excepted; kept as `credits` are."""

    __tablename__: ClassVar[str] = "stalls"
    __table_args__ = (of_run(),)

    run: str = key_column()
    island: int = Field(primary_key=True, sa_type=BigInteger)
    stall: int = count_column()


class IslandStateRow(Row, table=True):
    """What an island remembers beside its elites."""

    __tablename__: ClassVar[str] = "island_states"
    __table_args__ = (of_run(), *finite("pace", "weariness"))

    run: str = key_column()
    island: int = Field(primary_key=True, sa_type=BigInteger)
    epoch: int = count_column()
    renewed_at: int = count_column()
    stall: int = count_column()
    since_best: int = count_column()
    pace: float = number_column()
    weariness: float = number_column()


runs = table_of(RunRow)
progress = table_of(ProgressRow)
attempts = table_of(AttemptRow)
curve = table_of(CurveRow)
calls = table_of(CallRow)
lessons = table_of(LessonRow)
stalls = table_of(StallRow)
island_states = table_of(IslandStateRow)
