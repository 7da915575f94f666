"""The tables, and an index for every way the ports ask.

A row is never a domain value: SQLModel's tables accept a string for a number without a word, so rows are
built and read in `archive.sql.mapping` only. Times are ISO 8601 texts of fixed width in UTC, which sort as
they should and lose nothing; values of free shape are JSON texts.
"""

from __future__ import annotations

from archive.sql.columns import metadata
from archive.sql.tables_program import (
    IS_SEED,
    NOT_VALID,
    births,
    credits,
    elites,
    evaluations,
    parentage,
    programs,
    recipes,
    reports,
)
from archive.sql.tables_run import (
    ANSWERED,
    LIVE,
    UNFINISHED,
    attempts,
    calls,
    curve,
    island_states,
    lessons,
    progress,
    runs,
    stalls,
)

__all__ = [
    "ANSWERED",
    "IS_SEED",
    "LIVE",
    "NOT_VALID",
    "UNFINISHED",
    "attempts",
    "births",
    "calls",
    "credits",
    "curve",
    "elites",
    "evaluations",
    "island_states",
    "lessons",
    "metadata",
    "parentage",
    "programs",
    "progress",
    "recipes",
    "reports",
    "runs",
    "stalls",
]
