from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from archive.evaluation import StageResult, StageState, Verdict
from evaluators.compose import build_pipeline
from evaluators.failure import ScorerError
from evaluators.pipeline import Pipeline
from evaluators.sandbox import SandboxUnavailable
from evaluators.stage import Product
from problems.problem import Descriptor, Direction, Objective, Repeat, StageSpec, Visibility
from tests.evaluators.fakes import JUDGED, LINT, RUN, InProcess, problem, program

HIDDEN = StageSpec(
    id="heldout",
    uses="sandbox.score",
    needs=("run",),
    visibility=Visibility.PRIVATE,
    options={"file": "heldout.py"},
)
QUALITY = StageSpec(
    id="quality", uses="model.judge", needs=("score",), optional=True, options={"rubric": "Short?"}
)


def pipeline(asked=None, *, candidates=None, scorers=None, **options):
    pipe = build_pipeline(asked or problem(), candidates or InProcess(), scorers or InProcess(), **options)
    # Nothing is gained by waiting for a machine that only pretends to be down.
    return pipe


def states(evaluation):
    return {result.stage: result.state.value for result in evaluation.stages}


async def test_a_valid_program_has_fitness_metrics_and_a_place():
    axes = (
        Descriptor(name="total", low=0, high=10),
        Descriptor(name="size", source="static.lines", low=1, high=9),
        Descriptor(name="width", source="lint.characters", low=1, high=99),
        Descriptor(name="again", source="score.total", low=1, high=9),
    )
    found = await pipeline(problem(descriptors=axes)).evaluate(program(), 1)
    assert (found.verdict, found.fitness, found.reason) == (Verdict.VALID, 2.0, "")
    assert found.descriptors == (2.0, 2.0, 35.0, 2.0)
    assert found.metrics["total"] == 2.0
    assert found.metrics["lint.lines"] == 2.0
    assert "lines" not in found.metrics
    assert found.metrics["run.seconds"] > 0
    assert [result.stage for result in found.stages] == ["lint", "run", "score"]
    assert found.seconds > 0
    assert (found.program, found.problem) == (program().id, "d" * 64)


@pytest.mark.parametrize(
    ("text", "verdict", "ended", "reason"),
    [
        ("def solve(:", Verdict.REFUSED, ["failed", "skipped", "skipped"], "lint: initial.py, line 1"),
        ("def solve(n): 1/0", Verdict.FAILED, ["passed", "failed", "skipped"], "run: solve() raised ZeroDiv"),
        (
            "def solve(n): raise TimeoutError",
            Verdict.TIMED_OUT,
            ["passed", "failed", "skipped"],
            "run: solve()",
        ),
        ("def solve(n): raise MemoryError", Verdict.OUT_OF_MEMORY, ["passed", "failed", "skipped"], "run: "),
    ],
)
async def test_a_refusal_stops_what_depends_on_it_and_decides_the_verdict(text, verdict, ended, reason):
    scorers = InProcess()
    found = await pipeline(scorers=scorers).evaluate(program(text), 1)
    assert (found.verdict, found.fitness, found.descriptors) == (verdict, None, ())
    assert list(states(found).values()) == ended
    assert found.reason.startswith(reason)
    assert scorers.commands == []


async def test_stages_that_do_not_wait_for_each_other_run_together():
    again = replace(RUN, id="again")
    candidates = InProcess(delay=0.05)
    both = replace(JUDGED, needs=("run", "again"))
    asked = problem(stages=(LINT, RUN, again, both), score="def score(o, c): return {'total': len(o)}")
    found = await pipeline(asked, candidates=candidates).evaluate(program(), 1)
    assert found.fitness == 2.0
    assert candidates.most == 2


async def test_a_stage_starts_as_soon_as_its_own_needs_are_met():
    slow = StageSpec(id="slow", uses="sandbox.call", options={"inputs": {"n": 1}})
    scored = asyncio.Event()

    class Watched:
        version = 1

        def __init__(self, spec):
            self.spec = spec

        async def run(self, work):
            if self.spec.id == "slow":
                await scored.wait()
            if self.spec.id == "score":
                scored.set()
            return Product(
                result=StageResult(stage=self.spec.id, state=StageState.PASSED, metrics={"total": 1.0})
            )

    asked = problem(stages=(slow, LINT, RUN, JUDGED))
    pipe = Pipeline(asked, [Watched(spec) for spec in asked.stages])
    # Were stages run level by level, score would wait for slow, and slow for score.
    found = await asyncio.wait_for(pipe.evaluate(program(), 1), 10)
    assert set(states(found).values()) == {"passed"}


