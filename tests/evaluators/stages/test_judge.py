from __future__ import annotations

import math

import pytest

from archive.evaluation import StageResult, StageState
from evaluators.sandbox import SandboxUnavailable
from evaluators.stage import Product, StageInput
from evaluators.stages.judge import JudgeError, ModelJudge
from problems.errors import CambrianError
from problems.problem import StageSpec
from tests.evaluators.fakes import HONEST, program

SPEC = StageSpec(id="quality", uses="model.judge", needs=("score",), options={"rubric": "Is it short?"})


def work():
    def product(stage, metrics, *, private=False):
        return Product(
            result=StageResult(stage=stage, state=StageState.PASSED, metrics=metrics, private=private)
        )

    products = {
        "score": product("score", {"total": 2.0}),
        "heldout": product("heldout", {"secret": 1.0}, private=True),
    }
    return StageInput(program=program(), products=products)


def answers(value):
    async def judge(rubric, text, metrics, *, number=0, model=None):
        judge.asked = (rubric, text, dict(metrics))
        if isinstance(value, Exception):
            raise value
        return value

    return judge


async def test_the_opinion_becomes_a_metric():
    judge = answers(0.75)
    result = (await ModelJudge(spec=SPEC, judge=judge).run(work())).result
    assert (result.state, result.metrics) == (StageState.PASSED, {"judge": 0.75})
    assert judge.asked[:2] == ("Is it short?", HONEST)


async def test_the_model_never_sees_a_private_metric():
    judge = answers(1)
    await ModelJudge(spec=SPEC, judge=judge).run(work())
    assert judge.asked[2] == {"score.total": 2.0}


@pytest.mark.parametrize("trouble", [None, CambrianError("the endpoint is down"), math.nan, math.inf])
async def test_without_an_opinion_the_program_is_not_to_blame(trouble):
    judge = None if trouble is None else answers(trouble)
    optional = StageSpec(id=SPEC.id, uses=SPEC.uses, needs=SPEC.needs, options=SPEC.options, optional=True)
    result = (await ModelJudge(spec=optional, judge=judge).run(work())).result
    assert (result.state, result.verdict) == (StageState.SKIPPED, None)
    assert "no opinion" in result.note
    with pytest.raises(CambrianError):
        await ModelJudge(spec=SPEC, judge=judge).run(work())


async def test_an_answer_that_is_no_number_has_an_error_of_its_own():
    with pytest.raises(JudgeError, match="quality answered nan"):
        await ModelJudge(spec=SPEC, judge=answers(math.nan)).run(work())


async def test_trouble_of_the_machine_is_left_to_the_pipeline():
    with pytest.raises(SandboxUnavailable):
        await ModelJudge(spec=SPEC, judge=answers(SandboxUnavailable("x"))).run(work())


def panel(*opinions):
    """A judge for each opinion; keeps who was asked."""

    async def judge(rubric, text, metrics, *, number=0, model=None):
        judge.asked.append((number, model))
        return opinions[number]

    judge.asked = []
    return judge


def several(**options):
    return StageSpec(id="quality", uses="model.judge", options={"rubric": "r", **options})


async def test_the_mark_of_several_judges_is_their_median_and_their_agreement_is_told():
    """Fails when a judge is asked twice and another not at all, or when the mean is taken."""
    judge = panel(0.1, 0.9, 0.8)
    result = (await ModelJudge(spec=several(judges=3, models=["a", "b"]), judge=judge).run(work())).result
    assert result.metrics == {"judge": 0.8, "judge_agreement": pytest.approx(1 - (0.8 + 0.7 + 0.1) / 3)}
    assert sorted(judge.asked) == [(0, "a"), (1, "b"), (2, "a")]


async def test_judges_of_one_opinion_agree_wholly():
    result = (await ModelJudge(spec=several(judges=2), judge=panel(0.25, 0.25)).run(work())).result
    assert result.metrics == {"judge": 0.25, "judge_agreement": 1.0}
