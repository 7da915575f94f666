"""A uniform grid over descriptors that keeps the best program of each cell (MAP-Elites).

Mouret and Clune, "Illuminating search spaces by mapping elites", 2015. Their grid has fixed edges; ours
stretches. A range grows about its centre by whole factors (2 when the number of bins is even, 3 when it is
odd), so every old bin lies inside exactly one new bin. Two things follow: the elites after a stretch are
computed exactly from the elites before it, without the history, and the final grid depends on which values
were seen but not on their order. See docs/decisions/0002-stretching-grid.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from archive.lattice import Lattice
from archive.single import SingleArchive
from problems.problem import Descriptor, Objective

__all__ = ["GridArchive"]


class GridArchive(SingleArchive):
    """Elites of one island.

    Ties go to the program that was there first. Not thread-safe; one owner.

    Args:
        descriptors: axes; with none, the archive has a single cell.
        objective: says which fitness is better.
        island: number put on every elite.
    """

    def __init__(self, *, descriptors: Sequence[Descriptor], objective: Objective, island: int = 0) -> None:
        super().__init__(geometry=Lattice(descriptors), objective=objective, island=island)
