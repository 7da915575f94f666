"""Programs of other languages print their value; their scorers are attacked all the same."""

from __future__ import annotations

import base64
import json

from evaluators.attacks.printed import Forger, printed
from evaluators.sandbox import Command, Ending, ExecResult
from evaluators.values import encode_arguments
from problems.problem import StageSpec
from tests.evaluators.attacks.attacked import GOOD, QUICK, STATEMENT, besiege, rules
from tests.evaluators.fakes import InProcess, problem

STEPS = [["sh", "main.sh"]]
FEW = [one for one in QUICK if one.name in {"none", "empty-list", "nan-text", "one-more", "claim"}]
BELIEVING = """\
def score(output, context):
    (one,) = output
    return {"total": one["score"] if isinstance(one, dict) else 1.0}
"""
MAIN = 'read line\necho "[0.5, 0.5, 0.5, 0.5]"\n'


def asked(score: str, **options):
    run = StageSpec(id="run", uses="sandbox.command", options={"steps": STEPS, "seconds": 5, **options})
    judged = StageSpec(id="score", uses="sandbox.score", needs=("run",), options={"file": "score.py"})
    return problem(
        statement=STATEMENT,
        language="sh",
        entrypoint=None,
        initial={"main.sh": MAIN},
        stages=(run, judged),
        score=score,
    )


def driven(*feeds: str) -> Command:
    return Command(
        files={}, module="driver.py", function="run", arguments=encode_arguments((STEPS, list(feeds), 100, 0))
    )


def report(*outputs: bytes) -> ExecResult:
    raw = {"ended": "passed", "step": 0, "outputs": [base64.b64encode(one).decode() for one in outputs]}
    return ExecResult(ending=Ending.RETURNED, result=b"j" + json.dumps(raw).encode())


async def test_a_bad_scorer_of_a_printed_value_is_found_in_a_real_sandbox(start) -> None:
    candidates, _ = await start("process", slots=1)
    scorers, _ = await start("process", slots=1)
    try:
        pair = {"candidates": candidates, "scorers": scorers}
        held = await besiege(asked(GOOD), attacks=FEW, **pair)
        claimed = await besiege(asked(BELIEVING, cases=["a"]), attacks=FEW, **pair)
    finally:
        await candidates.close()
        await scorers.close()

    assert rules(held) == {}
    assert held.tried == len(FEW) + 2, "the honest value before and after them"
    assert rules(claimed)["trusts-a-claim"] == "danger"
    assert all(one.program is None for one in claimed.findings)


def test_what_was_printed_is_taken_apart_by_case() -> None:
    calls = list(printed(driven("1", "2"), report(b"[1]\n", b"two words")))

    assert [value for _, value in calls] == [[1], "two words"]
    assert [json.loads(call.arguments)["kwargs"]["feed"] for call, _ in calls] == ["1", "2"]
    assert list(printed(Command(files={}, module="a.py", function="solve"), report(b"1"))) == []


async def test_an_attack_stands_in_for_the_program_and_nothing_else() -> None:
    sandbox = InProcess()
    forger = Forger(sandbox, "def forge(feed):\n    return [feed, 2]\n")

    forged = await forger.run(driven("x"))
    honest = Command(files={"a.py": b"def solve():\n    return 3\n"}, module="a.py", function="solve")
    other = await forger.run(honest)

    output = json.loads(forged.result[1:])["outputs"][0]
    assert json.loads(base64.b64decode(output)) == ["x", 2]
    assert other.result == b"j3"
