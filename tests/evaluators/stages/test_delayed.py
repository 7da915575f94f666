from __future__ import annotations

import math
from dataclasses import replace

import pytest

from archive.evaluation import StageResult, StageState, Verdict
from evaluators.compose import build_pipeline
from evaluators.stage import Product, StageInput
from evaluators.stages.delayed import Delayed, with_report
from problems.problem import Objective, StageSpec, Visibility
from tests.evaluators.fakes import JUDGED, LINT, RUN, InProcess, problem, program

SPEC = StageSpec(
    id="later", uses="delayed", needs=("score",), options={"metric": "sales", "proxy": "score.guess"}
)
NO_PROXY = replace(SPEC, options={"metric": "sales", "proxy": None})
GUESSED = Product(result=StageResult(stage="score", state=StageState.PASSED, metrics={"guess": 3.0}))


async def look(spec=SPEC, *, reported=None, products=None):
    stage = Delayed(spec=spec, reported=reported)
    return (await stage.run(StageInput(program=program(), products=products or {"score": GUESSED}))).result


def reports(value):
    async def reported(program_id, metric):
        assert (program_id, metric) == (program().id, "sales")
        return value

    return reported


@pytest.mark.parametrize("reported", [None, reports(None)])
async def test_the_proxy_stands_in_until_a_value_is_reported(reported):
    found = await look(reported=reported)
    assert found.state is StageState.PASSED
    assert found.metrics == {"sales": 3.0, "reported": 0.0}
    assert found.note == "sales is not reported yet; score.guess stands in for it"


@pytest.mark.parametrize("value", [0.0, -5.5])
async def test_a_reported_value_counts_even_when_it_is_zero(value):
    found = await look(reported=reports(value))
    assert (found.metrics, found.note) == ({"sales": value, "reported": 1.0}, "")


async def test_without_value_and_proxy_it_is_skipped():
    found = await look(NO_PROXY)
    assert (found.state, found.metrics) == (StageState.SKIPPED, {})
    assert found.note == "sales is not reported yet, and has no proxy"


async def test_a_proxy_that_was_not_measured_is_told():
    found = await look(products={"score": replace(GUESSED, result=replace(GUESSED.result, metrics={}))})
    assert found.state is StageState.SKIPPED
    assert "its proxy score.guess is not there" in found.note


async def test_it_is_never_kept():
    assert Delayed(spec=SPEC).material(StageInput(program=program())) is None


def test_a_report_turns_any_result_into_the_value_and_leaves_who_may_see_it():
    skipped = StageResult(stage="later", state=StageState.SKIPPED, note="?", private=True)
    found = with_report(skipped, SPEC, 7)
    assert found == replace(
        skipped, state=StageState.PASSED, metrics={"sales": 7.0, "reported": 1.0}, note=""
    )


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_report_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="was reported for sales; a finite number is expected"):
        with_report(StageResult(stage="later", state=StageState.SKIPPED), SPEC, value)


def test_a_report_for_another_kind_of_stage_is_refused():
    with pytest.raises(ValueError, match=r"stage score is a sandbox\.score"):
        with_report(StageResult(stage="score", state=StageState.PASSED), JUDGED, 1.0)


@pytest.mark.parametrize(("reported", "fitness"), [(None, 3.0), (reports(8.0), 8.0)])
async def test_a_delayed_metric_can_be_the_objective(reported, fitness):
    asked = problem(
        stages=(LINT, RUN, JUDGED, SPEC),
        score="def score(output, context): return {'guess': 3.0}",
        objective=Objective(metric="sales"),
    )
    pipeline = build_pipeline(asked, InProcess(), InProcess(), reported=reported)
    found = await pipeline.evaluate(program(), 1)
    assert (found.verdict, found.fitness) == (Verdict.VALID, fitness)
    assert found.metrics["sales"] == fitness
    assert found.metrics["guess"] == 3.0


async def test_a_private_one_keeps_its_metric_from_prompts():
    asked = problem(stages=(LINT, RUN, JUDGED, replace(NO_PROXY, visibility=Visibility.PRIVATE)))
    pipeline = build_pipeline(asked, InProcess(), InProcess(), reported=reports(8.0))
    found = await pipeline.evaluate(program(), 1)
    assert found.stages[-1].private
    assert found.metrics["later.sales"] == 8.0
    assert "sales" not in found.metrics
