"""A uniform grid over descriptors that keeps the best program of each cell (MAP-Elites).

Mouret and Clune, "Illuminating search spaces by mapping elites", 2015. Their grid has fixed edges; ours
stretches. A range grows about its centre by whole factors (2 when the number of bins is even, 3 when it is
odd), so every old bin lies inside exactly one new bin. Two things follow: the elites after a stretch are
computed exactly from the elites before it, without the history, and the final grid depends on which values
were seen but not on their order. See docs/decisions/0002-stretching-grid.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from archive.cell import Cell, Elite, Outcome, Placement
from archive.program import ProgramId
from problems.problem import Descriptor, Objective

__all__ = ["GridArchive"]

_FARTHEST = 1e300
"""Where an axis position beyond the floats is put, so that it still has a bin number."""


class GridArchive:
    """Elites of one island.

    Ties go to the program that was there first. Not thread-safe; one owner.

    Args:
        descriptors: axes; with none, the archive has a single cell.
        objective: says which fitness is better.
        island: number put on every elite.
    """

    def __init__(self, *, descriptors: Sequence[Descriptor], objective: Objective, island: int = 0) -> None:
        self._axes = tuple(descriptors)
        self._objective = objective
        self._island = island
        self._stretches = [0] * len(self._axes)
        self._cells: dict[Cell, Elite] = {}
        self._sorted: tuple[Elite, ...] | None = None

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[Elite]:
        return iter(self.elites)

    @property
    def elites(self) -> tuple[Elite, ...]:
        """All elites in the order of their cells, whatever the order of their arrival."""
        if self._sorted is None:
            self._sorted = tuple(self._cells[cell] for cell in sorted(self._cells))
        return self._sorted

    @property
    def size(self) -> int:
        """Number of cells of the grid, filled or not; stretching does not change it."""
        return math.prod(axis.bins for axis in self._axes)

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
        spans = (_factor(axis.bins) ** times for axis, times in zip(self._axes, self._stretches, strict=True))
        return tuple((0.5 - span / 2, 0.5 + span / 2) for span in spans)

    def locate(self, descriptors: Sequence[float]) -> Cell | None:
        """The cell of these values in the present grid; None where one lies outside of it.

        Raises:
            ValueError: a value is not finite, or there are not as many values as axes.
        """
        self._check(descriptors)
        cell = tuple(
            _index(_lattice(axis, value), bins=axis.bins, stretches=times)
            for axis, value, times in zip(self._axes, descriptors, self._stretches, strict=True)
        )
        inside = all(0 <= index < axis.bins for index, axis in zip(cell, self._axes, strict=True))
        return cell if inside else None

    def add(self, program: ProgramId, *, fitness: float, descriptors: Sequence[float]) -> Placement:
        """Offer a valid program; it is kept when its cell is empty or it is better than what is there.

        Adding the same program again changes nothing. The final elites' fitness per cell does not depend
        on the order of adding.

        Args:
            program: id.
            fitness: finite, in the objective's own units.
            descriptors: one finite value an axis; a value outside the range stretches it.

        Raises:
            ValueError: a number is not finite, or there are not as many values as axes.
        """
        if not math.isfinite(fitness):
            raise ValueError(f"fitness must be finite, got {fitness!r}")
        values = tuple(float(value) for value in descriptors)
        reindexed = self._make_room(values)
        cell = self.locate(values)
        assert cell is not None  # _make_room stretched until it fits
        holder = self._cells.get(cell)
        elite = Elite(
            program=program, cell=cell, fitness=float(fitness), descriptors=values, island=self._island
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
        self._cells[elite.cell] = elite
        self._sorted = None

    def _check(self, descriptors: Sequence[float]) -> None:
        if len(descriptors) != len(self._axes):
            raise ValueError(f"expected {len(self._axes)} descriptors, got {len(descriptors)}")
        for axis, value in zip(self._axes, descriptors, strict=True):
            if not math.isfinite(value):
                raise ValueError(f"descriptor {axis.name!r} must be finite, got {value!r}")

    def _make_room(self, descriptors: Sequence[float]) -> bool:
        """Stretch the axes until these values are inside; True when any cell may have changed."""
        self._check(descriptors)
        stretched = False
        for number, (axis, value) in enumerate(zip(self._axes, descriptors, strict=True)):
            place = _lattice(axis, value)
            while not 0 <= _index(place, bins=axis.bins, stretches=self._stretches[number]) < axis.bins:
                self._stretches[number] += 1
                stretched = True
        if stretched:
            self._reindex()
        return stretched

    def _reindex(self) -> None:
        before, self._cells, self._sorted = self.elites, {}, None
        for elite in before:
            cell = self.locate(elite.descriptors)
            assert cell is not None  # ranges only grow
            holder = self._cells.get(cell)
            if holder is None or self._objective.utility(elite.fitness) > self._objective.utility(
                holder.fitness
            ):
                self._put(
                    Elite(
                        program=elite.program,
                        cell=cell,
                        fitness=elite.fitness,
                        descriptors=elite.descriptors,
                        island=elite.island,
                    )
                )


def _factor(bins: int) -> int:
    return 2 if bins % 2 == 0 else 3


def _lattice(axis: Descriptor, value: float) -> int:
    """Bin number on the unstretched lattice, which goes on without end on both sides.

    The declared upper edge itself belongs to the last bin, so that a share of exactly 1 is inside [0, 1].
    """
    position = axis.position(value)
    if not math.isfinite(position):
        position = math.copysign(_FARTHEST, position)
    return axis.bins - 1 if position == 1.0 else math.floor(position * axis.bins)


def _index(place: int, *, bins: int, stretches: int) -> int:
    """Bin number after so many stretches about the centre, by whole numbers only, hence exact."""
    if bins % 2 == 0:
        centre = bins // 2
        return ((place - centre) >> stretches) + centre
    centre = bins // 2
    span: int = 3**stretches
    return (place - centre + span // 2) // span + centre
