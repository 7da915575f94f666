"""A small problem to attack, and a quick way to do so."""

from __future__ import annotations

from collections.abc import Sequence

from archive.program import Program
from evaluators.attacks.attack import Attack
from evaluators.attacks.outputs import OUTPUTS
from evaluators.attacks.run import Report, Siege
from evaluators.attacks.searches import Search
from evaluators.attacks.subject import Subject, Witness
from evaluators.compose import build_pipeline
from evaluators.sandbox import Sandbox
from problems.problem import Problem
from tests.evaluators.fakes import InProcess

INITIAL = "def solve(n):\n    return [0.5] * n\n"
STATEMENT = "Return 4 numbers between 0 and 1 with a large sum."
GOOD = """\
def score(output, context):
    if hasattr(output, "tolist"):
        output = output.tolist()
    if type(output) is not list or len(output) != 4:
        return {"valid": False, "reason": "expected 4 numbers"}
    for value in output:
        if type(value) not in (int, float) or not 0 <= value <= 1:
            return {"valid": False, "reason": "expected numbers between 0 and 1"}
    return {"total": sum(output)}
"""
# Some end the interpreter they run in, and the sandbox without walls is this one; the huge ones take long.
QUICK = tuple(one for one in OUTPUTS if "_exit" not in one.body and not one.name.startswith("huge"))
HUGE = tuple(one for one in OUTPUTS if one.name.startswith("huge"))


async def besiege(
    problem: Problem,
    *,
    candidates: Sandbox | None = None,
    scorers: Sandbox | None = None,
    attacks: Sequence[Attack] = QUICK,
    searches: Sequence[Search] = (),
    spread: float = 0.0,
    seconds: float = 20.0,
    told: list[str] | None = None,
) -> Report:
    """Attack a problem, without walls unless sandboxes are given."""
    candidates, scorers = candidates or InProcess(), scorers or InProcess()
    witness = Witness(candidates)
    pipeline = build_pipeline(problem, witness, scorers)
    honest = await pipeline.evaluate(Program.of(problem.language, problem.initial), seed=0)
    assert honest.is_valid, honest.reason
    siege = Siege(
        Subject.of(problem, honest, witness, spread=spread),
        candidates=candidates,
        scorers=scorers,
        attacks=attacks,
        searches=searches,
        seconds=seconds,
        say=(told if told is not None else []).append,
    )
    return await siege.run()


def rules(report: Report) -> dict[str, str]:
    """Rule to severity, the worst where there are several."""
    return {one.rule: one.severity.value for one in reversed(report.findings)}
