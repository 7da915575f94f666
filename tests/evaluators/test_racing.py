from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.racing import half_width, is_enough, share, standard_error, student
from problems.problem import Direction, Objective, Repeat

UP = Objective(metric="total")
DOWN = Objective(metric="total", direction=Direction.MINIMIZE)
numbers = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=20)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 8, 9, 30, 31, 200, 999])
@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95, 0.967, 0.99, 0.9999, 1 - 1e-7])
def test_the_quantiles_of_student_are_those_of_scipy(confidence, freedom):
    from scipy import stats

    expected = stats.t.isf((1 - confidence) / 2, freedom)
    assert student(confidence, freedom) == pytest.approx(expected, rel=1e-6)


def test_nothing_heavy_is_needed_for_them():
    import subprocess
    import sys

    code = "import evaluators.racing, sys; print(sorted({'scipy', 'numpy', 'sklearn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("looks", [1, 2, 7, 997])
def test_the_shares_of_all_looks_are_one_whole_and_the_first_is_most_of_it(looks):
    shares = [share(look, looks) for look in range(1, looks + 1)]
    assert math.fsum(shares) == pytest.approx(1)
    assert shares[0] >= 0.6
    assert shares == sorted(shares, reverse=True)


@given(numbers)
def test_the_standard_error_is_finite_whatever_the_values(values):
    assert 0 <= standard_error(values) < math.inf


def test_the_standard_error_is_that_of_the_textbook():
    assert standard_error([1.0, 2.0, 3.0, 4.0]) == pytest.approx(math.sqrt(5 / 3) / 2)
    assert standard_error([7.0, 7.0]) == 0.0


def test_an_interval_is_wider_than_at_a_single_look_and_widest_early():
    values = [1.0, 2.0, 3.0]
    repeat = Repeat(times=10, confidence=0.95)
    single = student(0.95, 2) * standard_error(values)
    assert single < half_width(values, repeat, confidence=0.95) < 1.5 * single


@pytest.mark.parametrize(
    ("values", "repeat", "rival", "enough"),
    [
        ([0.0, 0.1], Repeat(times=9, confidence=0.9), 5.0, False),
        ([0.0, 0.1, 0.05], Repeat(times=9, confidence=0.9), 5.0, True),
        ([0.0, 0.1], Repeat(times=9, confidence=0.9, at_least=2), 5.0, True),
        ([0.0, 0.1, 0.05], Repeat(times=9), 5.0, False),
        ([0.0, 0.1, 0.05], Repeat(times=9, confidence=0.9), None, False),
        ([0.0, 0.1, 0.05], Repeat(times=9, confidence=0.9, precision=1.0), None, True),
        ([0.0, 0.1, 0.05], Repeat(times=9, confidence=0.9, precision=0.01), None, False),
        ([0.0, 9.0, 4.0], Repeat(times=9, confidence=0.9), 5.0, False),
        ([6.0, 6.1, 6.05], Repeat(times=9, confidence=0.9), 5.0, False),
        ([6.0, 6.1, 6.05], Repeat(times=3, confidence=0.9), 5.0, True),
        ([6.0], Repeat(times=1), None, True),
        ([5.0, 5.0, 5.0], Repeat(times=9, confidence=0.9), 5.0, False),
    ],
)
def test_replicas_end_for_the_hopeless_and_for_what_is_known_well_enough(values, repeat, rival, enough):
    assert is_enough(values, repeat, objective=UP, rival=rival) is enough
    mirrored = [-value for value in values]
    against = None if rival is None else -rival
    assert is_enough(mirrored, repeat, objective=DOWN, rival=against) is enough


def _race(random, *, mean, rival, repeat, noise):
    """Replicas run until it was enough."""
    values = []
    while not values or not is_enough(values, repeat, objective=UP, rival=rival):
        values.append(mean + float(noise(random)))
    return values


NOISES = {"normal": lambda random: random.normal(), "uniform": lambda random: random.uniform(-1.7, 1.7)}


@pytest.mark.parametrize("noise", NOISES)
def test_a_program_better_than_its_rival_is_seldom_stopped(noise):
    random = np.random.default_rng(5)
    repeat = Repeat(times=12, confidence=0.9)
    rounds = 1200
    races = [_race(random, mean=0.02, rival=0.0, repeat=repeat, noise=NOISES[noise]) for _ in range(rounds)]
    stopped = sum(len(values) < repeat.times for values in races)
    # At most half of 1 - confidence by theory, with room for chance; more without a division of alpha.
    assert stopped / rounds < 0.06


def test_a_hopeless_program_needs_few_replicas():
    random = np.random.default_rng(6)
    repeat = Repeat(times=50, confidence=0.95)
    needed = [
        len(_race(random, mean=-5.0, rival=0.0, repeat=repeat, noise=NOISES["normal"])) for _ in range(200)
    ]
    assert np.mean(needed) < 6
    assert max(needed) < 20


def test_what_is_known_to_the_precision_asked_for_holds_the_truth_as_often_as_asked_for():
    random = np.random.default_rng(7)
    repeat = Repeat(times=200, confidence=0.9, precision=0.7)
    missed = 0
    for _ in range(300):
        values = _race(random, mean=1.0, rival=None, repeat=repeat, noise=NOISES["normal"])
        assert len(values) < 200
        missed += abs(np.mean(values) - 1.0) > 0.7
    assert missed / 300 < 0.1
