"""The cost of the loop alone: a null evaluator and a model without latency, everything else real.

Every turn goes through the openai client, the parsers, the ledger and SQLite commits. Measured with three
model calls a turn (plan, execute, summarize) and with one (execute). Prefect is not in this path.
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.evaluation import Evaluation, Verdict
from archive.island import Archipelago
from archive.program import Program
from archive.run import Run
from archive.sql.store import open_store
from archive.strategy import MapElites
from benchmarks.machine import report
from flows.clock import SystemClock
from flows.loop import Engine
from flows.turn import Parts
from mutators.budget import Wall
from mutators.chat import ChatModel
from mutators.executor import ModelExecutor, Operators
from mutators.ledger import Ledgered
from mutators.planner import ModelPlanner
from mutators.prices import Prices
from mutators.summarizer import ModelSummarizer
from problems.catalogue import locate
from problems.loader import load
from problems.problem import Budget, ModelSpec, Problem

TURNS = 600
ROUNDS = 3

Send = Callable[[dict[str, Any]], Awaitable[None]]


class NullModel:
    """An ASGI application that answers at once: a plan, an edit of one constant, or a lesson."""

    def __init__(self) -> None:
        self._numbers = random.Random(1)

    async def __call__(
        self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send
    ) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        prompt = json.loads(body)["messages"][-1]["content"]
        payload = json.dumps(
            {
                "id": "null",
                "object": "chat.completion",
                "created": 0,
                "model": "null",
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": self._answer(prompt)},
                    }
                ],
                "usage": {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960},
            }
        ).encode()
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": payload})

    def _answer(self, prompt: str) -> str:
        if "# Task: plan" in prompt:
            return '{"idea": "move one constant", "steps": ["move it"], "expects": "a gain", "rejected": []}'
        if "# Task: summarize" in prompt:
            return '{"kind": "insight", "lesson": "Moving one constant changed the score."}'
        line = next(line for line in prompt.splitlines() if line.startswith("    0."))
        new = f"    {self._numbers.random():.6f},"
        return f"<<<<<<< SEARCH\n{line}\n=======\n{new}\n>>>>>>> REPLACE\n"


class NullEvaluator:
    """Judges a program by its digest, without running it."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem

    async def evaluate(self, program: Program, *, seed: int, rival: float | None = None) -> Evaluation:
        del seed, rival
        digits = [int(program.id[i : i + 8], 16) / 16**8 for i in range(0, 40, 8)]
        axes = self._problem.descriptors
        return Evaluation(
            program=program.id,
            problem=self._problem.digest,
            verdict=Verdict.VALID,
            fitness=-digits[0],
            descriptors=tuple(
                axis.low + (axis.high - axis.low) * digit
                for axis, digit in zip(axes, digits[1:], strict=False)
            ),
            metrics={self._problem.objective.metric: -digits[0]},
        )


def bench_problem(*, plan: bool, turns: int) -> Problem:
    """Ten constants, one on a line, without a scorer: the null evaluator needs none."""
    problem = load(locate("tuned_constants"))
    constants = "\n".join(f"    0.{number}5," for number in range(10))
    text = (
        f"# EVOLVE-BLOCK-START\nX = [\n{constants}\n]\n# EVOLVE-BLOCK-END\n\n\ndef solve():\n    return X\n"
    )
    return replace(
        problem,
        initial={"initial.py": text},
        budget=Budget(evaluations=turns),
        search=replace(problem.search, plan=plan, summarize=plan),
    )


async def run_once(*, plan: bool, workers: int, turns: int) -> tuple[float, float]:
    """Turns a second, and milliseconds of CPU a turn."""
    problem = bench_problem(plan=plan, turns=turns)
    clock = SystemClock()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder) / 'bench.db'}")
        run = Run(
            id="0123456789ab",
            name="bench",
            problem=problem.name,
            problem_digest=problem.digest,
            problem_path=folder,
            seed=1,
            workers=workers,
            strategy="map_elites",
            islands=1,
            models=("null",),
            sandbox="process",
            budget=problem.budget,
            created=datetime.now(UTC),
        )
        await store.create_run(run)
        archive = Archipelago(descriptors=problem.descriptors, objective=problem.objective)
        spec = ModelSpec(name="null", input_price=0.0, output_price=0.0)
        prices = Prices()
        chat = ChatModel(spec, base_url="http://null/v1", api_key="", prices=prices, transport=NullModel())
        model = Ledgered(chat, spec=spec, store=store, run=run.id, wall=Wall(None), prices=prices, answered=0)
        seed = Program.of(problem.language, problem.initial)
        engine = Engine(
            run=run,
            problem=problem,
            parts=Parts(
                store=store,
                archive=archive,
                strategy=MapElites(seed=seed.id),
                planner=ModelPlanner(model) if plan else None,
                executor=ModelExecutor(model, operators=Operators(diff=1.0, rewrite=0.0, crossover=0.0)),
                summarizer=ModelSummarizer(model) if plan else None,
                evaluator=NullEvaluator(problem),
                clock=clock,
            ),
            observe=lambda event: None,
            spent=lambda: (0, wall_usage()),
            slots=workers,
        )
        began, cpu = time.perf_counter(), time.process_time()
        await engine.drive(asyncio.Event())
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        totals = await store.totals(run.id)
        await store.close()
    expected = turns - 1
    assert totals.evaluations == turns, totals
    assert totals.calls >= expected * (3 if plan else 1), totals
    return totals.attempts / seconds, 1000 * cpu / totals.attempts


def wall_usage() -> Any:
    from archive.ledger import Usage

    return Usage()


def main() -> None:
    figures: dict[str, object] = {"turns": TURNS, "rounds": ROUNDS}
    lines = []
    for label, plan in (("three_calls", True), ("one_call", False)):
        for workers in (1, 4):
            rates, costs = zip(
                *(asyncio.run(run_once(plan=plan, workers=workers, turns=TURNS)) for _ in range(ROUNDS)),
                strict=True,
            )
            rate, cost = statistics.median(rates), statistics.median(costs)
            lines.append(f"{label:>12}, {workers} worker(s): {rate:7.1f} turns/s, {cost:.2f} ms CPU a turn")
            figures[f"{label}_{workers}w_turns_per_s"] = round(rate, 1)
            figures[f"{label}_{workers}w_cpu_ms_per_turn"] = round(cost, 3)
    report("loop", lines, figures)


if __name__ == "__main__":
    main()
