"""Turns that carry their plan out in rounds, over doubles of the ports and real stores."""

from __future__ import annotations

import random
import shutil
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from doubles import Adder, Hook, drive, no_hook, number_problem, run_of

from archive.attempt import Candidate
from archive.evaluation import Evaluation, Verdict
from archive.experience import Lesson
from archive.lineage import Birth
from archive.memory import MemoryStore
from archive.program import Program
from archive.run import StopReason
from archive.sql.reader import open_reader
from archive.sql.store import SqlStore, open_store
from flows.rounds import best_of, places
from mutators.budget import BudgetExhausted
from mutators.mutator import Context, Proposal
from problems.problem import Direction, Objective, Problem

RUN = "abcdef012345"


def in_rounds(rounds: int, **budget: float) -> Problem:
    problem = number_problem(**budget)
    return replace(problem, search=replace(problem.search, rounds=rounds))


class Watched(Adder):
    """Keeps what it was asked, by attempt."""

    def __init__(self, hook: Hook = no_hook) -> None:
        super().__init__(hook)
        self.asked: defaultdict[int, list[Context]] = defaultdict(list)
        self.judged: dict[int, tuple[Candidate, int]] = {}

    async def propose(self, context: Context) -> Proposal:
        self.asked[context.attempt.number].append(context)
        return await super().propose(context)

    async def summarize(self, context: Context, candidate: Candidate) -> Lesson | None:
        self.judged[context.attempt.number] = (candidate, len(context.tried))
        return await super().summarize(context, candidate)


@pytest.fixture
async def store(tmp_path: Path, blank: Path) -> AsyncIterator[SqlStore]:
    opened = open_store(shutil.copy(blank, tmp_path / "runs.db"))
    yield opened
    await opened.close()


def test_each_round_has_a_place_more_than_the_one_before() -> None:
    assert list(places(1)) == [(0, 0)]
    assert list(places(3)) == [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]


async def test_a_turn_ends_with_the_first_program_that_is_better_than_its_parent(
    store: SqlStore, tmp_path: Path
) -> None:
    """Fails when a turn goes on after an improvement, ends before one with places left, does not keep every
    program it made, or is told what came of its own round.
    """
    problem = in_rounds(3, evaluations=80)
    await store.create_run(run_of(problem))
    watched = Watched()
    await drive(problem, store, watched)
    reader = open_reader(tmp_path / "runs.db")
    by_attempt: defaultdict[int, list[tuple[Birth, Evaluation]]] = defaultdict(list)
    for birth, evaluation in reversed(reader.programs(RUN, limit=1000)):
        if birth.attempt is not None:
            by_attempt[birth.attempt].append((birth, evaluation))
    reader.close()

    assert sum(len(made) for made in by_attempt.values()) == 79
    assert {len(asked) for asked in watched.asked.values()} >= {1, 2, 3, 6}
    for number, asked in watched.asked.items():
        parent = asked[0].parent.evaluation.fitness
        fitness = [evaluation.fitness for _, evaluation in by_attempt[number]]
        better = [one is not None and parent is not None and one > parent for one in fitness]
        assert not any(better[:-1])
        if number < max(watched.asked):
            assert better[-1] or len(asked) == 6
        assert [(one.round, one.slot) for one in asked] == list(places(3))[: len(asked)]
        for one in asked:
            told = [tried.candidate.round for tried in one.tried if tried.candidate is not None]
            assert all(at < one.round for at in told)
            assert len(one.tried) == one.round * (one.round + 1) // 2


async def test_the_lesson_is_about_the_best_program_of_the_turn() -> None:
    """Fails when it is about the last one, or is not told of the others."""
    problem = in_rounds(3, evaluations=60)
    kept = MemoryStore()
    await kept.create_run(run_of(problem))
    watched = Watched()
    await drive(problem, kept, watched)
    reader = kept.reader()
    fitness: defaultdict[int, list[float]] = defaultdict(list)
    for birth, evaluation in reader.programs(RUN, limit=1000):
        if birth.attempt is not None and evaluation.fitness is not None:
            fitness[birth.attempt].append(evaluation.fitness)
    several = 0
    for number, (candidate, others) in watched.judged.items():
        if candidate.evaluation is not None and candidate.evaluation.fitness is not None:
            assert candidate.evaluation.fitness == max(fitness[number])
        several += others > 0
    assert several > 3


class Cut(BaseException):
    """What a kill looks like from inside."""


