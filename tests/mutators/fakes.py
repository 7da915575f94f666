"""Doubles of the ports that mutators use, and builders of the values they work on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from archive.attempt import Attempt, Plan
from archive.evaluation import Evaluation, StageResult, StageState, Verdict
from archive.ledger import Call, CallStatus, Purpose, Usage
from archive.program import Program
from archive.store import Store
from mutators.model import Model, Reply, Request
from mutators.mutator import Context, Shown
from problems.problem import Direction, ModelSpec, Objective, Problem, StageSpec, Visibility

NOW = datetime(2030, 1, 2, tzinfo=UTC)
ANSWERED = (CallStatus.OK, CallStatus.TRUNCATED)

PROGRAM = """\
import math

LIMIT = 3

# EVOLVE-BLOCK-START
def pack(n):
    step = 0.5
    total = 0.0
    for i in range(n):
        total += step * math.sqrt(i)
    return total
# EVOLVE-BLOCK-END

def main():
    return pack(LIMIT)
"""


class FakeStore(Store):
    """Keeps calls only."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    async def open_call(self, call: Call) -> int:
        await self.record_call(call)
        return len(self.calls) - 1

    async def record_call(self, call: Call, *, opened: int | None = None) -> None:
        await asyncio.sleep(0)
        if call.status in ANSWERED and await self.find_call(*_name(call)) is not None:
            return
        if opened is None:
            self.calls.append(call)
        else:
            self.calls[opened] = call

    async def find_call(self, run: str, attempt: int, purpose: Purpose, ordinal: int) -> Call | None:
        await asyncio.sleep(0)
        name = (run, attempt, purpose, ordinal)
        return next((c for c in self.calls if _name(c) == name and c.status in ANSWERED), None)


def _name(call: Call) -> tuple[str, int, Purpose, int]:
    return call.run, call.attempt, call.purpose, call.ordinal


Answer = str | Reply | Exception | Callable[[Request], "str | Reply | Exception"]


class Scripted(Model):
    """Gives prepared answers in order, the last one for ever; keeps the requests."""

    def __init__(
        self, *answers: Answer, usage: Usage = Usage(tokens_in=10, tokens_out=5, dollars=0.01)
    ) -> None:
        self.answers = list(answers)
        self.usage = usage
        self.requests: list[Request] = []
        self.closed = False

    async def complete(self, request: Request) -> Reply:
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(request)
        await asyncio.sleep(0)
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str):
            return Reply(text=answer, model="scripted", status=CallStatus.OK, usage=self.usage)
        return answer

    async def close(self) -> None:
        self.closed = True

    @property
    def prompt(self) -> str:
        """User message of the last request."""
        return self.requests[-1].messages[-1].content

    @property
    def system(self) -> str:
        return self.requests[-1].messages[0].content


def spec(name: str = "toy", **changes: object) -> ModelSpec:
    return ModelSpec(name=name, **changes)  # type: ignore[arg-type]  # fields by name, checked by the class


def problem(**changes: object) -> Problem:
    base = Problem(
        name="toy",
        statement="Pack circles.",
        language="python",
        entrypoint="pack",
        initial={"initial.py": PROGRAM},
        trusted={},
        objective=Objective(metric="sum_radii", direction=Direction.MAXIMIZE, target=987.654),
        descriptors=(),
        stages=(
            StageSpec(id="run", uses="sandbox.call", options={"seconds": 30}),
            StageSpec(id="score", uses="sandbox.score"),
            StageSpec(id="heldout", uses="sandbox.score", visibility=Visibility.PRIVATE),
        ),
        folder=Path("/nowhere"),
        digest="d" * 64,
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # fields by name, checked by the class


def program(text: str = PROGRAM, *, path: str = "initial.py") -> Program:
    return Program.of("python", {path: text})


def valid(made: Program, fitness: float = 2.5, **metrics: float) -> Evaluation:
    stages = (
        StageResult(stage="score", state=StageState.PASSED, metrics={"sum_radii": fitness, **metrics}),
        StageResult(stage="heldout", state=StageState.PASSED, metrics={"secret_score": 77.125}, private=True),
    )
    all_metrics = {"sum_radii": fitness, **metrics, "heldout.secret_score": 77.125}
    return Evaluation(
        program=made.id,
        problem="d" * 64,
        verdict=Verdict.VALID,
        fitness=fitness,
        metrics=all_metrics,
        stages=stages,
    )


def failed(
    made: Program, *, note: str = "ZeroDivisionError", stderr: str = "", private: bool = False
) -> Evaluation:
    stage = StageResult(
        stage="heldout" if private else "run",
        state=StageState.FAILED,
        verdict=Verdict.FAILED,
        note=note,
        artifacts={"stderr": stderr} if stderr else {},
        private=private,
    )
    return Evaluation(program=made.id, problem="d" * 64, verdict=Verdict.FAILED, stages=(stage,), reason=note)


def attempt(**changes: object) -> Attempt:
    base = Attempt(run="r1", number=7, island=0, parents=("p",), plan=Plan(idea="Jitter."), started=NOW)
    return replace(base, **changes)  # type: ignore[arg-type]  # fields by name, checked by the class


def context(parent: Program | None = None, **changes: object) -> Context:
    parent = parent or program()
    base = Context(
        problem=problem(), attempt=attempt(), parent=Shown(program=parent, evaluation=valid(parent))
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # fields by name, checked by the class


def shown(text: str, fitness: float = 2.0) -> Shown:
    made = program(text)
    return Shown(program=made, evaluation=valid(made, fitness))


def messages(request: Request) -> Sequence[str]:
    return [m.content for m in request.messages]
