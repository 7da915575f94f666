"""Doubles of the ports a loop works with: a problem of one number, and everything that acts on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from archive.attempt import Candidate, Plan
from archive.cell import Elite
from archive.evaluation import Evaluation, Verdict
from archive.experience import Lesson, LessonKind
from archive.island import Archipelago
from archive.ledger import Call, CallStatus, Purpose, Usage
from archive.program import Program
from archive.run import Run, StopReason
from archive.store import Store
from archive.strategy import STRATEGIES
from flows.clock import SystemClock
from flows.confirming import Confirmer
from flows.delayed import revision_of
from flows.events import Event
from flows.founding import Beginning
from flows.loop import Engine
from flows.restoring import restore
from flows.turn import Parts
from mutators.mutator import Context, Draft, Founder, Proposal
from mutators.tuning.plans import Tuner
from problems.problem import Budget, Descriptor, Objective, Problem
from problems.search import Search

Hook = Callable[[str], None]


def no_hook(step: str) -> None:
    """Nothing happens at any step."""


def number_problem(*, target: float | None = None, islands: int = 2, **budget: float) -> Problem:
    """Maximize a number; its fractional part is the descriptor."""
    return Problem(
        name="number",
        statement="Write a large number.",
        language="text",
        entrypoint=None,
        initial={"n.txt": "1.0"},
        trusted={},
        objective=Objective(metric="n", target=target),
        descriptors=(Descriptor(name="part", low=0.0, high=1.0, bins=8),),
        stages=(),
        search=Search(islands=islands, migration_every=10),
        budget=Budget(**budget),
        folder=Path("/nowhere"),
        digest="d" * 64,
    )


class Adder:
    """Planner, executor, summarizer and evaluator in one; each step calls the hook first.

    Its proposals depend on the context alone, as those of a seeded model do.
    """

    def __init__(self, hook: Hook = no_hook, *, repeats: bool = False, fails: bool = False) -> None:
        self._hook = hook
        self._repeats = repeats
        self._fails = fails
        self.evaluated: list[str] = []
        self.contexts: list[Context] = []

    async def plan(self, context: Context) -> Plan:
        self._hook("plan")
        await asyncio.sleep(0)
        self.contexts.append(context)
        return Plan(idea="add a little", lessons=tuple(lesson.id for lesson in context.lessons))

    async def propose(self, context: Context) -> Proposal:
        self._hook("propose")
        await asyncio.sleep(0)
        if self._fails:
            return Proposal(candidate=None, note="the answer held no edit")
        parent = float(context.parent.program.text)
        place = [context.seed, *([context.round, context.slot] if context.round else [])]
        step = 0.0 if self._repeats else float(np.random.default_rng(place).normal(0.01, 0.2))
        program = Program.of("text", {"n.txt": repr(round(parent + step, 6))})
        return Proposal(
            candidate=Candidate(
                round=context.round, slot=context.slot, operator="diff", program=program, model="adder"
            )
        )

    async def summarize(self, context: Context, candidate: Candidate) -> Lesson | None:
        self._hook("summarize")
        await asyncio.sleep(0)
        return Lesson(
            run=context.attempt.run,
            attempt=context.attempt.number,
            kind=LessonKind.INSIGHT,
            text=f"{candidate.program.text} was tried",
            at=datetime.now(UTC),
        )

    async def evaluate(self, program: Program, *, seed: int, rival: float | None = None) -> Evaluation:
        self._hook("evaluate")
        await asyncio.sleep(0)
        self.evaluated.append(program.id)
        value = float(program.text)
        if int(value * 1e6) % 7 == 0:
            return Evaluation(program=program.id, problem="d" * 64, verdict=Verdict.INVALID, reason="unlucky")
        return Evaluation(
            program=program.id,
            problem="d" * 64,
            verdict=Verdict.VALID,
            fitness=value,
            descriptors=(value % 1.0,),
            metrics={"n": value},
        )


class Scribbler:
    """Writes drafts from a list, the last one again and again; its answers are in the ledger first."""

    def __init__(self, *texts: str, store: Store, hook: Hook = no_hook) -> None:
        self._texts = texts
        self._store = store
        self._hook = hook
        self.drafts: list[tuple[Draft, ...]] = []
        self.paid = 0

    async def write(self, drafts: Sequence[Draft], *, number: int) -> Proposal:
        self._hook("write")
        self.drafts.append(tuple(drafts))
        if await self._store.find_call("abcdef012345", 0, Purpose.EXECUTE, number) is None:
            self.paid += 1
            await self._store.record_call(
                Call(
                    run="abcdef012345",
                    attempt=0,
                    purpose=Purpose.EXECUTE,
                    ordinal=number,
                    model="scribbler",
                    request="r",
                    prompt="",
                    response="",
                    status=CallStatus.OK,
                    usage=Usage(),
                    latency=0.0,
                    at=datetime.now(UTC),
                )
            )
        self._hook("written")
        text = self._texts[min(number, len(self._texts) - 1)]
        if not text:
            return Proposal(candidate=None, note="The answer held no program.")
        program = Program.of("text", {"program.txt": text})
        return Proposal(candidate=Candidate(operator="seed", program=program, model="scribbler"))


def run_of(problem: Problem, *, workers: int = 1, seed: int = 11, strategy: str = "map_elites") -> Run:
    return Run(
        id="abcdef012345",
        name="test",
        problem=problem.name,
        problem_digest=problem.digest,
        problem_path="/nowhere",
        seed=seed,
        workers=workers,
        strategy=strategy,
        islands=problem.search.islands,
        models=("adder",),
        sandbox="process",
        budget=problem.budget,
        created=datetime.now(UTC),
    )


async def drive(
    problem: Problem,
    store: Store,
    adder: Adder,
    *,
    run: Run | None = None,
    observe: Callable[[Event], None] = lambda event: None,
    stop: asyncio.Event | None = None,
    confirming: Callable[[Callable[[], Elite | None]], Confirmer] | None = None,
    tuner: Tuner | None = None,
    founder: Founder | None = None,
) -> tuple[StopReason, Engine, Archipelago]:
    """Take up a run that the store holds, as the composition root does.

    `confirming` makes the confirmer of champions, given what tells the best; without it there is none.
    """
    run = run or run_of(problem)
    archive = Archipelago(
        descriptors=problem.descriptors,
        objective=problem.objective,
        islands=run.islands,
        objectives=problem.objectives,
        search=problem.search,
    )
    await restore(store, run.id, archive, revision_of(problem))
    engine = Engine(
        run=run,
        problem=problem,
        parts=Parts(
            store=store,
            archive=archive,
            strategy=STRATEGIES[run.strategy](
                seed=Program.of(problem.language, problem.initial).id, inspirations=2
            ),
            planner=adder if problem.search.plan else None,
            executor=adder,
            summarizer=adder if problem.search.summarize else None,
            evaluator=adder,
            clock=SystemClock(),
            confirmer=None if confirming is None else confirming(lambda: archive.best),
            tuner=tuner,
            beginning=Beginning(
                founder=founder,
                strategy=lambda first: STRATEGIES[run.strategy](seed=first.id, inspirations=2),
            ),
        ),
        observe=observe,
        spent=lambda: (0, Usage()),
        slots=run.workers,
    )
    reason = await engine.drive(stop or asyncio.Event())
    return reason, engine, archive
