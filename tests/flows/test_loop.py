"""The engine, over doubles of its ports and a real SQLite store."""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from doubles import Adder, drive, number_problem, run_of

from archive.attempt import AttemptState, Candidate
from archive.evaluation import Evaluation, Verdict
from archive.memory import MemoryStore
from archive.program import Program, ProgramId
from archive.run import StopReason
from archive.sql.reader import open_reader
from archive.sql.store import SqlStore, open_store
from archive.store import Known
from evaluators.sandbox import SandboxUnavailable, SlotsLost
from flows.events import Evaluated, Improved, Notice, Progress
from flows.founding import InvalidSeed
from mutators.budget import BudgetExhausted
from mutators.model import ModelUnreachable
from mutators.mutator import Context, Proposal

RUN = "abcdef012345"


@pytest.fixture
async def store(tmp_path: Path, blank: Path) -> AsyncIterator[SqlStore]:
    opened = open_store(shutil.copy(blank, tmp_path / "runs.db"))
    yield opened
    await opened.close()


async def test_a_run_evaluates_exactly_as_many_programs_as_its_budget_says(store: SqlStore) -> None:
    problem = number_problem(evaluations=40)
    for workers in (1, 4):
        run = replace(run_of(problem, workers=workers), id=f"abcdef01234{workers}", name=f"w{workers}")
        await store.create_run(run)
        reason, _, _ = await drive(problem, store, Adder(), run=run)
        assert reason is StopReason.EVALUATIONS
        assert (await store.totals(run.id)).evaluations == 40
        assert await store.unfinished(run.id) == []


async def test_the_same_seed_at_one_worker_gives_the_same_archive() -> None:
    problem = number_problem(evaluations=120)
    archives = []
    for _ in range(2):
        store = MemoryStore()
        await store.create_run(run_of(problem))
        _, _, archive = await drive(problem, store, Adder())
        archives.append(archive.elites())
    assert archives[0] == archives[1]
    assert len(archives[0]) > 5


async def test_another_seed_gives_another_archive() -> None:
    problem = number_problem(evaluations=60)
    archives = []
    for seed in (1, 2):
        store = MemoryStore()
        run = run_of(problem, seed=seed)
        await store.create_run(run)
        _, _, archive = await drive(problem, store, Adder(), run=run)
        archives.append(archive.elites())
    assert archives[0] != archives[1]


class Cut(BaseException):
    """What a kill looks like from inside: nothing gets a chance to tidy up."""


