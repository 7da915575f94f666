"""Equal bins over descriptors that stretch to hold every value: the geometry of the grid, without its elites.

A range grows about its centre by whole factors (2 when the number of bins is even, 3 when it is odd), so
every old bin lies inside exactly one new bin. See docs/decisions/0002-stretching-grid.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Protocol

from archive.cell import Cell, Elite
from problems.problem import Descriptor

__all__ = ["Geometry", "Lattice", "check_values", "position"]

_FARTHEST = 1e300
_MOST = 8
"""Stretches of an axis that are tried beyond what the values ask for."""


class Geometry(Protocol):
    """Cells over the descriptors of an archive."""

    @property
    def size(self) -> int:
        """Number of cells, at least 1; it never changes."""
        ...

    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Present edges of each axis, in units of the declared range: (0, 1) when never stretched."""
        ...

    def locate(self, descriptors: Sequence[float]) -> Cell | None:
        """The cell of these values; None where one lies outside.

        Raises:
            ValueError: a value is not finite, or there are not as many values as axes.
        """
        ...

    def make_room(self, descriptors: Sequence[float]) -> bool:
        """See to it that these values have a cell; True when any other value's cell may have changed.

        Raises:
            ValueError: a value is not finite, or there are not as many values as axes. Nothing was changed.
        """
        ...

    def recall(self, elites: Iterable[Elite]) -> None:
        """Be again as when these elites were stored with their cells; nothing was located before.

        Where stored cells belong to other axes, as after a change of the problem, the values alone count.

        Raises:
            ValueError: an elite does not have as many descriptors as there are axes.
        """
        ...


class Lattice:
    """Bins of every axis and how often each axis was stretched.

    Args:
        descriptors: axes; with none there is a single cell.
    """

    def __init__(self, descriptors: Sequence[Descriptor]) -> None:
        self._axes = tuple(descriptors)
        self._stretches = [0] * len(self._axes)

    @property
    def size(self) -> int:
        """Number of cells; stretching does not change it."""
        return math.prod(axis.bins for axis in self._axes)

    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Present edges of each axis, in units of the declared range: (0, 1) when never stretched."""
        spans = (_factor(axis.bins) ** times for axis, times in zip(self._axes, self._stretches, strict=True))
        return tuple((0.5 - span / 2, 0.5 + span / 2) for span in spans)

    def locate(self, descriptors: Sequence[float]) -> Cell | None:
        """The cell of these values; None where one lies outside.

        Raises:
            ValueError: a value is not finite, or there are not as many values as axes.
        """
        check_values(self._axes, descriptors)
        cell = tuple(
            _index(_place(axis, value), bins=axis.bins, stretches=times)
            for axis, value, times in zip(self._axes, descriptors, self._stretches, strict=True)
        )
        inside = all(0 <= index < axis.bins for index, axis in zip(cell, self._axes, strict=True))
        return cell if inside else None

    def make_room(self, descriptors: Sequence[float]) -> bool:
        """Stretch the axes until these values are inside; True when any cell may have changed.

        Raises:
            ValueError: a value is not finite, or there are not as many values as axes.
        """
        check_values(self._axes, descriptors)
        stretched = False
        for number, (axis, value) in enumerate(zip(self._axes, descriptors, strict=True)):
            place = _place(axis, value)
            while not 0 <= _index(place, bins=axis.bins, stretches=self._stretches[number]) < axis.bins:
                self._stretches[number] += 1
                stretched = True
        return stretched

    def recall(self, elites: Iterable[Elite]) -> None:
        """Stretch the axes as far as they were when these elites of one archive had these cells.

        The values alone do not say it: a new bin at the border may hold old bins too, so the program that
        stretched an axis may have lost its cell to one for which the axis need not stretch. But with three
        bins or more each stretch changes the number of such a bin, so the stored number tells; with fewer
        there is nothing to tell, as no number ever changes.
        """
        kept = tuple(elites)
        for elite in kept:
            self.make_room(elite.descriptors)
        for number, axis in enumerate(self._axes):
            places = {
                (_place(axis, elite.descriptors[number]), elite.cell[number])
                for elite in kept
                if len(elite.cell) == len(self._axes)
            }
            least = self._stretches[number]
            for stretches in range(least, least + _MOST):
                if all(_index(place, bins=axis.bins, stretches=stretches) == cell for place, cell in places):
                    self._stretches[number] = stretches
                    break


def check_values(axes: Sequence[Descriptor], descriptors: Sequence[float]) -> None:
    """Raise `ValueError` unless there is one finite value an axis."""
    if len(descriptors) != len(axes):
        raise ValueError(f"expected {len(axes)} descriptors, got {len(descriptors)}")
    for axis, value in zip(axes, descriptors, strict=True):
        if not math.isfinite(value):
            raise ValueError(f"descriptor {axis.name!r} must be finite, got {value!r}")


def position(axis: Descriptor, value: float) -> float:
    """Where a value lies on the axis, as `Descriptor.position` says, but never beyond the floats.

    A place beyond them is put at 1e300 or its negative, so that it still has a bin and a distance.
    """
    place = axis.position(value)
    return place if math.isfinite(place) else math.copysign(_FARTHEST, place)


def _factor(bins: int) -> int:
    return 2 if bins % 2 == 0 else 3


def _place(axis: Descriptor, value: float) -> int:
    """Bin number on the unstretched lattice, which goes on without end on both sides.

    The declared upper edge itself belongs to the last bin, so that a share of exactly 1 is inside [0, 1].
    """
    place = position(axis, value)
    return axis.bins - 1 if place == 1.0 else math.floor(place * axis.bins)


def _index(place: int, *, bins: int, stretches: int) -> int:
    """Bin number after so many stretches about the centre, by whole numbers only, hence exact."""
    if bins % 2 == 0:
        centre = bins // 2
        return ((place - centre) >> stretches) + centre
    centre = bins // 2
    span: int = 3**stretches
    return (place - centre + span // 2) // span + centre
