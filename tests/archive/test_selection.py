"""Laws of Boltzmann selection."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive.selection import (
    FIRST_PACE,
    Credit,
    boltzmann,
    credit_of,
    credit_power,
    effective_number,
    heat_of,
    new_pace,
    parents_wanted,
    ranks,
    solve_temperature,
    stall_of,
    wear,
)

# Multiples of 1/64 in a modest range: shifts and scales by such numbers are exact, so that equal stays equal.
values = st.lists(st.integers(-6400, 6400).map(lambda n: n / 64), min_size=1, max_size=40)
temperatures = st.floats(min_value=0.01, max_value=100)


@given(values, st.integers(-1000, 1000), st.sampled_from([0.25, 0.5, 2.0, 1024.0]), temperatures)
def test_shift_and_positive_scale_of_all_fitness_change_nothing(
    utilities: list[float], shift: int, scale: float, temperature: float
) -> None:
    # Broken by hand: returning the utilities themselves from `ranks` fails this.
    moved = [scale * value + shift for value in utilities]
    np.testing.assert_array_equal(
        boltzmann(ranks(utilities), temperature=temperature), boltzmann(ranks(moved), temperature=temperature)
    )


@given(values, temperatures)
def test_probability_is_monotone_in_fitness_at_equal_credit(
    utilities: list[float], temperature: float
) -> None:
    # Broken by hand: a wrong sign of the temperature fails this.
    p = boltzmann(ranks(utilities), temperature=temperature)
    order = np.argsort(utilities, kind="stable")
    assert (np.diff(p[order]) >= -1e-15).all()
    for i, a in enumerate(utilities):
        for j, b in enumerate(utilities):
            if a == b:
                assert p[i] == p[j]
    assert p.sum() == pytest.approx(1.0)


@given(values)
def test_hot_is_uniform_and_cold_is_the_argmax(utilities: list[float]) -> None:
    z = ranks(utilities)
    hot = boltzmann(z, temperature=1e9)
    np.testing.assert_allclose(hot, 1 / len(z), rtol=1e-6)
    cold = boltzmann(z, temperature=1e-4)
    best = np.asarray(utilities) == max(utilities)
    np.testing.assert_allclose(cold[best].sum(), 1.0)
    np.testing.assert_allclose(cold[best], 1 / best.sum())


@given(values, st.randoms(use_true_random=False))
def test_the_order_of_the_elites_changes_nothing(utilities: list[float], shuffler: object) -> None:
    order = list(range(len(utilities)))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    p = boltzmann(ranks(utilities), temperature=0.3)
    q = boltzmann(ranks([utilities[i] for i in order]), temperature=0.3)
    np.testing.assert_allclose(q, p[order], rtol=1e-12)


@given(st.integers(3, 60), st.floats(0.05, 0.9))
def test_the_temperature_meets_the_effective_number_of_parents(n: int, share: float) -> None:
    z = ranks(list(range(n)))
    effective = max(1.05, share * n)
    temperature = solve_temperature(z, effective=effective)
    assert effective_number(boltzmann(z, temperature=temperature)) == pytest.approx(effective, rel=1e-3)


@given(st.integers(0, 500), st.integers(0, 500), st.floats(1, 40), st.floats(0, 1), st.floats(0, 1))
def test_selection_is_hotter_when_stuck_and_when_less_diverse(
    a: int, b: int, pace: float, low: float, high: float
) -> None:
    """Broken by hand: the published form, in which heat falls with diversity, fails the second half."""
    shorter, longer = sorted((a, b))
    stalls = [stall_of(weariness=since, pace=pace) for since in (shorter, longer)]
    assert 0 <= stalls[0] <= stalls[1] <= 1
    less, more = sorted((low, high))
    assert heat_of(diversity=low, stall=stalls[0]) <= heat_of(diversity=low, stall=stalls[1])
    assert heat_of(diversity=less, stall=stalls[0]) >= heat_of(diversity=more, stall=stalls[0])


@given(st.integers(0, 500), st.floats(1, 40), st.floats(1, 40))
def test_an_island_of_slow_progress_is_waited_for_longer(since: int, a: float, b: float) -> None:
    """Broken by hand: dividing by the patience turned to multiplying by it fails this."""
    faster, slower = sorted((a, b))
    assert stall_of(weariness=since, pace=faster) >= stall_of(weariness=since, pace=slower)


@given(st.floats(0, 500), st.floats(0, 10), st.floats(0, 10), st.floats(0, 1000), st.floats(0.01, 100))
def test_a_greater_gain_rests_an_island_more_whatever_the_units(
    weariness: float, a: float, b: float, spread: float, scale: float
) -> None:
    """Broken by hand: taking the gain as it is, without the spread, fails the last line."""
    less, more = sorted((a, b))
    assert 0 <= wear(weariness, gain=more, spread=spread) <= wear(weariness, gain=less, spread=spread)
    assert wear(weariness, gain=less, spread=spread) <= weariness
    assert wear(weariness, gain=math.inf, spread=spread) == 0
    assume(spread == 0 or spread > 1e-200)  # numbers near the least that there is are not scaled exactly
    scaled = wear(weariness, gain=less * scale, spread=spread * scale)
    assert scaled == pytest.approx(wear(weariness, gain=less, spread=spread), rel=1e-6, abs=1e-6)


def test_who_only_polishes_wearies() -> None:
    """Broken by hand: any new best resting the island wholly fails this."""
    weariness = 0.0
    for _ in range(200):
        weariness = wear(weariness + 1, gain=1e-6, spread=1.0)
    assert weariness > 190
    assert wear(weariness, gain=0.003, spread=1.0) == 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_hotter_the_more_credit_counts(a: float, b: float) -> None:
    """Broken by hand: a power that falls with the heat fails this."""
    cooler, hotter = sorted((a, b))
    assert 0 < credit_power(cooler) <= credit_power(hotter)
    assert credit_power(0) < credit_power(1)


@given(st.lists(st.integers(1, 200), max_size=60), st.integers(1, 200))
def test_the_pace_stays_among_the_gaps_and_goes_towards_the_last(gaps: list[int], last: int) -> None:
    """Broken by hand: weights that do not add up to 1 fail this."""
    pace = FIRST_PACE
    for gap in gaps:
        pace = new_pace(pace, gap=gap)
    assert min([FIRST_PACE, *gaps]) <= pace * (1 + 1e-12)
    assert pace * (1 - 1e-12) <= max([FIRST_PACE, *gaps])
    assert abs(new_pace(pace, gap=last) - last) <= abs(pace - last)


@given(st.integers(1, 5000), st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5), st.floats(0.5, 1))
def test_more_heat_wants_more_parents_from_the_coldest_share_to_the_hottest(
    n: int, a: float, b: float, coldest: float, hottest: float
) -> None:
    """Broken by hand: coldest and hottest exchanged fails this."""

    def wanted(heat: float) -> float:
        return parents_wanted(n, heat=heat, coldest=coldest, hottest=hottest)

    cooler, hotter = sorted((a, b))
    assert wanted(cooler) <= wanted(hotter) * (1 + 1e-12)
    assert wanted(0) == pytest.approx(max(1, coldest * n))
    assert wanted(1) == pytest.approx(max(1, hottest * n))


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_credit_is_bounded_and_falls_with_fruitless_children(children: int, improved: int) -> None:
    credit = Credit(children=children, improved=min(improved, children))
    worth = credit_of(credit)
    assert 0 < worth <= 1
    assert credit_of(Credit(children=credit.children + 1, improved=credit.improved)) < worth


def test_credit_cannot_make_a_child_less_parent_impossible() -> None:
    p = boltzmann(ranks([1.0, 2.0, 3.0]), temperature=0.5, credit=np.array([0.01, 1.0, 0.5]))
    assert (p > 0).all()
    assert p.sum() == pytest.approx(1.0)


def test_one_elite_is_certain() -> None:
    assert boltzmann(ranks([-7.5]), temperature=0.5).tolist() == [1.0]
