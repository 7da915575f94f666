"""A guess finds the optimum of what it fits, and is bounded where it does not fit."""

from __future__ import annotations

import numpy as np
import pytest

from mutators.tuning.guess import FULLEST, enough, guess, longest, wanted


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


def rotated(size: int, condition: float) -> np.ndarray:
    """A Hessian whose axes are no coordinates."""
    turned, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(size, size)))
    bends = condition ** (np.arange(size) / (size - 1))
    return np.asarray(turned @ np.diag(bends) @ turned.T)


def test_constants_that_act_together_are_found_from_more_points() -> None:
    """Fails when products of two constants are left out of what is fitted."""
    optimum, hessian = np.array([0.5, -0.25, 1.0, 0.0]), rotated(4, 1e3)
    points = sampled(wanted(4), 4)
    losses = np.einsum("mi,ij,mj->m", points - optimum, hessian, points - optimum)
    found = guess(points, losses, mean=np.zeros(4), deviation=np.ones(4))
    assert found == pytest.approx(optimum, abs=1e-2)


def test_where_constants_are_many_a_separable_quadratic_serves() -> None:
    size = FULLEST + 1
    optimum = np.linspace(-0.3, 0.3, size)
    points = sampled(wanted(size), size)
    found = guess(points, ((points - optimum) ** 2).sum(axis=1), mean=np.zeros(size), deviation=np.ones(size))
    assert found == pytest.approx(optimum, abs=1e-2)


@pytest.mark.parametrize("size", [3, FULLEST + 1])
def test_nothing_is_guessed_where_no_quadratic_explains_what_was_found(size: int) -> None:
    """Fails when a fit is taken at its word."""
    points = sampled(wanted(size), size)
    noise = np.random.default_rng(4).normal(size=len(points))
    assert guess(points, noise, mean=np.zeros(size), deviation=np.ones(size)) is None


def test_a_saddle_is_left_by_the_way_down_and_no_further_than_the_bound() -> None:
    points = sampled(60, 2)
    losses = points[:, 0] ** 2 - points[:, 1] ** 2 + 0.1 * points[:, 1]
    found = guess(points, losses, mean=np.zeros(2), deviation=np.ones(2))
    assert found is not None
    assert found[1] < 0
    assert np.linalg.norm(found) <= longest(2) + 1e-9
