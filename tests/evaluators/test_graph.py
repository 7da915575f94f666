from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import replace

import pytest

from evaluators.compose import build_pipeline
from evaluators.graph import Graph
from evaluators.local import ProcessSandbox
from evaluators.provenance import recipe_of
from problems.problem import StageSpec, Visibility
from tests.evaluators.fakes import JUDGED, LINT, RUN, InProcess, problem, program

SLEEPS = "def solve(n):\n    import time\n    while True: time.sleep(0.1)\n"


class Stuck:
    """A stage that takes no notice of being cancelled before its time."""

    version = 1

    def __init__(self, spec, seconds):
        self.spec = spec
        self.seconds = seconds
        self.is_running = asyncio.Event()

    def material(self, work):
        return None

    async def run(self, work):
        self.is_running.set()
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue
        raise ValueError("too late to be of interest")


async def test_a_stage_that_does_not_end_does_not_keep_a_cancelled_caller(caplog):
    stage = Stuck(LINT, 2.3)
    graph = Graph([stage])
    task = asyncio.create_task(graph.walk(program(), 1, lambda node, work: node.stage.run(work)))
    await stage.is_running.wait()
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 2.2
    assert "stage lint has not ended" in caplog.text
    await asyncio.sleep(0.7)
    assert len(asyncio.all_tasks()) == 1


async def test_when_one_stage_raises_the_others_are_cancelled_and_waited_for():
    others = [replace(RUN, id=f"run{number}", needs=()) for number in range(3)]
    ended = []

    class Broken(InProcess):
        async def run(self, command):
            if len(self.commands) == 2:
                raise KeyError("a fault of ours")
            try:
                return await super().run(command)
            finally:
                ended.append(command)

    candidates = Broken(delay=5)
    pipe = build_pipeline(
        problem(stages=(*others, replace(JUDGED, needs=("run0",)))), candidates, InProcess()
    )
    with pytest.raises(KeyError):
        await pipe.evaluate(program(), 1)
    assert (len(ended), candidates.cancelled) == (2, 2)
    assert len(asyncio.all_tasks()) == 1


async def test_many_cancelled_evaluations_leave_no_task():
    candidates = InProcess(delay=5)
    calls = tuple(replace(RUN, id=f"run{number}") for number in range(4))
    asked = problem(stages=(LINT, *calls, replace(JUDGED, needs=tuple(call.id for call in calls))))
    pipe = build_pipeline(asked, candidates, InProcess())
    tasks = [asyncio.create_task(pipe.evaluate(program(f"def solve(n): return [{k}]"), 1)) for k in range(10)]
    while len(candidates.commands) < 40:
        await asyncio.sleep(0)
    began = time.monotonic()
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended)
    assert time.monotonic() - began < 2
    assert candidates.cancelled == 40
    assert len(asyncio.all_tasks()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="the process sandbox is for Linux")
async def test_a_cancelled_evaluation_kills_its_programs_and_the_next_one_is_served():
    candidates, scorers = ProcessSandbox(slots=2), ProcessSandbox(slots=1)
    try:
        await candidates.start()
        await scorers.start()
        both = tuple(
            replace(RUN, id=id_, needs=(), options={"inputs": {"n": 1}, "seconds": 60.0}) for id_ in "ab"
        )
        asked = problem(
            stages=(*both, replace(JUDGED, needs=("a", "b"))),
            score="def score(o, c): return {'total': len(o)}",
        )
        pipe = build_pipeline(asked, candidates, scorers)
        before = _processes()
        task = asyncio.create_task(pipe.evaluate(program(SLEEPS), 1))
        await asyncio.sleep(0.5)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - began < 2
        found = await asyncio.wait_for(pipe.evaluate(program("def solve(n): return 1"), 1), 20)
        assert found.fitness == 2.0
        assert _processes() <= before + 2  # a slot that was replaced may still be on its way
    finally:
        await candidates.close()
        await scorers.close()


def _processes():
    """Processes under this one, at whatever depth."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = {os.getpid()}
    while grown := {child for child, parent in parents.items() if parent in found} - found:
        found |= grown
    return len(found) - 1


async def test_the_gate_of_a_stage_tells_nothing_of_a_private_metric():
    hidden = StageSpec(
        id="heldout",
        uses="sandbox.score",
        needs=("run",),
        visibility=Visibility.PRIVATE,
        options={"file": "heldout.py"},
    )
    for gate, words in (
        ("heldout.total > 7.25", "its gate is closed"),
        ("run.seconds > 99", "run.seconds > 99"),
    ):
        asked = problem(
            stages=(LINT, RUN, hidden, replace(JUDGED, needs=("run", "heldout"), when=gate)),
            trusted={"heldout.py": "def score(o, c): return {'gap': 1, 'total': 3}"},
        )
        asked = replace(asked, objective=replace(asked.objective, metric="score.total"))
        found = await build_pipeline(asked, InProcess(), InProcess()).evaluate(program(), 1)
        told = found.reason + "".join(result.note for result in found.stages if not result.private)
        assert words in told
        assert "7.25" not in told


def test_a_recipe_stands_with_its_node():
    asked = problem()
    pipe = build_pipeline(asked, InProcess(), InProcess())
    assert all(node.recipe == recipe_of(node.stage) for node in pipe._graph.nodes.values())
