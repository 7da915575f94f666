import itertools
import math

import numpy as np
import pytest

from problems.catalogue import LIBRARY
from problems.loader import load
from tests.problems.library.answers import names_in, no_numbers, refuse

PROBLEM = load(LIBRARY / "blind_alley")


SCORER = names_in(PROBLEM.trusted["score.py"])
INITIAL = names_in(PROBLEM.initial["initial.py"])["walk"]()


def score(output):
    return SCORER["score"](output, {})


AROUND = [0.46, 0.44, 0.4, 0.25, 0.25, 0.25, 0.2, 0.05, 0.0, 0.0]
"""West of the cup, north along it, and back to the middle; two steps are left."""


def to_goal(headings):
    """The walk with two last steps that end on the goal: the equal sides of a triangle."""
    (x, y), goal = SCORER["path"](headings)[-1], SCORER["GOAL"]
    straight = math.atan2(goal[1] - y, goal[0] - x)
    off = math.acos(math.dist((x, y), goal) / 2 / SCORER["STRIDE"])
    return [*headings, (straight + off) / (2 * math.pi), (straight - off) / (2 * math.pi)]


def test_there_is_a_way_around_that_ends_on_the_goal():
    perfect = score(to_goal(AROUND))["nearness"]
    assert perfect == pytest.approx(0.0, abs=1e-12)
    assert PROBLEM.objective.reached(perfect)


def test_who_goes_straight_ends_in_the_cup():
    straight = score([0.25] * 12)

    assert straight["nearness"] == pytest.approx(-0.151, abs=1e-9)
    assert (straight["end_x"], straight["end_y"]) == pytest.approx((0.5, 0.749))
    assert straight["nearness"] > score(INITIAL)["nearness"] == pytest.approx(-0.8)


def test_the_bottom_of_the_cup_is_the_nearest_place_within_it():
    """Deception: whoever follows the score within the cup ends at its bottom, and every way out is worse."""
    rng = np.random.default_rng(0)
    for turns in rng.uniform(0, 1, size=(300, 7)).tolist():
        end = score([0.25] * 5 + turns)
        if 0.2 < end["end_x"] < 0.8 and end["end_y"] < 0.75:
            assert end["nearness"] < -0.15
    outside = -math.dist((0.2, 0.45), SCORER["GOAL"])
    assert outside < -0.5


def test_no_walk_goes_through_a_wall():
    """Places never change their side of a wall within the span of that wall."""
    rng = np.random.default_rng(1)
    for headings in rng.uniform(0, 1, size=(500, 12)).tolist():
        places = SCORER["path"](headings)
        assert all(0 < x < 1 and 0 < y < 1 for x, y in places)
        for (x, y), (to_x, to_y) in itertools.pairwise(places):
            assert math.dist((x, y), (to_x, to_y)) <= SCORER["STRIDE"] + 1e-9
            for wall in SCORER["WALLS"]:
                assert not crosses((x, y), (to_x, to_y), wall)


def crosses(start, end, wall):
    def side(one, other, point):
        return (other[0] - one[0]) * (point[1] - one[1]) - (other[1] - one[1]) * (point[0] - one[0])

    return (
        side(*wall, start) * side(*wall, end) < 0
        and side(start, end, wall[0]) * side(start, end, wall[1]) < 0
    )


def test_headings_go_round_and_round():
    assert score([heading - 3 for heading in [*AROUND, 0.5, 0.5]])["nearness"] == pytest.approx(
        score([*AROUND, 0.5, 0.5])["nearness"], abs=1e-9
    )


def test_an_array_is_as_good_as_a_list():
    assert score(np.array(to_goal(AROUND))) == score(to_goal(AROUND))


def test_the_picture_shows_walls_and_walk():
    image = SCORER["picture"](to_goal(AROUND), {})
    assert image.dtype == np.uint8
    assert {(0, 0, 0), (0, 114, 178), (213, 94, 0)} <= {tuple(pixel) for row in image for pixel in row}


@pytest.mark.parametrize("output", no_numbers(12))
def test_what_is_no_answer_is_refused_with_a_reason(output):
    refuse(score(output))
