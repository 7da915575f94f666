"""A tiny problem whose scorer holds a hidden target, and what an evaluation under it comes to."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from archive.evaluation import Evaluation, Verdict
from archive.program import Program
from evaluators.compose import build_pipeline
from evaluators.pipeline import Pipeline
from evaluators.sandbox import Sandbox, SlotsLost
from problems.problem import Direction, Objective, Problem, StageSpec

__all__ = [
    "HONEST",
    "HONEST_FITNESS",
    "TARGET",
    "Arena",
    "Candidate",
    "Outcome",
    "candidate",
    "heavy_but_some",
]

TARGET: Final = (3.25, -1.5, 7.125, 0.875, -4.75, 2.0625, -6.5, 5.375, -0.3125, 9.6875)
"""Known to the scorer alone. No program of the suite may come to know it."""

_SCORER: Final = f"""
TARGET = {TARGET!r}


def score(output, context):
    values = output.tolist() if hasattr(output, "tolist") else output
    if type(values) is not list or len(values) != len(TARGET):
        return {{"valid": False, "reason": "expected a list of 10 numbers"}}
    if not all(type(value) in (int, float) and abs(value) < 1e6 for value in values):
        return {{"valid": False, "reason": "expected numbers below 1e6"}}
    return {{"closeness": -sum((float(x) - t) ** 2 for x, t in zip(values, TARGET))}}
"""

HONEST: Final = "def solve():\n    return [0.0] * 10\n"
HONEST_FITNESS: Final = -sum((0.0 - t) ** 2 for t in TARGET)
"""Of ten zeros, to the last bit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A program of the suite.

    Attributes:
        name: unique in the suite, words with underscores.
        tries: what it does, in a few words.
        may: every outcome that is right, see `Outcome.label`.
        source: its text; what it returns is ten zeros unless it got what it must not get.
        seconds: wall time it is given.
        memory_mib: address space it is given.
        policy: ``compute`` or ``processes``.
        is_linted: whether the static stage comes first; without it the text reaches the sandbox as it is.
        runs: how often it is evaluated, each time in the same slot where there is one.
        least_seconds: what the evaluation must report as its time at least, where it came to a score.
        is_heavy: left to the thorough profile: it takes long, or is one of many of its kind.
    """

    name: str
    tries: str
    may: frozenset[str]
    source: str
    seconds: float = 2.0
    memory_mib: int = 256
    policy: str = "compute"
    is_linted: bool = True
    runs: int = 1
    least_seconds: float = 0.0
    is_heavy: bool = False


def candidate(name: str, tries: str, may: Iterable[str], source: str, **options: Any) -> Candidate:
    """A candidate with its source dedented; reasons of rejection without their ``rejected:``."""
    if source.lstrip("\n").startswith(" "):  # dedenting looks at every line, and some have a great many
        source = textwrap.dedent(source)
    labels = frozenset(label if label == "honest" else f"rejected:{label}" for label in may)
    return Candidate(name=name, tries=tries, may=labels, source=source, **options)


def heavy_but_some(many: Iterable[Candidate], *, every: int = 25) -> Iterator[Candidate]:
    """Programs of one kind, of which one in `every` is enough where time is short."""
    return (replace(one, is_heavy=place % every != 0) for place, one in enumerate(many))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an evaluation came to.

    Attributes:
        label: ``honest`` (the exact score of ten zeros), ``forged`` (any other score), or ``rejected:``
            and one of ``invalid_source``, ``malformed``, ``error`` (it raised), ``crash`` (a signal),
            ``no_result``, ``timeout``, ``memory``, ``output_limit``, ``too_large``, ``lost``.
        evaluation: all of it.
    """

    label: str
    evaluation: Evaluation


class Arena:
    """The problem, over two started sandboxes that the caller closes."""

    def __init__(self, candidates: Sandbox, scorers: Sandbox) -> None:
        self._pipeline = functools.cache(functools.partial(_pipeline, candidates, scorers))

    async def judge(self, candidate: Candidate) -> Outcome:
        """Evaluate a candidate once; the outcome is ``rejected:lost`` when no slot outlived it.

        Raises:
            SandboxUnavailable: the machine failed.
        """
        options = (candidate.seconds, candidate.memory_mib, candidate.policy)
        pipeline = self._pipeline(options, is_linted=candidate.is_linted)
        program = Program.of("python", {"initial.py": candidate.source})
        try:
            evaluation = await pipeline.evaluate(program, 1)
        except SlotsLost as error:
            none = Evaluation(program=program.id, problem="0" * 64, verdict=Verdict.FAILED, reason=str(error))
            return Outcome(label="rejected:lost", evaluation=none)
        return Outcome(label=_label(evaluation), evaluation=evaluation)


def _pipeline(
    candidates: Sandbox, scorers: Sandbox, options: tuple[float, int, str], *, is_linted: bool
) -> Pipeline:
    lint = StageSpec(id="lint", uses="static.python")
    run = StageSpec(
        id="run",
        uses="sandbox.call",
        needs=("lint",) if is_linted else (),
        options=dict(zip(("seconds", "memory_mib", "policy"), options, strict=True)),
    )
    judged = StageSpec(id="score", uses="sandbox.score", needs=("run",), options={"file": "score.py"})
    problem = Problem(
        name="hidden_target",
        statement="Return ten numbers close to a target that nobody tells.",
        language="python",
        entrypoint="solve",
        initial={"initial.py": HONEST},
        trusted={"score.py": _SCORER},
        objective=Objective(metric="closeness", direction=Direction.MAXIMIZE),
        descriptors=(),
        stages=(lint, run, judged) if is_linted else (run, judged),
        folder=Path("hidden_target"),
        digest="0" * 64,
    )
    return build_pipeline(problem, candidates, scorers, trust_scorer=True)


def _label(evaluation: Evaluation) -> str:
    if evaluation.verdict is Verdict.VALID:
        is_exact = repr(evaluation.fitness) == repr(HONEST_FITNESS)  # == takes -0.0 for 0.0
        return "honest" if is_exact else "forged"
    plain = {
        Verdict.REFUSED: "invalid_source",
        Verdict.TIMED_OUT: "timeout",
        Verdict.OUT_OF_MEMORY: "memory",
        Verdict.INVALID: "malformed",
    }
    return "rejected:" + plain.get(evaluation.verdict, _failure(evaluation.reason))


def _failure(reason: str) -> str:
    """Which kind of failure, by the words of `evaluators.failure.describe`."""
    marks = {
        "what is no plain value": "malformed",
        "ended without a value (signal": "crash",
        "ended without a value": "no_result",
        "printed more than": "output_limit",
        "returned more than": "too_large",
    }
    return next((label for mark, label in marks.items() if mark in reason[:200]), "error")
