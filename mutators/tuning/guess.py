"""A guess at the best constants, from those that were tried.

A quadratic is fitted to the tried points by least squares, and its minimum, no further from the mean than a
sample may well be, is tried as one point of the next generation (N. Hansen, Injecting external solutions into
CMA-ES, 2011, whose bound on the length this is). Few points give a separable quadratic, and enough of them a
whole one, in which constants act together (N. Hansen, A global surrogate assisted CMA-ES, 2019, from which
the growing model is). Where worth is such a quadratic, that finds its optimum at once; where no quadratic
explains what was found, nothing is guessed; where one does and its minimum is elsewhere, one evaluation of a
generation is spent in vain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["FULLEST", "enough", "guess", "longest", "wanted"]

FULLEST = 20
"""Most dimensions in which constants are taken to act together: the points needed grow by their square."""
_RIDGE = 1e-6
_FLATTEST = 0.1
"""Least curvature in one direction, as a share of the median: less is noise, and would lead far off."""
_FLATTEST_WHOLE = 1e-3
"""The same for a whole quadratic, whose narrow valleys are what it is fitted for."""
_BEST = 0.75
"""Share of the newest points that is fitted, the best ones: far from the optimum there may be other hills."""
_NEWEST = 4
_SPARE = 1.15
"""Points for each coefficient of a whole quadratic."""
_EXPLAINED = 0.8
"""Least share of the variance that a quadratic has to explain, its coefficients taken into account."""

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """A quadratic about the mean, in deviations: worth is slope @ x + x @ hessian @ x / 2 and a constant."""

    slope: Vector
    hessian: Vector
    flattest: float
    missed: float
    """Share of the variance that it does not explain, of what its free coefficients leave to be explained."""


def enough(size: int) -> int:
    """Points needed to fit in so many dimensions."""
    return 2 * size + 1 + (size + 1) // 2


def wanted(size: int) -> int:
    """Newest points that are looked at in so many dimensions; older ones are of no use."""
    whole = 2 * _enough_for_whole(size) if size <= FULLEST else 0
    return max(_NEWEST * size, 20, whole)


def longest(size: int) -> float:
    """How far from the mean, in deviations, a point may be that was not sampled, in so many dimensions."""
    return math.sqrt(size) + 2 * size / (size + 2)


def guess(points: Vector, losses: Vector, *, mean: Vector, deviation: Vector) -> Vector | None:
    """Where the fitted quadratic is least; None where there are too few points, or none explains them.

    Args:
        points: (m, n), oldest first.
        losses: (m,), finite.
        mean: (n,), of the distribution of samples.
        deviation: (n,), positive, of the same.
    """
    size = len(mean)
    scaled = (points - mean) / deviation
    fits = [_fitted(scaled, losses, newest=max(_NEWEST * size, 20), least=enough(size), whole=False)]
    if size <= FULLEST:
        least = _enough_for_whole(size)
        fits.append(_fitted(scaled, losses, newest=2 * least, least=least, whole=True))
    found = [fit for fit in fits if fit is not None and fit.missed <= 1 - _EXPLAINED]
    if not found:
        return None
    step = _step(min(found, key=lambda fit: fit.missed))
    length = float(np.linalg.norm(step))
    if not math.isfinite(length) or length == 0:
        return None
    return np.asarray(mean + deviation * step * min(1.0, longest(size) / length))


def _enough_for_whole(size: int) -> int:
    return math.ceil(_SPARE * (size + 1) * (size + 2) / 2)


def _fitted(scaled: Vector, losses: Vector, *, newest: int, least: int, whole: bool) -> _Fit | None:
    """The quadratic through the best of the newest points; None where there are too few, or all are alike."""
    scaled, worth = scaled[-newest:], losses[-newest:]
    kept = np.argsort(worth, kind="stable")[: max(least, int(_BEST * len(worth)))]
    scaled, worth = scaled[kept], worth[kept]
    width = float(np.ptp(worth)) if len(worth) else 0.0
    if len(worth) < least or not width > 0:
        return None
    count, size = scaled.shape
    worth = (worth - worth.min()) / width
    rows, columns = np.triu_indices(size, 1)
    mixed = scaled[:, rows] * scaled[:, columns] if whole else scaled[:, :0]
    terms = np.hstack([np.ones((count, 1)), scaled, scaled * scaled, mixed])
    # So much smaller for a whole one, whose small coefficients matter.
    ridge = _RIDGE * (1e-3 if whole else 1.0) * count * np.eye(terms.shape[1])
    ridge[0, 0] = 0.0
    try:
        fitted = np.linalg.solve(terms.T @ terms + ridge, terms.T @ worth)
    except np.linalg.LinAlgError:
        return None
    left = float(((terms @ fitted - worth) ** 2).sum()) / (count - terms.shape[1])
    hessian = np.diag(2 * fitted[size + 1 : 2 * size + 1])
    hessian[rows[: mixed.shape[1]], columns[: mixed.shape[1]]] = fitted[2 * size + 1 :]
    hessian[columns[: mixed.shape[1]], rows[: mixed.shape[1]]] = fitted[2 * size + 1 :]
    return _Fit(
        slope=fitted[1 : size + 1],
        hessian=hessian,
        flattest=_FLATTEST_WHOLE if whole else _FLATTEST,
        missed=left / float(worth.var(ddof=1)),
    )


def _step(fit: _Fit) -> Vector:
    """To the minimum; directions that are flat, or fall for ever, are taken to bend up a little."""
    bends, axes = np.linalg.eigh(fit.hessian)
    bends = np.maximum(bends, fit.flattest * float(np.median(np.abs(bends))) + 1e-12)
    return np.asarray(-axes @ ((axes.T @ fit.slope) / bends))
