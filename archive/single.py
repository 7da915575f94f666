"""Archives that keep one program a cell, the best; how descriptors make cells is left to a geometry."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from archive.cell import Cell, Elite, Outcome, Placement
from archive.lattice import Geometry
from archive.program import ProgramId
from problems.problem import Objective

__all__ = ["SingleArchive"]


class SingleArchive:
    """Elites of one island.

    Ties go to the program that was there first. Not thread-safe; one owner.

    Args:
        geometry: cells over the descriptors; owned by this archive.
        objective: says which fitness is better.
        island: number put on every elite.
    """

    def __init__(self, *, geometry: Geometry, objective: Objective, island: int = 0) -> None:
        self._geometry = geometry
        self._objective = objective
        self._island = island
        self._cells: dict[Cell, Elite] = {}
        self._order: list[Cell] = []
        self._line: list[Elite] = []
        self._sorted: tuple[Elite, ...] | None = None

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[Elite]:
        return iter(self.elites)

    @property
    def elites(self) -> tuple[Elite, ...]:
        """All elites in the order of their cells, whatever the order of their arrival."""
        if self._sorted is None:
            self._sorted = tuple(self._line)
        return self._sorted

    @property
    def size(self) -> int:
        """Number of cells, filled or not; it never changes."""
        return self._geometry.size

    @property
    def coverage(self) -> float:
        """Share of the cells that hold an elite, 0 to 1."""
        return len(self._cells) / self.size

    @property
    def best(self) -> Elite | None:
        """The elite of greatest utility; the first cell's among equals; None when empty."""
        return max(self.elites, key=lambda elite: self._objective.utility(elite.fitness), default=None)

    def qd_score(self, floor: float) -> float:
        """Sum over the elites of their utility above `floor`, the worst utility that counts."""
        return math.fsum(self._objective.utility(elite.fitness) - floor for elite in self._cells.values())

    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Present edges of each axis, in units of the declared range: (0, 1) when never stretched."""
        return self._geometry.ranges()

    def members(self, cell: Cell) -> tuple[Elite, ...]:
        """The elite of a cell; empty where there is none."""
        holder = self._cells.get(cell)
        return () if holder is None else (holder,)

    def locate(self, descriptors: Sequence[float]) -> Cell | None:
        """The cell of these values; None where one lies outside the present ranges.

        Raises:
            ValueError: a value is not finite, or there are not as many values as axes.
        """
        return self._geometry.locate(descriptors)

    def recall(self, elites: Iterable[Elite]) -> None:
        """Stretch the ranges as when these elites were stored with their cells; it must be empty."""
        self._geometry.recall(elites)

    def add(
        self,
        program: ProgramId,
        *,
        fitness: float,
        descriptors: Sequence[float],
        objectives: Sequence[float] = (),
    ) -> Placement:
        """Offer a valid program; it is kept when its cell is empty or it is better than what is there.

        Adding the same program again changes nothing. The final elites' fitness per cell does not depend
        on the order of adding.

        Args:
            program: id.
            fitness: finite, in the objective's own units.
            descriptors: one finite value an axis; a value outside the range stretches it.
            objectives: finite utilities of further objectives; kept with the elite, they decide nothing.

        Raises:
            ValueError: a number is not finite, or there are not as many values as axes.
        """
        if not math.isfinite(fitness):
            raise ValueError(f"fitness must be finite, got {fitness!r}")
        further = tuple(float(value) for value in objectives)
        if not all(map(math.isfinite, further)):
            raise ValueError(f"further objectives must be finite, got {further!r}")
        values = tuple(float(value) for value in descriptors)
        reindexed = self._make_room(values)
        cell = self.locate(values)
        assert cell is not None  # _make_room saw to it
        holder = self._cells.get(cell)
        elite = Elite(
            program=program,
            cell=cell,
            fitness=float(fitness),
            descriptors=values,
            island=self._island,
            objectives=further,
        )
        if holder is None:
            self._put(elite)
            return Placement(outcome=Outcome.NEW, cell=cell, reindexed=reindexed)
        gain = self._objective.utility(elite.fitness) - self._objective.utility(holder.fitness)
        if gain <= 0:
            return Placement(outcome=Outcome.REFUSED, cell=cell, reindexed=reindexed)
        self._put(elite)
        return Placement(
            outcome=Outcome.IMPROVED,
            cell=cell,
            improvement=gain,
            displaced=holder.program,
            reindexed=reindexed,
        )

    def _put(self, elite: Elite) -> None:
        # Kept in order, for sorting ten thousand cells takes longer than all else of a turn.
        place = bisect_left(self._order, elite.cell)
        if elite.cell in self._cells:
            self._line[place] = elite
        else:
            self._order.insert(place, elite.cell)
            self._line.insert(place, elite)
        self._cells[elite.cell] = elite
        self._sorted = None

    def _make_room(self, descriptors: Sequence[float]) -> bool:
        """Make the cells cover these values; True when any elite's cell may have changed."""
        moved = self._geometry.make_room(descriptors)
        if moved:
            self._reindex()
        return moved

    def _reindex(self) -> None:
        before = self.elites
        self._cells, self._order, self._line, self._sorted = {}, [], [], None
        for elite in before:
            cell = self.locate(elite.descriptors)
            assert cell is not None  # what was inside stays inside
            holder = self._cells.get(cell)
            if holder is None or self._objective.utility(elite.fitness) > self._objective.utility(
                holder.fitness
            ):
                self._put(replace(elite, cell=cell))
