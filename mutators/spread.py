"""By what length to move constants that stand beside each other."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["width"]


def width(values: Sequence[float]) -> float:
    """Standard deviation, but no less than a third of the mean magnitude: equal constants may part again.

    Args:
        values: at least one, finite.

    Returns:
        0 where all are 0, and near the largest float, where each constant is to be measured by itself.
    """
    try:
        mean = math.fsum(values) / len(values)
        variance = math.fsum((value - mean) ** 2 for value in values) / len(values)
        return max(math.sqrt(variance), math.fsum(map(abs, values)) / len(values) / 3)
    except OverflowError:
        return 0.0
