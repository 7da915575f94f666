"""Cells of the archive, their elites, and the outcome of adding to them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from archive.program import ProgramId

__all__ = ["Cell", "Elite", "Outcome", "Placement"]

Cell = tuple[int, ...]
"""Index of a niche, one number from 0 an axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elite:
    """The best program known of a cell, or one of the best where a cell holds a front.

    Attributes:
        program: id.
        cell: where it sits; derived from the descriptors.
        fitness: in the objective's own units.
        descriptors: the stored truth from which the cell is derived.
        island: number of the island.
        objectives: utilities of the further objectives, larger is better; empty with a single objective.
    """

    program: ProgramId
    cell: Cell
    fitness: float
    descriptors: tuple[float, ...]
    island: int = 0
    objectives: tuple[float, ...] = ()


class Outcome(StrEnum):
    """What adding an evaluation did to the archive."""

    NEW = "new"
    """It is the first of its cell."""
    IMPROVED = "improved"
    """It is better than the elite that was there; of a front: no member is as good in everything."""
    REFUSED = "refused"
    """It is not better, or not valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The outcome of one `add`.

    Attributes:
        outcome: what happened.
        cell: cell of the program; None when it is not valid.
        improvement: gain of utility over the best elite that was there, 0 or more; 0 when there was none.
        displaced: program that lost the cell; of several that left a front the one of greatest utility; None
            when there was none.
        record: whether it is the best of the whole run so far.
        reindexed: whether the ranges were stretched, so that every elite of the island has a new cell.
    """

    outcome: Outcome
    cell: Cell | None = None
    improvement: float = 0.0
    displaced: ProgramId | None = None
    record: bool = False
    reindexed: bool = False