async def test_a_cancelled_evaluation_cancels_what_runs():
    candidates = InProcess(delay=5)
    task = asyncio.create_task(pipeline(candidates=candidates).evaluate(program(), 1))
    while not candidates.commands:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert candidates.cancelled == 1


@pytest.mark.parametrize(("gate", "state"), [("score.total > 1", "passed"), ("score.total > 3", "skipped")])
async def test_a_gate_decides_whether_a_stage_runs(gate, state):
    asked_for = []

    async def judge(rubric, text, metrics, **which):
        asked_for.append(metrics)
        return 0.5

    asked = problem(stages=(LINT, RUN, JUDGED, replace(QUALITY, when=gate)))
    found = await pipeline(asked, judge=judge).evaluate(program(), 1)
    assert found.is_valid
    assert states(found)["quality"] == state
    assert len(asked_for) == (state == "passed")


async def test_a_gate_over_a_metric_that_is_not_there_is_closed():
    asked = problem(stages=(LINT, RUN, JUDGED, replace(QUALITY, when="score.other < 1")))
    assert states(await pipeline(asked).evaluate(program(), 1))["quality"] == "skipped"


async def test_a_closed_gate_before_the_scorer_makes_a_program_invalid():
    asked = problem(stages=(LINT, RUN, replace(JUDGED, needs=("lint", "run"), when="lint.lines > 50")))
    found = await pipeline(asked).evaluate(program(), 1)
    assert found.verdict is Verdict.INVALID
    assert "its gate is closed: lint.lines > 50" in found.reason


async def test_an_optional_stage_may_fail():
    extra = replace(RUN, id="extra", optional=True, options={"inputs": {"n": -1}})
    text = "def solve(n):\n    assert n > 0\n    return [1] * n\n"
    found = await pipeline(problem(stages=(LINT, RUN, extra, JUDGED))).evaluate(program(text), 1)
    assert found.is_valid
    assert states(found)["extra"] == "failed"


async def test_an_optional_scorer_that_alone_gives_the_objective_still_gives_the_verdict():
    asked = problem(
        stages=(LINT, RUN, replace(JUDGED, optional=True)),
        score="def score(o, c): return {'valid': False, 'reason': 'too small'}",
    )
    found = await pipeline(asked).evaluate(program(), 1)
    assert (found.verdict, found.reason) == (Verdict.INVALID, "score: too small")


async def test_the_verdict_of_two_failures_does_not_depend_on_which_was_faster():
    text = "def solve(n):\n    raise {1: TimeoutError, 2: MemoryError, 3: ValueError}[n]\n"
    for order in ((1, 2, 3), (3, 2, 1), (2, 3, 1)):
        calls = [replace(RUN, id=f"run{n}", options={"inputs": {"n": n}}) for n in order]
        asked = problem(stages=(LINT, *calls, replace(JUDGED, needs=tuple(call.id for call in calls))))
        found = await pipeline(asked).evaluate(program(text), 1)
        assert (found.verdict, found.reason[:4]) == (Verdict.OUT_OF_MEMORY, "run2")


SECRET = "def score(output, context):\n    return {'total': -9, 'gap': 3, 'artifacts': {'log': 'hidden'}}\n"


async def test_a_private_stage_keeps_its_metrics_to_itself():
    asked = problem(stages=(LINT, RUN, HIDDEN, JUDGED), trusted={"heldout.py": SECRET})
    found = await pipeline(asked).evaluate(program(), 1)
    assert found.fitness == 2.0
    assert found.metrics["heldout.gap"] == 3.0
    assert found.metrics["heldout.total"] == -9.0
    assert found.metrics["total"] == 2.0
    assert "gap" not in found.metrics
    assert [result.stage for result in found.stages if result.private] == ["heldout"]
    public = [result for result in found.stages if not result.private]
    assert "hidden" not in repr([(result.artifacts, result.note) for result in public])


