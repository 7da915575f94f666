import numpy as np
import pytest

from problems.catalogue import LIBRARY
from problems.loader import load
from tests.problems.library.answers import names_in, no_numbers, refuse

PROBLEM = load(LIBRARY / "many_peaks")


SCORER = names_in(PROBLEM.trusted["score.py"])
INITIAL = names_in(PROBLEM.initial["initial.py"])["solve"]()


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


@pytest.mark.parametrize("output", no_numbers(6))
def test_what_is_no_answer_is_refused_with_a_reason(output):
    refuse(score(output))
