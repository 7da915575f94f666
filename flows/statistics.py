"""What a handful of runs can tell: medians, bootstrap intervals, evaluations to a target, area under a curve.

Everything is a pure function of its arguments: the resamples come from a generator that is seeded here, so
that the same runs always give the same table. Intervals are percentile bootstrap intervals (Efron and
Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). Of few runs they are too narrow rather than
too wide: with three runs a 95% interval is their whole range and holds the true median in 75% of all cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

__all__ = [
    "CONFIDENCE",
    "RESAMPLES",
    "Estimate",
    "Interval",
    "Wait",
    "area_under",
    "best_so_far",
    "difference_of_medians",
    "median",
    "waiting_median",
]

CONFIDENCE = 0.95
RESAMPLES = 10_000

_SEED = 20_250_101
_Floats: TypeAlias = "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From `low` to `high`, both included; `high` is infinite where the sample does not bound it."""

    low: float
    high: float

    def is_apart_from(self, other: Interval) -> bool:
        """Whether the two have no point in common."""
        return self.high < other.low or other.high < self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its interval; None for the interval of one run, which tells nothing of the next."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long one run took to reach a target.

    Attributes:
        evaluations: at which it was reached; else how many were made without reaching it.
        reached: whether it was. A wait that did not end is censored: it is only known to be longer.
    """

    evaluations: int
    reached: bool


def median(
    values: Sequence[float], *, confidence: float = CONFIDENCE, resamples: int = RESAMPLES
) -> Estimate:
    """The median with a percentile bootstrap interval.

    Args:
        values: at least one, finite.
        confidence: of the interval, between 0 and 1.
        resamples: how many samples of the same size are drawn with replacement.

    Raises:
        ValueError: there is no value, one is not finite, or the confidence is none.
    """
    sample = _checked(values, confidence)
    if len(sample) == 1:
        return Estimate(value=float(sample[0]), interval=None)
    medians = _medians(sample, resamples, np.random.default_rng(_SEED))
    return Estimate(value=float(np.median(sample)), interval=_percentiles(medians, confidence))


def difference_of_medians(
    one: Sequence[float],
    other: Sequence[float],
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Median of `one` minus median of `other`; the two samples are resampled independently.

    Args:
        one: at least one value, finite.
        other: likewise.
        confidence: of the interval, between 0 and 1.
        resamples: how many pairs of samples are drawn.

    Raises:
        ValueError: as for `median`.
    """
    left, right = _checked(one, confidence), _checked(other, confidence)
    value = float(np.median(left) - np.median(right))
    if min(len(left), len(right)) == 1:
        return Estimate(value=value, interval=None)
    # Two streams: with one, samples of the same size would be resampled by the same indices, and so in step.
    first, second = np.random.default_rng(_SEED).spawn(2)
    differences = _medians(left, resamples, first) - _medians(right, resamples, second)
    return Estimate(value=value, interval=_percentiles(differences, confidence))


def waiting_median(
    waits: Sequence[Wait], *, confidence: float = CONFIDENCE, resamples: int = RESAMPLES
) -> Estimate:
    """After how many evaluations half of all runs have reached the target, by Kaplan and Meier.

    The estimate is the first number of evaluations at which the product-limit estimate of the share of runs
    still waiting (Kaplan and Meier, 1958) is one half or less, and infinite where that never happens. A run
    that was cut off counts among those that wait until then, neither as a success nor as never to succeed.
    At the same number of evaluations, successes come before cuts. Where all runs were cut off at the same
    number, this is the lower median of the waits, with infinity for those cut off.

    Args:
        waits: one a run, at least one.
        confidence: of the interval, between 0 and 1.
        resamples: how many samples of the runs are drawn with replacement.

    Returns:
        Median and interval, in evaluations; either end may be infinite.

    Raises:
        ValueError: there is no wait, or the confidence is none.
    """
    if not waits:
        raise ValueError("expected at least one run, found none")
    _check(confidence)
    order = sorted(waits, key=lambda wait: (wait.evaluations, not wait.reached))
    times = np.array([wait.evaluations for wait in order], dtype=np.float64)
    reached = np.array([wait.reached for wait in order])
    value = float(_product_limit(np.ones((1, len(order))), times, reached)[0])
    if len(order) == 1:
        return Estimate(value=value, interval=None)
    share = np.full(len(order), 1 / len(order))
    counts = np.random.default_rng(_SEED).multinomial(len(order), share, size=resamples)
    medians = _product_limit(counts.astype(np.float64), times, reached)
    return Estimate(value=value, interval=_percentiles(medians, confidence))


def best_so_far(steps: Sequence[tuple[int, float]], evaluations: int) -> _Floats:
    """The best after each evaluation from 1 to `evaluations`; NaN before the first valid program.

    Args:
        steps: (after how many evaluations, the best from then on) in order; of several steps at the same
            number the last one counts.
        evaluations: length of the array, at least 1. What lies beyond the last step keeps its value.
    """
    curve = np.full(evaluations, np.nan)
    for after, best in steps:
        curve[max(after, 1) - 1 :] = best
    return curve


def area_under(curve: _Floats) -> float:
    """The area under a best-so-far curve over the number of evaluations: ``(1/N) · Σ_{n=1..N} best(n)``.

    It is the best so far, averaged over the evaluations, in the units of the fitness: of two runs that end
    alike, the one that came there sooner has the better one.

    Args:
        curve: as `best_so_far` gives it.

    Returns:
        The mean; NaN where the run had no valid program at its first evaluation.
    """
    return float(np.mean(curve))


def _check(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"expected a confidence between 0 and 1, found {confidence}")


def _checked(values: Sequence[float], confidence: float) -> _Floats:
    _check(confidence)
    if not values:
        raise ValueError("expected at least one value, found none")
    wrong = [value for value in values if not math.isfinite(value)]
    if wrong:
        raise ValueError(f"expected finite values, found {wrong[0]}")
    return np.asarray(values, dtype=np.float64)


def _medians(sample: _Floats, resamples: int, rng: np.random.Generator) -> _Floats:
    """Medians of so many resamples, in one go: a matrix with a resample a row."""
    drawn = sample[rng.integers(0, len(sample), size=(resamples, len(sample)))]
    medians: _Floats = np.median(drawn, axis=1)
    return medians


def _percentiles(values: _Floats, confidence: float) -> Interval:
    """The middle part of the values. Percentiles are values themselves: infinity cannot be interpolated."""
    tail = (1 - confidence) / 2
    low = np.quantile(values, tail, method="inverted_cdf")
    high = np.quantile(values, 1 - tail, method="inverted_cdf")
    return Interval(low=float(low), high=float(high))


def _product_limit(counts: _Floats, times: _Floats, reached: np.ndarray) -> _Floats:
    """For each row of counts the first time at which half or less are still waiting.

    Args:
        counts: shape (samples, runs): how often each run is in a sample; a row's sum is positive.
        times: shape (runs,), ascending; where two are equal, a wait that ended stands before one cut off.
        reached: shape (runs,), whether the wait ended then.
    """
    at_risk = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    # A run at a time is as good as all runs of equal time at once: the products of the steps telescope.
    steps = np.where(reached & (counts > 0), 1 - counts / np.maximum(at_risk, 1), 1.0)
    waiting = np.cumprod(steps, axis=1)
    # Steps like 2/3 · 1/2 may end a rounding error above one half.
    half = waiting <= 0.5 + 1e-12
    first = np.argmax(half, axis=1)
    return np.where(half.any(axis=1), times[first], np.inf)
