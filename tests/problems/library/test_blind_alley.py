import itertools
import math

import numpy as np
import pytest

from problems.catalogue import LIBRARY
from problems.loader import load

PROBLEM = load(LIBRARY / "blind_alley")


def _run(text: str) -> dict:
    namespace: dict = {}
    exec(compile(text, "library", "exec"), namespace)
    return namespace


SCORER = _run(PROBLEM.trusted["score.py"])
INITIAL = _run(PROBLEM.initial["initial.py"])["walk"]()


def score(output):
    return SCORER["score"](output, {})


AROUND = [[-0.1, 0.03]] * 4 + [[0.0, 0.1]] * 6 + [[0.088, 0.012]] * 5
AROUND += [[0.0, 0.0]] * (20 - len(AROUND))
"""West of the cup, north along it, and back to the middle."""


def polished(moves):
    """The walk with its last moves aimed at the goal."""
    x, y = SCORER["path"]([tuple(move) for move in moves])[-1]
    goal = SCORER["GOAL"]
    return [*moves[:-1], [goal[0] - x, goal[1] - y]]


def test_there_is_a_way_around_that_ends_on_the_goal():
    assert score(AROUND)["nearness"] > -0.1
    perfect = score(polished(AROUND))["nearness"]
    assert perfect == pytest.approx(0.0, abs=1e-12)
    assert PROBLEM.objective.reached(perfect)


def test_who_goes_straight_ends_in_the_cup():
    straight = score([[0.0, 0.1]] * 20)

    assert straight["nearness"] == pytest.approx(-0.151, abs=1e-9)
    assert (straight["end_x"], straight["end_y"]) == pytest.approx((0.5, 0.749))
    assert straight["nearness"] > score(INITIAL)["nearness"] == pytest.approx(-0.6)


def test_the_bottom_of_the_cup_is_the_nearest_place_within_it():
    """Deception: whoever follows the score within the cup ends at its bottom, and every way out is worse."""
    rng = np.random.default_rng(0)
    straight = [(0.0, 0.1)] * 8
    for turns in rng.uniform(-0.1, 0.1, size=(300, 12, 2)).tolist():
        walk = [*straight, *turns]
        end = score(walk)
        if 0.2 < end["end_x"] < 0.8 and end["end_y"] < 0.75:
            assert end["nearness"] <= -0.151 + 1e-9
    outside = -math.dist((0.2, 0.35), SCORER["GOAL"])
    assert outside < -0.6


def test_no_walk_goes_through_a_wall():
    """Places never change their side of a wall within the span of that wall."""
    rng = np.random.default_rng(1)
    for moves in rng.normal(0, 0.1, size=(500, 20, 2)).tolist():
        places = SCORER["path"]([tuple(move) for move in moves])
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


def test_a_long_move_is_shortened():
    assert score([[0.0, 5.0]] + [[0.0, 0.0]] * 19)["end_y"] == pytest.approx(0.2)


def test_an_array_is_as_good_as_a_list():
    assert score(np.array(AROUND)) == score(AROUND)


def test_the_picture_shows_walls_and_walk():
    image = SCORER["picture"](AROUND, {})
    assert image.dtype == np.uint8
    assert {(0, 0, 0), (0, 114, 178), (213, 94, 0)} <= {tuple(pixel) for row in image for pixel in row}


@pytest.mark.parametrize(
    "output",
    [
        None,
        "walk",
        [[0.0, 0.0]] * 19,
        [[0.0, 0.0]] * 21,
        [[0.0]] * 20,
        [0.0] * 20,
        [[0.0, math.nan]] * 20,
        [[math.inf, 0.0]] * 20,
        [[10**400, 0]] * 20,
        [[True, 0.0]] * 20,
        [["0", 0.0]] * 20,
        np.zeros((20, 2), dtype=object),
    ],
)
def test_what_is_no_answer_is_refused_with_a_reason(output):
    result = score(output)
    assert result["valid"] is False
    assert result["reason"]
