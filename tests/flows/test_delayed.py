"""Reports: what they make of an evaluation, and a run that is live while they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from archive.evaluation import Evaluation, Provenance, StageResult, StageState, Verdict
from archive.island import Archipelago
from archive.lineage import Birth
from archive.memory import MemoryStore
from archive.program import Program
from archive.report import Report
from archive.rescoring import Rescored
from archive.run import Run, StopReason
from archive.sql.store import open_store
from archive.store import Record, Store
from evaluators.appraisal import appraise
from evaluators.stage import Product, StageInput
from evaluators.stages.delayed import Delayed
from flows.delayed import NoTaker, Takers, apply_report, delayed_metrics, revision_of, told
from flows.desk import Desk
from flows.events import Evaluated, Event, Notice
from problems.problem import Problem, StageSpec
from tests.flows.doubles import Adder, drive, number_problem, run_of

NOW = datetime(2026, 5, 4, tzinfo=UTC)
SCORE = StageSpec(id="score", uses="sandbox.score", options={"file": "score.py"})
LATER = StageSpec(
    id="later", uses="delayed", needs=("score",), options={"metric": "quality", "proxy": "score.n"}
)


def waiting_problem(later: StageSpec = LATER, **changes: float) -> Problem:
    """A number's quality is told later; until then the number itself stands in for it."""
    problem = number_problem(**changes)
    return replace(problem, stages=(SCORE, later), objective=replace(problem.objective, metric="quality"))


class Patient(Adder):
    """Evaluates as a pipeline with a delayed stage does."""

    def __init__(self, problem: Problem, store: Store, hook: Callable[[int], Awaitable[None]] | None = None):
        super().__init__()
        self.problem = problem
        self.store = store
        self.hook = hook

    async def evaluate(self, program: Program, *, seed: int, rival: float | None = None) -> Evaluation:
        self.evaluated.append(program.id)
        evaluation = await evaluated(self.problem, program, self.store)
        if self.hook is not None:
            await self.hook(len(self.evaluated))
        return evaluation


async def evaluated(problem: Problem, program: Program, store: Store) -> Evaluation:
    value = float(program.text)
    score = StageResult(stage="score", state=StageState.PASSED, metrics={"n": value, "part": value % 1.0})
    stage = Delayed(spec=problem.stages[1], reported=store.reported)
    work = StageInput(program=program, products={"score": Product(result=score)})
    later = replace((await stage.run(work)).result, stage="later")
    return appraise(problem, program, (score, later), trust_scorer=True)


