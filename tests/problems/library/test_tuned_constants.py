import math

import numpy as np
import pytest

from problems.catalogue import LIBRARY
from problems.loader import load
from tests.problems.library.answers import names_in, refuse

PROBLEM = load(LIBRARY / "tuned_constants")


SCORER = names_in(PROBLEM.trusted["score.py"])
INITIAL = names_in(PROBLEM.initial["initial.py"])["solve"]()


def score(output):
    return SCORER["score"](output, {})


def test_the_initial_program_is_valid_and_poor():
    assert -1.5 < score(INITIAL)["closeness"] < -0.5


def test_the_hidden_numbers_are_perfect_and_reach_the_target():
    best = score(list(SCORER["HIDDEN"]))
    assert best["closeness"] == 0.0
    assert PROBLEM.objective.reached(best["closeness"])
    assert not PROBLEM.objective.reached(score(INITIAL)["closeness"])


def test_the_score_is_minus_the_squared_distance():
    shifted = [SCORER["HIDDEN"][0] + 0.1, *SCORER["HIDDEN"][1:]]
    assert score(shifted)["closeness"] == pytest.approx(-0.01)
    assert score(np.array(shifted)) == score(shifted)


def test_the_axes_are_the_mean_and_the_spread():
    result = score([0.0] * 5 + [1.0] * 5)
    assert (result["mean"], result["spread"]) == (0.5, 0.5)


@pytest.mark.parametrize(
    "output",
    [
        None,
        "0123456789",
        0.5,
        [0.5] * 9,
        [0.5] * 11,
        [0.5] * 9 + [math.nan],
        [0.5] * 9 + [math.inf],
        [0.5] * 9 + [-0.001],
        [0.5] * 9 + [10**400],
        [0.5] * 9 + [True],
        [0.5] * 9 + ["0.5"],
        [0.5] * 9 + [[0.5]],
        np.array([0.5] * 10, dtype=object),
        np.array([True] * 10),
        np.full((10, 1), 0.5),
    ],
)
def test_what_is_no_answer_is_refused_with_a_reason(output):
    refuse(score(output))
