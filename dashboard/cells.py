"""Figures of an archive of kind `cvt`, whose cells are the surroundings of centroids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from archive.cell import Elite
from archive.centroids import centroids
from archive.program import ProgramId
from dashboard.axes import Axis, about, colours
from dashboard.charts import HEIGHT, VERMILION
from dashboard.plain import hover, number
from problems.problem import Descriptor, Direction, Problem, Scale

__all__ = ["best_of_cells", "has_centroids", "tessellation"]

_GREY = "#8a8f98"
_PIXELS = 240
"""Points a side at which the nearest centroid is asked for; finer than a page shows."""
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
_MARGIN = 0.02


def has_centroids(elites: Sequence[Elite], problem: Problem | None) -> bool:
    """Whether cells can be drawn by their centroids: the kind is `cvt`, and every cell is one of its own."""
    if problem is None or problem.search.archive.kind != "cvt" or not problem.descriptors:
        return False
    return all(len(elite.cell) == 1 and 0 <= elite.cell[0] < problem.search.archive.cells for elite in elites)


def best_of_cells(elites: Sequence[Elite], direction: Direction) -> dict[int, Elite]:
    """The best elite of each centroid over all islands; ties to the first."""
    sign = 1 if direction is Direction.MAXIMIZE else -1
    best: dict[int, Elite] = {}
    for elite in elites:
        (cell,) = elite.cell
        if cell not in best or sign * elite.fitness > sign * best[cell].fitness:
            best[cell] = elite
    return best


def tessellation(
    elites: Sequence[Elite],
    *,
    problem: Problem,
    axes: Sequence[Axis],
    direction: Direction,
    metric: str,
    chosen: ProgramId | None = None,
    revision: str = "",
) -> go.Figure:
    """Cells by their centroids over two axes: brighter for better, a small ring where a cell is empty.

    With two descriptors in all, the whole cell of a centroid is coloured. With more of them cells overlap on
    two axes, and each is a dot at its centroid. `customdata` of a dot is the program of its cell.
    """
    best = best_of_cells(elites, direction)
    places = centroids(axes=len(problem.descriptors), cells=problem.search.archive.cells)
    x, y = places[:, axes[0].index], places[:, axes[1].index]
    figure = go.Figure()
    whole = len(problem.descriptors) == 2
    if whole:
        _add_areas(figure, best, problem, axes, direction=direction, metric=metric)
    empty = [cell for cell in range(len(places)) if cell not in best]
    figure.add_scatter(
        x=x[empty],
        y=y[empty],
        mode="markers",
        marker={"size": 4, "symbol": "circle-open", "color": _GREY, "opacity": 0.6},
        hoverinfo="skip",
    )
    filled = sorted(best, key=lambda cell: best[cell].fitness, reverse=direction is Direction.MINIMIZE)
    framed = [best[cell].program == chosen for cell in filled]
    fitness = [best[cell].fitness for cell in filled]
    shade = colours(fitness, direction, metric, prefix="c")
    figure.add_scatter(
        x=x[filled],
        y=y[filled],
        mode="markers",
        marker={
            "size": [15 if frame else 7 if whole else 12 for frame in framed],
            "line": {
                "width": [3 if frame else 1 for frame in framed],
                "color": [VERMILION if frame else "white" for frame in framed],
            },
            "color": fitness,
            **shade,
            "showscale": not whole,
        },
        customdata=[best[cell].program for cell in filled],
        text=[_told(best[cell], axes, problem) for cell in filled],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )
    if filled:
        # The last one drawn is the best.
        figure.add_scatter(
            x=[x[filled[-1]]],
            y=[y[filled[-1]]],
            mode="markers",
            marker={"symbol": "star", "size": 13, "color": VERMILION, "line": {"width": 1, "color": "white"}},
            hoverinfo="skip",
        )
    figure.update_layout(
        height=HEIGHT + 60,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        clickmode="event+select",
        dragmode=False,
        xaxis=_axis(axes[0], problem),
        yaxis=_axis(axes[1], problem),
        uirevision=revision,
    )
    return figure


def _add_areas(
    figure: go.Figure,
    best: Mapping[int, Elite],
    problem: Problem,
    axes: Sequence[Axis],
    *,
    direction: Direction,
    metric: str,
) -> None:
    """Colour each point of the box as its nearest centroid, with thin lines where two cells meet."""
    near = _nearest(problem.search.archive.cells, axes[0].index, axes[1].index)
    worth = np.full(problem.search.archive.cells, np.nan)
    for cell, elite in best.items():
        worth[cell] = elite.fitness
    values = worth[near]
    edge = np.zeros(near.shape, dtype=bool)
    edge[:, 1:] |= near[:, 1:] != near[:, :-1]
    edge[1:, :] |= near[1:, :] != near[:-1, :]
    values[edge] = np.nan
    side = (np.arange(_PIXELS) + 0.5) / _PIXELS
    figure.add_heatmap(
        x=side,
        y=side,
        z=values,
        hoverinfo="skip",
        hoverongaps=False,
        **colours([elite.fitness for elite in best.values()], direction, metric, prefix="z"),
    )


@lru_cache(maxsize=16)
def _nearest(cells: int, across: int, up: int) -> NDArray[np.int64]:
    """Number of the nearest of the centroids of two descriptors, shape (_PIXELS, _PIXELS), rows upwards."""
    places = centroids(axes=2, cells=cells)
    side = (np.arange(_PIXELS) + 0.5) / _PIXELS
    rows = []
    for height in side:
        away = (side[:, None] - places[None, :, across]) ** 2 + (height - places[None, :, up]) ** 2
        rows.append(np.argmin(away, axis=1))
    return np.array(rows, dtype=np.int64)


def _told(elite: Elite, axes: Sequence[Axis], problem: Problem) -> str:
    """What stands beside a dot; descriptors that were stored for other axes tell nothing of these."""
    return about(elite, axes if len(elite.descriptors) == len(problem.descriptors) else ())


def _axis(axis: Axis, problem: Problem) -> dict[str, object]:
    descriptor = problem.descriptors[axis.index]
    return {
        "title": hover(axis.name),
        "range": [-_MARGIN, 1 + _MARGIN],
        "tickvals": list(_TICKS),
        "ticktext": [number(_value(descriptor, place), 3) for place in _TICKS],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
    }


def _value(descriptor: Descriptor, place: float) -> float:
    """The value at a share of the declared range."""
    if descriptor.scale is Scale.LOG:
        return float(descriptor.low * (descriptor.high / descriptor.low) ** place)
    return float(descriptor.low + (descriptor.high - descriptor.low) * place)
