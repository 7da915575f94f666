import numpy as np
import pytest

from problems.catalogue import LIBRARY
from problems.loader import load
from tests.problems.library.answers import names_in, refuse

PROBLEM = load(LIBRARY / "wrong_way")


SCORER = names_in(PROBLEM.trusted["score.py"])
INITIAL = names_in(PROBLEM.initial["initial.py"])["switches"]()
RIGHT = list(SCORER["RIGHT"])
WRONG = [1 - switch for switch in RIGHT]


def worth(output):
    return SCORER["score"](output, {})["worth"]


def test_all_right_is_perfect_and_reaches_the_target():
    assert worth(RIGHT) == 31
    assert PROBLEM.objective.reached(31)
    assert not PROBLEM.objective.reached(30)


def test_the_initial_program_has_all_wrong():
    assert INITIAL == WRONG
    assert SCORER["score"](INITIAL, {}) == {"worth": 9, "right": 0}


def test_the_score_falls_to_the_bottom_and_rises_from_there_whichever_are_right():
    rng = np.random.default_rng(0)
    for number in range(41):
        places = set(rng.permutation(40)[:number].tolist())
        switches = [RIGHT[i] if i in places else WRONG[i] for i in range(40)]
        assert worth(switches) == (9 - number if number <= 9 else number - 9)


def test_only_the_parity_of_a_number_counts():
    moved = [switch + 2 * (i - 16) for i, switch in enumerate(RIGHT)]
    assert worth(moved) == worth(np.array(RIGHT)) == 31


def test_one_number_for_all_is_worth_little():
    assert max(worth([0] * 40), worth([1] * 40)) < 16


@pytest.mark.parametrize(
    "output",
    [None, 1, "01" * 20, [0] * 39, [0] * 41, [0.0] * 40, [True] * 40, [1001] * 40, np.zeros(40)],
)
def test_what_is_no_answer_is_refused_with_a_reason(output):
    refuse(SCORER["score"](output, {}))
