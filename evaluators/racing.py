"""When enough replicas of a noisy evaluation have run: pure functions over the fitness found so far.

After each replica from the first `at_least` on, Student's t interval of the mean is looked at, and the rest
is spared when it is narrow enough, or lies wholly on the wrong side of the rival's fitness.

Several looks at the same data find something by chance more often than one look does: with ten looks, each at
95 percent, the mean is outside one of the ten intervals far more often than in 5 percent of all programs.
The chance alpha = 1 - confidence is therefore divided among the looks, look k of K getting the share
k^-2 / (1^-2 + … + K^-2). By Bonferroni's inequality (the chance of any of several events is at most the sum
of theirs, however they depend on each other) all intervals together hold the mean with the confidence asked
for, so whatever was decided at whichever look is wrong with at most the chance alpha; a program better than
its rival is stopped with at most half of it, for it takes the one wrong side of the interval. The quadratic
decay leaves the first look, where hopeless programs end, at least 61 percent of alpha however many may
follow; equal shares would leave it 1/K. Decreasing shares of this kind are those of V. Mnih, C. Szepesvari
and J.-Y. Audibert, "Empirical Bernstein stopping", ICML 2008. The price: an interval is wider than at a
single look, by a quarter or so at the first and by more at later ones.

The t interval is exact for normal noise and good for noise that is not far from it. Where it errs: values on
few levels (success or failure) may agree by chance in the first replicas, and an interval without width then
says more than is known. Raise `at_least` there; the cost of such an error is that a good program is refused.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from problems.problem import Objective, Repeat

__all__ = ["half_width", "is_enough", "share", "standard_error", "student"]

_HALVINGS: Final = 60
"""Of the angle in `student`: its rounding error is reached before."""


def is_enough(values: Sequence[float], repeat: Repeat, *, objective: Objective, rival: float | None) -> bool:
    """Whether no further replica is worth its price.

    Args:
        values: fitness of the replicas so far, in the objective's units, each finite.
        repeat: when to look, and how sure to be.
        objective: says which side of the rival is the wrong one.
        rival: fitness to be beaten; None where there is none.

    Returns:
        True after all `times`. Before: False without a confidence or before `at_least` replicas; otherwise
        whether the half width of the interval is at most the precision, or all of the interval is worse than
        the rival.
    """
    if len(values) >= repeat.times:
        return True
    if repeat.confidence is None or len(values) < max(2, repeat.at_least):
        return False
    half = half_width(values, repeat, confidence=repeat.confidence)
    if repeat.precision is not None and half <= repeat.precision:
        return True
    if rival is None:
        return False
    return objective.utility(_mean(values)) + half < objective.utility(rival)


def half_width(values: Sequence[float], repeat: Repeat, *, confidence: float) -> float:
    """Half the width of the interval around the mean at this look, in the units of the values.

    Args:
        values: fitness of the replicas so far, at least 2 and `at_least`, fewer than `times`.
        repeat: the looks.
        confidence: of all looks together.
    """
    first = max(2, repeat.at_least)
    alpha = (1.0 - confidence) * share(len(values) - first + 1, repeat.times - first)
    return student(1.0 - alpha, len(values) - 1) * standard_error(values)


def standard_error(values: Sequence[float]) -> float:
    """Standard error of the mean: the sample's standard deviation over the root of its size.

    Args:
        values: finite numbers, at least 2.
    """
    # Numbers near the end of the range of floats must not overflow when they are squared.
    scale = max(abs(value) for value in values) or 1.0
    scaled = [value / scale for value in values]
    mean = math.fsum(scaled) / len(scaled)
    squares = math.fsum((value - mean) * (value - mean) for value in scaled)
    return scale * math.sqrt(squares / (len(values) - 1) / len(values))


@lru_cache(maxsize=4096)
def share(look: int, looks: int) -> float:
    """Share of alpha that a look gets; those of looks 1 to `looks` sum to 1."""
    return look**-2 / math.fsum(number**-2 for number in range(1, looks + 1))


@lru_cache(maxsize=4096)
def student(confidence: float, freedom: int) -> float:
    """The t for which a variable of Student's distribution lies in [-t, t] with this probability.

    Found by halving the angle theta of t = sqrt(freedom) tan(theta) in the finite series of M. Abramowitz and
    I. A. Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.

    Args:
        confidence: between 0 and 1.
        freedom: degrees of freedom, at least 1.
    """
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _within(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def _within(theta: float, freedom: int) -> float:
    """Probability of [-t, t] at the angle of t."""
    sine, cosine = math.sin(theta), math.cos(theta)
    is_odd = freedom % 2 == 1
    term = cosine if is_odd else 1.0
    total = term if freedom > 1 else 0.0
    for factor in range(3 if is_odd else 2, freedom - 1, 2):
        term *= cosine * cosine * (factor - 1) / factor
        total += term
    return 2 / math.pi * (theta + sine * total) if is_odd else sine * total


def _mean(values: Sequence[float]) -> float:
    return math.fsum(value / len(values) for value in values)
