"""What a group of runs had found at each number of evaluations, for plots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["Band", "band_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The best so far of a group of runs at some numbers of evaluations: median and quartiles.

    All four have one length; `evaluations` ascends.
    """

    evaluations: tuple[int, ...]
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]


def band_of(curves: np.ndarray, horizon: int, points: int = 200) -> Band:
    """Quartiles over runs at so many places; places at which no run had a value yet are left out.

    Args:
        curves: shape (runs, horizon): the best after each evaluation, NaN before there was one. At least one
            run has a value at the horizon.
        horizon: evaluations of each run.
        points: most places.
    """
    places = np.unique(np.linspace(1, horizon, min(points, horizon)).round().astype(int))
    chosen = curves[:, places - 1]
    known = ~np.isnan(chosen).all(axis=0)
    low, middle, high = np.nanquantile(chosen[:, known], [0.25, 0.5, 0.75], axis=0)
    return Band(
        evaluations=tuple(places[known].tolist()),
        low=tuple(low.tolist()),
        middle=tuple(middle.tolist()),
        high=tuple(high.tolist()),
    )
