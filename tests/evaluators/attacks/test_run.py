"""Bad scorers are found out, each by name; good ones are left in peace."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from archive.program import Program
from evaluators.attacks.attack import Attack, Kind
from evaluators.attacks.forgeries import FORGERIES
from evaluators.attacks.outputs import OUTPUTS
from evaluators.attacks.run import survey
from evaluators.attacks.searches import SEARCHES
from evaluators.compose import build_pipeline
from evaluators.sandbox import SandboxUnavailable
from problems.problem import Direction, Objective, Reference, Repeat, StageSpec, Visibility
from tests.conftest import THOROUGH
from tests.evaluators.attacks.attacked import GOOD, HUGE, INITIAL, QUICK, STATEMENT, besiege, rules
from tests.evaluators.fakes import JUDGED, LINT, RUN, InProcess, problem

FLOATS = """\
def score(output, context):
    if not isinstance(output, list) or len(output) != 4:
        return {"valid": False, "reason": "expected 4 numbers"}
    try:
        numbers = [float(value) for value in output]
    except (TypeError, ValueError):
        return {"valid": False, "reason": "expected numbers"}
    if any(value < 0 or value > 1 for value in numbers):
        return {"valid": False, "reason": "out of range"}
    return {"total": min(4.0, 2 + sum(value > 0.6 for value in numbers))}
"""
CRASHES = GOOD.replace("    if type(output)", "    first = output[0]\n    if type(output)")
ANY_LENGTH = GOOD.replace("or len(output) != 4", "or not output")
ANY_EMPTY = GOOD.replace("len(output) != 4", "len(output) not in (0, 4)").replace("sum(", "4 - sum(")
CLAIMS = GOOD.replace(
    "    if hasattr",
    '    if isinstance(output, dict):\n        return {"total": output.get("score", 0)}\n    if hasattr',
)
SLOW = """\
import time

def score(output, context):
    if type(output) is list and len(output) > 100_000:
        time.sleep(2.1)
    if type(output) is not list or len(output) != 4:
        return {"valid": False, "reason": "expected 4 numbers"}
    return {"total": 2.0}