@pytest.fixture(params=["memory", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path) -> AsyncIterator[Store]:
    store = MemoryStore() if request.param == "memory" else open_store(tmp_path / "runs.db")
    yield store
    await store.close()


def program_of(value: float) -> Program:
    return Program.of("text", {"n.txt": repr(value)})


def report(program: Program, value: float, metric: str = "quality") -> Report:
    return Report(program=program.id, metric=metric, value=value, at=NOW)


async def tell(store: Store, run: Run, problem: Problem, program: str, value: float) -> Rescored:
    """What the command does, in a process of its own or not."""
    found = Report(program=program, metric="quality", value=value, at=NOW)
    (applied,) = await apply_report(store, found, Takers(problems=[(run, problem)], unread=[]))
    return applied.rescored


class TestRevision:
    async def revised(self, problem: Problem, value: float, evaluation: Evaluation) -> Evaluation:
        return revision_of(problem).revise(program_of(1.25), evaluation, {"quality": value})

    async def test_it_is_what_an_evaluation_after_the_report_would_find(self, store):
        problem = waiting_problem()
        before = await evaluated(problem, program_of(1.25), store)
        assert (before.fitness, before.metrics["reported"]) == (1.25, 0.0)
        await play(store, replace(waiting_problem(evaluations=1), initial={"n.txt": "1.25"}))
        await store.add_report(report(program_of(1.25), 0.5))
        after = await evaluated(problem, program_of(1.25), store)
        assert (after.fitness, after.metrics["reported"]) == (0.5, 1.0)
        assert await self.revised(problem, 0.5, before) == after

    async def test_a_report_that_says_nothing_new_gives_the_same_evaluation(self):
        problem = waiting_problem()
        before = await evaluated(problem, program_of(1.25), MemoryStore())
        once = await self.revised(problem, 0.5, before)
        assert await self.revised(problem, 0.5, once) is once
        assert revision_of(problem).revise(program_of(1.25), before, {"other": 1.0}) is before
        assert (await self.revised(problem, 0.75, once)).fitness == 0.75

    async def test_it_makes_valid_what_waited_for_it(self):
        problem = waiting_problem(replace(LATER, options={"metric": "quality"}))
        before = await evaluated(problem, program_of(1.25), MemoryStore())
        assert before.verdict is Verdict.INVALID
        after = await self.revised(problem, 0.5, before)
        assert (after.verdict, after.fitness, after.descriptors) == (Verdict.VALID, 0.5, (0.25,))

    async def test_a_stage_whose_gate_is_closed_stays_skipped(self):
        later = replace(LATER, when="score.n > 2", optional=True)
        problem = replace(waiting_problem(later), objective=number_problem().objective)
        score = StageResult(stage="score", state=StageState.PASSED, metrics={"n": 1.25, "part": 0.25})
        skipped = StageResult(stage="later", state=StageState.SKIPPED, note="its gate is closed")
        before = appraise(problem, program_of(1.25), (score, skipped), trust_scorer=True)
        assert await self.revised(problem, 0.5, before) is before
        opened = replace(score, metrics={"n": 3.25, "part": 0.25})
        before = appraise(problem, program_of(3.25), (opened, skipped), trust_scorer=True)
        assert (await self.revised(problem, 0.5, before)).metrics["quality"] == 0.5

    async def test_a_failed_program_stays_failed(self):
        problem = waiting_problem()
        score = StageResult(stage="score", state=StageState.FAILED, verdict=Verdict.TIMED_OUT)
        skipped = StageResult(stage="later", state=StageState.SKIPPED)
        before = appraise(problem, program_of(1.25), (score, skipped), trust_scorer=True)
        assert await self.revised(problem, 0.5, before) is before

    async def test_seconds_provenance_and_what_replicas_said_stay(self):
        problem = waiting_problem()
        before = await evaluated(problem, program_of(1.25), MemoryStore())
        beside = {"repeat.replicas": 3.0, "repeat.standard_error": 0.1}
        before = replace(
            before, seconds=2.5, provenance=Provenance(seed=3), metrics=beside | dict(before.metrics)
        )
        after = await self.revised(problem, 0.5, before)
        assert (after.seconds, after.provenance) == (2.5, Provenance(seed=3))
        assert after.metrics["repeat.replicas"] == 3.0
        assert "repeat.standard_error" not in after.metrics


class TestApplying:
    async def test_every_run_that_waits_is_scored_again(self, store):
        problem = waiting_problem(evaluations=1)
        runs = [run_of(problem), replace(run_of(problem), id="ffff00000000", name="other")]
        for run in runs:
            await store.create_run(run)
            await drive(problem, store, Patient(problem, store), run=run)
        takers = Takers(problems=[(run, problem) for run in runs], unread=[])
        applied = await apply_report(store, report(program_of(1.0), 0.25), takers)
        assert [each.run for each in applied] == runs
        for run, each in zip(runs, applied, strict=True):
            assert each.rescored.fitness == 0.25
            assert {elite.fitness for elite in await store.elites(run.id)} == {0.25}
            assert "is still the best" in told(each.rescored.changes[0], each.rescored)

    async def test_a_metric_nobody_waits_for_is_refused_with_those_there_are_and_not_kept(self, store):
        problem = waiting_problem(evaluations=1)
        run = run_of(problem)
        await store.create_run(run)
        await drive(problem, store, Patient(problem, store), run=run)
        takers = Takers(problems=[(run, problem)], unread=[])
        with pytest.raises(NoTaker, match="'qualty'; expected one of quality"):
            await apply_report(store, report(program_of(1.0), 0.25, "qualty"), takers)
        with pytest.raises(NoTaker, match="problem of test cannot be read: it is gone"):
            await apply_report(
                store, report(program_of(1.0), 0.25), Takers(problems=[], unread=[(run, "it is gone")])
            )
        assert list(await store.reports()) == []


@dataclass
class Played:
    """A run that ended, with what it told."""

    run: Run
    archive: Archipelago
    reason: StopReason
    events: list[Event]

    @property
    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Notice)]


async def play(
    store: Store,
    problem: Problem,
    *,
    workers: int = 1,
    hook: Callable[[int], Awaitable[None]] | None = None,
    run: Run | None = None,
) -> Played:
    events: list[Event] = []
    if run is None:
        run = run_of(problem, workers=workers)
        await store.create_run(run)
    run = replace(run, budget=problem.budget)
    reason, _, archive = await drive(
        problem, store, Patient(problem, store, hook), run=run, observe=events.append
    )
    return Played(run=run, archive=archive, reason=reason, events=events)


