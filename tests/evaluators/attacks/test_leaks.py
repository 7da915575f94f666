from __future__ import annotations

import pytest

from archive.evaluation import Evaluation, StageResult, StageState, Verdict
from evaluators.attacks.leaks import agrees, leaks
from problems.problem import Objective, Reference, StageSpec
from tests.evaluators.fakes import JUDGED, LINT, RUN, problem

BEST = Reference(best_known=2.635983085, source="a paper")


def told(**changes) -> dict[str, str]:
    return {one.rule: one.what for one in leaks(problem(**changes), ())}


@pytest.mark.parametrize(
    ("text", "value", "is_it"),
    [
        ("2.635983085", 2.635983085, True),
        ("2.6359", 2.635983085, True),
        ("2.636", 2.635983085, True),
        ("-2.636", 2.635983085, True),
        ("2635.983e-3", 2.635983085, True),
        ("2.64", 2.635983085, False),
        ("2.6372", 2.635983085, False),
        ("1000", 1000.0, False),
        ("1024", 1024.0, True),
        ("0.0", 0.0, False),
        ("0", 2.635983085, False),
    ],
)
def test_a_number_is_a_value_where_four_digits_agree(text: str, value: float, is_it: bool) -> None:
    assert agrees(text, value) is is_it


def test_the_best_known_value_is_found_wherever_a_model_or_a_program_reads_it() -> None:
    inputs = StageSpec(
        id="run", uses="sandbox.call", needs=("lint",), options={"inputs": {"bounds": [0, 2.63598]}}
    )
    rubric = StageSpec(
        id="taste", uses="model.judge", needs=("run",), optional=True, options={"rubric": "Is it 2.636?"}
    )

    found = told(
        statement="Beat 2.6359.",
        initial={"initial.py": "# 2.635983 is best\n"},
        stages=(LINT, inputs, JUDGED, rubric),
        reference=BEST,
    )

    assert found.keys() == {
        f"best-value-in-{place}" for place in ("statement", "program", "inputs", "rubric")
    }
    assert "2.6359" in found["best-value-in-statement"]


def test_what_only_the_scorer_is_told_is_no_leak() -> None:
    told_alone = StageSpec(
        id="score",
        uses="sandbox.score",
        needs=("run",),
        options={"file": "score.py", "inputs": {"best": 2.635983085}},
    )

    assert told(stages=(LINT, RUN, told_alone), reference=BEST) == {}
    assert told(statement="Place 26 circles.", reference=BEST) == {}


def test_the_target_counts_as_well() -> None:
    assert (
        "target"
        in told(statement="Reach 5.9987!", objective=Objective(metric="total", target=5.9987))[
            "best-value-in-statement"
        ]
    )


@pytest.mark.parametrize("private", [False, True])
def test_a_scorer_that_tells_the_best_value_is_found_unless_it_is_private(private: bool) -> None:
    said = StageResult(
        stage="score",
        state=StageState.PASSED,
        metrics={"total": 2.635983085, "gap": 0.5},
        artifacts={"report": "the gap to 2.635983 is 0.5"},
        private=private,
    )
    evaluation = Evaluation(
        program="p", problem="d", verdict=Verdict.VALID, fitness=2.0, metrics={}, stages=(said,)
    )

    found = [one.rule for one in leaks(problem(reference=BEST), [evaluation])]

    assert found == ([] if private else ["best-value-in-messages"])


def test_programs_that_share_a_process_with_their_scorer_are_told() -> None:
    together = StageSpec(id="foreign", uses="sandbox.trusted_together")

    assert "any program can forge" in told(stages=(together,))["trusted-together"]