"""
NOT_A_NUMBER = GOOD.replace("not 0 <= value <= 1", "value < 0").replace(
    "sum(output)", "sum(v * 10 for v in output)"
)
UNBOUNDED = GOOD.replace("not 0 <= value <= 1", "abs(value) > 1e9")
TRIVIAL = GOOD.replace("sum(output)", "4 - sum(output)")

BAD = {
    "takes NaN as text": (FLOATS.replace("value < 0 or value > 1", "value < 0"), "accepts-nan", "danger"),
    "takes numbers as text": (FLOATS, "accepts-wrong-type", "warning"),
    "takes truth for numbers": (
        GOOD.replace("type(value) not in (int, float)", "not isinstance(value, (int, float))"),
        "accepts-truth-values",
        "warning",
    ),
    "breaks over nothing": (CRASHES, "scorer-crashes", "warning"),
    "takes any number of elements": (ANY_LENGTH, "accepts-wrong-length", "danger"),
    "rewards an empty list": (ANY_EMPTY, "accepts-empty", "danger"),
    "believes a claim": (CLAIMS, "trusts-a-claim", "danger"),
    "is slow over much": (SLOW, "scorer-is-slow", "warning"),
    "returns infinity": (NOT_A_NUMBER, "scorer-gives-no-number", "warning"),
    "has no bounds": (UNBOUNDED, "accepts-extreme-numbers", "warning"),
    "rewards the trivial": (TRIVIAL, "rewards-the-trivial", "warning"),
}


def six(**changes):
    usual = {"statement": STATEMENT, "initial": {"initial.py": INITIAL}, "score": GOOD}
    return problem(**(usual | changes))


@pytest.mark.parametrize(
    ("scorer", "rule", "severity"),
    [
        pytest.param(*case, id=name, marks=[pytest.mark.thorough("it waits")] if "slow" in name else [])
        for name, case in BAD.items()
    ],
)
async def test_a_bad_scorer_is_found_by_name(scorer: str, rule: str, severity: str) -> None:
    report = await besiege(six(score=scorer), attacks=HUGE if scorer is SLOW else QUICK)

    found = {one.rule: one for one in reversed(report.findings)}
    assert rules(report)[rule] == severity, report.findings
    assert found[rule].attacks
    assert found[rule].program is not None
    assert found[rule].mend
    assert report.held < report.tried


@pytest.mark.thorough("all attacks in a real sandbox; the hostile suite tries that")
async def test_a_good_scorer_and_the_real_sandbox_hold_everything(start) -> None:
    candidates, _ = await start("process", slots=1)
    scorers, _ = await start("process", slots=1)
    told: list[str] = []
    outputs = OUTPUTS if THOROUGH else OUTPUTS[::4]
    run = replace(RUN, options={**RUN.options, "seconds": 0.5})  # some attacks take all they are given
    try:
        report = await besiege(
            six(stages=(LINT, run, JUDGED)),
            candidates=candidates,
            scorers=scorers,
            attacks=(*outputs, *FORGERIES),
            searches=SEARCHES,
            seconds=60.0,
            told=told,
        )
    finally:
        await candidates.close()
        await scorers.close()

    assert report.findings == ()
    assert report.held == report.tried == len(told) > (80 if THOROUGH else 40)
    assert told[-1].startswith(f"attack {report.tried} of {report.tried}")


@pytest.mark.docker
async def test_docker_holds_everything(start) -> None:
    candidates, _ = await start("docker", slots=1)
    scorers, _ = await start("docker", slots=1)
    try:
        report = await besiege(
            six(),
            candidates=candidates,
            scorers=scorers,
            attacks=(*OUTPUTS, *FORGERIES),
            searches=SEARCHES,
            seconds=60.0,
        )
    finally:
        await candidates.close()
        await scorers.close()

    assert report.findings == ()


async def test_another_length_is_a_note_where_none_was_asked_for() -> None:
    run = StageSpec(id="run", uses="sandbox.call", needs=("lint",), options={"inputs": {"most": 9}})
    free = six(
        statement="Return numbers with a large sum.",
        initial={"initial.py": "def solve(most):\n    return [0.5] * 4\n"},
        stages=(LINT, run, JUDGED),
        score=ANY_LENGTH,
    )

    assert rules(await besiege(free)) == {"accepts-wrong-length": "note"}


async def test_what_is_better_than_the_best_known_value_is_a_danger() -> None:
    reference = Reference(best_known=4.0, source="by construction")

    assert "beats-the-best-known" in rules(await besiege(six(score=UNBOUNDED, reference=reference)))
    assert (await besiege(six(reference=reference))).findings == ()


async def test_less_may_be_better() -> None:
    fewest = six(
        score=CLAIMS.replace("sum(output)", "4 - sum(output)"),
        objective=Objective(metric="total", direction=Direction.MINIMIZE),
    )

    assert rules(await besiege(fewest))["trusts-a-claim"] == "danger"


async def test_what_several_calls_returned_is_attacked_call_by_call() -> None:
    other = StageSpec(id="other", uses="sandbox.call", needs=("lint",), options={"inputs": {"n": 2}})
    both = StageSpec(id="score", uses="sandbox.score", needs=("run", "other"), options={"file": "score.py"})
    scorer = (
        "def score(output, context):\n"
        "    lengths = [type(rows) is list and len(rows) for rows in (output['run'], output['other'])]\n"
        "    if lengths != [4, 2]:\n"
        "        return {'valid': False, 'reason': 'expected 4 and 2'}\n"
        "    return {'total': float(output['run'][0] == 0.5)}\n"
    )

    report = await besiege(six(score=scorer, stages=(LINT, RUN, other, both)))

    assert "accepts-wrong-length" not in rules(report)
    assert "accepts-wrong-type" in rules(report)


async def test_arrays_and_mappings_are_attacked_in_their_own_shape() -> None:
    array = "import numpy as np\ndef solve(n):\n    return np.full((n, 2), 0.5)\n"
    shaped = (
        "import numpy as np\n\ndef score(output, context):\n"
        "    if not isinstance(output, np.ndarray) or output.dtype.kind != 'f' or output.ndim != 2:\n"
        "        return {'valid': False, 'reason': 'expected an array'}\n"
        "    return {'total': float(np.clip(output, 0, 1).sum())}\n"
    )
    mapping = "def solve(n):\n    return {'rows': [0.5] * n}\n"
    believing = (
        "def score(output, context):\n"
        "    if type(output) is not dict or type(output.get('rows')) is not list:\n"
        "        return {'valid': False, 'reason': 'expected rows'}\n"
        "    return {'total': output.get('score', 2.0)}\n"
    )

    found = rules(await besiege(six(initial={"initial.py": array}, score=shaped)))
    assert found["accepts-wrong-length"] == "danger"
    assert found["accepts-empty"] == "warning"
    assert (
        rules(await besiege(six(initial={"initial.py": mapping}, score=believing)))["trusts-a-claim"]
        == "danger"
    )


async def test_a_problem_that_calls_nothing_is_told_what_was_not_tried() -> None:
    # The stages of such a problem are of other kinds; a lint alone stands for them.
    silent = six(stages=(LINT,), objective=Objective(metric="lint.lines"))

    report = await besiege(silent)

    assert rules(report) == {"no-output-attacks": "note"}
    assert report.tried == 0


@pytest.mark.thorough("it waits for a slow scorer")
async def test_only_the_essential_attacks_are_made_on_a_slow_scorer() -> None:
    slow = GOOD.replace("    if hasattr", "    import time\n    time.sleep(0.51)\n    if hasattr", 1)

    report = await besiege(six(score=slow), seconds=1.2)

    assert report.left_out > 30
    assert report.tried < 6


async def test_the_answer_by_heart_is_told_where_the_run_is_measured() -> None:
    working = "def solve(n):\n    import time\n    time.sleep(0.05)\n    return [0.5] * n\n"
    quick = six(
        initial={"initial.py": working},
        objective=Objective(metric="run.seconds", direction=Direction.MINIMIZE),
    )

    assert rules(await besiege(quick)) == {"answer-by-heart": "warning"}


async def test_a_scorer_that_does_not_say_the_same_twice_is_found() -> None:
    ticking = "from time import monotonic\n" + GOOD.replace("sum(output)", "sum(output) + monotonic()")

    assert rules(await besiege(six(score=ticking)))["attacks-linger"] == "danger"


async def test_a_private_metric_that_is_optimized_is_told() -> None:
    held_out = StageSpec(
        id="heldout",
        uses="sandbox.score",
        needs=("run",),
        visibility=Visibility.PRIVATE,
        options={"file": "score.py"},
    )
    private = six(stages=(LINT, RUN, held_out), objective=Objective(metric="heldout.total"))
    public = six(stages=(LINT, RUN, JUDGED, held_out))

    assert rules(await besiege(private)) == {"private-metric-optimized": "warning"}
    assert rules(await besiege(public)) == {}


async def test_a_noisy_score_gets_advice_on_replicas() -> None:
    report = await besiege(six(), attacks=QUICK[:1], spread=0.1)

    (finding,) = report.findings
    assert finding.rule == "noisy-score"
    assert "evaluation.repeat" in finding.mend


@pytest.mark.parametrize(
    "variant",
    [0, *(pytest.param(n, marks=pytest.mark.thorough("chance needs many looks")) for n in (1, 2, 3))],
)
async def test_chance_is_no_forgery_and_a_believed_claim_is_found_through_it(variant: int) -> None:
    """The spread is that of means of nine; an attack is scored once, and the luckiest of many stands out."""
    chance = f"random.Random(context['seed']).gauss(0, 0.3)  # {variant}"
    noisy = "import random\n\n" + GOOD.replace("sum(output)}", f"sum(output) + {chance}\n    }}")
    plain = [
        Attack(name=f"plain-{place}", does="answers", body="return value", kind=Kind.FORGERY)
        for place in range(40)
    ]
    asked = six(score=noisy, repeat=Repeat(times=9))
    pipeline = build_pipeline(asked, InProcess(), InProcess())
    program = Program.of(asked.language, asked.initial)
    means = [(await pipeline.evaluate(program, seed=seed)).fitness for seed in range(3)]
    spread = max(means) - min(means)
    assert rules(await besiege(asked, attacks=plain, spread=spread)) in ({}, {"noisy-score": "warning"})

    claims = CLAIMS.replace('output.get("score", 0)', f'output.get("score", 0) + {chance}\n        ')
    report = await besiege(six(score="import random\n\n" + claims), attacks=QUICK, spread=spread)
    assert rules(report)["trusts-a-claim"] == "danger"


async def test_one_lost_sandbox_is_a_finding_and_two_in_a_row_are_an_outage() -> None:
    class Weak(InProcess):
        async def run(self, command):
            if any(name in command.files["initial.py"] for name in self.fatal):
                raise SandboxUnavailable("the slot is gone")
            return await super().run(command)

    weak = Weak()
    weak.fatal = (b"empty-array.",)
    once = await besiege(six(), candidates=weak, attacks=QUICK[:6])
    assert rules(once) == {"sandbox-lost": "warning"}

    weak.fatal = (b"`cambrian check`",)
    with pytest.raises(SandboxUnavailable):
        await besiege(six(), candidates=weak, attacks=QUICK[:6])


async def test_without_an_initial_program_the_sandbox_is_looked_at(start, tmp_path: Path) -> None:
    candidates, _ = await start("process", slots=1)
    try:
        report = await survey(six(initial={}, folder=tmp_path), candidates)
    finally:
        await candidates.close()

    assert rules(report) == {"no-initial-program": "note"}
    assert report.held == report.tried == len(SEARCHES)
