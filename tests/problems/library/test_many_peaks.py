import math

import numpy as np
import pytest

from problems.catalogue import LIBRARY
from problems.loader import load

PROBLEM = load(LIBRARY / "many_peaks")


def _run(text: str) -> dict:
    namespace: dict = {}
    exec(compile(text, "library", "exec"), namespace)
    return namespace


SCORER = _run(PROBLEM.trusted["score.py"])
INITIAL = _run(PROBLEM.initial["initial.py"])["solve"]()


def score(output):
    return SCORER["score"](output, {})


HIDDEN = SCORER["HIDDEN"]
NEXT = 1 / SCORER["STRETCH"]
"""From a peak to the one beside it, nearly."""


def test_the_hidden_place_alone_is_perfect_and_reaches_the_target():
    assert score(list(HIDDEN))["height"] == 0.0
    assert PROBLEM.objective.reached(0.0)
    assert not PROBLEM.objective.reached(score(INITIAL)["height"])


def test_the_initial_program_is_valid_and_poor():
    assert -100 < score(INITIAL)["height"] < -50


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("side", [-1, 1])
def test_beside_the_best_peak_stand_others_with_a_valley_between(number, side):
    def at(steps):
        place = list(HIDDEN)
        place[number] += side * steps * NEXT
        return score(place)["height"]

    assert at(0.5) < at(1) < at(0)
    assert at(1) == pytest.approx(-1, abs=0.02)


def test_each_number_counts_by_itself():
    rng = np.random.default_rng(3)
    for place in rng.uniform(0, 1, size=(20, 6)).tolist():
        alone = [score([*HIDDEN[:i], place[i], *HIDDEN[i + 1 :]])["height"] for i in range(6)]
        assert score(place)["height"] == pytest.approx(sum(alone))
        assert score(np.array(place)) == score(place)


@pytest.mark.parametrize(
    "output",
    [
        None,
        0.5,
        "012345",
        [0.5] * 5,
        [0.5] * 7,
        [math.nan] * 6,
        [math.inf] * 6,
        [10**400] * 6,
        [True] * 6,
        ["0.5"] * 6,
        np.array([0.5] * 6, dtype=object),
    ],
)
def test_what_is_no_answer_is_refused_with_a_reason(output):
    result = score(output)
    assert result["valid"] is False
    assert result["reason"]