async def check(store: Store, problem: Problem, played: Played) -> None:
    """Store, memory and a rebuild from scratch agree."""
    run = played.run.id
    stored = await store.elites(run)
    assert tuple(stored) == played.archive.elites()
    ids = sorted({report.program for report in await store.reports()})
    rescored = await store.rescore(run, ids, revision_of(problem))
    assert all(change.before == change.after for change in rescored.changes)
    assert await store.elites(run) == stored
    best = played.archive.best
    assert (rescored.fitness is None) == (best is None)
    assert best is None or rescored.fitness == best.fitness


class TestLiveRun:
    @pytest.mark.parametrize("workers", [1, 4])
    async def test_it_takes_up_a_report_and_goes_on_from_there(self, store, workers):
        problem = waiting_problem(evaluations=40)
        reported: list[str] = []

        async def command(count: int) -> None:
            if count == 20:
                best = max(await store.elites("abcdef012345"), key=lambda elite: elite.fitness)
                reported.append(best.program)
                await tell(store, run, problem, best.program, -5.0)

        run = run_of(problem, workers=workers)
        await store.create_run(run)
        played = await play(store, problem, workers=workers, hook=command, run=run)
        assert played.reason is StopReason.EVALUATIONS
        await check(store, problem, played)
        assert reported[0] not in {
            elite.program for elite in played.archive.elites() if elite.fitness != -5.0
        }
        assert any(reported[0][:12] in notice and "-5" in notice for notice in played.notices)
        known = await store.known(run.id, reported[0], problem.digest)
        assert known.evaluation is not None
        assert (known.evaluation.fitness, known.evaluation.metrics["reported"]) == (-5.0, 1.0)
        assert (await store.totals(run.id)).evaluations == 40

    @pytest.mark.parametrize("workers", [1, 4])
    async def test_many_reports_at_any_moment_leave_store_and_memory_alike(self, store, workers):
        problem = waiting_problem(evaluations=60)
        seen: list[str] = []

        async def command(count: int) -> None:
            elites = await store.elites("abcdef012345")
            if count % 3 == 0 and elites:
                elite = elites[count % len(elites)]
                seen.append(elite.program)
                await tell(store, run, problem, elite.program, (-1) ** count * elite.fitness * 1.5)

        run = run_of(problem, workers=workers)
        await store.create_run(run)
        played = await play(store, problem, workers=workers, hook=command, run=run)
        assert len(seen) > 10
        await check(store, problem, played)

    async def test_what_was_reported_while_nobody_ran_is_there_after_a_resume(self, store):
        problem = waiting_problem(evaluations=15)
        first = await play(store, problem)
        best = first.archive.best
        assert best is not None
        await tell(store, first.run, problem, best.program, -5.0)
        # A report whose writer was killed before it could score anything again.
        second = max(await store.elites(first.run.id), key=lambda elite: elite.fitness)
        await store.add_report(Report(program=second.program, metric="quality", value=-6.0, at=NOW))
        more = replace(problem, budget=replace(problem.budget, evaluations=30))
        resumed = await play(store, more, run=first.run)
        await check(store, problem, resumed)
        worths = {elite.program: elite.fitness for elite in resumed.archive.elites()}
        assert worths.get(best.program, -5.0) == -5.0
        assert worths.get(second.program, -6.0) == -6.0
        assert sum(second.program[:12] in notice for notice in resumed.notices) == 1

    async def test_a_report_that_reaches_the_target_ends_the_run(self, store):
        problem = waiting_problem(evaluations=500, target=100.0)
        run = run_of(problem)
        await store.create_run(run)

        async def command(count: int) -> None:
            if count == 5:
                await tell(store, run, problem, program_of(1.0).id, 100.0)

        played = await play(store, problem, hook=command, run=run)
        assert played.reason is StopReason.TARGET
        assert sum(isinstance(event, Evaluated) for event in played.events) < 10

    async def test_the_next_plan_sees_the_new_worth_of_its_parent(self, store):
        problem = waiting_problem(evaluations=30)
        run = run_of(problem)
        await store.create_run(run)

        async def command(count: int) -> None:
            if count == 10:
                await tell(store, run, problem, program_of(1.0).id, 50.0)

        patient = Patient(problem, store, command)
        await drive(problem, store, patient, run=run)
        shown = [
            context.parent.evaluation.fitness
            for context in patient.contexts
            if context.parent.program.id == program_of(1.0).id
        ]
        assert shown[0] == 1.0
        assert shown[-1] == 50.0
        assert patient.contexts[-1].best == 50.0

    async def test_a_run_that_waits_for_nothing_asks_for_nothing(self):
        class Deaf(MemoryStore):
            async def reports(self, after: int = 0):
                raise AssertionError("asked")

        store, problem = Deaf(), number_problem(evaluations=5)
        assert delayed_metrics(problem) == ()
        run = run_of(problem)
        await store.create_run(run)
        reason, _, _ = await drive(problem, store, Adder(), run=run)
        assert reason is StopReason.EVALUATIONS