async def test_a_private_stage_says_nothing_in_the_reason():
    secret = "def score(output, context): return {'valid': False, 'reason': 'case 17 of the hidden set'}"
    asked = problem(stages=(LINT, RUN, HIDDEN, JUDGED), trusted={"heldout.py": secret})
    found = await pipeline(asked).evaluate(program(), 1)
    assert (found.verdict, found.reason) == (Verdict.INVALID, "heldout: did not pass")


@pytest.mark.parametrize(
    ("metric", "fitness"), [("heldout.gap", 3.0), ("gap", 3.0), ("total", 2.0), ("score.total", 2.0)]
)
async def test_the_objective_is_found_where_it_was_declared(metric, fitness):
    asked = problem(
        stages=(LINT, RUN, HIDDEN, JUDGED), trusted={"heldout.py": SECRET}, objective=Objective(metric=metric)
    )
    assert (await pipeline(asked).evaluate(program(), 1)).fitness == fitness


async def test_of_two_public_scorers_with_one_name_the_first_in_the_problem_has_it():
    other = replace(JUDGED, id="other", options={"file": "other.py"})
    asked = problem(
        stages=(LINT, RUN, JUDGED, other), trusted={"other.py": "def score(o, c): return {'total': 7}"}
    )
    found = await pipeline(asked).evaluate(program(), 1)
    assert (found.fitness, found.metrics["total"], found.metrics["other.total"]) == (2.0, 2.0, 7.0)


@pytest.mark.parametrize(
    ("statistic", "fitness"), [("mean", 3.0), ("median", 2.0), ("min", 1.0), ("max", 6.0)]
)
async def test_a_noisy_objective_is_measured_several_times(statistic, fitness):
    values = iter([1.0, 6.0, 2.0])

    class Noisy(InProcess):
        async def run(self, command):
            result = await super().run(command)
            value = next(values)
            return replace(result, result=f'j{{"total": {value}, "other": {value}}}'.encode())

    axes = (Descriptor(name="other", low=0, high=9),)
    asked = problem(repeat=Repeat(times=3, statistic=statistic), descriptors=axes)
    candidates, scorers = InProcess(), Noisy()
    found = await pipeline(asked, candidates=candidates, scorers=scorers).evaluate(program(), 1)
    assert found.fitness == found.metrics["total"] == fitness
    assert found.descriptors == (found.metrics["other"],) == (3.0,)
    assert len(found.stages) == 3
    # Each replica has two seeds of its own: a program must not draw the random numbers of its scorer.
    assert len({command.seed for command in candidates.commands + scorers.commands}) == 6


class Scores(InProcess):
    """A scorer's sandbox that gives these totals one after the other, the last one for ever."""

    def __init__(self, *totals):
        super().__init__()
        self.totals = list(totals)

    async def run(self, command):
        result = await super().run(command)
        total = self.totals.pop(0) if len(self.totals) > 1 else self.totals[0]
        return replace(result, result=f'j{{"total": {total}}}'.encode())


SURE = Repeat(times=20, confidence=0.95)


@pytest.mark.parametrize(
    ("totals", "direction", "rival", "repeat", "replicas"),
    [
        ((1.0, 1.1, 0.9), Direction.MAXIMIZE, 5.0, SURE, 3),
        ((1.0, 1.1, 0.9), Direction.MINIMIZE, 5.0, SURE, 20),
        ((9.0, 9.1, 8.9), Direction.MINIMIZE, 5.0, SURE, 3),
        ((1.0, 1.1, 0.9), Direction.MAXIMIZE, None, SURE, 20),
        ((1.0, 1.1, 0.9), Direction.MAXIMIZE, 5.0, Repeat(times=20), 20),
        ((1.0, 1.1, 0.9), Direction.MAXIMIZE, None, replace(SURE, precision=2.0), 3),
        ((1.0, 1.1, 0.9), Direction.MAXIMIZE, None, replace(SURE, precision=2.0, at_least=7), 7),
        ((1.0, 1.1, 0.9), Direction.MAXIMIZE, 5.0, Repeat(), 1),
    ],
)
async def test_replicas_end_when_they_can_change_nothing(totals, direction, rival, repeat, replicas):
    asked = problem(repeat=repeat, objective=Objective(metric="total", direction=direction))
    candidates = InProcess()
    pipe = pipeline(asked, candidates=candidates, scorers=Scores(*totals))
    found = await pipe.evaluate(program(), 1, rival=rival)
    assert len(candidates.commands) == replicas
    assert found.provenance.replicas == replicas
    assert found.metrics.get("repeat.replicas", 1.0) == replicas
    assert ("repeat.replicas" in found.metrics) == (repeat.times > 1)


