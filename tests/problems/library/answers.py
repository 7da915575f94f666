"""What the tests of the library's problems share."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

__all__ = ["names_in", "no_numbers", "refuse"]


def names_in(text: str) -> dict:
    """What a file of a problem defines; it is one of our own."""
    names: dict = {}
    exec(compile(text, "library", "exec"), names)
    return names


def no_numbers(count: int) -> list[object]:
    """Outputs of programs that are not so many numbers, each for a reason of its own."""
    return [
        None,
        0.5,
        "0" * count,
        [0.5] * (count - 1),
        [0.5] * (count + 1),
        [[0.5]] * count,
        [math.nan] * count,
        [math.inf] * count,
        [10**400] * count,
        [True] * count,
        ["0.5"] * count,
        np.array([0.5] * count, dtype=object),
    ]


def refuse(result: Mapping[str, object]) -> None:
    """The result must be that of an output that is no answer."""
    assert result["valid"] is False
    assert result["reason"]
