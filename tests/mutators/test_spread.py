"""A length that fits constants of any size, also equal ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutators.spread import width


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1.0, 3.0], 1.0), ([0.6, 0.6], 0.2), ([-0.6], 0.2), ([0.0, 0.0], 0.0), ([1e300, -1e300], 0.0)],
)
def test_it_is_the_scatter_or_a_third_of_the_magnitude(values: list[float], expected: float) -> None:
    assert width(values) == pytest.approx(expected)


@given(st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=9), st.sampled_from([-1024.0, 0.25, 2.0]))
def test_it_grows_with_the_values(values: list[float], scale: float) -> None:
    """Fails when a length that is no share of the values is added, or the least one is fixed."""
    assert width([scale * value for value in values]) == pytest.approx(abs(scale) * width(values), rel=1e-9)
