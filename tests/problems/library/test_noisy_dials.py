import math

import numpy as np
import pytest

from problems.catalogue import LIBRARY
from problems.loader import load
from tests.problems.library.answers import names_in, no_numbers, refuse

PROBLEM = load(LIBRARY / "noisy_dials")


SCORER = names_in(PROBLEM.trusted["score.py"])
INITIAL = names_in(PROBLEM.initial["initial.py"])["solve"]()


TRUTH = names_in(PROBLEM.trusted["truth.py"])


def read(output, seed=1):
    return SCORER["score"](output, {"seed": seed})


def worth(output):
    return TRUTH["score"](output, {})["worth"]


def test_without_the_noise_the_hidden_settings_are_perfect():
    assert worth(list(SCORER["HIDDEN"])) == 0.0
    assert worth(INITIAL) == pytest.approx(-0.57, abs=0.05)
    assert SCORER["HIDDEN"] == TRUTH["HIDDEN"]


def test_one_program_has_one_reading_for_a_seed():
    assert read(INITIAL, 5) == read(list(INITIAL), 5) == read(np.array(INITIAL), 5)
    assert read(INITIAL, 5) != read(INITIAL, 6)


def test_the_noise_is_normal_around_the_worth():
    noise = np.array([read(INITIAL, seed)["reading"] - worth(INITIAL) for seed in range(2000)])

    assert abs(noise.mean()) < 4 * SCORER["NOISE"] / math.sqrt(2000)
    assert noise.std() == pytest.approx(SCORER["NOISE"], rel=0.1)


def test_two_programs_do_not_share_their_luck():
    """Fails when the noise follows from the seed alone: all programs would be read with the same error."""
    near = [INITIAL[0] + 1e-9, *INITIAL[1:]]
    pairs = np.array([(read(INITIAL, seed)["reading"], read(near, seed)["reading"]) for seed in range(500)])

    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.2


def test_the_worth_is_for_people_only():
    (truth,) = (stage for stage in PROBLEM.stages if stage.id == "truth")
    assert truth.visibility.value == "private"


@pytest.mark.parametrize("output", no_numbers(6))
def test_what_is_no_answer_is_refused_with_a_reason(output):
    refuse(read(output))
