"""The pipeline around real sandboxes: what the doubles of the other tests cannot show."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
import pytest_asyncio

from archive.evaluation import Verdict
from evaluators.compose import build_pipeline
from evaluators.failure import ScorerError
from evaluators.local import ProcessSandbox
from problems.problem import Repeat
from tests.evaluators.fakes import LINT, RUN, problem, program

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(sys.platform != "linux", reason="the process sandbox is for Linux"),
]

QUICK = replace(RUN, options={"inputs": {"n": 3}, "seconds": 1.0, "memory_mib": 128})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandboxes():
    candidates, scorers = ProcessSandbox(slots=1), ProcessSandbox(slots=1)
    try:
        await candidates.start()
        await scorers.start()
        yield candidates, scorers
    finally:
        await candidates.close()
        await scorers.close()


async def evaluate(sandboxes, text, **changes):
    asked = problem(**changes)
    asked = replace(asked, stages=(LINT, QUICK, *asked.stages[2:]))
    return await build_pipeline(asked, *sandboxes).evaluate(program(text), 1)


async def test_a_list_is_scored(sandboxes):
    found = await evaluate(sandboxes, "def solve(n):\n    return [0.5] * n\n")
    assert (found.verdict, found.fitness) == (Verdict.VALID, 1.5)
    assert found.metrics["run.peak_mib"] > 0


SHAPE = "def score(output, context):\n    return {'total': float(output.sum()), 'wide': output.shape[1]}\n"


async def test_an_array_reaches_the_scorer_as_an_array(sandboxes):
    text = "import numpy\ndef solve(n):\n    return numpy.arange(2 * n, dtype='>f4').reshape(2, n)\n"
    found = await evaluate(sandboxes, text, score=SHAPE)
    assert (found.fitness, found.metrics["wide"]) == (15.0, 3.0)


async def test_numbers_of_numpy_are_numbers(sandboxes):
    text = "import numpy\ndef solve(n):\n    return [numpy.float64(1.5), numpy.int64(2)]"
    score = "import numpy\ndef score(o, c):\n    return {'total': numpy.float64(sum(o)), 'k': numpy.int64(1)}"
    assert (await evaluate(sandboxes, text, score=score)).fitness == 3.5


@pytest.mark.parametrize(
    ("body", "verdict", "reason"),
    [
        ("return {'__npy__': 'AAAA'}", Verdict.FAILED, "reserved"),
        ("return [float('nan')]", Verdict.FAILED, "run: solve()"),
        ("return object()", Verdict.FAILED, "run: solve()"),
        ("raise ValueError('no idea')", Verdict.FAILED, "raised ValueError: no idea"),
        ("import os; os._exit(0)", Verdict.FAILED, "ended without a value"),
        ("import os; os.kill(os.getpid(), 11)", Verdict.FAILED, "ended without a value"),
        ("while True: pass", Verdict.TIMED_OUT, "longer than 1 s"),
        ("return bytearray(1 << 30)", Verdict.OUT_OF_MEMORY, "more than 128 MiB"),
        ("return 'x' * (2 << 20)", Verdict.FAILED, "returned more than 1,048,576 bytes"),
        ("print('x' * (1 << 20), flush=True)", Verdict.FAILED, "printed more than 65,536 bytes"),
    ],
)
async def test_a_bad_program_gets_its_verdict(sandboxes, body, verdict, reason):
    found = await evaluate(sandboxes, f"def solve(n):\n    {body}\n")
    assert found.verdict is verdict
    assert reason in found.reason


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "return {'total': 1 / 0}",
            r"score.py: score\(\) raised ZeroDivisionError: division by zero \(line 2\)",
        ),
        ("return {'total': float('nan')}", r"score.py: score\(\) returned NaN or an infinity"),
        ("return 'good'", r"score.py: score\(\) returned text"),
        ("return {'sum': 1}", r"score.py: the objective 'total' is not among the metrics returned \(sum\)"),
    ],
)
async def test_a_broken_scorer_is_told_apart(sandboxes, body, message):
    with pytest.raises(ScorerError, match=message):
        await evaluate(sandboxes, "def solve(n): return [1]", score=f"def score(o, c):\n    {body}\n")


async def test_replicas_differ_and_can_be_repeated(sandboxes):
    text = "import random\nimport numpy\ndef solve(n): return [random.random(), numpy.random.rand()]\n"
    once = await evaluate(sandboxes, text)
    thrice = [await evaluate(sandboxes, text, repeat=Repeat(times=3)) for _ in range(2)]
    assert thrice[0].fitness == thrice[1].fitness
    assert thrice[0].fitness != once.fitness


async def test_a_picture_comes_back(sandboxes):
    score = SHAPE + (
        "def picture(output, context):\n"
        "    import numpy\n"
        "    return numpy.full((600, 800, 3), output[0, 0], dtype=numpy.uint8)\n"
    )
    asked = problem(score=score)
    drawn = await build_pipeline(asked, *sandboxes).picture(
        program("import numpy\ndef solve(n): return numpy.full((2, n), 7.0)"), 1
    )
    assert drawn.shape == (600, 800, 3)
    assert (drawn == 7).all()
    assert drawn.dtype == np.uint8
