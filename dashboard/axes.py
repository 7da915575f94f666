"""What all figures of the archive have in common: axes, colours, and what is told of an elite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from archive.cell import Elite
from archive.learned import Projection, axis_values, is_learned
from dashboard.plain import hover, number
from problems.problem import Descriptor, Direction, Problem

__all__ = ["Axis", "about", "axes_of", "colours", "name_of", "on_axes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One descriptor as an axis of a figure.

    Attributes:
        index: which number of a cell and of the descriptors it is.
        name: how it is called.
        edges: edges of its bins, one more than there are bins; empty where they are not known, and then
            bins are shown by their number.
    """

    index: int
    name: str
    edges: tuple[float, ...] = ()


def axes_of(problem: Problem) -> tuple[Axis, ...]:
    """The descriptors of a problem as axes without bins."""
    return tuple(Axis(index=index, name=name_of(each)) for index, each in enumerate(problem.descriptors))


def name_of(descriptor: Descriptor) -> str:
    """How an axis is called; of a learned one it is told which difference of the code it is."""
    if not is_learned(descriptor):
        return descriptor.name
    number = int(descriptor.source.rpartition(".")[2])
    which = "main difference" if number == 0 else f"difference {number + 1}"
    return f"{descriptor.name} \N{MIDDLE DOT} {which} of the code"


def on_axes(elites: Sequence[Elite], problem: Problem, projection: Projection | None) -> tuple[Elite, ...]:
    """Elites with one value an axis for descriptors, where stored ones are features to learn from.

    They stay as they are where no axis is learned, and where they were stored for other axes than the
    problem has now.

    Args:
        elites: as stored.
        problem: gives the axes.
        projection: of their run; see `archive.learned`.
    """
    axes = problem.descriptors
    plain = sum(not is_learned(axis) for axis in axes)
    width = None if projection is None else plain + len(projection.centre)
    if plain == len(axes) or any(
        len(elite.descriptors) <= plain or width not in (None, len(elite.descriptors)) for elite in elites
    ):
        return tuple(elites)
    return tuple(
        replace(elite, descriptors=axis_values(axes, elite.descriptors, projection)) for elite in elites
    )


def colours(fitness: Sequence[float], direction: Direction, metric: str, *, prefix: str) -> dict[str, object]:
    """A colour scale, brighter for better, whose worse end is cut where outliers would flatten the rest.

    `prefix` is Plotly's word for the coloured value: ``z`` of a heatmap, ``c`` of markers.
    """
    values = np.asarray(fitness or [0.0])
    low, high = float(values.min()), float(values.max())
    first, third = (float(each) for each in np.quantile(values, [0.25, 0.75]))
    fence = 3 * (third - first)
    if fence > 0 and direction is Direction.MAXIMIZE:
        low = max(low, first - fence)
    elif fence > 0:
        high = min(high, third + fence)
    return {
        "colorscale": "Cividis",
        "reversescale": direction is Direction.MINIMIZE,
        f"{prefix}min": low,
        f"{prefix}max": high,
        "colorbar": {"title": {"text": hover(metric), "side": "right"}, "thickness": 12},
    }


def about(elite: Elite, axes: Sequence[Axis]) -> str:
    """What is told of an elite when the pointer is over it."""
    values = [f"{hover(axis.name)}: {number(elite.descriptors[axis.index], 4)}" for axis in axes]
    lines = [
        f"<b>{number(elite.fitness, 10)}</b>",
        *values,
        f"island {elite.island}, program {hover(elite.program[:10])}",
    ]
    return "<br>".join(lines)
