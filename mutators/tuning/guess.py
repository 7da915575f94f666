"""A guess at the best constants, from those that were tried.

A separable quadratic is fitted to the tried points by least squares, and its minimum, no further from the
mean than a sample may well be, is tried as one point of the next generation (N. Hansen, Injecting external
solutions into CMA-ES, 2011, whose bound on the length this is). Where worth is such a quadratic, that finds
its optimum in about 3 n evaluations; where it is not, one evaluation of a generation is spent in vain.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["enough", "guess", "longest"]

_RIDGE = 1e-6
_FLATTEST = 0.1
"""Least curvature in one direction, as a share of the median: less is noise, and would lead far off."""
_BEST = 0.75
_NEWEST = 4

Vector = npt.NDArray[np.float64]


def enough(size: int) -> int:
    """Points needed to fit in so many dimensions."""
    return 2 * size + 1 + (size + 1) // 2


def longest(size: int) -> float:
    """How far from the mean, in deviations, a point may be that was not sampled, in so many dimensions."""
    return math.sqrt(size) + 2 * size / (size + 2)


def guess(points: Vector, losses: Vector, *, mean: Vector, deviation: Vector) -> Vector | None:
    """Where the fitted quadratic is least; None where there are too few points.

    Args:
        points: (m, n), oldest first.
        losses: (m,), finite.
        mean: (n,), of the distribution of samples.
        deviation: (n,), positive, of the same.
    """
    size = len(mean)
    newest = max(_NEWEST * size, 20)
    scaled, worth = (points[-newest:] - mean) / deviation, losses[-newest:]
    kept = np.argsort(worth, kind="stable")[: max(enough(size), int(_BEST * len(worth)))]
    scaled, worth = scaled[kept], worth[kept]
    width = float(np.ptp(worth)) if len(worth) else 0.0
    if len(worth) < enough(size) or not width > 0:
        return None
    worth = (worth - worth.min()) / width
    terms = np.hstack([np.ones((len(scaled), 1)), scaled, scaled * scaled])
    ridge = _RIDGE * len(scaled) * np.eye(terms.shape[1])
    ridge[0, 0] = 0.0
    try:
        fitted = np.linalg.solve(terms.T @ terms + ridge, terms.T @ worth)
    except np.linalg.LinAlgError:
        return None
    slope, curve = fitted[1 : size + 1], fitted[size + 1 :]
    curve = np.maximum(curve, _FLATTEST * float(np.median(np.abs(curve))) + 1e-12)
    step = -slope / (2 * curve)
    length = float(np.linalg.norm(step))
    if not math.isfinite(length) or length == 0:
        return None
    return np.asarray(mean + deviation * step * min(1.0, longest(size) / length))
