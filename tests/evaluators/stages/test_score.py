from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from archive.evaluation import StageResult, StageState, Verdict
from evaluators.failure import ScorerError
from evaluators.stage import Product, StageInput
from evaluators.stages.score import SandboxScore
from tests.evaluators.fakes import JUDGED, RUN, InProcess, problem, program


def stage(text, sandbox=None, *, calls=(RUN,), **options):
    spec = replace(JUDGED, options={"file": "score.py"} | options)
    return SandboxScore(
        spec=spec, sandbox=sandbox or InProcess(), problem=problem(score=text), calls=tuple(calls)
    )


def work(output=(1, 2, 3), **others):
    passed = {
        name: Product(result=StageResult(stage=name, state=StageState.PASSED), value=value)
        for name, value in ({"run": list(output) if isinstance(output, tuple) else output} | others).items()
    }
    return StageInput(program=program(), products=passed, seed=11)


async def score(body, output=(1, 2, 3), **options):
    product = await stage(f"import numpy\ndef score(output, context):\n    {body}\n", **options).run(
        work(output)
    )
    return product.result


async def test_metrics_are_the_finite_numbers_returned():
    result = await score("return {'a': sum(output), 'b': 0.5, 'c': True, 'valid': True}")
    assert result.state is StageState.PASSED
    assert result.metrics == {"a": 6.0, "b": 0.5, "c": 1.0}
    assert all(type(value) is float for value in result.metrics.values())


async def test_the_scorer_gets_inputs_seed_and_entrypoint():
    rest = "{'inputs': {'n': 4, 'k': 1}, 'entrypoint': 'solve'}"
    body = f"return {{'a': context.pop('seed'), 'b': context == {rest}}}"
    metrics = (await score(body, inputs={"k": 1})).metrics
    assert metrics["b"] == 1.0
    assert 0 <= metrics["a"] < 2**32


async def test_a_scorer_draws_other_random_numbers_than_the_program_could():
    """Or a program that draws first knows at which points it will be tried."""
    sandbox = InProcess()
    text = "def score(output, context): return {'a': context['seed']}"
    scorers = [stage(text, sandbox), stage(text + "  # of another problem", sandbox), stage(text, sandbox)]
    told = [(await one.run(work())).result.metrics["a"] for one in scorers]
    drawn = [command.seed for command in sandbox.commands]
    assert drawn == told
    assert work().seed not in drawn
    assert drawn[0] == drawn[2] != drawn[1]


async def test_the_scorer_gets_an_array_as_an_array():
    result = await score("return {'a': output.shape[1], 'b': output.sum()  .item()}", np.ones((2, 5)))
    assert result.metrics == {"a": 5.0, "b": 10.0}


async def test_several_calls_come_by_name_with_their_inputs():
    text = (
        "def score(output, context):\n"
        "    return {'a': output['run'][0] + output['again'].sum().item(), "
        "            'b': context['inputs']['again']['n']}\n"
    )
    again = replace(RUN, id="again", options={"inputs": {"n": 9}})
    result = (await stage(text, calls=(RUN, again)).run(work(again=np.ones(3)))).result
    assert result.metrics == {"a": 4.0, "b": 9.0}


async def test_the_program_never_enters_the_scorer_s_sandbox():
    sandbox = InProcess()
    await stage("def score(output, context): return {'a': 1}", sandbox).run(work())
    assert set(sandbox.commands[0].files) == {"score.py"}


async def test_an_invalid_program_is_told_why():
    result = await score("return {'valid': False, 'reason': 'row 3\\noverlaps', 'total': 'x'}")
    assert (result.state, result.verdict, result.note) == (
        StageState.FAILED,
        Verdict.INVALID,
        "row 3 overlaps",
    )
    assert result.metrics == {}


async def test_artifacts_are_short_texts():
    result = await score("return {'a': 1, 'artifacts': {'report': 'x' * 9000, 'log': 'a\\x1bb'}}")
    assert len(result.artifacts["report"]) == 4000
    assert result.artifacts["log"] == "a\\u001bb"
    assert set(result.metrics) == {"a"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise KeyError('radius')", "score.py: score() raised KeyError: 'radius' (line 3); mend it"),
        ("return output[9]", "score.py: score() raised IndexError: list index out of range (line 3)"),
        ("return {'a': float('nan')}", "score.py: score() returned NaN or an infinity; for an output"),
        ("return raw(b'j{\"a\": NaN}')", "score.py: score() returned what is no plain value: the number NaN"),
        ("return {'a': 10**400}", "score.py: score() returned 'a' beyond the range of floats"),
        ("return 'fine'", "score.py: score() returned text; return a dict"),
        ("return None", "score.py: score() returned nothing; return a dict"),
        ("return 3.5", "score.py: score() returned a number; return a dict"),
        ("return [1]", "score.py: score() returned a list; return a dict"),
        ("return numpy.zeros(2)", "score.py: score() returned an array of float64"),
        ("return {'a': 'high'}", "score.py: score() returned text for the metric 'a'"),
        ("return {'a': None}", "score.py: score() returned nothing for the metric 'a'"),
        ("return {'a\\n': 1}", "score.py: score() returned a metric called 'a\\n'"),
        ("return {'valid': 'yes'}", "score.py: score() returned text under 'valid'"),
        ("return {'artifacts': {'a': 1}}", "score.py: score() returned 'artifacts' that are no texts"),
        ("raise TimeoutError", "score.py: score() took longer than 30 s"),
        ("raise MemoryError", "score.py: score() used more than 1024 MiB"),
        ("raise SystemExit", "score.py: score() ended without a value"),
    ],
)
async def test_a_broken_scorer_is_an_error_that_names_the_file_and_the_fault(body, message):
    with pytest.raises(ScorerError) as caught:
        await score(body)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            None,
            "score.py: the scorer of stage score is missing (trusted files: none); put the file into small",
        ),
        ("def score(:\n", "score.py: line 1: "),
        ("x = '\0'", "null"),
        (
            "def rate(output, context): ...",
            "score.py: defines no function score; define score(output, context)",
        ),
        ("def outer():\n    def score(): ...", "defines no function score"),
    ],
)
def test_a_scorer_that_cannot_work_is_refused_before_any_program_runs(text, message):
    with pytest.raises(ScorerError) as caught:
        stage(text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "score = lambda output, context: {'a': 1}",
        "from helper import score",
        "from helper import *",
        "from helper import rate as score",
        "if True:\n    def score(output, context): ...",
    ],
)
def test_a_scorer_may_get_its_function_from_elsewhere(text):
    assert not stage(text).draws


PICTURE = (
    "import numpy\ndef score(output, context): return {'a': 1}\ndef picture(output, context):\n    return "
)


async def test_a_picture_is_drawn_from_the_output():
    drawn = await stage(PICTURE + "numpy.full((2, 4, 3), output[0], dtype=numpy.uint8)").picture(work((7,)))
    assert drawn.shape == (2, 4, 3)
    assert drawn.dtype == np.uint8
    assert (drawn == 7).all()


@pytest.mark.parametrize("value", ["numpy.zeros((2, 2, 3))", "numpy.zeros((2, 2, 4), 'u1')", "'png'", "1/0"])
async def test_a_picture_of_any_other_kind_is_an_error(value):
    with pytest.raises(ScorerError, match=r"score.py: picture\(\)"):
        await stage(PICTURE + value).picture(work())


async def test_without_a_function_there_is_no_picture():
    assert await stage("def score(output, context): return {}").picture(work()) is None
