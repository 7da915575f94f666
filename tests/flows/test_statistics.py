import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.statistics import (
    Interval,
    Wait,
    area_under,
    best_so_far,
    difference_of_medians,
    median,
    waiting_median,
)

FINITE = st.floats(min_value=-1e6, max_value=1e6)
SAMPLES = st.lists(FINITE, min_size=2, max_size=12)
FEW = 400
"""Resamples where a test does not look at the figures of the interval."""


@given(SAMPLES)
def test_the_interval_of_a_median_lies_within_the_sample_and_holds_it(sample):
    """Fails when `_percentiles` swaps or drops an end, or resamples are drawn from something else."""
    found = median(sample, resamples=FEW)

    assert found.value == np.median(sample)
    assert min(sample) <= found.interval.low <= found.interval.high <= max(sample)
    assert found.interval.low <= found.value <= found.interval.high


@given(SAMPLES, st.floats(min_value=-1000, max_value=1000), st.sampled_from([0.5, 2.0, 8.0]))
def test_an_interval_moves_and_scales_with_the_sample(sample, shift, scale):
    """Fails when the generator is not seeded anew for each sample."""
    plain = median(sample, resamples=FEW)
    moved = median([scale * value + shift for value in sample], resamples=FEW)

    assert moved.interval.low == pytest.approx(scale * plain.interval.low + shift, rel=1e-9, abs=1e-6)
    assert moved.interval.high == pytest.approx(scale * plain.interval.high + shift, rel=1e-9, abs=1e-6)


@given(SAMPLES, st.randoms(use_true_random=False))
def test_a_wider_confidence_gives_a_wider_interval(sample, random):
    narrow, wide = (median(sample, confidence=share, resamples=FEW).interval for share in (0.8, 0.99))

    assert wide.low <= narrow.low
    assert narrow.high <= wide.high


