import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from problems.catalogue import LIBRARY
from problems.loader import load
from tests.problems.library.answers import names_in

PROBLEM = load(LIBRARY / "circle_packing")


SCORER = names_in(PROBLEM.trusted["score.py"])
INITIAL = names_in(PROBLEM.initial["initial.py"])["pack"](26)
# 26 circles of radius 1/16 on a grid of spacing 1/8: every number is an exact binary fraction.
GRID = [[(2 * (i % 8) + 1) / 16, (2 * (i // 8) + 1) / 16, 1 / 16] for i in range(26)]


def score(output):
    return SCORER["score"](output, {})


def changed(row, **values):
    rows = [list(item) for item in GRID]
    for name, value in values.items():
        rows[row]["xyr".index(name)] = value
    return rows


def test_the_initial_program_is_valid_and_poor():
    assert 1.8 <= score(INITIAL)["sum_radii"] <= 2.05


def test_an_exact_packing_is_scored_exactly_and_its_contacts_are_counted():
    result = score(GRID)
    assert result["sum_radii"] == 26 / 16
    assert result["radius_spread"] == 0.0
    # Rows of 8, 8, 8 and 2: 7 + 7 + 7 + 1 neighbours in rows, 8 + 8 + 2 in columns, 8 below, 4 left, 3 right.
    assert result["contacts"] == 22 + 18 + 8 + 4 + 3
    assert result["boundary_share"] == (8 + 3 + 2) / 26


def test_a_tuple_of_tuples_and_an_array_score_like_lists():
    assert score(tuple(map(tuple, GRID))) == score(GRID) == score(np.array(GRID))
    assert score(np.array(GRID, dtype=np.float32)) == score(GRID)


def test_integers_are_numbers():
    assert score(changed(25, x=1, y=1, r=0))["sum_radii"] == 25 / 16


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (None, "got NoneType"),
        ("x" * 26, "got str"),
        ({}, "got dict"),
        (GRID[:25], "got 25"),
        ([*GRID, [0.9, 0.9, 0.0]], "got 27"),
        ([*GRID[:25], [0.9, 0.9]], "row 25"),
        ([*GRID[:25], "abc"], "row 25"),
        ([*GRID[:25], None], "row 25"),
        (np.array(GRID).T, "got 3"),
        (np.array(GRID).ravel(), "got 78"),
        (np.array(GRID, dtype=object), "array of object"),
        (np.array(GRID) + 0j, "array of complex128"),
        (np.array(GRID) > 0, "array of bool"),
        (np.float64(2.6), "got float"),
        (changed(3, r=math.nan), "row 3: r is not finite"),
        (changed(3, x=math.inf), "row 3: x is not finite"),
        (changed(3, y=-math.inf), "row 3: y is not finite"),
        (changed(3, r=True), "row 3: r is no number but bool"),
        (changed(3, r="0.1"), "row 3: r is no number but str"),
        (changed(3, r=[0.1]), "row 3: r is no number but list"),
        (changed(3, x=10**400), "row 3: x is not finite or far outside"),
        (changed(3, r=1e300), "row 3: r is not finite or far outside"),
        (changed(3, r=-1e-300), "row 3: the radius is negative"),
        (changed(3, x=-1e-300, r=0.0), "circle 3: the centre is outside"),
        (changed(25, x=1.5), "circle 25: the centre is outside"),
        (changed(9, r=1 / 16 + 1e-9), "circles 1 and 9 overlap by 1e-09"),
        (changed(9, r=0.1), "circles 1 and 9 overlap by 0.0375"),
        (changed(25, x=0.9, y=0.9, r=0.2), "circle 25 leaves the square by 0.1"),
        (changed(1, x=1 / 16), "circles 0 and 1 overlap by 0.125"),
    ],
)
def test_what_is_no_packing_is_refused_with_a_reason(output, reason):
    result = score(output)
    assert result["valid"] is False
    assert reason in result["reason"]
    assert set(result) == {"valid", "reason"}


@pytest.mark.parametrize("excess", [2.0**-53, 1e-15, 0.4e-12])
def test_a_violation_by_rounding_is_repaired_and_gains_nothing(excess):
    radius = 1 / 16 + excess
    result = score([[x, y, radius] for x, y, _ in GRID])
    assert 26 / 16 - 1e-15 <= result["sum_radii"] <= 26 / 16
    one = score(changed(9, r=radius))
    assert one["sum_radii"] < 26 / 16


def test_a_violation_just_over_rounding_is_refused():
    assert score(changed(9, r=1 / 16 + 1.1e-12))["valid"] is False


def test_a_point_on_the_rim_of_a_circle_is_repaired_by_shrinking_the_circle():
    rows = changed(25, x=GRID[24][0] + 1 / 16 - 2.0**-45, y=GRID[24][1], r=0.0)
    result = score(rows)
    assert result["sum_radii"] == pytest.approx(25 / 16 - 25 * 2.0**-45, abs=1e-15)
    assert result["sum_radii"] <= 25 / 16 - 25 * 2.0**-45


def test_the_smallest_floats_are_read_exactly():
    assert score(changed(25, x=5e-324, y=1.0, r=0.0))["sum_radii"] == 25 / 16


_nudges = st.dictionaries(
    st.tuples(st.integers(0, 25), st.integers(0, 2)), st.floats(-1e-13, 1e-13), min_size=1, max_size=6
)


@given(_nudges)
def test_what_rounding_has_spoilt_is_an_exact_packing_after_the_repair(nudges):
    circles = [list(row) for row in GRID]
    for (row, column), nudge in nudges.items():
        circles[row][column] += nudge
    rows, reason = SCORER["repair"](circles)
    assert reason is None
    for i, (x, y, r) in enumerate(rows):
        assert 0 <= r <= Fraction(circles[i][2])
        assert r <= x <= 1 - r
        assert r <= y <= 1 - r
        for a, b, s in rows[:i]:
            assert (x - a) ** 2 + (y - b) ** 2 >= (r + s) ** 2


@given(st.integers(0, 25), st.sampled_from("xyr"), st.floats(-1e-12, 1e-12))
def test_a_nudge_of_a_tight_packing_never_scores_more_than_it(row, name, nudge):
    value = GRID[row]["xyr".index(name)] + nudge
    result = score(changed(row, **{name: value}))
    assert result.get("sum_radii", 0.0) <= 26 / 16


def test_the_score_is_never_above_the_exact_sum():
    rows, _ = SCORER["repair"](INITIAL)
    assert Fraction(score(INITIAL)["sum_radii"]) <= sum(r for _, _, r in rows)


def test_the_picture_shows_border_circles_and_empty_space():
    image = SCORER["picture"](GRID, {})
    assert (image.shape, image.dtype) == ((800, 800, 3), np.uint8)
    assert tuple(image[5, 400]) == (255, 255, 255)
    assert tuple(image[20, 700]) == (0, 0, 0)
    assert tuple(image[100, 100]) == (255, 255, 255)  # no circle in the upper left
    x, y, _ = GRID[0]
    assert tuple(image[round(780 - y * 760), round(20 + x * 760)]) != (255, 255, 255)
    larger = SCORER["picture"](changed(25, x=0.9, y=0.9, r=0.09), {})
    assert larger[96, 704].sum() > larger[round(780 - y * 760), round(20 + x * 760)].sum()


def test_the_picture_of_no_packing_is_an_empty_square():
    image = SCORER["picture"]("nonsense", {})
    assert tuple(image[400, 400]) == (255, 255, 255)
    assert tuple(image[20, 700]) == (0, 0, 0)
