"""The tables of programs: their texts, births and evaluations, what was reported of them, and the elites.

See `archive.sql.tables` for what holds for all tables.
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field

from archive.evaluation import Verdict
from archive.sql.columns import (
    Row,
    count_column,
    finite,
    key_column,
    number_column,
    of_run,
    partial,
    serial_column,
    table_of,
    text_column,
)

__all__ = [
    "IS_SEED",
    "NOT_VALID",
    "births",
    "credits",
    "elites",
    "evaluations",
    "parentage",
    "programs",
    "recipes",
    "reports",
]

# Predicates of partial indexes; see `archive.sql.tables_run`.
IS_SEED = "attempt IS NULL AND operator <> 'migrate'"
NOT_VALID = f"verdict <> '{Verdict.VALID.value}'"


class ProgramRow(Row, table=True):
    """Source text, shared by all runs; `fingerprint` is the beginning of one, see `archive.sql.encoding`."""

    __tablename__: ClassVar[str] = "programs"
    __table_args__ = (Index(None, "fingerprint"),)

    id: str = key_column()
    language: str = text_column()
    sources: str = text_column()
    fingerprint: str | None = text_column(null=True)


class BirthRow(Row, table=True):
    """The log of a run: a birth, the candidate of an attempt it belongs to, and where it was placed.

    `parent` is the first of `parents`; `verdict` repeats the evaluation's, for the indexes.
    """

    __tablename__: ClassVar[str] = "births"
    __table_args__ = (
        of_run(),
        ForeignKeyConstraint(["program"], ["programs.id"]),
        ForeignKeyConstraint(["run", "attempt"], ["attempts.run", "attempts.number"]),
        CheckConstraint(
            "(attempt IS NULL) = (round IS NULL) AND (attempt IS NULL) = (slot IS NULL)", name="slot"
        ),
        *finite("improvement"),
        partial(
            "run", "attempt", "round", "slot", name="uq_births_slot", where="attempt IS NOT NULL", unique=True
        ),
        # A migrant may come again to an island that began anew.
        partial("run", "program", "island", name="uq_births_seed", where=IS_SEED, unique=True),
        partial("run", "island", "id", name="ix_births_not_valid", where=NOT_VALID),
        Index(None, "run", "id"),
        Index(None, "run", "verdict", "id"),
        Index(None, "run", "parent", "id"),
        Index(None, "program", "run", "id"),
    )

    id: int = serial_column()
    run: str = text_column()
    program: str = text_column()
    parent: str | None = text_column(null=True)
    parents: str = text_column()
    inspirations: str = text_column()
    operator: str = text_column()
    island: int = count_column()
    attempt: int | None = count_column(null=True)
    round: int | None = count_column(null=True)
    slot: int | None = count_column(null=True)
    model: str | None = text_column(null=True)
    source: int | None = count_column(null=True)
    at: str = text_column()
    verdict: str = text_column()
    outcome: str = text_column()
    cell: str | None = text_column(null=True)
    improvement: float = number_column()
    displaced: str | None = text_column(null=True)
    record: bool
    reindexed: bool


class ParentageRow(Row, table=True):
    """Children of the parents that stand beside the main one, as in a crossover; `births` has the rest."""

    __tablename__: ClassVar[str] = "parentage"
    __table_args__ = (of_run(), ForeignKeyConstraint(["child"], ["programs.id"]))

    run: str = key_column()
    parent: str = key_column()
    child: str = key_column()


class EvaluationRow(Row, table=True):
    """What a program was found to be worth in a run.

    There is no index that begins with the program: its births have one, which tells its runs. Each index over
    a hash has a page of its own read and written with every program.
    """

    __tablename__: ClassVar[str] = "evaluations"
    __table_args__ = (
        of_run(),
        ForeignKeyConstraint(["program"], ["programs.id"]),
        UniqueConstraint("run", "program"),
        CheckConstraint(
            "(fitness IS NOT NULL) = (verdict = 'valid') AND (utility IS NOT NULL) = (verdict = 'valid')",
            name="fitness_of_valid",
        ),
        *finite("fitness", "utility", "seconds"),
        Index(None, "run", "id"),
    )

    id: int = serial_column()
    run: str = text_column()
    program: str = text_column()
    problem: str = text_column()
    verdict: str = text_column()
    fitness: float | None = number_column(null=True)
    utility: float | None = number_column(null=True)
    seconds: float = number_column()
    descriptors: str = text_column()
    metrics: str = text_column()
    stages: str = text_column()
    reason: str = text_column()
    # Provenance; all are null where it was not recorded. A seed may have more than 64 bits.
    seed: str | None = text_column(null=True)
    replicas: int | None = count_column(null=True)
    confirmed: bool | None = Field(sa_type=Boolean, nullable=True)
    # Digest of a row of `recipes`, which is never taken away.
    recipe: str | None = text_column(null=True)


class RecipeRow(Row, table=True):
    """What evaluations have in common: the recipes of stages, sandboxes, version."""

    __tablename__: ClassVar[str] = "recipes"

    digest: str = key_column()
    recipe: str = text_column()


class ReportRow(Row, table=True):
    """What was reported of programs after their evaluation; rows are only ever added."""

    __tablename__: ClassVar[str] = "reports"
    __table_args__ = (
        ForeignKeyConstraint(["program"], ["programs.id"]),
        *finite("value"),
        Index(None, "program", "metric", "serial"),
    )

    serial: int = serial_column()
    program: str = text_column()
    metric: str = text_column()
    value: float = number_column()
    at: str = text_column()


class EliteRow(Row, table=True):
    """The best program of each cell, or its front: `place` numbers the elites of a cell from 0."""

    __tablename__: ClassVar[str] = "elites"
    __table_args__ = (
        of_run(),
        ForeignKeyConstraint(["program"], ["programs.id"]),
        *finite("fitness", "utility"),
    )

    run: str = key_column()
    island: int = Field(primary_key=True, sa_type=BigInteger)
    cell: str = key_column()
    place: int = Field(primary_key=True, sa_type=BigInteger)
    program: str = text_column()
    fitness: float = number_column()
    utility: float = number_column()
    descriptors: str = text_column()
    objectives: str = text_column()


class CreditRow(Row, table=True):
    """What the children of a program achieved in a run: its births by main parent, counted.

    Kept, because counting them when a run is opened would take a look at each of its births.
    """

    __tablename__: ClassVar[str] = "credits"
    __table_args__ = (of_run(),)

    run: str = key_column()
    program: str = key_column()
    children: int = count_column()
    improved: int = count_column()


programs = table_of(ProgramRow)
births = table_of(BirthRow)
parentage = table_of(ParentageRow)
evaluations = table_of(EvaluationRow)
recipes = table_of(RecipeRow)
reports = table_of(ReportRow)
elites = table_of(EliteRow)
credits = table_of(CreditRow)
