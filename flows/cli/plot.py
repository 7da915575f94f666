"""The best so far over evaluations as text, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from flows.bands import Band
from flows.cli.text import plain
from flows.comparing import Comparison
from flows.figure import value_range

__all__ = ["plot_lines"]

_WIDTH, _HEIGHT = 64, 14
_MARKS = "ox+*#@%&"
"""One a group; beyond eight they repeat."""


def plot_lines(comparison: Comparison) -> list[str]:
    """The medians of the groups as lines of text with a legend; empty where no group has a value."""
    bands = [(group.label, group.band) for group in comparison.groups if group.band is not None]
    if not bands:
        return []
    low, high = value_range([band for _, band in bands])
    rows = _canvas([band for _, band in bands], low, high, comparison.evaluations)
    edge = max(len(f"{value:.4g}") for value in (low, high))
    lines = []
    for number, row in enumerate(rows):
        told = {0: f"{high:.4g}", _HEIGHT - 1: f"{low:.4g}"}.get(number, "")
        lines.append(f"  {told:>{edge}} |{row}".rstrip())
    last = f"{comparison.evaluations}"
    lines.append(f"  {'':>{edge}} +{'-' * _WIDTH}")
    lines.append(f"  {'':>{edge}}  1{last:>{_WIDTH - 1}}")
    lines.append(f"  {'':>{edge}}  best so far (median of the runs) over evaluations")
    lines += [f"  {'':>{edge}}  {_mark(i)} {plain(label)}" for i, (label, _) in enumerate(bands)]
    return lines


def _canvas(bands: Sequence[Band], low: float, high: float, evaluations: int) -> list[str]:
    cells = [[" "] * _WIDTH for _ in range(_HEIGHT)]
    # The best group is drawn last, over the others where they meet.
    for number, band in reversed(list(enumerate(bands))):
        for column in range(_WIDTH):
            value = _value_at(band, 1 + column / (_WIDTH - 1) * (evaluations - 1))
            if value is not None and value >= low:
                up = round((min(value, high) - low) / (high - low) * (_HEIGHT - 1))
                cells[_HEIGHT - 1 - up][column] = _mark(number)
    return ["".join(row) for row in cells]


def _value_at(band: Band, evaluation: float) -> float | None:
    """The median at the nearest known place before; None where there was no value yet."""
    before = [v for n, v in zip(band.evaluations, band.middle, strict=True) if n <= evaluation]
    return before[-1] if before else None


def _mark(number: int) -> str:
    return _MARKS[number % len(_MARKS)]
