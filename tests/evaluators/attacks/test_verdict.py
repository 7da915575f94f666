"""What a sandbox that failed would look like, and that it would be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.evaluation import Evaluation, StageResult, StageState, Verdict
from evaluators.attacks.attack import Attack
from evaluators.attacks.forgeries import FORGERIES
from evaluators.attacks.outputs import OUTPUTS
from evaluators.attacks.programs import candidate
from evaluators.attacks.searches import SEARCHES
from evaluators.attacks.subject import Subject
from evaluators.attacks.verdict import judged, unescaped
from evaluators.features import parse
from evaluators.sandbox import Command
from problems.problem import Direction, Objective
from tests.evaluators.fakes import problem

BY_NAME = {attack.name: attack for attack in (*OUTPUTS, *FORGERIES)}


def evaluation(fitness: float | None, *, seconds: float = 0.4, **texts) -> Evaluation:
    stages = (
        StageResult(stage="run", state=StageState.PASSED, seconds=seconds, **texts),
        StageResult(stage="score", state=StageState.PASSED, seconds=0.01),
    )
    verdict = Verdict.INVALID if fitness is None else Verdict.VALID
    return Evaluation(program="p", problem="d", verdict=verdict, fitness=fitness, stages=stages)


SUBJECT = Subject(
    problem=problem(),
    honest=evaluation(2.0),
    calls=((Command(files={}, module="initial.py", function="solve"), [0.5] * 4),),
    slack=1e-9,
    spread=0.0,
    replayed=2.0,
)


def found(name: str, outcome: Evaluation, subject: Subject = SUBJECT) -> dict[str, str]:
    attack: Attack = BY_NAME[name]
    program = candidate(attack, subject)
    return {one.rule: one.severity.value for one in judged(attack, program, outcome, subject)}


@pytest.mark.parametrize("name", ["patches-sums", "writes-everywhere", "number-subclass", "threads"])
def test_a_forged_score_is_a_danger_and_a_refusal_or_the_honest_one_is_not(name: str) -> None:
    assert found(name, evaluation(2.5)) == {"forged-score": "danger"}
    assert found(name, evaluation(2.0)) == {}
    assert found(name, evaluation(None)) == {}


def test_a_score_that_the_program_names_is_a_claim_whatever_the_way() -> None:
    assert found("patches-json", evaluation(1e9)) == {"trusts-a-claim": "danger"}


def test_a_clock_that_was_turned_back_is_a_danger() -> None:
    assert found("patches-clock", evaluation(2.0, seconds=0.01)) == {"forged-time": "danger"}
    assert found("patches-clock", evaluation(2.0)) == {}


def test_less_is_better_where_the_problem_says_so() -> None:
    less = replace(
        SUBJECT, problem=problem(objective=Objective(metric="total", direction=Direction.MINIMIZE))
    )

    assert found("threads", evaluation(1.0), less) == {"forged-score": "danger"}
    assert found("empty-list", evaluation(3.0), less) == {"accepts-empty": "warning"}
    assert found("empty-list", evaluation(1.0), less) == {"accepts-empty": "danger"}


@pytest.mark.parametrize(
    "texts",
    [{"note": "\x1b[2J"}, {"artifacts": {"output": "a\x00"}}, {"artifacts": {"output": "x" * 4001}}],
)
def test_a_text_that_could_do_harm_in_a_prompt_is_a_danger(texts) -> None:
    assert found("prints-orders", evaluation(2.0, **texts)) == {"unescaped-text": "danger"}
    assert unescaped(evaluation(2.0, note="fine", artifacts={"output": "a\n\tb"}).stages) is None


def test_names_are_unique_and_every_program_is_python() -> None:
    names = [*(attack.name for attack in (*OUTPUTS, *FORGERIES)), *(search.name for search in SEARCHES)]

    assert len(set(names)) == len(names)
    for attack in BY_NAME.values():
        for text in candidate(attack, SUBJECT).sources.values():
            parse(text)
    for search in SEARCHES:
        parse(search.body)
