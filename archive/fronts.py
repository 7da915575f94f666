"""Cells that hold fronts: programs of which none is as good as another in every objective (Pareto cells).

Pierrot et al., "Multi-objective quality diversity optimization", 2022. A cell keeps at most `BOUND` programs.
When one more comes, the program in the most crowded place of the front leaves (crowding distance of Deb et
al., NSGA-II, 2002), never the best of the main objective.

Laws. The best fitness of a cell never depends on the order of adding. The whole front does not either as long
as no `BOUND` + 1 programs offered to one cell were ever such that none is at least as good as another in
everything: then nobody left but for a better one, and a cell holds exactly the programs to which none is
superior. Where the bound is met it depends on the order which programs of a front are kept, for who left to
make room is forgotten; who leaves depends on the front alone.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from archive.cell import Cell, Elite, Outcome, Placement
from archive.lattice import Geometry
from archive.program import ProgramId
from problems.problem import Objective

__all__ = ["BOUND", "FrontArchive", "dominates"]

BOUND = 16
"""Most programs of a cell: enough for the shape of a front; adding costs at worst its square."""

Point = tuple[float, ...]


class FrontArchive:
    """Elites of one island, a front a cell.

    Of programs that are equal in everything the one that was there first stays. Not thread-safe; one owner.

    Args:
        geometry: cells over the descriptors; owned by this archive.
        objective: the main one.
        further: number of further objectives, 0 or more; with none every front is a single program.
        island: number put on every elite.
        bound: most programs of a cell, at least 1.
    """

    def __init__(
        self,
        *,
        geometry: Geometry,
        objective: Objective,
        further: int = 0,
        island: int = 0,
        bound: int = BOUND,
    ) -> None:
        if bound < 1:
            raise ValueError(f"expected a bound of at least 1 program a cell, got {bound}")
        self._geometry = geometry
        self._objective = objective
        self._further = further
        self._island = island
        self._bound = bound
        self._cells: dict[Cell, tuple[Elite, ...]] = {}
        self._order: list[Cell] = []
        self._line: list[tuple[Elite, ...]] = []
        self._sorted: tuple[Elite, ...] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._cells.values()))

    def __iter__(self) -> Iterator[Elite]:
        return iter(self.elites)

    @property
    def elites(self) -> tuple[Elite, ...]:
        """All members of all fronts: by cell, in a cell the best first, as in `members`."""
        if self._sorted is None:
            self._sorted = tuple(chain.from_iterable(self._line))
        return self._sorted

    @property
    def size(self) -> int:
        """Number of cells, filled or not; it never changes."""
        return self._geometry.size

    @property
    def coverage(self) -> float:
        """Share of the cells that hold a front, 0 to 1."""
        return len(self._cells) / self.size

    @property
    def best(self) -> Elite | None:
        """The elite of greatest main utility; the first cell's among equals; None when empty."""
        return max(self.elites, key=lambda elite: self._objective.utility(elite.fitness), default=None)

    def qd_score(self, floor: float) -> float:
        """Sum over the filled cells of their best utility in the main objective above `floor`."""
        return math.fsum(self._objective.utility(front[0].fitness) - floor for front in self._cells.values())

    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Present edges of each axis, in units of the declared range: (0, 1) when never stretched."""
        return self._geometry.ranges()

    def members(self, cell: Cell) -> tuple[Elite, ...]:
        """The front of a cell, the best in the main objective first; empty where there is none."""
        return self._cells.get(cell, ())

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
        """Offer a valid program; it enters the front of its cell unless a member is as good in everything.

        Adding the same program again changes nothing. A program that enters is IMPROVED also where it is no
        better in the main objective; `improvement` is its gain in the main objective alone. REFUSED is also
        one that would be the first to leave a full front.

        Args:
            program: id.
            fitness: finite, in the objective's own units.
            descriptors: one finite value an axis; a value outside the range stretches it.
            objectives: one finite utility a further objective, larger is better.

        Raises:
            ValueError: a number is not finite, or there are too few or too many of them. Nothing was changed.
        """
        if not math.isfinite(fitness):
            raise ValueError(f"fitness must be finite, got {fitness!r}")
        further = tuple(float(value) for value in objectives)
        if len(further) != self._further:
            raise ValueError(f"expected {self._further} further objectives, got {len(further)}")
        if not all(map(math.isfinite, further)):
            raise ValueError(f"further objectives must be finite, got {further!r}")
        values = tuple(float(value) for value in descriptors)
        moved = self._geometry.make_room(values)
        if moved:
            self._reindex()
        cell = self.locate(values)
        assert cell is not None  # make_room saw to it
        elite = Elite(
            program=program,
            cell=cell,
            fitness=float(fitness),
            descriptors=values,
            island=self._island,
            objectives=further,
        )
        return self._offer(elite, reindexed=moved)

    def _offer(self, elite: Elite, *, reindexed: bool) -> Placement:
        before = self._cells.get(elite.cell, ())
        after = self._front((*before, elite))
        if elite not in after or elite in before:
            return Placement(outcome=Outcome.REFUSED, cell=elite.cell, reindexed=reindexed)
        # Kept in order, for sorting ten thousand cells takes longer than all else of a turn.
        place = bisect_left(self._order, elite.cell)
        if before:
            self._line[place] = after
        else:
            self._order.insert(place, elite.cell)
            self._line.insert(place, after)
        self._cells[elite.cell] = after
        self._sorted = None
        if not before:
            return Placement(outcome=Outcome.NEW, cell=elite.cell, reindexed=reindexed)
        gone = next((one.program for one in before if one not in after), None)
        gain = self._objective.utility(elite.fitness) - self._objective.utility(before[0].fitness)
        return Placement(
            outcome=Outcome.IMPROVED,
            cell=elite.cell,
            improvement=max(gain, 0.0),
            displaced=gone,
            reindexed=reindexed,
        )

    def _reindex(self) -> None:
        """Every front again from the members of the old ones, which is exact as long as no bound is met."""
        merged: dict[Cell, list[Elite]] = {}
        for elite in self.elites:
            cell = self.locate(elite.descriptors)
            assert cell is not None  # what was inside stays inside
            merged.setdefault(cell, []).append(replace(elite, cell=cell))
        self._cells = {cell: self._front(elites) for cell, elites in merged.items()}
        self._order = sorted(self._cells)
        self._line = [self._cells[cell] for cell in self._order]
        self._sorted = None

    def _front(self, elites: Iterable[Elite]) -> tuple[Elite, ...]:
        """Those that no other is at least as good as, the first of equals, best first, within the bound."""
        front: list[tuple[Point, Elite]] = []
        for elite in elites:
            point = self._point(elite)
            if any(other == point or dominates(other, point) for other, _ in front):
                continue
            front = [one for one in front if not dominates(point, one[0])]
            front.append((point, elite))
        # No two points of a front are equal, so the order is whole.
        front.sort(key=lambda one: one[0], reverse=True)
        while len(front) > self._bound:
            del front[_most_crowded([point for point, _ in front])]
        return tuple(elite for _, elite in front)

    def _point(self, elite: Elite) -> Point:
        return (self._objective.utility(elite.fitness), *elite.objectives)


def dominates(one: Point, other: Point) -> bool:
    """Whether the utilities of one are nowhere less and somewhere greater than those of the other."""
    return one != other and all(mine >= theirs for mine, theirs in zip(one, other, strict=True))


def _most_crowded(points: Sequence[Point]) -> int:
    """Number of the point whose neighbours are closest, but the first, which is the best; the last of equals.

    The distance of a point is the sum over the objectives of the gap between its two neighbours, as a share
    of the span of the front; the ends of an objective are infinitely far (Deb et al. 2002). Halves are taken
    so that no gap between finite numbers is infinite.
    """
    distances = [0.0] * len(points)
    for axis in range(len(points[0])):
        order = sorted(range(len(points)), key=lambda number: points[number][axis])
        halves = [points[number][axis] / 2 for number in order]
        span = halves[-1] - halves[0]
        distances[order[0]] = distances[order[-1]] = math.inf
        for place in range(1, len(order) - 1):
            if span > 0:
                distances[order[place]] += (halves[place + 1] - halves[place - 1]) / span
    return min(range(1, len(points)), key=lambda number: (distances[number], -number))
