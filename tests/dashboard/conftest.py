"""Small runs, written through the store's port as the engine writes them."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

import pytest

from archive.attempt import Attempt, AttemptState, Candidate, Plan
from archive.cell import Outcome, Placement
from archive.evaluation import Evaluation, StageResult, StageState, Verdict
from archive.experience import Lesson, LessonKind
from archive.grid import GridArchive
from archive.ledger import Call, CallStatus, Purpose, Usage
from archive.lineage import Birth
from archive.program import Program
from archive.run import Run, RunState, StopReason
from archive.store import Record, Store
from problems.loader import load
from problems.problem import Budget, Problem

T = TypeVar("T")

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

PROBLEM_YAML = """\
schema: 1
name: ramps
statement: Write a function that returns the largest number it can.
program: {language: python, files: [initial.py], entrypoint: build}
objective: {metric: height, direction: maximize, target: 3.0}
reference: {best_known: 2.75, source: "a table <b>of</b> records", verified: true}
descriptors:
  - {name: steepness, source: metric, low: 0, high: 1, bins: 6}
  - {name: effort, source: metric, low: 1, high: 100, bins: 5, scale: log}
evaluation:
  stages:
    - {id: run, uses: sandbox.call, inputs: {n: 3}, seconds: 5, memory_mib: 128}
    - {id: score, uses: sandbox.score, needs: [run], file: score.py}
"""


@pytest.fixture(scope="package", autouse=True)
def _light_streamlit() -> Iterator[None]:
    """Keep every page from reading the metadata of all installed packages, 0.2 s each, for components."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
        yield
    for name, logger in logging.root.manager.loggerDict.items():
        if name.startswith("streamlit") and isinstance(logger, logging.Logger):
            logger.propagate = True  # or pytest gives each of them its handlers again for every later test


@dataclass(frozen=True)
class Filled:
    """A run that was written, with what a test wants to find again."""

    run: Run
    best: Program
    fitness: float
    seed: Program


@pytest.fixture
def problem_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ramps"
    folder.mkdir()
    (folder / "problem.yaml").write_text(PROBLEM_YAML)
    (folder / "initial.py").write_text("def build(n):\n    return n\n")
    (folder / "score.py").write_text(
        "def score(output, context):\n    return {'height': output, 'steepness': 0.5, 'effort': 2.0}\n"
    )
    return folder


class MakeRun(Protocol):
    def __call__(self, *, name: str = ..., number: int = ...) -> Run: ...


class Wait(Protocol):
    def __call__(self, coroutine: Coroutine[None, None, T]) -> T: ...


class Fill(Protocol):
    def __call__(
        self,
        store: Store,
        *,
        turns: int,
        name: str = ...,
        number: int = ...,
        valid: bool = ...,
        finished: bool = ...,
        padding: str = ...,
    ) -> Filled: ...


@pytest.fixture
def new_run(problem_folder: Path) -> MakeRun:
    """Makes a run that is not in any store yet."""

    def make(*, name: str = "brisk-otter", number: int = 1) -> Run:
        return Run(
            id=f"{number:012x}",
            name=name,
            problem="ramps",
            problem_digest=load(problem_folder).digest,
            problem_path=str(problem_folder),
            seed=7,
            workers=2,
            strategy="map_elites",
            islands=1,
            models=("embedded",),
            sandbox="process",
            budget=Budget(evaluations=60, dollars=2.0),
            cells_total=30,
            created=START + timedelta(hours=number),
        )

    return make


@pytest.fixture
def wait() -> Wait:
    """Waits for a coroutine in a thread of its own: Playwright has a loop running in the test's."""

    def in_thread(coroutine: Coroutine[None, None, T]) -> T:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, coroutine).result()

    return in_thread


@pytest.fixture
def fill(new_run: MakeRun, problem_folder: Path, wait: Wait) -> Fill:
    """Writes a run of a seed and so many turns; every fifth proposal fails, or all where not `valid`."""

    def write(
        store: Store,
        *,
        turns: int,
        name: str = "brisk-otter",
        number: int = 1,
        valid: bool = True,
        finished: bool = True,
        padding: str = "",
    ) -> Filled:
        run = new_run(name=name, number=number)
        problem = load(problem_folder)
        return wait(_fill(store, run, problem, turns=turns, valid=valid, finished=finished, padding=padding))

    return write


