from __future__ import annotations

from dataclasses import replace

import pytest

from evaluators.compose import KINDS, build_pipeline
from evaluators.failure import ScorerError
from problems.errors import ProblemError
from problems.problem import Descriptor, Objective, Repeat, StageSpec
from problems.schema import STAGE_KINDS
from tests.evaluators.fakes import JUDGED, LINT, RUN, InProcess, problem

QUALITY = StageSpec(id="quality", uses="model.judge", needs=("score",), options={"rubric": "?"})


def later(proxy):
    options = {"metric": "sales", "proxy": proxy}
    return StageSpec(id="later", uses="delayed", needs=("score",), options=options)


async def judge(rubric, text, metrics, *, number=0, model=None):
    return 1.0


def build(asked, **options):
    return build_pipeline(asked, InProcess(), InProcess(), **options)


def test_every_kind_that_the_loader_knows_can_be_built():
    assert set(KINDS) == set(STAGE_KINDS)
    pipe = build(problem(stages=(LINT, RUN, JUDGED, QUALITY)), judge=judge)
    assert pipe.problem.name == "small"


def test_a_scorer_s_sandbox_is_never_that_of_the_programs():
    sandbox = InProcess()
    with pytest.raises(ValueError, match="a sandbox each"):
        build_pipeline(problem(), sandbox, sandbox)


def test_a_missing_scorer_is_told_before_anything_runs():
    with pytest.raises(ScorerError, match=r"score.py: the scorer of stage score is missing"):
        build(problem(score=None))


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"stages": (LINT, RUN, replace(JUDGED, uses="sandbox.scroe"))}, "stages[2].uses", "sandbox.score"),
        ({"stages": (LINT, RUN, replace(JUDGED, needs=("rum",)))}, "stages[2].needs", "mean 'run'"),
        ({"stages": (replace(LINT, needs=("score",)), RUN, JUDGED)}, "evaluation.stages", "no cycle"),
        ({"stages": (LINT, LINT, RUN, JUDGED)}, "stages[1].id", "of its own"),
        (
            {"stages": (LINT, RUN, replace(JUDGED, needs=("lint",)))},
            "stages[2].needs",
            "a sandbox.call stage",
        ),
        ({"stages": (LINT, RUN, replace(JUDGED, when="run.x >"))}, "stages[2].when", "at character 8"),
        ({"stages": (LINT, RUN, replace(JUDGED, when="rum.x > 1"))}, "stages[2].when", "mean 'run'"),
        ({"stages": (LINT, replace(RUN, when="score.x > 1"), JUDGED)}, "stages[1].when", "found score"),
        ({"entrypoint": None}, "program.entrypoint", "stage run"),
        (
            {"stages": (LINT, replace(RUN, pool="slwo"), JUDGED), "pools": {"slow": 1}},
            "stages[1].pool",
            "mean 'slow'",
        ),
        ({"stages": (LINT, RUN, JUDGED, later("scroe.total"))}, "stages[3].proxy", "metric of a stage that"),
        (
            {"stages": (LINT, RUN, JUDGED, later(None)), "objective": Objective(metric="later.sales")},
            "stages[3].proxy",
            "stands in for the objective",
        ),
        ({"repeat": Repeat(times=2, statistic="mode")}, "evaluation.repeat.statistic", "median"),
        (
            {"stages": (LINT, RUN, JUDGED, QUALITY), "objective": Objective(metric="judge")},
            "objective.metric",
            "the opinion of stage quality",
        ),
        (
            {"stages": (LINT, RUN, JUDGED, QUALITY), "objective": Objective(metric="quality.judge")},
            "objective.metric",
            "the opinion of stage quality",
        ),
        (
            {"descriptors": (Descriptor(name="a", source="static.lins", low=0, high=1),)},
            "descriptors[0].source",
            "mean 'lines'",
        ),
    ],
)
def test_stages_that_cannot_work_together_are_refused_with_the_key(changes, key, words):
    with pytest.raises(ProblemError) as caught:
        build(problem(**changes), judge=judge)
    assert caught.value.issues[0].key in (key, f"evaluation.{key}")
    assert words in str(caught.value)


def test_a_judge_that_the_problem_needs_must_be_there():
    with pytest.raises(ProblemError, match="no model"):
        build(problem(stages=(LINT, RUN, JUDGED, QUALITY)))
    build(problem(stages=(LINT, RUN, JUDGED, replace(QUALITY, optional=True))))


def test_all_mistakes_are_told_at_once():
    stages = (LINT, replace(RUN, needs=("a",)), replace(JUDGED, needs=("b",), uses="c"))
    with pytest.raises(ProblemError) as caught:
        build(problem(stages=stages))
    assert len(caught.value.issues) == 3