async def test_how_sure_a_mean_is_stands_beside_it():
    found = await pipeline(problem(repeat=Repeat(times=4)), scorers=Scores(1.0, 2.0, 3.0, 4.0)).evaluate(
        program(), 1
    )
    assert found.fitness == 2.5
    assert found.metrics["repeat.standard_error"] == pytest.approx((5 / 3 / 4) ** 0.5)


@pytest.mark.parametrize("metric", ["heldout.gap", "gap"])
async def test_how_sure_a_private_mean_is_stays_private(metric):
    asked = problem(
        stages=(LINT, RUN, HIDDEN, JUDGED),
        trusted={"heldout.py": SECRET},
        objective=Objective(metric=metric),
        repeat=Repeat(times=2),
    )
    found = await pipeline(asked).evaluate(program(), 1)
    assert found.metrics["heldout.repeat.standard_error"] == 0.0
    assert "repeat.standard_error" not in found.metrics


async def test_one_replica_that_fails_sinks_the_program_at_once():
    class Second(InProcess):
        async def run(self, command):
            result = await super().run(command)
            return result if len(self.commands) != 2 else replace(result, result=b'j{"valid": false}')

    scorers = Second()
    found = await pipeline(problem(repeat=Repeat(times=5)), scorers=scorers).evaluate(program(), 1)
    assert (found.verdict, found.fitness) == (Verdict.INVALID, None)
    assert len(scorers.commands) == 2


async def test_a_program_that_is_scored_in_some_replicas_only_is_not_valid():
    class Second(InProcess):
        async def run(self, command):
            result = await super().run(command)
            return result if len(self.commands) != 2 else replace(result, result=b'j{"valid": false}')

    asked = problem(stages=(LINT, RUN, replace(JUDGED, optional=True)), repeat=Repeat(times=3))
    assert (await pipeline(asked, scorers=Second()).evaluate(program(), 1)).verdict is Verdict.INVALID


async def test_a_judge_is_paid_once_for_all_replicas():
    calls = []

    async def judge(rubric, text, metrics, **which):
        calls.append(rubric)
        return 0.5

    asked = problem(stages=(LINT, RUN, JUDGED, QUALITY), repeat=Repeat(times=3))
    found = await pipeline(asked, judge=judge).evaluate(program(), 1)
    assert len(calls) == 1
    assert found.metrics["judge"] == 0.5


async def test_the_seed_of_a_replica_depends_on_run_and_program_alone():
    seeds = []
    for seed, text in (
        (1, "def solve(n): return [1]"),
        (1, "def solve(n): return [2]"),
        (2, "def solve(n): return [1]"),
    ):
        for _ in range(2):
            candidates = InProcess()
            await pipeline(candidates=candidates).evaluate(program(text), seed)
            seeds.append(candidates.commands[0].seed)
    assert seeds[0::2] == seeds[1::2]
    assert len(set(seeds)) == 3
    assert all(0 <= seed < 2**32 for seed in seeds)


async def test_trouble_of_the_machine_is_an_error_and_never_a_verdict():
    candidates = InProcess(outages=1)
    pipe = pipeline(candidates=candidates)
    with pytest.raises(SandboxUnavailable):
        await pipe.evaluate(program(), 1)
    assert len(candidates.commands) == 1
    assert (await pipe.evaluate(program(), 1)).is_valid


BRITTLE = "def score(output, context):\n    return {'total': 1 / len(output)}\n"


