"""Turns that tune: ordinary candidates without a model call, the same ones after any number of kills."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from archive.attempt import Attempt, AttemptState
from archive.evaluation import Evaluation, Verdict
from archive.memory import MemoryStore
from archive.run import Run
from archive.store import Reader, Store
from archive.strategy import Draw
from flows.tuning import CampaignTuner, tuner_of
from problems.problem import Problem
from tests.flows.doubles import Adder, Hook, drive, no_hook, number_problem, run_of

OPTIMUM = 2.75


class Valley(Adder):
    """As an adder, but numbers are worth the more the nearer they are to an optimum."""

    def __init__(self, hook: Hook = no_hook, *, flat: bool = False) -> None:
        super().__init__(hook)
        self._flat = flat

    async def evaluate(self, program: object, *, seed: int, rival: float | None = None) -> Evaluation:
        evaluation = await super().evaluate(program, seed=seed, rival=rival)  # type: ignore[arg-type]
        if evaluation.verdict is not Verdict.VALID or evaluation.fitness is None:
            return evaluation
        worth = 1.0 if self._flat else -((evaluation.fitness - OPTIMUM) ** 2)
        return replace(evaluation, fitness=worth)


def problem_with(tuner: str, **budget: float) -> Problem:
    plain = number_problem(**budget)
    return replace(plain, initial={"n.txt": "1.25"}, search=replace(plain.search, tuner=tuner))


async def run(store: MemoryStore, problem: Problem, adder: Adder, *, terms: Run | None = None) -> object:
    terms = terms or run_of(problem)
    tuner = tuner_of(terms, problem, store=store, dollars=lambda: 0.0, history=store.reader)
    return (await drive(problem, store, adder, run=terms, tuner=tuner))[2]


def births(store: MemoryStore) -> Counter[str]:
    reader: Reader = store.reader()
    return Counter(birth.operator for birth, _ in reader.programs(run_of(number_problem()).id, 10**6))


async def begun(problem: Problem) -> MemoryStore:
    store = MemoryStore()
    await store.create_run(run_of(problem))
    return store


async def test_without_the_option_nothing_is_tuned() -> None:
    problem = problem_with("none", evaluations=30)
    store = await begun(problem)
    await run(store, problem, Valley())
    assert births(store)["tune"] == 0


async def test_a_turn_that_tunes_asks_nobody_and_is_recorded_as_others_are() -> None:
    problem = problem_with("always", evaluations=30)
    store, adder = await begun(problem), Valley()
    await run(store, problem, adder)
    assert not adder.contexts
    reader = store.reader()
    tuned = [birth for birth, _ in reader.programs(run_of(problem).id) if birth.operator == "tune"]
    assert len(tuned) == 29
    assert all(birth.parents and birth.model is None and birth.attempt for birth in tuned)
    assert not reader.calls(run_of(problem).id)
    attempts = reader.attempts(run_of(problem).id)
    assert {attempt.state for attempt in attempts} <= {AttemptState.DONE, AttemptState.DUPLICATE}
    assert all(attempt.plan is not None and attempt.plan.idea == "tune 1 constant" for attempt in attempts)
    best = reader.summary("test").best
    assert best is not None
    assert best.fitness > -1e-6


async def test_where_nothing_is_left_to_tune_the_model_is_asked() -> None:
    problem = problem_with("always", evaluations=60)
    store, adder = await begun(problem), Valley(flat=True)
    await run(store, problem, adder)
    assert len(adder.contexts) > 5


async def test_constants_that_do_not_matter_cost_few_turns() -> None:
    """Fails when a program of another number is taken for another program, whose constant is tuned anew."""
    problem = problem_with("bandit", evaluations=100)
    store = await begun(problem)
    await run(store, problem, Valley(flat=True))
    assert 1 <= births(store)["tune"] <= 15


@pytest.mark.parametrize("tuner", ["bandit", "always"])
async def test_a_run_that_is_cut_at_any_step_tunes_as_an_undisturbed_one(tuner: str) -> None:
    """Fails when a campaign forgets what was tried, or the bandit what was gained."""
    problem = problem_with(tuner, evaluations=90)
    whole = await begun(problem)
    await run(whole, problem, Valley())

    store, rng, cuts = await begun(problem), random.Random(4), 0
    left = [rng.randrange(1, 12)]
    evaluated: Counter[str] = Counter()

    def hook(step: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Cut(step)

    while True:
        adder = Valley(hook)
        try:
            await run(store, problem, adder)
            break
        except Cut:
            cuts += 1
            left[0] = rng.randrange(1, 12) if cuts < 20 else -1
        finally:
            evaluated.update(adder.evaluated)
    assert cuts == 20
    run_id = run_of(problem).id
    assert story(store, run_id) == story(whole, run_id)
    assert max(evaluated.values()) == 1
    assert births(store) == births(whole)
    assert births(store)["tune"] > 10


class Cut(BaseException):
    """What a kill looks like from inside."""


def story(store: MemoryStore, run_id: str) -> list[tuple[object, ...]]:
    return [
        (birth.attempt, birth.program, birth.parents, birth.operator, birth.island, evaluation.fitness)
        for birth, evaluation in store.reader().programs(run_id, 10**6)
    ]


async def test_constants_that_another_worker_was_trying_when_killed_are_not_drawn_again() -> None:
    """Fails when a tuner that is begun anew takes in the turns that have ended alone."""
    problem = problem_with("always", evaluations=8)
    store = await begun(problem)
    await run(store, problem, Valley())
    terms = run_of(problem)
    _, _, archive = await drive(problem, store, Valley(), run=terms)
    number = len(store.reader().attempts(terms.id)) + 1

    async def drawn() -> Draw:
        tuner = tuner_of(terms, problem, store=store, dollars=lambda: 0.0, history=store.reader)
        assert tuner is not None
        draw = await tuner.draw(archive, number=number)
        assert draw is not None
        return draw

    first = await drawn()
    assert await drawn() == first
    cut = Attempt(
        run=terms.id,
        number=number,
        island=first.island,
        parents=(first.parent,),
        plan=first.plan,
        started=datetime(2026, 1, 1, tzinfo=UTC),
    )
    await store.open_attempt(cut)
    assert (await drawn()).plan != first.plan


async def test_a_replay_tunes_where_the_original_did_and_nowhere_else() -> None:
    problem = problem_with("always", evaluations=10)
    store = await begun(problem)
    replay = replace(run_of(problem), overrides={"replay": "000000000000"})
    tuner = tuner_of(replay, problem, store=store, dollars=lambda: 0.0, history=None)
    assert tuner is not None
    await run(store, problem, Valley(), terms=replay)
    assert births(store)["tune"] == 0


async def test_a_paid_model_is_dearer_by_its_share_of_the_budget() -> None:
    problem = problem_with("bandit", evaluations=100, dollars=10.0)
    store: Store = await begun(problem)
    tuner = CampaignTuner(run=run_of(problem), problem=problem, store=store, dollars=lambda: 2.0)
    tuner._asked = 10
    # 0.2 dollars a turn are a fiftieth of the dollars, an evaluation is a hundredth of the evaluations.
    assert tuner._price() == pytest.approx(1 + 2.0)