class TestDesk:
    """What depends on the moment: reports and placements that cross."""

    @pytest.fixture
    async def desk(self, store: Store) -> tuple[Desk, Played, list[str]]:
        problem = waiting_problem(evaluations=5)
        played = await play(store, problem)
        lines: list[str] = []
        desk = Desk(
            run=played.run,
            problem=problem,
            store=store,
            archive=played.archive,
            tell=lambda program, line: lines.append(f"{program[:6]} {line}"),
        )
        assert not await desk.take_up()
        return desk, played, lines

    async def place(self, store: Store, played: Played, program: Program, value: float) -> None:
        """Place a program as if no report was seen when it was evaluated."""
        evaluation = await evaluated(waiting_problem(), program_of(value), MemoryStore())
        evaluation = replace(evaluation, program=program.id)
        seed = Record(
            attempt=None,
            program=program,
            birth=Birth(run=played.run.id, program=program.id, operator="seed", at=NOW),
            candidate=None,
            evaluation=evaluation,
            placement=played.archive.add(evaluation, island=0),
            utility=evaluation.fitness,
        )
        await store.record(seed)

    async def test_a_report_on_a_program_under_evaluation_counts_when_it_is_placed(self, store, desk):
        desk, played, lines = desk
        program = program_of(1.75)
        other = replace(played.run, id="ffff00000000", name="other")
        await store.create_run(other)
        await self.place(store, replace(played, run=other, archive=empty()), program, 1.75)
        await tell(store, other, waiting_problem(), program.id, 77.0)
        assert not await desk.take_up()
        assert lines == []
        async with desk.placing(program.id):
            await self.place(store, played, program, 1.75)
        assert await desk.take_up()
        assert not await desk.take_up()
        assert played.archive.best is not None
        assert (played.archive.best.program, played.archive.best.fitness) == (program.id, 77.0)
        assert len(lines) == 1

    async def test_reports_wait_for_a_placement_under_way_and_the_next_one_for_them(self, store, desk):
        desk, played, _ = desk
        steps: list[str] = []
        recorded = asyncio.Event()

        async def first() -> None:
            async with desk.placing("first"):
                await recorded.wait()
                steps.append("first")

        async def reports() -> None:
            await tell(store, played.run, waiting_problem(), program_of(1.0).id, 9.0)
            await desk.take_up()
            steps.append("reports")

        async def second() -> None:
            await closed(desk)
            async with desk.placing("second"):
                steps.append("second")
                assert played.archive.best is not None
                assert played.archive.best.fitness == 9.0

        tasks = [asyncio.create_task(step()) for step in (first, reports, second)]
        await closed(desk)
        await asyncio.sleep(0.02)
        assert steps == []
        recorded.set()
        await asyncio.wait_for(asyncio.gather(*tasks), timeout=10)
        assert steps[0] == "first"
        assert set(steps[1:]) == {"reports", "second"}

    async def test_a_placement_that_is_cut_short_keeps_nobody_waiting(self, store, desk):
        desk, played, _ = desk

        async def cut() -> None:
            async with desk.placing("cut"):
                await asyncio.sleep(60)

        task = asyncio.create_task(cut())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await tell(store, played.run, waiting_problem(), program_of(1.0).id, 9.0)
        assert await asyncio.wait_for(desk.take_up(), timeout=10)

    async def test_reports_that_are_cut_short_keep_nobody_waiting(self, store, desk):
        desk, played, _ = desk
        await tell(store, played.run, waiting_problem(), program_of(1.0).id, 9.0)
        async with desk.placing("slow"):
            task = asyncio.create_task(desk.take_up())
            await closed(desk)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(10), desk.placing("next"):
            pass
        assert await desk.take_up()


async def closed(desk: Desk) -> None:
    """Wait until reports are being taken up."""
    async with asyncio.timeout(10):
        while not desk._closed:
            await asyncio.sleep(0.001)


def empty() -> Archipelago:
    problem = waiting_problem()
    return Archipelago(descriptors=problem.descriptors, objective=problem.objective)