@pytest.mark.parametrize("size", [5, 10, 11, 40])
def test_the_interval_of_a_median_is_that_of_scipy(size):
    """Against `scipy.stats.bootstrap`, whose percentiles are interpolated and whose resamples are others."""
    bootstrap = pytest.importorskip("scipy.stats").bootstrap
    sample = np.random.default_rng(size).normal(size=size)

    ours = median(list(sample)).interval
    theirs = bootstrap(
        (sample,), np.median, n_resamples=10_000, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval

    near = np.ptp(sample) * 0.05
    assert ours.low == pytest.approx(theirs.low, abs=near)
    assert ours.high == pytest.approx(theirs.high, abs=near)


def test_the_interval_of_a_difference_is_that_of_scipy():
    bootstrap = pytest.importorskip("scipy.stats").bootstrap
    rng = np.random.default_rng(7)
    one, other = rng.normal(1.0, 1.0, 12), rng.normal(0.0, 2.0, 12)

    ours = difference_of_medians(list(one), list(other))
    theirs = bootstrap(
        (one, other),
        lambda x, y, axis: np.median(x, axis=axis) - np.median(y, axis=axis),
        n_resamples=10_000,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(1),
    ).confidence_interval

    assert ours.value == np.median(one) - np.median(other)
    assert ours.interval.low == pytest.approx(theirs.low, abs=0.2)
    assert ours.interval.high == pytest.approx(theirs.high, abs=0.2)


def test_the_chance_of_each_end_is_that_of_the_binomial_law():
    """Closed form: the lower end of odd n is the k-th value, where k follows from binomial(n, k/n)."""
    sample = [float(value) for value in range(1, 12)]

    def at_most(k):  # chance that the median of a resample of 11 is at most the k-th value
        return sum(math.comb(11, j) * (k / 11) ** j * (1 - k / 11) ** (11 - j) for j in range(6, 12))

    expected = next(k for k in range(1, 12) if at_most(k) >= 0.025)

    assert median(sample).interval == Interval(low=expected, high=12 - expected)


@given(SAMPLES, SAMPLES)
def test_a_difference_changes_its_sign_with_its_order(one, other):
    assert difference_of_medians(one, other, resamples=10).value == pytest.approx(
        -difference_of_medians(other, one, resamples=10).value
    )


def test_two_samples_of_one_size_are_not_resampled_in_step():
    """Fails when both medians come from one stream: the difference of a sample to itself would be exact."""
    sample = [1.0, 2.0, 5.0, 9.0, 11.0]

    interval = difference_of_medians(sample, sample).interval

    assert interval.low < 0 < interval.high


def test_one_run_has_a_value_and_no_interval():
    assert median([3.0]).interval is None
    assert difference_of_medians([3.0], [1.0, 2.0]).interval is None
    assert waiting_median([Wait(evaluations=7, reached=True)]).interval is None


@pytest.mark.parametrize(
    ("values", "confidence", "told"),
    [
        ([], 0.95, "at least one"),
        ([1.0, math.nan], 0.95, "finite"),
        ([1.0, math.inf], 0.95, "finite"),
        ([1.0, 2.0], 1.0, "confidence"),
        ([1.0, 2.0], 0.0, "confidence"),
    ],
)
def test_what_no_interval_can_be_made_of_is_refused(values, confidence, told):
    with pytest.raises(ValueError, match=told):
        median(values, confidence=confidence)


def test_apart_are_intervals_without_a_common_point():
    assert Interval(low=0, high=1).is_apart_from(Interval(low=1.5, high=2))
    assert Interval(low=3, high=4).is_apart_from(Interval(low=1.5, high=2))
    assert not Interval(low=0, high=1).is_apart_from(Interval(low=1, high=2))


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=10), st.integers(51, 60))
def test_cut_off_at_one_horizon_the_waiting_median_is_the_lower_median_with_infinity(runs, horizon):
    """Fails when a censored run is dropped, or counted as reached at its horizon."""
    waits = [Wait(evaluations=after if reached else horizon, reached=reached) for after, reached in runs]
    ends = sorted(wait.evaluations if wait.reached else math.inf for wait in waits)

    assert waiting_median(waits, resamples=5).value == ends[(len(ends) - 1) // 2]


def test_a_run_cut_off_early_counts_only_until_then():
    """Kaplan and Meier by hand: one of four runs is cut off at 2."""
    waits = [
        Wait(evaluations=1, reached=True),
        Wait(evaluations=2, reached=False),
        Wait(evaluations=3, reached=True),
        Wait(evaluations=9, reached=True),
    ]  # shares waiting: 3/4, 3/4, 3/8, 0

    assert waiting_median(waits).value == 3


def test_a_target_that_most_runs_miss_has_an_infinite_median_and_upper_end():
    waits = [Wait(evaluations=100, reached=False)] * 4 + [Wait(evaluations=5, reached=True)]

    found = waiting_median(waits)

    assert found.value == math.inf
    assert found.interval.high == math.inf


def test_no_runs_have_no_waiting_median():
    with pytest.raises(ValueError, match="at least one run"):
        waiting_median([])


@given(st.lists(st.tuples(st.integers(1, 30), FINITE), min_size=1, max_size=8), st.integers(1, 30))
def test_the_curve_holds_the_last_step_before_each_evaluation(steps, length):
    steps = sorted(steps, key=lambda step: step[0])

    curve = best_so_far(steps, length)

    for n in range(1, length + 1):
        before = [best for after, best in steps if after <= n]
        assert (curve[n - 1] == before[-1]) if before else math.isnan(curve[n - 1])


def test_the_area_is_the_best_averaged_over_the_evaluations():
    assert area_under(best_so_far([(1, 2.0), (3, 4.0)], 4)) == (2 + 2 + 4 + 4) / 4
    assert math.isnan(area_under(best_so_far([(2, 2.0)], 4)))


def test_of_two_curves_with_one_end_the_quicker_has_more_under_it():
    quick, slow = (best_so_far([(1, 0.0), (at, 1.0)], 100) for at in (10, 90))

    assert area_under(quick) > area_under(slow)