async def test_a_run_that_is_cut_between_programs_of_a_turn_ends_as_an_undisturbed_one(
    store: SqlStore,
) -> None:
    """Fails when a program of an earlier round is evaluated again after a kill, or a place is left out."""
    problem = in_rounds(3, evaluations=60)
    whole = MemoryStore()
    await whole.create_run(run_of(problem))
    calm = Adder()
    _, _, undisturbed = await drive(problem, whole, calm)

    await store.create_run(run_of(problem))
    rng = random.Random(4)
    left, cuts = [rng.randrange(3, 15)], 0
    evaluated: list[str] = []

    def hook(step: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Cut(step)

    while True:
        adder = Adder(hook)
        try:
            _, _, archive = await drive(problem, store, adder)
            break
        except Cut:
            cuts += 1
            left[0] = rng.randrange(3, 15)
        finally:
            evaluated += adder.evaluated
    assert cuts > 8
    assert archive.elites() == undisturbed.elites()
    assert sorted(set(evaluated)) == sorted(set(calm.evaluated))
    assert len(evaluated) <= len(calm.evaluated) + cuts


@pytest.mark.parametrize("workers", [1, 4])
async def test_rounds_never_pass_the_wall_on_evaluations(workers: int) -> None:
    """Fails when a round does not ask whether there is room for one more program."""
    for evaluations in (7, 8, 9, 20):
        problem = in_rounds(3, evaluations=evaluations)
        kept = MemoryStore()
        await kept.create_run(run_of(problem, workers=workers))
        reason, _, _ = await drive(problem, kept, Adder(), run=run_of(problem, workers=workers))
        assert reason is StopReason.EVALUATIONS
        assert (await kept.totals(RUN)).evaluations == evaluations


async def test_a_turn_whose_answers_lead_to_nothing_tries_every_place_and_ends_once() -> None:
    problem = in_rounds(2, evaluations=5)
    kept = MemoryStore()
    await kept.create_run(run_of(problem))

    class Mute(Watched):
        async def propose(self, context: Context) -> Proposal:
            made = await super().propose(context)
            return Proposal(candidate=None, note="no edit") if context.attempt.number == 1 else made

    mute = Mute()
    await drive(problem, kept, mute)
    first = next(one for one in kept.reader().attempts(RUN, 100) if one.number == 1)
    assert (first.state.value, first.note) == ("failed", "no edit")
    assert len(mute.asked[1]) == 3
    assert [one.note for one in mute.asked[1][-1].tried] == ["no edit"]


def test_a_turn_is_judged_by_its_best_program() -> None:
    def made(number: int, fitness: float | None) -> Candidate:
        program = Program.of("text", {"n.txt": str(number)})
        verdict = Verdict.FAILED if fitness is None else Verdict.VALID
        evaluation = Evaluation(program=program.id, problem="d" * 64, verdict=verdict, fitness=fitness)
        return Candidate(operator="diff", program=program, evaluation=evaluation)

    bad, low, high = made(1, None), made(2, 1.0), made(3, 2.0)
    largest, smallest = (Objective(metric="n", direction=way) for way in Direction)
    assert best_of((low, high, bad), largest) is high
    assert best_of((low, high, bad), smallest) is low
    assert best_of((bad, made(4, None)), largest).program.text == "4"


async def test_a_wall_of_dollars_inside_a_turn_leaves_it_to_be_gone_on_with(store: SqlStore) -> None:
    """Fails when the turn ends at the wall, or when what it has evaluated is evaluated or counted again."""
    problem = in_rounds(3, evaluations=30)
    await store.create_run(run_of(problem))

    class Poor(Watched):
        async def propose(self, context: Context) -> Proposal:
            if context.round == 1:
                raise BudgetExhausted("no more dollars")
            return await super().propose(context)

    poor = Poor()
    reason, _, _ = await drive(problem, store, poor)
    assert reason is StopReason.DOLLARS
    (left,) = await store.unfinished(RUN)
    assert (left.state.value, len(left.candidates)) == ("evaluated", 1)
    before = (await store.totals(RUN)).evaluations

    rich = Watched()
    reason, _, _ = await drive(problem, store, rich)
    assert reason is StopReason.EVALUATIONS
    first = rich.asked[left.number][0]
    assert (first.round, first.slot) == (1, 0)
    assert (await store.totals(RUN)).evaluations == 30 > before
    assert not set(poor.evaluated) & set(rich.evaluated)
    assert await store.unfinished(RUN) == []
