"""What a look at a database's integrity brings to light, and what it needs to know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archive.evaluation import Evaluation
from archive.niches import Archive
from archive.program import Program
from problems.problem import Objective

__all__ = ["RESTORE", "RESUME", "Finding", "Rules"]

RESTORE = "restore the database from a copy, or begin a new run"
RESUME = "`cambrian resume` the run with more evaluations, which takes them up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be.

    Attributes:
        run: name of the run; None where it concerns the whole database.
        check: what was looked at: one of a few words.
        expected: what should be there.
        found: what is there.
        remedy: what to do.
    """

    run: str | None = None
    check: str
    expected: str
    found: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a problem says of scores and cells.

    Attributes:
        objective: says which fitness is better.
        make: gives an empty archive for the island of this number, from the descriptors of all different
            valid programs of the run, in the order they came.
        measure: gives fitness and utilities of further objectives anew from what is stored of an
            evaluation that is valid; the fitness is None where the objective's metric is not stored.
    """

    objective: Objective
    make: Callable[[int, Sequence[tuple[float, ...]]], Archive]
    measure: Callable[[Program, Evaluation], tuple[float | None, tuple[float, ...]]]