async def _fill(
    store: Store, run: Run, problem: Problem, *, turns: int, valid: bool, finished: bool, padding: str
) -> Filled:
    grid = GridArchive(descriptors=problem.descriptors, objective=problem.objective)
    await store.create_run(run)
    seed = parent = best = _program(0, padding)
    top = -math.inf
    for number in range(turns + 1):
        at = run.created + timedelta(seconds=3 * number)
        program = _program(number, padding)
        evaluation = _evaluation(program, number, run.problem_digest, valid=valid and number % 5 != 4)
        placement = Placement(outcome=Outcome.REFUSED)
        if evaluation.fitness is not None:
            placement = grid.add(program.id, fitness=evaluation.fitness, descriptors=evaluation.descriptors)
            if evaluation.fitness > top:
                best, top = program, evaluation.fitness
                placement = replace(placement, record=True)
        birth = Birth(
            run=run.id,
            program=program.id,
            parents=(parent.id,) if number else (),
            operator="diff" if number else "seed",
            attempt=number or None,
            model="embedded" if number else None,
            at=at,
        )
        record = Record(
            attempt=None,
            program=program,
            birth=birth,
            candidate=None,
            evaluation=evaluation,
            placement=placement,
            utility=evaluation.fitness,
            elites=grid.elites if placement.reindexed else (),
        )
        await _write(store, record, program)
        if evaluation.is_valid and number % 3 == 0:
            parent = program
    await store.add_seconds(run.id, 3.0 * turns)
    if finished:
        await store.set_state(run.id, RunState.FINISHED, StopReason.EVALUATIONS)
    return Filled(run=run, best=best, fitness=top, seed=seed)


async def _write(store: Store, record: Record, program: Program) -> None:
    """Write a record, with the whole turn around it unless it is the seed's."""
    birth, number = record.birth, record.birth.attempt
    if number is None:
        await store.record(record)
        return
    attempt = Attempt(run=birth.run, number=number, island=0, parents=birth.parents, started=birth.at)
    await store.open_attempt(attempt)
    await store.record_call(_call(birth))
    attempt = attempt.move(
        AttemptState.PLANNED, plan=Plan(idea=f"Make ramp {number} steeper in its last third")
    )
    await store.advance(attempt)
    candidate = Candidate(operator=birth.operator, program=program, model=birth.model)
    attempt = attempt.move(AttemptState.PROPOSED, candidates=(candidate,))
    await store.advance(attempt)
    candidate = replace(candidate, evaluation=record.evaluation, placement=record.placement)
    attempt = attempt.move(AttemptState.EVALUATED, candidates=(candidate,))
    await store.record(replace(record, attempt=attempt, candidate=candidate))
    lesson = Lesson(
        run=birth.run,
        attempt=number,
        kind=LessonKind.INSIGHT,
        text=f"Lesson {number}: **steeper** ramps <img src=x> pay until they slip.",
        at=birth.at,
    )
    done = attempt.move(AttemptState.DONE, ended=birth.at + timedelta(seconds=2.5))
    await store.advance(done, lesson if number % 4 == 0 else None)


def _call(birth: Birth) -> Call:
    return Call(
        run=birth.run,
        attempt=birth.attempt or 0,
        purpose=Purpose.PLAN,
        model="embedded",
        request=f"{birth.attempt:064x}",
        prompt="[]",
        response="{}",
        status=CallStatus.OK,
        usage=Usage(tokens_in=1200, tokens_out=300, tokens_cached=800, dollars=0.004),
        latency=0.8,
        at=birth.at,
    )


def _program(number: int, padding: str) -> Program:
    body = "\n".join(f"    n = n + {step} * {number}" for step in range(1, 4 + number % 7))
    text = f"# ramp {number}\ndef build(n):\n{body}\n    return n\n{padding}"
    return Program.of("python", {"initial.py": text})


def _evaluation(program: Program, number: int, digest: str, *, valid: bool) -> Evaluation:
    if not valid:
        verdict = (Verdict.FAILED, Verdict.TIMED_OUT, Verdict.INVALID)[number // 5 % 3]
        stage = StageResult(
            stage="run", state=StageState.FAILED, verdict=verdict, note="it slipped", seconds=0.2
        )
        return Evaluation(
            program=program.id,
            problem=digest,
            verdict=verdict,
            stages=(stage,),
            reason="ValueError: **slipped** at step 3 <script>alert(1)</script>",
            seconds=0.2,
        )
    height = 2.7 - 1.5 * math.exp(-number / 12) + 0.1 * math.sin(number * 2.3)
    steep, effort = (number * 0.37) % 1.0, 1 + (number * 17.0) % 99
    metrics = {"height": height, "steepness": steep, "effort": effort}
    stages = tuple(
        StageResult(
            stage=stage, state=StageState.PASSED, metrics=metrics if stage == "score" else {}, seconds=0.1
        )
        for stage in ("run", "score")
    )
    return Evaluation(
        program=program.id,
        problem=digest,
        verdict=Verdict.VALID,
        fitness=height,
        descriptors=(steep, effort),
        metrics=metrics,
        stages=stages,
        seconds=0.2,
    )
