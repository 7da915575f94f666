"""What all figures of the archive have in common: axes, colours, and what is told of an elite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from archive.cell import Elite
from dashboard.plain import hover, number
from problems.problem import Direction, Problem

__all__ = ["Axis", "about", "axes_of", "colours"]


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
    return tuple(Axis(index=index, name=each.name) for index, each in enumerate(problem.descriptors))


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
