"""The stage cache, pools and expectations around the stages of a pipeline."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from archive.evaluation import StageState, Verdict
from evaluators.cache_file import FileCache
from evaluators.compose import build_pipeline
from evaluators.failure import ScorerError
from evaluators.sandbox import SandboxUnavailable
from problems.problem import Repeat, StageSpec, Visibility
from tests.conftest import THOROUGH
from tests.evaluators.fakes import JUDGED, LINT, RUN, InProcess, problem, program


@pytest.fixture
async def cache(tmp_path):
    cache = FileCache(tmp_path / "stages.sqlite")
    yield cache
    await cache.close()


async def evaluate(cache, text, *, asked=None, candidates=None, scorers=None, seed=1, **options):
    """The evaluation, and the commands that it took."""
    candidates, scorers = candidates or InProcess(), scorers or InProcess()
    pipe = build_pipeline(asked or problem(), candidates, scorers, cache=cache, **options)
    found = await pipe.evaluate(program(text), seed)
    return found, len(candidates.commands) + len(scorers.commands)


def alike(first, second):
    """Whether two evaluations say the same, measured times of the whole apart."""
    strip = [
        replace(one, seconds=0.0, stages=tuple(replace(r, cached=False) for r in one.stages))
        for one in (first, second)
    ]
    return strip[0] == strip[1]


MANY = 960 if THOROUGH else 60
TEXTS = [f"def solve(n): return [{number}.5]" for number in range(MANY)]
TEXTS += [f"def solve(n): raise ValueError({number})" for number in range(20)]
TEXTS += [f"def solve(n: {number}" for number in range(20)]

SECOND = """
import asyncio, json, sys
from pathlib import Path
from evaluators.cache_file import FileCache
from tests.evaluators.test_workshop import TEXTS, again

async def main():
    cache = FileCache(Path(sys.argv[1]))
    fitness, commands = await again(cache)
    await cache.close()
    print(json.dumps([fitness, commands]))

