"""Fronts, crowding and novelty, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.fronting import crowding, front_ranks, novelty


def clouds(k: int) -> st.SearchStrategy[list[tuple[int, ...]]]:
    return st.lists(st.tuples(*[st.integers(0, 5)] * k), min_size=1, max_size=25)


def dominates(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return one != other and all(a >= b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("k", [1, 2, 3])
@given(data=st.data())
def test_a_front_is_what_nothing_outside_of_the_fronts_before_it_dominates(
    k: int, data: st.DataObject
) -> None:
    """Broken by hand: `bisect_left` for two objectives fails this."""
    values = data.draw(clouds(k))
    left, expected, front = set(values), {}, 0
    while left:
        free = {one for one in left if not any(dominates(other, one) for other in left)}
        expected |= dict.fromkeys(free, front)
        left, front = left - free, front + 1
    found = front_ranks(np.array(values, dtype=float))
    assert [int(rank) for rank in found] == [expected[one] for one in values]


@given(values=clouds(2), shift=st.integers(-9, 9), scale=st.sampled_from([0.5, 4.0]))
def test_crowding_and_novelty_heed_no_shift_or_scale(
    values: list[tuple[int, ...]], shift: int, scale: float
) -> None:
    """Broken by hand: not dividing the gaps by the spread fails this."""
    points = np.array(values, dtype=float)
    moved = points * scale + shift
    fronts = front_ranks(points)
    np.testing.assert_allclose(crowding(moved, fronts), crowding(points, fronts))
    np.testing.assert_allclose(novelty(moved), novelty(points))


@given(values=clouds(2), seed=st.integers(0, 999))
def test_the_order_of_the_points_does_not_count(values: list[tuple[int, ...]], seed: int) -> None:
    """Broken by hand: sharing room among equals by their order fails this."""
    points = np.array(values, dtype=float)
    order = np.random.default_rng(seed).permutation(len(points))
    fronts = front_ranks(points)
    np.testing.assert_array_equal(front_ranks(points[order]), fronts[order])
    np.testing.assert_allclose(crowding(points[order], fronts[order]), crowding(points, fronts)[order])
    np.testing.assert_allclose(novelty(points[order]), novelty(points)[order])


def test_the_lonely_are_more_novel_and_equals_share_their_room() -> None:
    found = novelty(np.array([[0.0], [0.1], [0.1], [0.2], [1.0]]))
    assert int(np.argmax(found)) == 4
    assert found[1] == found[2] < found[0]


def test_no_axis_no_spread_and_huge_spreads_are_borne() -> None:
    assert novelty(np.zeros((3, 0))).tolist() == [0, 0, 0]
    assert novelty(np.ones((3, 2))).tolist() == [0, 0, 0]
    assert np.isfinite(novelty(np.array([[-1.7e308], [0.0], [1.7e308]]))).all()
