import math

import numpy as np
import pytest

from problems.catalogue import LIBRARY
from problems.loader import load
from tests.problems.library.answers import names_in, no_numbers, refuse

PROBLEM = load(LIBRARY / "far_hill")


SCORER = names_in(PROBLEM.trusted["score.py"])
INITIAL = names_in(PROBLEM.initial["initial.py"])["solve"]()
HIDDEN = list(SCORER["HIDDEN"])
NEAR, FAR = SCORER["NEAR"], SCORER["FAR"]


def height(first, second, *others):
    return SCORER["score"]([first, second, *(others or HIDDEN)], {})["height"]


def test_the_top_of_the_far_hill_alone_is_perfect_and_reaches_the_target():
    assert height(FAR, FAR) == height(FAR - 0.1, FAR + 0.1) == pytest.approx(1.0)
    assert PROBLEM.objective.reached(height(FAR, FAR))
    assert not PROBLEM.objective.reached(height(NEAR, NEAR))
    rng = np.random.default_rng(0)
    for numbers in rng.uniform(0, 1, size=(300, 6)).tolist():
        assert height(*numbers) < 1


def test_the_initial_program_stands_on_the_near_hill():
    result = SCORER["score"](INITIAL, {})
    assert result["place"] == pytest.approx(NEAR)
    assert result["height"] == pytest.approx(0.44, abs=0.005)
    assert height(NEAR, NEAR) == pytest.approx(0.6)


def test_every_step_from_the_near_hill_is_worse_until_far_up_the_other():
    """Deception: from the top of the near hill up to a third of the far one, nothing is as good."""
    for place in np.linspace(0, 0.65, 200).tolist():
        if abs(place - NEAR) > 1e-6 and abs(place - FAR) > 0.4 * SCORER["REACH"]:
            assert height(place, place) < 0.6


def test_the_four_numbers_count_alike_wherever_the_first_two_lead():
    rng = np.random.default_rng(1)
    for others in rng.uniform(0, 1, size=(20, 4)).tolist():
        off = math.sqrt(sum((a - b) ** 2 for a, b in zip(others, HIDDEN, strict=True)))
        for place in (NEAR, 0.5, FAR):
            assert height(place, place) - height(place, place, *others) == pytest.approx(off)


def test_an_array_is_as_good_as_a_list():
    assert SCORER["score"](np.array(INITIAL), {}) == SCORER["score"](INITIAL, {})


@pytest.mark.parametrize("output", [*no_numbers(6), [-0.1, 0.5, 0.5, 0.5, 0.5, 0.5]])
def test_what_is_no_answer_is_refused_with_a_reason(output):
    refuse(SCORER["score"](output, {}))
