"""What a parsed gate is made of: quantities, which have a value, and conditions, which hold or not.

Both may be unknown, which is None: a metric that is missing or not finite, a division by zero, an overflow.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "COMPARISONS",
    "Arithmetic",
    "Comparison",
    "Condition",
    "Junction",
    "Metric",
    "Metrics",
    "Not",
    "Number",
    "Quantity",
]

Metrics: TypeAlias = Mapping[str, Mapping[str, float]]
"""Stage id to metric name to value."""

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    literal: float

    def value(self, metrics: Metrics) -> float | None:
        del metrics
        return self.literal


@dataclass(frozen=True, slots=True)
class Metric:
    """What a stage measured."""

    stage: str
    name: str

    def value(self, metrics: Metrics) -> float | None:
        return _finite(metrics.get(self.stage, {}).get(self.name))


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Two quantities and one of ``+ - * /``."""

    sign: str
    left: Quantity
    right: Quantity

    def value(self, metrics: Metrics) -> float | None:
        left, right = self.left.value(metrics), self.right.value(metrics)
        if left is None or right is None:
            return None
        try:
            return _finite(_ARITHMETIC[self.sign](left, right))
        except (ZeroDivisionError, OverflowError):
            return None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two quantities and one of ``< <= > >= == !=``."""

    sign: str
    left: Quantity
    right: Quantity

    def holds(self, metrics: Metrics) -> bool | None:
        left, right = self.left.value(metrics), self.right.value(metrics)
        return None if left is None or right is None else COMPARISONS[self.sign](left, right)


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; of unknown, unknown."""

    inner: Condition

    def holds(self, metrics: Metrics) -> bool | None:
        known = self.inner.holds(metrics)
        return None if known is None else not known


@dataclass(frozen=True, slots=True)
class Junction:
    """Several conditions joined by one word, by Kleene's logic."""

    decisive: bool
    """The outcome that one part alone decides: False for ``and``, True for ``or``."""
    parts: tuple[Condition, ...]

    def holds(self, metrics: Metrics) -> bool | None:
        outcomes = [part.holds(metrics) for part in self.parts]
        if self.decisive in outcomes:
            return self.decisive
        return None if None in outcomes else not self.decisive


Quantity: TypeAlias = Number | Metric | Arithmetic
Condition: TypeAlias = Comparison | Not | Junction


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
