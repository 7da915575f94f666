"""How well an archive is filled, how good it is, and how new a program would be to it.

All are computed from elites, so they cost what the cells cost, however many programs the run has.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from archive.cell import Cell, Elite
from archive.fronts import dominates
from archive.lattice import check_values
from archive.program import ProgramId
from problems.problem import Descriptor, Objective, Scale

__all__ = ["NEAREST", "Surroundings", "coverage", "pareto_front", "qd_score"]

NEAREST = 15
"""Neighbours that novelty looks at, as in Lehman and Stanley (2011)."""
_FARTHEST = 1e150
_SMALLEST = 5e-324


def coverage(elites: Iterable[Elite], *, size: int) -> float:
    """Share of the cells that hold an elite, 0 to 1 (Mouret and Clune 2015).

    Args:
        elites: of one island.
        size: number of cells, filled or not, at least 1.
    """
    return len({elite.cell for elite in elites}) / size


def qd_score(elites: Iterable[Elite], *, objective: Objective, floor: float) -> float:
    """Quality and diversity in one number: sum over the filled cells of their best utility above a floor.

    Pugh, Soros and Stanley, "Quality diversity: a new frontier for evolutionary computation", 2016. The sum
    is exact before it is rounded, so it does not depend on the order of the elites.

    Args:
        elites: of one island.
        objective: gives utility from fitness.
        floor: the worst utility that counts; a cell below it takes from the sum.
    """
    best: dict[Cell, float] = {}
    for elite in elites:
        utility = objective.utility(elite.fitness)
        best[elite.cell] = max(utility, best.get(elite.cell, utility))
    return math.fsum(utility - floor for utility in best.values())


def pareto_front(elites: Iterable[Elite], *, objective: Objective) -> tuple[Elite, ...]:
    """The elites to which no other is superior in all objectives together, over all cells and islands.

    Sorted from the best of the main objective to its worst. Of elites that are equal in all objectives the
    first given one stays. Costs the number of elites times the length of the front.

    Args:
        elites: each with as many further objectives as the others.
        objective: the main one.

    Raises:
        ValueError: elites have different numbers of further objectives.
    """
    points = [((objective.utility(elite.fitness), *elite.objectives), elite) for elite in elites]
    lengths = {len(point) - 1 for point, _ in points}
    if len(lengths) > 1:
        raise ValueError(f"expected the same further objectives in all elites, got {sorted(lengths)} of them")
    # Nothing dominates what comes before it in this order, so one pass does; of equals the first stays first.
    front: list[tuple[tuple[float, ...], Elite]] = []
    for point, elite in sorted(points, key=lambda one: one[0], reverse=True):
        if not any(other == point or dominates(other, point) for other, _ in front):
            front.append((point, elite))
    return tuple(elite for _, elite in front)


class Surroundings:
    """The elites as points in the space of descriptors, to tell how new a place is.

    Made once for a state of the archive; a question then costs one pass over its elites.

    Args:
        elites: of one island or of several.
        descriptors: axes; distances are taken in units of their declared ranges, logarithmic ones in theirs.
    """

    def __init__(self, elites: Sequence[Elite], *, descriptors: Sequence[Descriptor]) -> None:
        self._axes = tuple(descriptors)
        self._programs = np.array([elite.program for elite in elites])
        values = np.array([elite.descriptors for elite in elites], dtype=np.float64)
        self._points = _positions(self._axes, values.reshape(len(elites), len(self._axes)))

    def novelty(
        self, descriptors: Sequence[float], *, program: ProgramId | None = None, nearest: int = NEAREST
    ) -> float | None:
        """Mean Euclidean distance to the nearest elites; None where there is no other elite.

        Lehman and Stanley, "Abandoning objectives: evolution through the search for novelty alone", 2011.
        Where there are fewer elites than asked for, the mean over all of them.

        Args:
            descriptors: one finite value an axis.
            program: who stands there; it is no neighbour of its own.
            nearest: how many neighbours, at least 1.

        Raises:
            ValueError: a value is not finite, there are not as many as axes, or no neighbour is asked for.
        """
        check_values(self._axes, descriptors)
        if nearest < 1:
            raise ValueError(f"expected at least 1 neighbour, got {nearest}")
        here = _positions(self._axes, np.array([descriptors], dtype=np.float64))
        others = self._points if program is None else self._points[self._programs != program]
        if not len(others):
            return None
        distances = np.sqrt(np.square(others - here).sum(axis=1))
        count = min(nearest, len(distances))
        # Sorted before they are summed, so that the order of the elites does not show in the last bit.
        closest = np.sort(np.partition(distances, count - 1)[:count])
        return math.fsum(closest) / count


def _positions(axes: Sequence[Descriptor], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`Descriptor.position` of many values, shape (values, axes), but never beyond what can be squared."""
    placed = np.empty_like(values)
    # A value beyond the floats becomes an infinity, and that the farthest place there is.
    with np.errstate(over="ignore"):
        for number, axis in enumerate(axes):
            if axis.scale is Scale.LINEAR:
                placed[:, number] = (values[:, number] - axis.low) / (axis.high - axis.low)
            else:
                logs = np.log(np.maximum(values[:, number], _SMALLEST)) - math.log(axis.low)
                placed[:, number] = logs / math.log(axis.high / axis.low)
    return np.clip(placed, -_FARTHEST, _FARTHEST)
