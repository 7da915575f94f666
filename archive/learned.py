"""Descriptors that are learned: the directions in which the code of a run's programs differs most.

An axis with the source ``learned.N`` is the N-th principal component, from 0, of the features of the source
text (Cully, "Autonomous skill discovery with quality-diversity and unsupervised descriptors", 2019, with
principal components for the encoder, Jolliffe 2002). Its values are standard deviations from the mean of the
programs it was learned from, so -3 to 3 is a good range.

What is stored of a program is its features, which never change; the projection is derived from them, and
cells from the projection. Descriptors of such an archive are the values of its other axes in their order,
and after them all features, as many for each program.

The projection is that of the run, the same for all islands. It is learned from the first `FIRST` different
valid programs, in the order in which they were placed, and again each time their number has doubled, up to
`LAST`. So the stored programs and their order give it, and it is stored nowhere else. When it changes, every
island is built anew from all that came to it (see `archive.learning`), so that an elite is the best of its
cell among these whatever the projection was when they came.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from archive.cell import Cell, Elite
from archive.lattice import Geometry
from problems.kinds import LEARNED
from problems.problem import Descriptor

__all__ = [
    "FIRST",
    "LAST",
    "LearnedCells",
    "Projection",
    "Vector",
    "axis_values",
    "fit",
    "is_learned",
    "learn",
    "learned_from",
]

FIRST = 8
"""Different programs from which the first projection is learned; until then learned values are 0."""
LAST = 2048
"""Different programs from which the last one is learned, so that no more of them are remembered."""
_GRAIN = 2.0**20
_FLAT = 1e-9
"""A spread that is no more than the rounding of equal numbers."""

Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """A map from features to learned values.

    Attributes:
        centre: mean of each feature, on the scale of `_tame`.
        weights: one row a component: what a feature adds to it, by its distance from the mean.
    """

    centre: Vector
    weights: tuple[Vector, ...]

    def values(self, features: Sequence[float]) -> Vector:
        """Learned values, one a component, in standard deviations of the programs learned from.

        Args:
            features: as many as were learned from, finite.
        """
        away = [_tame(value) - mean for value, mean in zip(features, self.centre, strict=True)]
        return tuple(
            math.fsum(weight * part for weight, part in zip(row, away, strict=True)) for row in self.weights
        )


def fit(rows: Sequence[Sequence[float]], *, components: int) -> Projection:
    """Principal components of features, by the singular values of their standardized matrix.

    Features are counts, so their logarithm is taken; each is divided by its standard deviation, so that no
    unit weighs more. The sign of a component is such that its greatest weight is positive. Weights are
    rounded, so that the last bit of a library's algebra does not move a program to another cell; where two
    components explain the same to that bit, which of them comes first is left to it.

    Args:
        rows: features of at least 1 program, equally many and finite.
        components: how many to find; those beyond the rank of the matrix are 0 everywhere.
    """
    tamed = np.array([[_tame(value) for value in row] for row in rows], dtype=np.float64)
    centre = tamed.mean(axis=0)
    spread = tamed.std(axis=0)
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > _FLAT)
    _, strengths, directions = np.linalg.svd((tamed - centre) * scale, full_matrices=False)
    deviations = strengths / math.sqrt(len(tamed))
    weights = np.zeros((components, tamed.shape[1]))
    for number in range(min(components, len(deviations))):
        if deviations[number] > _FLAT:
            weights[number] = _upright(directions[number]) * scale / deviations[number]
    weights = np.rint(weights * _GRAIN) / _GRAIN
    return Projection(
        centre=tuple(map(float, np.rint(centre * _GRAIN) / _GRAIN)),
        weights=tuple(tuple(map(float, row)) for row in weights),
    )


def is_learned(descriptor: Descriptor) -> bool:
    """Whether an axis takes its values from a projection."""
    return descriptor.source.startswith(f"{LEARNED}.")


def learned_from(programs: int) -> int:
    """How many of so many different programs the projection is learned from; 0 while there is none."""
    if programs < FIRST:
        return 0
    return min(LAST, FIRST << ((programs // FIRST).bit_length() - 1))


def learn(axes: Sequence[Descriptor], programs: Iterable[Sequence[float]]) -> Projection | None:
    """The projection of a run; None where no axis is learned, and while there are too few programs.

    Programs of equal features count once, so that many copies do not hide what differs.

    Args:
        axes: all of them.
        programs: descriptors of the different valid programs of the run in the order they were placed; those
            after the first `LAST` do not matter.
    """
    if not any(map(is_learned, axes)):
        return None
    rows = list(islice(programs, LAST))
    plain = _plain(axes)
    different = dict.fromkeys(tuple(map(float, row[plain:])) for row in rows[: learned_from(len(rows))])
    if not different:
        return None
    components = 1 + max(_component(axis) for axis in axes if is_learned(axis))
    return fit(tuple(different), components=components)


def axis_values(
    axes: Sequence[Descriptor], descriptors: Sequence[float], projection: Projection | None
) -> Vector:
    """One value an axis, in the order of the axes: learned ones from the features, others as they are.

    Args:
        axes: all of them.
        descriptors: as stored; where no axis is learned, these are the values.
        projection: the present one; learned values are 0 without it.
    """
    if not any(map(is_learned, axes)):
        return tuple(descriptors)
    plain = iter(descriptors[: _plain(axes)])
    learned = () if projection is None else projection.values(descriptors[_plain(axes) :])
    return tuple(
        (learned[_component(axis)] if learned else 0.0) if is_learned(axis) else next(plain) for axis in axes
    )


class LearnedCells:
    """The geometry of an archive with learned axes; see the module for what descriptors hold.

    Args:
        descriptors: axes, some of them with the source ``learned.N``.
        cells: an empty geometry over all these axes, to be asked with learned values in their places.
        projection: gives the learned values; None while there is none.
    """

    def __init__(
        self, descriptors: Sequence[Descriptor], *, cells: Geometry, projection: Projection | None
    ) -> None:
        self._axes = tuple(descriptors)
        self._plain = _plain(self._axes)
        self._cells = cells
        self._projection = projection
        self._width = None if projection is None else self._plain + len(projection.centre)

    @property
    def size(self) -> int:
        return self._cells.size

    def ranges(self) -> tuple[tuple[float, float], ...]:
        return self._cells.ranges()

    def locate(self, descriptors: Sequence[float]) -> Cell | None:
        self._check(descriptors)
        return self._cells.locate(self._values(descriptors))

    def make_room(self, descriptors: Sequence[float]) -> bool:
        self._check(descriptors)
        self._width = len(descriptors)
        return self._cells.make_room(self._values(descriptors))

    def recall(self, elites: Iterable[Elite]) -> None:
        kept = tuple(elites)
        for elite in kept:
            self._check(elite.descriptors)
        self._cells.recall(replace(elite, descriptors=self._values(elite.descriptors)) for elite in kept)

    def _values(self, descriptors: Sequence[float]) -> Vector:
        return axis_values(self._axes, descriptors, self._projection)

    def _check(self, descriptors: Sequence[float]) -> None:
        if self._width is None and len(descriptors) <= self._plain:
            raise ValueError(
                f"expected features after {self._plain} descriptors, got {len(descriptors)} values"
            )
        if self._width is not None and len(descriptors) != self._width:
            raise ValueError(f"expected {self._width} descriptors and features, got {len(descriptors)}")
        for number, value in enumerate(descriptors):
            if not math.isfinite(value):
                raise ValueError(f"descriptor or feature {number} must be finite, got {value!r}")


def _plain(axes: Sequence[Descriptor]) -> int:
    return sum(not is_learned(axis) for axis in axes)


def _component(axis: Descriptor) -> int:
    return int(axis.source.removeprefix(f"{LEARNED}."))


def _tame(value: float) -> float:
    """Logarithm of a count, so that a long program is not far from all others; the same below zero."""
    return math.copysign(math.log1p(abs(value)), value)


def _upright(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """A direction or its opposite, such that its greatest weight (the first of equals) is positive."""
    greatest = np.argmax(np.rint(np.abs(direction) * _GRAIN))
    return direction if direction[greatest] > 0 else -direction
