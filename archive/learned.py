"""Descriptors that are learned: the directions in which the code of a run's programs differs most.

An axis with the source ``learned.N`` is the N-th principal component of the features of the source text
(Cully, "Autonomous skill discovery with quality-diversity and unsupervised descriptors", 2019, with principal
components for the encoder, Jolliffe 2002). Its values are standard deviations from the mean of the programs
it was learned from, so -3 to 3 is a good range.

What is stored of a program is its features, which never change; the projection is derived from them, and
cells from the projection. Descriptors of such an archive are the values of its other axes in their order,
and after them all features, as many for each program.

The projection is learned from the first `FIRST` different programs and again each time their number has
doubled, up to `LAST`; then all elites get the cells that their stored features have from now on. A refit
moves programs apart that shared a cell and others together; of those that come together the best stays, and
who lost a cell before is not looked for again. So the best of all is never lost, but the fitness of a cell
may depend on the order of adding, which for the fixed kinds it never does. The same programs in the same
order give the same projection, cells and elites.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from archive.cell import Cell, Elite
from archive.lattice import Geometry
from problems.problem import Descriptor

__all__ = ["FIRST", "LAST", "SOURCE", "LearnedCells", "Projection", "fit", "is_learned"]

SOURCE = "learned."
"""How the source of a learned axis begins; the number of its component follows."""
FIRST = 8
"""Different programs from which the first projection is learned; until then learned values are 0."""
LAST = 2048
"""Different programs from which the last one is learned, so that an archive remembers no more of them."""
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
    return descriptor.source.startswith(SOURCE)


class LearnedCells:
    """The geometry of an archive with learned axes; see the module for what descriptors hold.

    Args:
        descriptors: axes, some of them with the source ``learned.N``.
        cells: makes an empty geometry over all these axes, to be asked with learned values in their places.
    """

    def __init__(self, descriptors: Sequence[Descriptor], *, cells: Callable[[], Geometry]) -> None:
        self._axes = tuple(descriptors)
        self._plain = sum(not is_learned(axis) for axis in self._axes)
        self._components = 1 + max(_component(axis) for axis in self._axes if is_learned(axis))
        self._make = cells
        self._cells = cells()
        self._seen: dict[Vector, None] = {}
        self._width: int | None = None
        self._due = FIRST
        self._projection: Projection | None = None

    @property
    def size(self) -> int:
        return self._cells.size

    @property
    def projection(self) -> Projection | None:
        """The present one; None until there are enough programs."""
        return self._projection

    def ranges(self) -> tuple[tuple[float, float], ...]:
        return self._cells.ranges()

    def locate(self, descriptors: Sequence[float]) -> Cell | None:
        self._check(descriptors)
        return self._cells.locate(self.values(descriptors))

    def make_room(self, descriptors: Sequence[float]) -> bool:
        self._check(descriptors)
        row = tuple(map(float, descriptors))
        self._width = len(row)
        moved = self._cells.make_room(self.values(row))
        if len(self._seen) >= LAST or row in self._seen:
            return moved
        self._seen[row] = None
        if len(self._seen) < self._due:
            return moved
        self._due *= 2
        self._learn()
        return True

    def recall(self, elites: Iterable[Elite]) -> None:
        """Nothing is known from elites alone: `learn` from what came before them."""

    def learn(self, history: Iterable[Sequence[float]]) -> None:
        """Be as after these descriptors, those of all programs of the archive in the order they came.

        Args:
            history: at least those of the first `LAST` different programs, and of all elites.
        """
        for descriptors in history:
            self.make_room(descriptors)

    def values(self, descriptors: Sequence[float]) -> Vector:
        """One value an axis, in the order of the axes: learned ones from the features, others as they are."""
        features = descriptors[self._plain :]
        learned = (0.0,) * self._components
        if self._projection is not None:
            learned = self._projection.values(features)
        plain = iter(descriptors[: self._plain])
        return tuple(learned[_component(axis)] if is_learned(axis) else next(plain) for axis in self._axes)

    def _learn(self) -> None:
        """A new projection, and cells over it that cover every program seen, hence every elite."""
        features = [row[self._plain :] for row in self._seen]
        self._projection = fit(features, components=self._components)
        self._cells = self._make()
        for row in self._seen:
            self._cells.make_room(self.values(row))

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


def _component(axis: Descriptor) -> int:
    return int(axis.source.removeprefix(SOURCE))


def _tame(value: float) -> float:
    """Logarithm of a count, so that a long program is not far from all others; the same below zero."""
    return math.copysign(math.log1p(abs(value)), value)


def _upright(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """A direction or its opposite, such that its greatest weight (the first of equals) is positive."""
    greatest = np.argmax(np.rint(np.abs(direction) * _GRAIN))
    return direction if direction[greatest] > 0 else -direction
