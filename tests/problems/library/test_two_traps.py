import numpy as np
import pytest

from problems.catalogue import LIBRARY
from problems.loader import load
from tests.problems.library.answers import names_in, refuse

PROBLEM = load(LIBRARY / "two_traps")
SCORER = names_in(PROBLEM.trusted["score.py"])
INITIAL = names_in(PROBLEM.initial["initial.py"])["switches"]()
RIGHT = [position for half in SCORER["RIGHT"] for position in half]


def scored(first: int, second: int, rng: np.random.Generator) -> dict:
    """The score where so many switches of either half are right, whichever they are."""
    right = [*rng.permutation(20)[:first], *(20 + rng.permutation(20)[:second])]
    return SCORER["score"]([RIGHT[i] if i in right else 1 - RIGHT[i] for i in range(40)], {})


def test_all_right_is_perfect_and_reaches_the_target():
    assert SCORER["score"](RIGHT, {}) == {"worth": 30, "first": 20, "second": 20}
    assert PROBLEM.objective.reached(30)
    assert not PROBLEM.objective.reached(29)


def test_the_initial_program_has_all_wrong():
    assert [1 - position for position in RIGHT] == INITIAL
    assert SCORER["score"](INITIAL, {}) == {"worth": 10, "first": 0, "second": 0}


def test_either_half_falls_to_its_bottom_and_rises_from_there_whichever_are_right():
    rng = np.random.default_rng(0)
    for first in range(21):
        for second in range(21):
            worth = abs(first - 5) + abs(second - 5)
            assert scored(first, second, rng) == {"worth": worth, "first": first, "second": second}


def test_only_the_parity_of_a_number_counts():
    moved = [position + 2 * (i - 16) for i, position in enumerate(RIGHT)]
    assert SCORER["score"](moved, {}) == SCORER["score"](np.array(RIGHT), {})


def test_one_number_for_all_is_worth_little():
    assert max(SCORER["score"]([number] * 40, {})["worth"] for number in (0, 1)) <= 10


@pytest.mark.parametrize(
    "output",
    [None, 1, "01" * 20, [0] * 39, [0] * 41, [0.0] * 40, [True] * 40, [1001] * 40, np.zeros(40)],
)
def test_what_is_no_answer_is_refused_with_a_reason(output):
    refuse(SCORER["score"](output, {}))
