"""Fronts, crowding and novelty of many points at once, for selection.

`archive.fronts` keeps the front of one cell as programs come; here all elites of an island are ordered.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import numpy.typing as npt

from archive.selection import Vector

__all__ = ["crowding", "front_ranks", "novelty"]

Fronts = npt.NDArray[np.int64]


def front_ranks(values: Vector) -> Fronts:
    """Number of the front each point belongs to: 0 where nothing dominates it.

    A point dominates another when it is as good in everything and better in something; equal points are of
    one front. Two objectives cost n log n; more of them cost n squared for each front, a second or so for
    thousands of elites.

    Args:
        values: shape (n, k), larger is better, k at least 1.

    Returns:
        Shape (n,), from 0.
    """
    points, inverse = np.unique(values, axis=0, return_inverse=True)
    found = _two(points) if points.shape[1] == 2 else _peeled(points)
    return found[inverse.ravel()]


def crowding(values: Vector, fronts: Fronts) -> Vector:
    """Crowding distance: how far apart the neighbours of a point are within its front, summed over axes.

    Args:
        values: shape (n, k).
        fronts: shape (n,), from `front_ranks`.

    Returns:
        Shape (n,), larger is lonelier. Equal points share the room there is for one, and the outermost of
        each objective count twice the gap to their only neighbour rather than infinity, so that it can be
        ranked.
    """
    lonely = np.zeros(len(values))
    for front in np.unique(fronts):
        members = np.flatnonzero(fronts == front)
        points, inverse, counts = np.unique(values[members], axis=0, return_inverse=True, return_counts=True)
        room = sum((_gaps(column) for column in points.T), start=np.zeros(len(points)))
        lonely[members] = (room / counts)[inverse.ravel()]
    return lonely


def novelty(descriptors: Vector) -> Vector:
    """How alone each point is on the axes: the room between its neighbours, the mean over all axes.

    Args:
        descriptors: shape (n, d), finite.

    Returns:
        Shape (n,), 0 or more; all 0 where there are no axes. Equal values share their room.
    """
    n, axes = descriptors.shape
    if not axes:
        return np.zeros(n)
    return np.asarray(np.mean([_gaps(column) for column in descriptors.T], axis=0), dtype=np.float64)


def _gaps(column: Vector) -> Vector:
    """Mean distance to the neighbours on one axis in units of its spread, shared by equal values."""
    values, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    if len(values) < 2:
        return np.zeros(len(column))
    # Halves first: the spread of finite floats may not be finite.
    halves = values / 2
    gaps = np.diff(halves) / (halves[-1] - halves[0])
    left, right = np.concatenate([gaps[:1], gaps]), np.concatenate([gaps, gaps[-1:]])
    room: Vector = ((left + right) / 2 / counts)[inverse]
    return room


def _two(points: Vector) -> Fronts:
    """Fronts of distinct points of two objectives, each put into the first front that has none above it.

    From the best of the first objective downwards (the better second one first among equals), a front
    dominates a point exactly when its best second objective so far is no worse; these bests fall from front
    to front, so the front is found by bisection.
    """
    found = np.empty(len(points), dtype=np.int64)
    bests: list[float] = []  # negated, so that they rise
    for index in np.lexsort((-points[:, 1], -points[:, 0])):
        second = -float(points[index, 1])
        front = bisect_right(bests, second)
        if front == len(bests):
            bests.append(second)
        else:
            bests[front] = second
        found[index] = front
    return found


def _peeled(points: Vector) -> Fronts:
    """Fronts of distinct points, one peeled off after the other."""
    found = np.full(len(points), -1, dtype=np.int64)
    left = np.arange(len(points))
    front = 0
    while len(left):
        rest = points[left]
        free = np.array([not ((rest >= one).all(axis=1).sum() > 1) for one in rest])
        found[left[free]] = front
        left, front = left[~free], front + 1
    return found
