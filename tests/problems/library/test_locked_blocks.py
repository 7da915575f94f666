import itertools

import numpy as np
import pytest

from problems.catalogue import LIBRARY
from problems.loader import load
from tests.problems.library.answers import names_in, refuse

PROBLEM = load(LIBRARY / "locked_blocks")


SCORER = names_in(PROBLEM.trusted["score.py"])
INITIAL = names_in(PROBLEM.initial["initial.py"])["switches"]()


def score(output):
    return SCORER["score"](output, {})


RIGHT = list(SCORER["RIGHT"])
WRONG = [1 - switch for switch in RIGHT]


def test_all_right_is_perfect_and_reaches_the_target():
    assert score(RIGHT)["worth"] == 32
    assert PROBLEM.objective.reached(32)
    assert score(INITIAL)["worth"] == 8


def test_all_wrong_is_worth_24_and_every_single_change_makes_it_worse():
    assert score(WRONG)["worth"] == 24
    for i in range(32):
        assert score([*WRONG[:i], RIGHT[i], *WRONG[i + 1 :]])["worth"] == 23


def test_each_block_is_worth_3_less_the_right_ones_unless_all_are():
    for pattern in itertools.product((0, 1), repeat=4):
        right = [RIGHT[i] if pattern[i] else WRONG[i] for i in range(4)]
        worth = score([*right, *WRONG[4:]])["worth"] - 21
        assert worth == (4 if all(pattern) else 3 - sum(pattern))


def test_nothing_is_gained_by_one_number_for_all():
    assert score([0] * 32)["worth"] == score([1] * 32)["worth"] == 8
    assert all(sum(RIGHT[i : i + 4]) == 2 for i in range(0, 32, 4))


def test_only_the_parity_of_a_number_counts():
    moved = [switch + 2 * (i - 16) for i, switch in enumerate(RIGHT)]
    assert score(moved) == score(RIGHT) == score(np.array(RIGHT))


def test_the_axes_count_the_right_switches_of_each_half():
    result = score([*RIGHT[:16], *WRONG[16:]])
    assert (result["right_west"], result["right_east"]) == (16, 0)


@pytest.mark.parametrize(
    "output",
    [
        None,
        "0" * 32,
        [0] * 31,
        [0] * 33,
        [0.0] * 32,
        [True] * 32,
        [1001] * 32,
        [10**400] * 32,
        [[0]] * 32,
        np.zeros(32),
        np.zeros(32, dtype=object),
    ],
)
def test_what_is_no_answer_is_refused_with_a_reason(output):
    refuse(score(output))
