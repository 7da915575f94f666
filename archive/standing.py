"""What islands are told and tell beside their elites: who migrated, and what a resumed run has to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archive.cell import Elite, Placement
from archive.program import ProgramId
from archive.selection import FIRST_PACE, Credit

__all__ = ["IslandState", "Migrant", "Standing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrant:
    """A copy of a reference: an elite of one island offered to another, and what became of it there."""

    elite: Elite
    source: int
    placement: Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What selection remembers beside the elites; kept by the store, so that a resumed run draws alike.

    Attributes:
        credits: program to what its children achieved; programs without children may be left out.
        stalls: island to its evaluations since its last improvement.
    """

    credits: Mapping[ProgramId, Credit]
    stalls: Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class IslandState:
    """What an island remembers beside its elites; kept by the store, so that a resumed run goes on alike.

    Attributes:
        island: number of the island.
        epoch: how often it was renewed.
        renewed_at: evaluations of the run when it was renewed last; 0 when it never was.
        stall: its evaluations since its last improvement.
        since_best: its evaluations since one of them beat its best.
        pace: moving mean of its evaluations between two such improvements.
        weariness: its evaluations since its best improved by as much as counts.
    """

    island: int
    epoch: int = 0
    renewed_at: int = 0
    stall: int = 0
    since_best: int = 0
    pace: float = FIRST_PACE
    weariness: float = 0.0
