import math
import random
import statistics
from pathlib import Path

import numpy as np
import pytest

from problems.loader import load

PROBLEM = load(Path(__file__).parents[2] / "benchmarks" / "problems" / "ten_constants")


def _run(text: str) -> dict:
    namespace: dict = {}
    exec(compile(text, "library", "exec"), namespace)
    return namespace


SCORER = _run(PROBLEM.trusted["score.py"])
INITIAL = _run(PROBLEM.initial["initial.py"])["solve"]()


def score(output):
    return SCORER["score"](output, {})


def test_the_hidden_numbers_are_perfect():
    assert score(list(SCORER["HIDDEN"]))["closeness"] == 0.0
    assert score(INITIAL)["closeness"] == pytest.approx(-0.76883565)


def test_a_greedy_search_comes_as_far_as_the_page_says():
    """Other searches were measured on the same numbers, so these may not change."""

    def greedy(seed, steps=500):
        rng = random.Random(seed)
        best, value = [0.5] * 10, score([0.5] * 10)["closeness"]
        for _ in range(steps):
            child = list(best)
            for i in rng.sample(range(10), 2):
                child[i] = round(child[i] + rng.gauss(0, 0.1), 5)
            found = score(child)["closeness"]
            if found > value:
                best, value = child, found
        return value

    assert statistics.median(greedy(seed) for seed in range(20)) == pytest.approx(-0.0014, abs=0.0001)


@pytest.mark.parametrize(
    "output",
    [
        None,
        0.5,
        "012345",
        [0.5] * 9,
        [0.5] * 11,
        [math.nan] * 10,
        [math.inf] * 10,
        [10**400] * 10,
        [True] * 10,
        ["0.5"] * 10,
        np.array([0.5] * 10, dtype=object),
    ],
)
def test_what_is_no_answer_is_refused_with_a_reason(output):
    result = score(output)
    assert result["valid"] is False
    assert result["reason"]
