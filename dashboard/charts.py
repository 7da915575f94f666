"""Figures from domain values: pure functions, no Streamlit.

Backgrounds and fonts are left to the page's theme, so that a figure reads in light and in dark; hues are of
the Okabe-Ito set and Cividis, which stay apart for colour-blind eyes, and never the only sign of anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

import plotly.graph_objects as go

from archive.run import CurvePoint
from dashboard.plain import duration, hover, number

__all__ = ["HEIGHT", "VERMILION", "Level", "curve", "failures"]

HEIGHT = 360
"""Of a figure, pixels."""

VERMILION = "#d55e00"
_BLUE, _ORANGE, _GREEN, _GREY = "#3787c0", "#e08f00", "#009e73", "#8a8f98"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A value to hold a curve against, in the objective's units."""

    name: str
    value: float
    detail: str = ""


def curve(
    points: Sequence[CurvePoint],
    *,
    evaluations: int,
    metric: str,
    levels: Sequence[Level] = (),
    revision: str = "",
) -> go.Figure:
    """Best fitness so far over evaluations, as steps with a marker at each improvement.

    Args:
        points: improvements in order.
        evaluations: of the run so far; the last step reaches there.
        metric: name and unit of the fitness axis.
        levels: known values, drawn across; a click in the legend hides one and gives the axis to the rest.
        revision: keeps the user's zoom between figures of the same revision.
    """
    figure = go.Figure()
    end = max(evaluations, points[-1].evaluations if points else 0, 1)
    styles = cycle([(_ORANGE, "dash"), (_GREEN, "dot"), (_GREY, "dashdot")])
    for level, (colour, dash) in zip(levels, styles, strict=False):
        figure.add_scatter(
            x=[0, end],
            y=[level.value, level.value],
            mode="lines",
            line={"color": colour, "dash": dash, "width": 1.5},
            name=f"{hover(level.name)} {number(level.value, 8)}",
            text=[f"{hover(level.name)}: {number(level.value, 12)}<br>{hover(level.detail)}"] * 2,
            hovertemplate="%{text}<extra></extra>",
        )
    x = [point.evaluations for point in points]
    y = [point.fitness for point in points]
    figure.add_scatter(
        x=[*x, end] if x else [],
        y=[*y, y[-1]] if y else [],
        mode="lines",
        line={"shape": "hv", "color": _BLUE, "width": 2.5},
        hoverinfo="skip",
        name="best so far",
    )
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers",
        marker={"color": _BLUE, "size": 9, "line": {"color": "white", "width": 1}},
        text=[_improvement(before, point) for before, point in zip([None, *points], points, strict=False)],
        hovertemplate="%{text}<extra></extra>",
        name="improvement",
    )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        # A part of an evaluation is no place on the axis, so few of them get a tick each.
        xaxis={
            "title": "evaluations",
            "rangemode": "tozero",
            "automargin": True,
            "dtick": 1 if end < 8 else None,
        },
        yaxis={"title": hover(metric), "automargin": True},
        uirevision=revision,
    )
    return figure


def failures(counts: Mapping[str, int], *, evaluations: int) -> go.Figure:
    """Programs that were not valid by verdict, the most frequent on top."""
    ranked = sorted(((n, verdict) for verdict, n in counts.items() if n), key=lambda each: each[0])
    figure = go.Figure(
        go.Bar(
            x=[n for n, _ in ranked],
            y=[hover(verdict.replace("_", " ")) for _, verdict in ranked],
            orientation="h",
            marker={"color": VERMILION},
            text=[f"{n:,}" for n, _ in ranked],
            textposition="auto",
            hovertext=[f"{n:,} of {evaluations:,} evaluations ({_share(n, evaluations)})" for n, _ in ranked],
            hoverinfo="text",
        )
    )
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        bargap=0.4,
        xaxis={
            "title": "programs",
            "rangemode": "tozero",
            "automargin": True,
            "tickformat": ",d",
            "nticks": 5,
        },
        yaxis={"automargin": True},
        showlegend=False,
    )
    return figure


def _improvement(before: CurvePoint | None, point: CurvePoint) -> str:
    gain = "first valid program" if before is None else f"{point.fitness - before.fitness:+.6g}"
    return "<br>".join(
        [
            f"<b>{number(point.fitness, 10)}</b> ({gain})",
            f"by {hover(point.operator)}, program {hover(point.program[:10])}",
            f"after {point.evaluations:,} evaluations, {duration(point.seconds)}",
        ]
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "0%"
