"""Turns go where they pay, neither side is given up, and the size of fitness does not matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutators.tuning.bandit import Bandit

TURNS = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=80)


def after(turns: list[tuple[bool, float]], *, price: float = 1.0) -> float:
    bandit = Bandit()
    for tuned, gain in turns:
        bandit.note(tuned=tuned, gain=gain)
    return bandit.share(price=price)


def test_both_have_half_of_the_turns_while_nothing_is_gained() -> None:
    assert after([]) == after([(True, 0.0)] * 50) == 0.5


def test_constants_that_bring_nothing_are_soon_left_alone() -> None:
    assert after([(True, 0.0), (False, 0.1)] * 30) < 0.06


def test_constants_that_bring_all_get_nearly_all_turns() -> None:
    assert after([(True, 0.1), (False, 0.0)] * 30) > 0.94


def test_what_was_gained_long_ago_is_forgotten() -> None:
    old = [(True, 1.0)] * 20
    assert after(old + [(True, 0.0), (False, 0.001)] * 500) < 0.1


def test_a_model_that_costs_more_is_asked_less() -> None:
    turns = [(True, 0.1), (False, 0.1)] * 30
    assert after(turns) == pytest.approx(0.5, abs=0.05)
    assert after(turns, price=2.0) == pytest.approx(0.8, abs=0.05)


@given(TURNS, st.floats(1e-200, 1e200), st.floats(1, 100))
def test_scaling_every_gain_changes_nothing(
    turns: list[tuple[bool, float]], scale: float, price: float
) -> None:
    """Fails when a gain is held against any fixed size."""
    scaled = [(tuned, gain * scale) for tuned, gain in turns]
    if any(gain and gain * scale < 1e-290 for _, gain in turns):
        return
    share = after(turns, price=price)
    assert 0.05 <= share <= 0.95
    assert after(scaled, price=price) == pytest.approx(share)
