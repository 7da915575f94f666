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
from collections.abc import Iterable, Sequence
from typing import TypeVar

from archive.cell import Elite
from archive.holding import Holding
from archive.lattice import Geometry
from problems.problem import Objective

__all__ = ["BOUND", "FrontArchive", "dominates", "front_of"]

BOUND = 16
"""Most programs of a cell: enough for the shape of a front; adding costs at worst its square."""

Point = tuple[float, ...]
T = TypeVar("T")


class FrontArchive(Holding):
    """Elites of one island, a front a cell: a program enters unless a member is as good in everything.

    Of programs that are equal in everything the one that was there first stays. Refused is also one that
    would be the first to leave a full front.

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
        super().__init__(geometry=geometry, objective=objective, further=further, island=island)
        self._bound = bound

    def _keep(self, elites: Sequence[Elite]) -> tuple[Elite, ...]:
        """Those that no other is at least as good as, which is exact as long as no bound is met."""
        points = ((self._utility(elite), *elite.objectives) for elite in elites)
        return front_of(zip(points, elites, strict=True), bound=self._bound)


def front_of(offered: Iterable[tuple[Point, T]], *, bound: int = BOUND) -> tuple[T, ...]:
    """What is offered with the points that no other is at least as good as, the best of the first axis first.

    Args:
        offered: utilities, larger is better, as many for each, and what has them; of equals the first stays.
        bound: most that may stay; beyond it the one in the most crowded place leaves, time and again.
    """
    front: list[tuple[Point, T]] = []
    for point, one in offered:
        if any(other == point or dominates(other, point) for other, _ in front):
            continue
        front = [kept for kept in front if not dominates(point, kept[0])]
        front.append((point, one))
    # No two points of a front are equal, so the order is whole.
    front.sort(key=lambda kept: kept[0], reverse=True)
    while len(front) > bound:
        del front[_most_crowded([point for point, _ in front])]
    return tuple(one for _, one in front)


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