async def test_a_run_that_is_cut_at_any_step_ends_with_the_archive_of_an_undisturbed_one(
    store: SqlStore,
) -> None:
    # Broken by hand: drawing again for an unfinished attempt, or not restoring the credits, fails this.
    problem = number_problem(evaluations=80)
    whole = MemoryStore()
    await whole.create_run(run_of(problem))
    _, _, undisturbed = await drive(problem, whole, Adder())

    await store.create_run(run_of(problem))
    rng = random.Random(4)
    left = [rng.randrange(1, 15)]
    cuts = 0

    def hook(step: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Cut(step)

    while True:
        try:
            _, _, archive = await drive(problem, store, Adder(hook))
            break
        except Cut:
            cuts += 1
            left[0] = rng.randrange(1, 15) if cuts < 25 else -1
    assert cuts == 25
    assert archive.elites() == undisturbed.elites()
    totals = await store.totals(RUN)
    assert totals.evaluations == 80


async def test_what_was_recorded_is_never_evaluated_again(store: SqlStore) -> None:
    problem = number_problem(evaluations=30)
    await store.create_run(run_of(problem))
    seen: Counter[str] = Counter()
    for limit in (10, 20, 30):
        adder = Adder()
        run = replace(run_of(problem), budget=replace(problem.budget, evaluations=limit))
        await drive(problem, store, adder, run=run)
        seen.update(adder.evaluated)
    assert max(seen.values()) == 1
    assert sum(seen.values()) == 30


async def test_a_known_program_is_a_duplicate_that_is_not_run(store: SqlStore) -> None:
    problem = number_problem(evaluations=10)
    await store.create_run(run_of(problem))
    adder = Adder(repeats=True)
    reason, _, _ = await drive(problem, store, adder)
    assert reason is StopReason.STAGNATION
    assert len(adder.evaluated) == 1
    totals = await store.totals(RUN)
    assert totals.evaluations == 1
    assert totals.duplicates == totals.attempts >= 300


class Stale(MemoryStore):
    """Answers late, with what was known when it was asked, as a database on another machine may."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    async def known(self, run: str, program: ProgramId, problem: str) -> Known:
        found = await super().known(run, program, problem)
        self.asked[program] += 1
        if self.asked[program] > 1:
            await asyncio.sleep(0.05)
        return found


class Twins(Adder):
    """Proposes the same child of a parent whoever asks."""

    async def propose(self, context: Context) -> Proposal:
        await super().propose(context)
        program = Program.of("text", {"n.txt": repr(float(context.parent.program.text) + 1.0)})
        return Proposal(candidate=Candidate(operator="diff", program=program, model="adder"))


async def test_a_program_that_two_turns_come_to_at_once_is_evaluated_once() -> None:
    problem = number_problem(evaluations=6)
    store = Stale()
    run = run_of(problem, workers=2)
    await store.create_run(run)
    twins = Twins()
    await drive(problem, store, twins, run=run)
    assert len(twins.evaluated) == len(set(twins.evaluated)) == 6


@pytest.mark.parametrize(
    ("verdict", "again"),
    [(Verdict.TIMED_OUT, True), (Verdict.OUT_OF_MEMORY, True), (Verdict.FAILED, False)],
)
async def test_what_another_run_found_is_taken_over_unless_a_quieter_machine_may_find_otherwise(
    store: SqlStore, verdict: Verdict, again: bool
) -> None:
    problem = number_problem(evaluations=2)

    class Failing(Twins):
        async def evaluate(self, program: Program, *, seed: int, rival: float | None = None) -> Evaluation:
            found = await super().evaluate(program, seed=seed, rival=rival)
            if len(self.evaluated) == 1:
                return found
            return Evaluation(program=program.id, problem="d" * 64, verdict=verdict, reason="bad luck")

    for name, adder, evaluated in (("first", Failing(), 2), ("second", Twins(), 1 if again else 0)):
        run = replace(run_of(problem), id=f"{name:0<12}", name=name)
        await store.create_run(run)
        await drive(problem, store, adder, run=run)
        assert len(adder.evaluated) == evaluated


async def test_answers_that_lead_to_no_program_end_as_failed_attempts_and_not_the_run(
    store: SqlStore,
) -> None:
    problem = number_problem(evaluations=10)
    await store.create_run(run_of(problem))
    reason, _, _ = await drive(problem, store, Adder(fails=True))
    assert reason is StopReason.STAGNATION
    assert await store.unfinished(RUN) == []


async def test_the_target_stops_the_run(store: SqlStore) -> None:
    problem = number_problem(target=1.3, evaluations=2000)
    await store.create_run(run_of(problem))
    reason, _, archive = await drive(problem, store, Adder())
    assert reason is StopReason.TARGET
    assert archive.best is not None
    assert archive.best.fitness >= 1.3
    assert (await store.totals(RUN)).evaluations < 2000


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (ModelUnreachable("gone"), StopReason.MODEL_UNREACHABLE),
        (SandboxUnavailable("gone"), StopReason.SANDBOX_UNAVAILABLE),
        (BudgetExhausted("spent"), StopReason.DOLLARS),
    ],
)
@pytest.mark.parametrize("step", ["plan", "propose", "evaluate", "summarize"])
async def test_trouble_stops_the_run_with_the_turn_kept_for_a_resume(
    store: SqlStore, trouble: Exception, reason: StopReason, step: str
) -> None:
    problem = number_problem(evaluations=25)
    await store.create_run(run_of(problem))
    calls = [0]

    def hook(at: str) -> None:
        calls[0] += at == step
        if calls[0] == 9:
            raise trouble

    stopped_by, engine, _ = await drive(problem, store, Adder(hook))
    assert stopped_by is reason
    assert (engine.trouble is trouble) == (reason is not StopReason.DOLLARS)
    unfinished = await store.unfinished(RUN)
    assert len(unfinished) == 1
    before = (await store.totals(RUN)).evaluations
    assert 0 < before < 25
    stopped_by, _, _ = await drive(problem, store, Adder())
    assert stopped_by is StopReason.EVALUATIONS
    assert (await store.totals(RUN)).evaluations == 25
    assert await store.unfinished(RUN) == []


@pytest.mark.parametrize(("in_a_row", "goes_on"), [(2, True), (3, False)])
async def test_a_program_that_no_slot_outlives_costs_its_own_turn_until_it_is_three_in_a_row(
    store: SqlStore, in_a_row: int, goes_on: bool
) -> None:
    problem = number_problem(evaluations=25)
    await store.create_run(run_of(problem))
    calls = [0]

    def hook(at: str) -> None:
        calls[0] += at == "evaluate"
        if at == "evaluate" and 9 <= calls[0] < 9 + in_a_row:
            raise SlotsLost("3 slots failed")

    told: list[str] = []
    reason, _, _ = await drive(
        problem,
        store,
        Adder(hook),
        observe=lambda event: told.append(event.text) if isinstance(event, Notice) else None,
    )
    assert reason is (StopReason.EVALUATIONS if goes_on else StopReason.SANDBOX_UNAVAILABLE)
    assert [text[12:] for text in told] == [" was given up without a verdict: 3 slots failed"] * 2
    totals = await store.totals(RUN)
    assert totals.evaluations == (25 if goes_on else 8)
    assert len(await store.unfinished(RUN)) == (0 if goes_on else 1)


async def test_a_stop_lets_the_turns_under_way_finish(store: SqlStore) -> None:
    problem = number_problem()
    await store.create_run(run_of(problem, workers=3))
    stop = asyncio.Event()

    def observe(event: object) -> None:
        if isinstance(event, Evaluated) and event.evaluations >= 12:
            stop.set()

    reason, _, _ = await drive(
        problem, store, Adder(), run=run_of(problem, workers=3), observe=observe, stop=stop
    )
    assert reason is StopReason.INTERRUPTED
    assert await store.unfinished(RUN) == []


async def test_the_wall_on_minutes_stops_a_run(store: SqlStore) -> None:
    problem = number_problem(minutes=0.005)
    await store.create_run(run_of(problem))
    reason, _, _ = await drive(problem, store, Adder())
    assert reason is StopReason.MINUTES
    assert (await store.totals(RUN)).seconds == pytest.approx(0.3, abs=0.3)


async def test_an_initial_program_that_is_not_valid_is_refused_with_its_reason(store: SqlStore) -> None:
    problem = replace(number_problem(), initial={"n.txt": "7.0"})
    await store.create_run(run_of(problem))
    with pytest.raises(InvalidSeed, match="unlucky"):
        await drive(problem, store, Adder())


async def test_the_seed_stands_on_every_island_and_counts_once(store: SqlStore) -> None:
    problem = number_problem(islands=3, evaluations=1)
    await store.create_run(run_of(problem))
    await drive(problem, store, Adder())
    elites = await store.elites(RUN)
    assert {elite.island for elite in elites} == {0, 1, 2}
    assert len({elite.program for elite in elites}) == 1
    assert (await store.totals(RUN)).evaluations == 1


async def test_the_store_holds_the_same_elites_as_the_archive_in_memory(store: SqlStore) -> None:
    # Broken by hand: leaving migrants out of the record fails this.
    problem = number_problem(islands=3, evaluations=150)
    await store.create_run(run_of(problem, workers=4))
    _, _, archive = await drive(problem, store, Adder(), run=run_of(problem, workers=4))
    assert tuple(await store.elites(RUN)) == archive.elites()


async def test_children_inherit_what_the_plan_is_told(store: SqlStore) -> None:
    problem = number_problem(evaluations=60)
    await store.create_run(run_of(problem))
    adder = Adder()
    await drive(problem, store, adder)
    last = adder.contexts[-1]
    assert last.parent.evaluation.is_valid
    assert last.lessons
    assert last.ancestors[0].program == last.parent.program.id
    assert any(context.children for context in adder.contexts)
    assert any(context.failures for context in adder.contexts)
    assert len({context.seed for context in adder.contexts}) == len(adder.contexts)


async def test_events_tell_every_evaluation_every_record_and_the_progress(store: SqlStore) -> None:
    problem = number_problem(evaluations=50)
    await store.create_run(run_of(problem))
    events: list[object] = []
    _, _, archive = await drive(problem, store, Adder(), observe=events.append)
    evaluated = [event for event in events if isinstance(event, Evaluated)]
    improved = [event for event in events if isinstance(event, Improved)]
    progress = [event for event in events if isinstance(event, Progress)]
    assert [event.evaluations for event in evaluated] == list(range(1, 51))
    assert [event.fitness for event in improved] == sorted(event.fitness for event in improved)
    assert archive.best is not None
    assert improved[-1].fitness == archive.best.fitness
    assert progress[-1].evaluations == 50
    assert progress[-1].cells == len({elite.cell for elite in archive.elites()})


@pytest.mark.parametrize("strategy", ["best_of_n", "hill_climb", "random_elite"])
async def test_the_baselines_run_on_the_same_engine(store: SqlStore, strategy: str, tmp_path: Path) -> None:
    problem = number_problem(evaluations=30)
    run = run_of(problem, strategy=strategy)
    await store.create_run(run)
    reason, _, _ = await drive(problem, store, Adder(), run=run)
    assert reason is StopReason.EVALUATIONS
    reader = open_reader(tmp_path / "runs.db")
    births = [birth for birth, _ in reader.programs(RUN, limit=100) if birth.attempt is not None]
    reader.close()
    if strategy == "best_of_n":
        assert len({birth.parents[0] for birth in births}) == 1
    else:
        assert len({birth.parents[0] for birth in births}) > 1


async def test_every_attempt_ends_in_a_finished_state(store: SqlStore, tmp_path: Path) -> None:
    problem = number_problem(evaluations=30)
    await store.create_run(run_of(problem))
    await drive(problem, store, Adder())
    reader = open_reader(tmp_path / "runs.db")
    attempts = reader.attempts(RUN, limit=200)
    reader.close()
    assert attempts
    assert {attempt.state for attempt in attempts} <= {AttemptState.DONE, AttemptState.DUPLICATE}


class Away(Adder):
    """Its sandbox is away for good: an evaluation waits, from the `since`-th on."""

    def __init__(self, *, since: int) -> None:
        super().__init__()
        self._since = since
        self.waiting = asyncio.Event()

    async def evaluate(self, program: Program, *, seed: int, rival: float | None = None) -> Evaluation:
        if len(self.evaluated) >= self._since:
            self.waiting.set()
            await asyncio.sleep(3600)
        return await super().evaluate(program, seed=seed, rival=rival)


@pytest.mark.parametrize("since", [0, 6])
async def test_a_stop_while_the_sandbox_is_away_is_heard_and_the_run_goes_on_whole(
    store: SqlStore, since: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.loop._GRACE", 0.05)
    problem = number_problem(evaluations=20)
    await store.create_run(run_of(problem))
    adder, stop = Away(since=since), asyncio.Event()
    driven = asyncio.create_task(drive(problem, store, adder, stop=stop))
    await adder.waiting.wait()
    stop.set()
    reason, _, _ = await asyncio.wait_for(driven, timeout=5)
    assert reason is StopReason.INTERRUPTED
    assert (await store.totals(RUN)).evaluations == since
    reason, _, _ = await drive(problem, store, Adder())
    assert reason is StopReason.EVALUATIONS
    assert (await store.totals(RUN)).evaluations == 20


async def test_a_sandbox_that_is_away_at_the_first_program_pauses_the_run(store: SqlStore) -> None:
    problem = number_problem(evaluations=20)
    await store.create_run(run_of(problem))

    def hook(step: str) -> None:
        raise SandboxUnavailable("the engine is away")

    reason, engine, _ = await drive(problem, store, Adder(hook))
    assert reason is StopReason.SANDBOX_UNAVAILABLE
    assert "away" in str(engine.trouble)
    reason, _, archive = await drive(problem, store, Adder())
    assert reason is StopReason.EVALUATIONS
    assert archive.best is not None


async def test_a_parents_fitness_is_what_a_child_has_to_beat(store: SqlStore) -> None:
    seen: list[float | None] = []

    class Watching(Adder):
        async def evaluate(self, program: Program, *, seed: int, rival: float | None = None) -> Evaluation:
            seen.append(rival)
            return await super().evaluate(program, seed=seed, rival=rival)

    problem = number_problem(evaluations=12)
    await store.create_run(run_of(problem))
    adder = Watching()
    await drive(problem, store, adder)
    assert seen[0] is None
    parents = [context.parent.evaluation.fitness for context in adder.contexts]
    assert set(seen[1:]) <= set(parents)
    assert len(set(seen)) > 2
