"""A guess finds the optimum of what it fits, and is bounded where it does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from mutators.tuning.guess import enough, guess, longest


def sampled(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=(count, size))


def test_the_optimum_of_a_separable_quadratic_is_found_from_few_points() -> None:
    optimum = np.array([0.5, -0.25, 1.0])
    points = sampled(enough(3), 3)
    losses = (((points - optimum) * np.array([1.0, 2.0, 0.5])) ** 2).sum(axis=1)
    found = guess(points, losses, mean=np.zeros(3), deviation=np.ones(3))
    assert found == pytest.approx(optimum, abs=1e-3)


def test_a_far_optimum_is_approached_by_no_more_than_the_bound() -> None:
    points = sampled(40, 2)
    losses = ((points - 100.0) ** 2).sum(axis=1)
    found = guess(points, losses, mean=np.zeros(2), deviation=np.ones(2))
    assert found is not None
    assert np.linalg.norm(found) == pytest.approx(longest(2))
    assert found.min() > 0


def test_too_few_points_or_points_that_are_all_alike_give_no_guess() -> None:
    few, flat = sampled(enough(3) - 1, 3), sampled(30, 3)
    assert guess(few, few.sum(axis=1), mean=np.zeros(3), deviation=np.ones(3)) is None
    assert guess(flat, np.ones(30), mean=np.zeros(3), deviation=np.ones(3)) is None