asyncio.run(main())
"""


async def again(cache):
    """Fitness of all programs, a thousand in the thorough form, and the commands it took to find it."""
    candidates, scorers = InProcess(), InProcess()
    pipe = build_pipeline(problem(), candidates, scorers, cache=cache)
    found = await asyncio.gather(*(pipe.evaluate(program(text), 1) for text in TEXTS))
    return [one.fitness for one in found], len(candidates.commands) + len(scorers.commands)


async def test_known_programs_cost_no_command_here_or_in_another_process(tmp_path):
    path = tmp_path / "stages.sqlite"
    cache = FileCache(path)
    fitness, commands = await again(cache)
    assert commands == 2 * MANY + 20
    assert fitness[3] == 3.5
    assert await again(cache) == (fitness, 0)
    await cache.close()
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", SECOND, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert json.loads(done.stdout) == [fitness, 0]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("def solve(n): return [1.5]", Verdict.VALID),
        ("def solve(n): 1/0", Verdict.FAILED),
        ("def solve(n): return float", Verdict.FAILED),
        ("def solve(:", Verdict.REFUSED),
        ("def solve(n): return []", Verdict.INVALID),
    ],
)
async def test_what_was_found_once_is_found_again_word_for_word(cache, text, verdict):
    asked = problem(score="def score(o, c): return {'total': 1} if o else {'valid': False, 'reason': 'no'}")
    first, _ = await evaluate(cache, text, asked=asked)
    second, commands = await evaluate(cache, text, asked=asked)
    assert (second.verdict, commands) == (verdict, 0)
    assert alike(first, second)
    assert first.metrics == second.metrics  # measured ones as well: those of the first time
    assert all(result.cached for result in second.stages if result.state is not StageState.SKIPPED)
    assert not any(result.cached for result in first.stages)


@pytest.mark.parametrize("error", ["TimeoutError", "MemoryError"])
async def test_what_may_pass_on_another_day_is_tried_again(cache, error):
    for _ in range(2):
        found, commands = await evaluate(cache, f"def solve(n): raise {error}")
        assert found.verdict in {Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY}
        assert commands == 1


async def test_a_broken_scorer_is_not_remembered(cache):
    """It may be mended by what it reads, and whether the program is to blame is for each run to say."""
    asked = problem(score="def score(o, c): return {'total': 1 / len(o)}")
    text = "def solve(n): return []"
    found, _ = await evaluate(cache, text, asked=asked, trust_scorer=True)
    assert found.verdict is Verdict.INVALID
    with pytest.raises(ScorerError):
        await evaluate(cache, text, asked=asked)


async def test_trouble_of_the_machine_is_not_remembered(cache):
    with pytest.raises(SandboxUnavailable):
        await evaluate(cache, "def solve(n): return [1]", candidates=InProcess(outages=1))
    assert [(await evaluate(cache, "def solve(n): return [1]"))[1] for _ in range(2)] == [2, 0]


async def test_a_large_value_is_not_kept_and_neither_is_its_stage(cache):
    text = "def solve(n): return 'x' * 300000"
    asked = problem(score="def score(o, c): return {'total': len(o)}")
    assert [(await evaluate(cache, text, asked=asked))[1] for _ in range(2)] == [2, 1]


async def test_another_seed_is_other_work(cache):
    assert [(await evaluate(cache, "def solve(n): return [1]", seed=seed))[1] for seed in (1, 2, 1)] == [
        2,
        2,
        0,
    ]


async def test_who_may_see_a_result_is_decided_anew(cache):
    hidden = problem(stages=(LINT, RUN, replace(JUDGED, visibility=Visibility.PRIVATE)))
    first, _ = await evaluate(cache, "def solve(n): return [1]")
    second, commands = await evaluate(cache, "def solve(n): return [1]", asked=hidden)
    assert commands == 0
    assert [result.private for result in (first.stages[-1], second.stages[-1])] == [False, True]


async def test_without_a_cache_everything_is_found_anew():
    assert [(await evaluate(None, "def solve(n): return [1]"))[1] for _ in range(2)] == [2, 2]


async def test_replicas_are_kept_each_for_itself(cache):
    asked = problem(repeat=Repeat(times=4))
    assert [(await evaluate(cache, "def solve(n): return [1]", asked=asked))[1] for _ in range(2)] == [8, 0]


@pytest.mark.parametrize(("pools", "most"), [({}, 12), ({"slow": 2, "other": 1}, 2)])
async def test_no_more_stages_of_a_pool_run_at_a_time_than_it_is_wide(pools, most):
    candidates, scorers = InProcess(delay=0.02), InProcess()
    run = replace(RUN, pool="slow" if pools else None)
    asked = problem(stages=(LINT, run, JUDGED), pools=pools)
    pipe = build_pipeline(asked, candidates, scorers)
    texts = [f"def solve(n): return [{number}]" for number in range(12)]
    found = await asyncio.gather(*(pipe.evaluate(program(text), 1) for text in texts))
    assert [one.fitness for one in found] == list(range(12))
    assert candidates.most == most


async def test_a_stage_that_waits_for_its_pool_leaves_the_sandbox_to_others():
    """Two calls a program: the one in the narrow pool waits while those without a pool all run."""
    candidates = InProcess(delay=0.02)
    narrow = StageSpec(id="narrow", uses="sandbox.call", pool="one", options={"inputs": {"n": 1}})
    asked = problem(stages=(LINT, RUN, narrow, JUDGED), pools={"one": 1})
    pipe = build_pipeline(asked, candidates, InProcess())
    texts = [f"def solve(n): return [{number}]" for number in range(6)]
    await asyncio.gather(*(pipe.evaluate(program(text), 1) for text in texts))
    assert candidates.most == 7


async def test_a_place_in_a_pool_is_free_again_after_whatever_happens():
    asked = problem(stages=(LINT, replace(RUN, pool="one"), JUDGED), pools={"one": 1})
    candidates = InProcess(delay=5)
    pipe = build_pipeline(asked, candidates, InProcess())
    for text in ("def solve(n): return [1]", "def solve(n): return [2]"):
        task = asyncio.create_task(pipe.evaluate(program(text), 1))
        while not candidates.commands:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        candidates.commands.clear()
    candidates.delay = 0.0
    assert (await asyncio.wait_for(pipe.evaluate(program(), 1), 5)).is_valid


async def test_what_is_known_costs_no_place_in_a_pool(cache):
    asked = problem(stages=(LINT, replace(RUN, pool="one"), JUDGED), pools={"one": 1})
    await evaluate(cache, "def solve(n): return [1]", asked=asked)
    candidates = InProcess(delay=5)
    pipe = build_pipeline(asked, candidates, InProcess(), cache=cache)
    blocked = asyncio.create_task(pipe.evaluate(program("def solve(n): return [2]"), 1))
    while not candidates.commands:
        await asyncio.sleep(0)
    known = await asyncio.wait_for(pipe.evaluate(program("def solve(n): return [1]"), 1), 4)
    assert known.is_valid
    blocked.cancel()
    await asyncio.wait([blocked])


async def test_a_command_says_how_long_those_before_it_took():
    class Slow(InProcess):
        async def run(self, command):
            result = await super().run(command)
            return replace(result, seconds=float(command.files["initial.py"].split(b"#")[1]))

    candidates = Slow()
    pipe = build_pipeline(problem(), candidates, InProcess())
    for seconds in (2.0, 4.0, 9.0, 1.0):
        await pipe.evaluate(program(f"def solve(n): return [1]  #{seconds}"), 1)
    assert [command.expected_seconds for command in candidates.commands] == [0.0, 2.0, 3.0, 5.0]


async def test_what_came_out_of_the_cache_says_nothing_of_how_long_a_stage_takes(cache):
    await evaluate(cache, "def solve(n):\n    import time; time.sleep(0.2); return [1]")
    candidates = InProcess()
    pipe = build_pipeline(problem(), candidates, InProcess(), cache=cache)
    await pipe.evaluate(program("def solve(n):\n    import time; time.sleep(0.2); return [1]"), 1)
    await pipe.evaluate(program("def solve(n): return [2]"), 1)
    assert [command.expected_seconds for command in candidates.commands] == [0.0]
