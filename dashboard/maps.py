"""Figures of the archive: elites over their descriptors. Pure functions; colours as in `charts`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go

from archive.cell import Elite
from archive.grid import GridArchive
from archive.program import ProgramId
from dashboard.axes import Axis, about, colours, name_of
from dashboard.charts import HEIGHT, VERMILION
from dashboard.plain import hover, number
from problems.problem import Descriptor, Direction, Problem, Scale

__all__ = ["best_of_places", "heatmap", "lay_out", "scatter"]

_GREY = "#8a8f98"
_TICKS = 7


def lay_out(elites: Sequence[Elite], problem: Problem | None) -> tuple[tuple[Elite, ...], tuple[Axis, ...]]:
    """Elites with cells of one common grid, and its axes.

    Islands stretch their grids each for itself, so that equal cells of two of them may mean different
    things; on one grid over all elites they do not. Without the problem (None, or one with other
    descriptors) there is no grid to take, so cells stay as they are and have no edges.
    """
    count = max(
        (len(elite.descriptors) for elite in elites), default=len(problem.descriptors) if problem else 0
    )
    if problem is None or any(len(elite.descriptors) != len(problem.descriptors) for elite in elites):
        return tuple(elites), tuple(Axis(index=i, name=f"descriptor {i + 1}") for i in range(count))
    grid = GridArchive(descriptors=problem.descriptors, objective=problem.objective)
    for elite in elites:
        grid.add(elite.program, fitness=elite.fitness, descriptors=elite.descriptors)
    placed = tuple(replace(elite, cell=grid.locate(elite.descriptors) or elite.cell) for elite in elites)
    axes = tuple(
        Axis(index=index, name=name_of(descriptor), edges=_edges(descriptor, span))
        for index, (descriptor, span) in enumerate(zip(problem.descriptors, grid.ranges(), strict=True))
    )
    return placed, axes


def best_of_places(
    elites: Sequence[Elite], axes: tuple[Axis, Axis], direction: Direction
) -> dict[tuple[int, int], Elite]:
    """The best elite of each place on two axes, over all islands and all other axes; ties to the first."""
    sign = 1 if direction is Direction.MAXIMIZE else -1
    best: dict[tuple[int, int], Elite] = {}
    for elite in elites:
        place = elite.cell[axes[0].index], elite.cell[axes[1].index]
        if place not in best or sign * elite.fitness > sign * best[place].fitness:
            best[place] = elite
    return best


def heatmap(
    elites: Sequence[Elite],
    *,
    axes: tuple[Axis, Axis],
    direction: Direction,
    metric: str,
    chosen: ProgramId | None = None,
    revision: str = "",
    fronts: bool = False,
) -> go.Figure:
    """The archive over two descriptors: best fitness of each place, brighter for better.

    With `fronts`, a number tells how many programs the fronts of the place hold, where there are several.

    A nearly transparent marker lies over each filled cell, since only markers can be clicked; its
    `customdata` is the program. A star marks the best of all, a frame the place of the `chosen` program.
    """
    best = best_of_places(elites, axes, direction)
    columns, rows = (_span([place[side] for place in best], axes[side]) for side in (0, 1))
    values = [[best[x, y].fitness if (x, y) in best else None for x in columns] for y in rows]
    figure = go.Figure(
        go.Heatmap(
            x=list(columns),
            y=list(rows),
            z=values,
            xgap=1,
            ygap=1,
            hoverinfo="skip",
            **colours([elite.fitness for elite in best.values()], direction, metric, prefix="z"),
        )
    )
    # Plotly's pixels are not known here; a usual page gives a cell about so many.
    size = max(6.0, min(300 / len(rows), 420 / len(columns), 48.0))
    sizes = _front_sizes(elites, axes) if fronts else {}
    if any(count > 1 for count in sizes.values()):
        choose = max if direction is Direction.MAXIMIZE else min
        _add_sizes(figure, sizes, size, best=choose(best, key=lambda place: best[place].fitness))
    _add_targets(figure, best, axes, size, sizes)
    framed = next((place for place, elite in best.items() if elite.program == chosen), None)
    _add_marks(figure, best, direction, framed)
    figure.update_layout(
        height=HEIGHT + 60,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        showlegend=False,
        clickmode="event+select",
        dragmode=False,
        xaxis=_binned(axes[0], columns),
        yaxis=_binned(axes[1], rows),
        uirevision=revision,
    )
    return figure


def scatter(
    elites: Sequence[Elite],
    *,
    axes: Sequence[Axis],
    direction: Direction,
    metric: str,
    chosen: ProgramId | None = None,
    revision: str = "",
) -> go.Figure:
    """Elites where cells are no grid of two axes: over two descriptors in colour, or fitness over one.

    `customdata` of a marker is its program.
    """
    first = [elite.descriptors[axes[0].index] for elite in elites]
    fitness = [elite.fitness for elite in elites]
    second = [elite.descriptors[axes[1].index] for elite in elites] if len(axes) > 1 else fitness
    framed = [elite.program == chosen for elite in elites]
    figure = go.Figure(
        go.Scatter(
            x=first,
            y=second,
            mode="markers",
            marker={
                "size": [16 if frame else 11 for frame in framed],
                "color": fitness,
                "line": {"width": [3 if frame else 0.5 for frame in framed], "color": _GREY},
                **colours(fitness, direction, metric, prefix="c"),
            },
            customdata=[elite.program for elite in elites],
            text=[about(elite, axes) for elite in elites],
            hovertemplate="%{text}<extra></extra>",
            unselected={"marker": {"opacity": 1}},
        )
    )
    figure.update_layout(
        height=HEIGHT + 60,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        clickmode="event+select",
        dragmode=False,
        xaxis={"title": hover(axes[0].name), "automargin": True},
        yaxis={"title": hover(axes[1].name if len(axes) > 1 else metric), "automargin": True},
        uirevision=revision,
    )
    return figure


def _edges(descriptor: Descriptor, span: tuple[float, float]) -> tuple[float, ...]:
    """Edges of the bins in the descriptor's units; `span` is in units of its declared range."""
    positions = np.linspace(*span, descriptor.bins + 1)
    if descriptor.scale is Scale.LOG:
        edges = descriptor.low * (descriptor.high / descriptor.low) ** positions
    else:
        edges = descriptor.low + (descriptor.high - descriptor.low) * positions
    return tuple(float(edge) for edge in edges)