async def test_a_scorer_that_breaks_on_the_first_program_stops_the_run():
    with pytest.raises(ScorerError, match="ZeroDivisionError"):
        await pipeline(problem(score=BRITTLE)).evaluate(program("def solve(n): return []"), 1)


async def test_a_scorer_that_worked_once_cannot_be_broken_by_a_program():
    pipe = pipeline(problem(score=BRITTLE))
    assert not pipe.trust_scorer
    assert (await pipe.evaluate(program(), 1)).is_valid
    assert pipe.trust_scorer
    found = await pipe.evaluate(program("def solve(n): return []"), 1)
    assert found.verdict is Verdict.INVALID
    assert "score.py cannot judge this output: score() raised ZeroDivisionError" in found.reason


async def test_a_resumed_run_trusts_its_scorer_from_the_start():
    pipe = pipeline(problem(score=BRITTLE), trust_scorer=True)
    assert (await pipe.evaluate(program("def solve(n): return []"), 1)).verdict is Verdict.INVALID


async def test_an_invalid_program_does_not_earn_the_scorer_trust():
    pipe = pipeline(problem(score="def score(o, c):\n    return {'valid': False, 'reason': 'x'}"))
    await pipe.evaluate(program(), 1)
    assert not pipe.trust_scorer


FICKLE = "def score(o, c): return {'total': 1, 'a': 1} if o else {'other': 1}"


@pytest.mark.parametrize("axes", [(), (Descriptor(name="a", low=0, high=1),)])
async def test_a_scorer_that_leaves_out_the_objective_is_broken_until_it_is_trusted(axes):
    asked = problem(score=FICKLE, descriptors=axes)
    empty = program("def solve(n): return []")
    with pytest.raises(ScorerError, match=r"score.py: the objective 'total' is not among .*\(other\)"):
        await pipeline(asked).evaluate(empty, 1)
    pipe = pipeline(asked)
    assert (await pipe.evaluate(program(), 1)).is_valid
    found = await pipe.evaluate(empty, 1)
    assert (found.verdict, found.metrics["other"]) == (Verdict.INVALID, 1.0)
    assert "no objective total" in found.reason


async def test_a_descriptor_that_nothing_gives_is_an_error_with_its_name():
    asked = problem(descriptors=(Descriptor(name="spread", low=0, high=1),))
    with pytest.raises(ScorerError, match="the descriptor 'spread' is not among the metrics"):
        await pipeline(asked).evaluate(program(), 1)


async def test_a_descriptor_of_a_stage_that_was_skipped_makes_a_program_invalid():
    axes = (Descriptor(name="judge", low=0, high=1),)
    found = await pipeline(problem(stages=(LINT, RUN, JUDGED, QUALITY), descriptors=axes)).evaluate(
        program(), 1
    )
    assert found.verdict is Verdict.INVALID
    assert "quality: the judge gave no opinion" in found.reason


async def test_many_evaluations_at_a_time_do_not_mix():
    pipe = pipeline(candidates=InProcess(delay=0.001))
    texts = [f"def solve(n): return [{number}]" for number in range(40)]
    found = await asyncio.gather(*(pipe.evaluate(program(text), 1) for text in texts))
    assert [one.fitness for one in found] == list(range(40))


DRAWING = (
    "import numpy\n"
    "def score(output, context): return {'total': sum(output)}\n"
    "def picture(output, context): return numpy.full((2, 3, 3), len(output), dtype=numpy.uint8)\n"
)


async def test_the_trusted_file_draws_what_the_program_returned():
    candidates, scorers = InProcess(), InProcess()
    drawn = await pipeline(problem(score=DRAWING), candidates=candidates, scorers=scorers).picture(
        program(), 1
    )
    assert np.array_equal(drawn, np.full((2, 3, 3), 4))
    assert [command.function for command in scorers.commands] == ["picture"]


@pytest.mark.parametrize(
    ("score", "text"), [(DRAWING, "def solve(n): 1/0"), (None, "def solve(n): return [1]")]
)
async def test_there_is_no_picture_of_a_program_that_fails_or_without_a_function(score, text):
    asked = problem(score=score) if score else problem()
    assert await pipeline(asked).picture(program(text), 1) is None
