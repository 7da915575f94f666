"""The best so far over evaluations, drawn: the median of each group as a line, its quartiles as a band.

A figure is laid out once, into lines, areas and texts; SVG and PNG are two ways to write these down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, TypeAlias

from flows.bands import Band
from flows.comparing import Comparison

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont, ImageFont

__all__ = ["Shape", "lay_out", "png", "svg", "ticks", "value_range"]

WIDTH, HEIGHT = 900, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 90, 230, 46, 52
_INK, _FAINT = "#222222", "#d9d9d9"
# Okabe and Ito's colours, which people with any kind of colour vision tell apart; beyond eight they repeat.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d00")
_WARM_UP = 0.04
"""Share of the evaluations that does not set the range: the first steps are far below what follows."""
_SCALE = 2
"""Pixels of a PNG for each unit of the layout, in both directions."""

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line through points, in units of the layout from the upper left corner."""

    points: tuple[Point, ...]
    colour: str
    width: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A polygon, filled with a pale tone of the colour."""

    points: tuple[Point, ...]
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text on one line; `anchor` is start, middle or end."""

    at: Point
    text: str
    anchor: str = "start"
    size: int = 13
    colour: str = _INK


Shape: TypeAlias = Line | Area | Text


def lay_out(comparison: Comparison) -> tuple[Shape, ...]:
    """The figure of a comparison, from back to front."""
    bands = [(group.label, group.band) for group in comparison.groups if group.band is not None]
    title = f"{comparison.problem}: {comparison.objective.metric}, best so far"
    shapes: list[Shape] = [Text(at=(_LEFT, 24), text=title, size=16)]
    if not bands:
        return (*shapes, Text(at=(_LEFT, HEIGHT / 2), text="No run has a valid program yet."))
    low, high = value_range([band for _, band in bands])
    right, bottom = WIDTH - _RIGHT, HEIGHT - _BOTTOM

    def place(evaluation: float, value: float) -> Point:
        across = (evaluation - 1) / max(comparison.evaluations - 1, 1)
        up = (min(max(value, low), high) - low) / (high - low)
        return _LEFT + across * (right - _LEFT), bottom - up * (bottom - _TOP)

    for value in ticks(low, high):
        y = place(1, value)[1]
        shapes.append(Line(points=((_LEFT, y), (right, y)), colour=_FAINT))
        shapes.append(Text(at=(_LEFT - 8, y + 4), text=f"{value:g}", anchor="end", size=12))
    for count in ticks(1, comparison.evaluations):
        x = place(count, low)[0]
        shapes.append(Line(points=((x, bottom), (x, bottom + 5)), colour=_INK))
        shapes.append(Text(at=(x, bottom + 20), text=f"{count:g}", anchor="middle", size=12))
    for number, (_, band) in enumerate(bands):
        edge = [place(n, v) for n, v in zip(band.evaluations, band.low, strict=True)]
        back = [place(n, v) for n, v in zip(band.evaluations, band.high, strict=True)]
        shapes.append(Area(points=(*edge, *reversed(back)), colour=_colour(number)))
    for number, (label, band) in enumerate(bands):
        middle = tuple(place(n, v) for n, v in zip(band.evaluations, band.middle, strict=True))
        shapes.append(Line(points=middle, colour=_colour(number), width=2.2))
        y = _TOP + 16 + 22 * number
        shapes.append(
            Line(points=((right + 14, y - 4), (right + 34, y - 4)), colour=_colour(number), width=3)
        )
        shapes.append(Text(at=(right + 40, y), text=_short(label)))
    shapes.append(Line(points=((_LEFT, _TOP), (_LEFT, bottom), (right, bottom)), colour=_INK))
    shapes.append(
        Text(
            at=((_LEFT + right) / 2, HEIGHT - 12),
            text="evaluations (line: median, band: middle half)",
            anchor="middle",
        )
    )
    return tuple(shapes)


def value_range(bands: Sequence[Band]) -> tuple[float, float]:
    """From the least to the greatest value after the warm-up, with a little room."""
    kept: list[float] = []
    for band in bands:
        late = _WARM_UP * band.evaluations[-1]
        rows = zip(band.evaluations, band.low, band.high, strict=True)
        # The last one always counts, so that there is something however short the runs are.
        kept += [v for n, low, high in rows if n > late or n == band.evaluations[-1] for v in (low, high)]
    low, high = min(kept), max(kept)
    room = 0.05 * (high - low) or max(abs(high), 1.0) * 0.05
    return low - room, high + room


def ticks(low: float, high: float, wanted: int = 6) -> list[float]:
    """Round numbers between two others: multiples of 1, 2 or 5 times a power of ten, about so many."""
    raw = (high - low) / wanted
    if raw <= 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    # Twelve digits drop what multiplying by the step left behind the last one that means anything.
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def svg(shapes: Sequence[Shape]) -> str:
    """The figure as an SVG document that needs nothing else."""
    body = "\n".join(_svg_of(shape) for shape in shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" font-family="sans-serif">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def png(shapes: Sequence[Shape]) -> bytes:
    """The figure as a PNG image of 1800 by 960 pixels."""
    from io import BytesIO

    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), "#ffffff")
    for shape in shapes:
        match shape:
            case Area():
                # Bands overlap, and each must let the others show: an area is laid over what is there.
                layer = Image.new("L", image.size, 0)
                ImageDraw.Draw(layer).polygon(_pixels(shape.points), fill=_ALPHA)
                image.paste(Image.new("RGB", image.size, shape.colour), mask=layer)
            case Line():
                width = max(1, round(shape.width * _SCALE))
                ImageDraw.Draw(image).line(
                    _pixels(shape.points), fill=shape.colour, width=width, joint="curve"
                )
            case Text():
                anchor = {"start": "ls", "middle": "ms", "end": "rs"}[shape.anchor]
                (where,) = _pixels((shape.at,))
                font = _font(shape.size * _SCALE)
                ImageDraw.Draw(image).text(where, shape.text, fill=shape.colour, font=font, anchor=anchor)
    out = BytesIO()
    image.save(out, format="PNG")
    return out.getvalue()


_ALPHA = 46
"""Of 255: how much an area covers."""


def _svg_of(shape: Shape) -> str:
    match shape:
        case Line():
            return (
                f'<polyline points="{_path(shape.points)}" fill="none" stroke="{shape.colour}" '
                f'stroke-width="{shape.width:g}" stroke-linejoin="round"/>'
            )
        case Area():
            look = f'fill="{shape.colour}" fill-opacity="{_ALPHA / 255:.2f}"'
            return f'<polygon points="{_path(shape.points)}" {look}/>'
        case Text():
            x, y = shape.at
            return (
                f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{shape.anchor}" font-size="{shape.size}" '
                f'fill="{shape.colour}">{escape(shape.text)}</text>'
            )


def _path(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _pixels(points: Sequence[Point]) -> list[Point]:
    return [(x * _SCALE, y * _SCALE) for x, y in points]


def _font(size: int) -> FreeTypeFont | ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _short(label: str) -> str:
    return label if len(label) <= 26 else label[:25] + "…"
