"""Cells about centroids that are spread evenly over many descriptors (CVT-MAP-Elites).

Vassiliades, Chatzilygeroudis and Mouret, "Using centroidal Voronoi tessellations to scale up the
multidimensional archive of phenotypic elites algorithm", 2018: k-means over uniform samples of the box of
descriptors; a value belongs to its nearest centroid. The number of cells is chosen, not the product of bins.

No stretching: the cells at the border of the box have no outer edge, so every value, however far outside,
has a nearest centroid, is kept as it is and is never clipped. Cells therefore never change, and there is
nothing to re-index. The price is that values far outside share the cells of the border; where they are many,
the declared range is wrong, or the grid is the better kind.

The store keeps elites by the numbers of their cells, so the centroids must be the same to the last bit on
every machine, now and at a resume. K-means is not so by itself: sums differ with threads and processors, and
a last bit may send a sample to another cluster. Here every sample and, between two steps of k-means, every
centroid lies on multiples of 2^-20, symmetric about the centre of the box. Products and sums of such numbers
are exact in 64-bit floats whatever their order, so there are no last bits to differ. A test holds the digest
of what comes out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from archive.cell import Cell, Elite
from archive.lattice import check_values, position
from problems.problem import Descriptor

__all__ = ["Nearest", "centroids"]

Matrix = NDArray[np.float64]

_SEED = 20180611
_SAMPLES = 32
"""Samples a cell: more make cells more equal in size, fewer are quicker."""
_STEPS = 10
"""Steps of k-means; after these centroids hardly move."""
_GRAIN = 2.0**20
"""Positions are whole shares of the axis: a product takes 40 bits, the sum of ten of them 44 of 53."""
_FARTHEST = 1e300
"""Distances along an axis grow no more beyond this, so that the sum over the axes stays finite."""


@lru_cache(maxsize=32)
def centroids(*, axes: int, cells: int) -> Matrix:
    """Positions of the centroids on the axes, shape (cells, axes), each in [0, 1], sorted by rows.

    They depend on nothing but the two numbers, and are kept for the next archive of that form: all islands
    of a run share one array, which cannot be written to.

    Args:
        axes: number of descriptors, 0 or more; with none there is one cell at most.
        cells: number of centroids, at least 1.

    Raises:
        ValueError: there is no cell.
    """
    if cells < 1:
        raise ValueError(f"expected at least 1 cell, got {cells}")
    if axes == 0:
        found: Matrix = np.zeros((1, 0))
    else:
        found = _spread(axes=axes, cells=cells) + 0.5
    found = found[np.lexsort(found.T[::-1])] if axes else found
    found.setflags(write=False)
    return found


class Nearest:
    """Cells of one number, that of the centroid nearest to a value in units of the declared ranges.

    Of centroids equally near the first; the distance is computed axis by axis, so that no library chooses
    the order of the sum.

    Args:
        descriptors: axes; their bins play no part. With none there is a single cell.
        cells: number of cells, at least 1.
    """

    def __init__(self, descriptors: Sequence[Descriptor], *, cells: int) -> None:
        self._axes = tuple(descriptors)
        places = centroids(axes=len(descriptors), cells=cells)
        self.size = len(places)
        self._columns = np.ascontiguousarray(places.T)

    def ranges(self) -> tuple[tuple[float, float], ...]:
        return tuple((0.0, 1.0) for _ in self._axes)

    def locate(self, descriptors: Sequence[float]) -> Cell:
        check_values(self._axes, descriptors)
        # |c|^2 - 2xc orders as |c - x|^2 does, and does not lose c beside an x that is far outside.
        score = np.zeros(self.size)
        for axis, value, column in zip(self._axes, descriptors, self._columns, strict=True):
            place = min(max(position(axis, value), -_FARTHEST), _FARTHEST)
            score += column * (column - 2.0 * place)
        return (int(np.argmin(score)),)

    def make_room(self, descriptors: Sequence[float]) -> bool:
        check_values(self._axes, descriptors)
        return False

    def recall(self, elites: Iterable[Elite]) -> None:
        """Nothing to recall: cells never change."""


def _spread(*, axes: int, cells: int) -> Matrix:
    """Centroids in the box from -0.5 to 0.5 on each axis, on multiples of 2^-20."""
    # scikit-learn takes a second to load, so only those who need it wait for it.
    from sklearn.cluster import KMeans

    half = max(1, math.ceil(_SAMPLES * cells / 2))
    # Raw bits, for NumPy promises that these never change, and of its distributions it does not.
    bits = np.random.PCG64(_SEED).random_raw(half * axes) >> np.uint64(44)
    some = bits.reshape(half, axes) / _GRAIN - 0.5
    # Each sample with its opposite: their mean, which k-means takes off first, is exactly zero.
    samples = np.array(list(chain.from_iterable(zip(some, -some, strict=True))))
    found = samples[:: max(1, len(samples) // cells)][:cells]
    for _ in range(_STEPS):
        step = KMeans(n_clusters=cells, init=found, n_init=1, max_iter=1, tol=0, algorithm="lloyd").fit(
            samples
        )
        found = np.rint(step.cluster_centers_ * _GRAIN) / _GRAIN
    return found