def _span(used: Sequence[int], axis: Axis) -> range:
    """Bins to draw: all where the edges are known, else up to the last one filled."""
    return range(max([*used, len(axis.edges) - 2, 0]) + 1)


def _add_targets(
    figure: go.Figure,
    best: Mapping[tuple[int, int], Elite],
    axes: Sequence[Axis],
    size: float,
    sizes: Mapping[tuple[int, int], int],
) -> None:
    several = [sizes.get(place, 1) for place in best]
    still = {"marker": {"opacity": 0.01}}
    figure.add_scatter(
        x=[x for x, _ in best],
        y=[y for _, y in best],
        mode="markers",
        marker={"size": size, "symbol": "square", "opacity": 0.01, "color": _GREY},
        selected=still,
        unselected=still,
        customdata=[elite.program for elite in best.values()],
        text=[
            about(elite, axes) + (f"<br>best of a front of {count}" if count > 1 else "")
            for elite, count in zip(best.values(), several, strict=True)
        ],
        hovertemplate="%{text}<extra></extra>",
    )


def _add_sizes(
    figure: go.Figure, sizes: Mapping[tuple[int, int], int], size: float, *, best: tuple[int, int] | None
) -> None:
    """Sizes of fronts, on a dark disc so that they can be read on every colour; the star keeps its place."""
    told = {place: count for place, count in sizes.items() if count > 1 and place != best}
    figure.add_scatter(
        x=[x for x, _ in told],
        y=[y for _, y in told],
        mode="markers+text",
        marker={"size": min(size, 17), "symbol": "circle", "color": "rgba(20, 24, 32, 0.6)"},
        text=[str(count) for count in told.values()],
        textfont={"size": 10, "color": "white"},
        hoverinfo="skip",
    )


def _front_sizes(elites: Sequence[Elite], axes: tuple[Axis, Axis]) -> Mapping[tuple[int, int], int]:
    """How many different programs the fronts of each place hold, over all islands and all other axes."""
    there = {(elite.cell[axes[0].index], elite.cell[axes[1].index], elite.program) for elite in elites}
    return Counter((x, y) for x, y, _ in there)


def _add_marks(
    figure: go.Figure,
    best: Mapping[tuple[int, int], Elite],
    direction: Direction,
    chosen: tuple[int, int] | None,
) -> None:
    """Draw what cannot be clicked over what can."""
    if not best:
        return
    choose = max if direction is Direction.MAXIMIZE else min
    x, y = choose(best, key=lambda place: best[place].fitness)
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers",
        marker={"symbol": "star", "size": 13, "color": VERMILION, "line": {"width": 1, "color": "white"}},
        hoverinfo="skip",
    )
    if chosen is not None:
        x, y = chosen
        frame = {"x0": x - 0.5, "x1": x + 0.5, "y0": y - 0.5, "y1": y + 0.5}
        figure.add_shape(type="rect", line={"color": VERMILION, "width": 3}, **frame)


def _binned(axis: Axis, bins: range) -> dict[str, object]:
    every = max(1, math.ceil(len(bins) / _TICKS))
    if axis.edges:
        marks = list(range(0, len(axis.edges), every))
        ticks = {
            "tickvals": [mark - 0.5 for mark in marks],
            "ticktext": [number(axis.edges[m], 3) for m in marks],
        }
        title = hover(axis.name)
    else:
        ticks = {"tickvals": list(bins[::every]), "ticktext": [str(each) for each in bins[::every]]}
        title = f"{hover(axis.name)} (bin)"
    return {
        "title": title,
        "range": [-0.5, len(bins) - 0.5],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
        **ticks,
    }
