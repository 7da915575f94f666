import math
import shutil
import sys

import pytest

from archive.evaluation import StageState, Verdict
from archive.program import Program
from evaluators.compose import build_pipeline
from evaluators.local import ProcessSandbox
from problems.catalogue import LIBRARY
from problems.loader import load
from tests.problems.library.answers import names_in

PROBLEM = load(LIBRARY / "short_tours")
CASES = ["4 1", "3 2"]


SCORER = names_in(PROBLEM.trusted["score.py"])


def score(output, cases=CASES):
    return SCORER["score"](output, {"inputs": {"cases": cases}})


def test_a_trip_is_measured_there_and_back():
    cities = SCORER["cities_of"]("4 1")
    around = math.fsum(math.dist(cities[i - 1], cities[i]) for i in range(4))
    assert score([[0, 1, 2, 3]], ["4 1"])["ratio"] == around / (1_000_000 * 2)
    assert score([[2, 3, 0, 1]], ["4 1"])["ratio"] == pytest.approx(around / (1_000_000 * 2), rel=1e-15)


def test_cities_are_whole_numbers_in_the_square_and_differ_by_seed():
    cities = SCORER["cities_of"]("50 7")
    assert len(set(cities)) == 50
    assert all(0 <= part < 1_000_000 for city in cities for part in city)
    assert cities != SCORER["cities_of"]("50 8")


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (None, "one round trip for each of 2 cases"),
        ([[0, 1, 2, 3]], "one round trip for each of 2 cases"),
        ([[0, 1, 2, 3], [0, 1]], "case 1: expected a list of 3 cities"),
        ([[0, 1, 2, 3], "012"], "case 1: expected a list of 3 cities"),
        ([[0, 1, 2, 2], [0, 1, 2]], "case 0: not every city"),
        ([[0, 1, 2, 4], [0, 1, 2]], "case 0: not every city"),
        ([[-4, 1, 2, 3], [0, 1, 2]], "case 0: not every city"),
        ([[0, 1, 2, 3], [0, 1, 2.0]], "case 1: not every city"),
        ([[0, 1, 2, 3], [0, True, 2]], "case 1: not every city"),
    ],
)
def test_what_is_no_round_trip_is_invalid(output, reason):
    found = score(output)
    assert found["valid"] is False
    assert reason in found["reason"]


@pytest.mark.skipif(sys.platform != "linux", reason="the process sandbox is for Linux")
@pytest.mark.skipif(shutil.which("g++", path="/usr/bin:/bin") is None, reason="no g++ on this machine")
@pytest.mark.parametrize(
    "is_compared",
    [
        pytest.param(False, id="initial"),
        pytest.param(True, id="better", marks=pytest.mark.thorough("it compiles three times")),
    ],
)
async def test_the_initial_program_is_poor_and_2_opt_is_better_on_unseen_cities_too(is_compared):
    candidates, scorers = ProcessSandbox(slots=1), ProcessSandbox(slots=1)
    text = PROBLEM.initial["main.cpp"]
    better = text.replace("PASSES = 1;", "PASSES = 2;").replace("WINDOW = 10;", "WINDOW = 2000;")
    try:
        await candidates.start()
        await scorers.start()
        pipeline = build_pipeline(PROBLEM, candidates, scorers)
        first = await pipeline.evaluate(Program.of("cpp", {"main.cpp": text}), 1)
        assert (first.verdict, round(first.fitness, 3)) == (Verdict.VALID, 0.897)
        assert {stage.stage: stage.state for stage in first.stages}["heldout"] is StageState.SKIPPED
        if not is_compared:
            return
        second = await pipeline.evaluate(Program.of("cpp", {"main.cpp": better}), 1)
        drawn = await pipeline.picture(Program.of("cpp", {"main.cpp": text}), 1)
    finally:
        await candidates.close()
        await scorers.close()
    assert (second.verdict, round(second.fitness, 3)) == (Verdict.VALID, 0.831)
    assert second.metrics["heldout.ratio"] < 0.84
    assert drawn.shape == (600, 600, 3)
