"""Inspirations: programs shown beside the parent, chosen for difference as well as for quality.

By quality thrice as many candidates are drawn as are wanted; of these, each in turn is taken that is farthest
from all that is shown already, the parent first of all. So two inspirations are not twice the same idea.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from archive.cell import Elite
from archive.selection import Vector

__all__ = ["inspire"]

_CANDIDATES = 3
"""Drawn for each that is wanted."""


def inspire(
    elites: Sequence[Elite],
    parent: Elite,
    *,
    probabilities: Vector,
    count: int,
    rng: np.random.Generator,
) -> list[Elite]:
    """Up to `count` elites other than the parent, in the order they were taken.

    Args:
        elites: of the parent's island.
        parent: one of them.
        probabilities: shape (n,), of each to be drawn by its quality; those of 0 are never drawn.
        count: how many are wanted, 0 or more.
        rng: makes the draw.
    """
    weights = probabilities.copy()
    # An island holds a program once.
    weights[next(place for place, elite in enumerate(elites) if elite.program == parent.program)] = 0.0
    available = int(np.count_nonzero(weights))
    if not count or not available:
        return []
    size = min(_CANDIDATES * count, available)
    drawn = rng.choice(len(elites), size=size, replace=False, p=weights / weights.sum())
    candidates = [elites[int(index)] for index in sorted(drawn)]
    places = _places([parent, *candidates])
    nearest = np.abs(places[1:] - places[0]).sum(axis=1)
    taken: list[Elite] = []
    while len(taken) < min(count, len(candidates)):
        index = int(np.argmax(nearest))  # the first cell's among equals
        taken.append(candidates[index])
        nearest = np.minimum(nearest, np.abs(places[1:] - places[index + 1]).sum(axis=1))
        nearest[[candidate in taken for candidate in candidates]] = -1.0
    return taken


def _places(elites: Sequence[Elite]) -> Vector:
    """Where elites lie, so that the sum of absolute differences says how unlike two are; shape (n, d).

    A cell has one number an axis in a grid, and these are taken: bins are the problem's own measure of what
    differs. Where a cell is the number of a centroid, descriptors are, each in units of its spread here.
    """
    if len({len(elite.cell) for elite in elites}) == 1 < len(elites[0].cell):
        return np.array([elite.cell for elite in elites], dtype=np.float64)
    values = np.array([elite.descriptors for elite in elites], dtype=np.float64)
    if not values.size:
        return np.zeros((len(elites), 1))
    # Halves first: the spread of finite floats may not be finite.
    halves = values / 2
    spread = np.ptp(halves, axis=0)
    scaled: Vector = halves / np.where(spread > 0, spread, 1.0)
    return scaled
