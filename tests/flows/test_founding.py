"""Runs of a problem without an initial program, over doubles of the ports and real stores."""

from __future__ import annotations

import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from doubles import Adder, Scribbler, drive, number_problem, run_of

from archive.evaluation import Verdict
from archive.memory import MemoryStore
from archive.run import StopReason
from archive.sql.reader import open_reader
from archive.sql.store import SqlStore, open_store
from archive.store import Store
from flows.events import Notice
from flows.founding import MOST_DRAFTS, InvalidSeed
from problems.problem import Problem

RUN = "abcdef012345"
BAD = "0.000007"
"""A program that the doubles' evaluator finds unlucky."""
WORSE = "0.000014"
GOOD = "2.5"


def unwritten(**changes: object) -> Problem:
    return replace(number_problem(evaluations=30), initial={}, **changes)  # type: ignore[arg-type]  # keys


@pytest.fixture
async def store(tmp_path: Path, blank: Path) -> AsyncIterator[SqlStore]:
    opened = open_store(shutil.copy(blank, tmp_path / "runs.db"))
    yield opened
    await opened.close()


async def begun(problem: Problem, store: Store) -> Store:
    await store.create_run(run_of(problem))
    return store


async def test_drafts_are_written_until_one_is_valid_and_the_run_goes_on_from_it(
    store: SqlStore, tmp_path: Path
) -> None:
    """Fails when drafts that are not valid are not kept, do not count, or are not shown to the next one."""
    problem = unwritten()
    await begun(problem, store)
    scribbler = Scribbler("", BAD, WORSE, GOOD, store=store)
    told: list[object] = []
    reason, _, archive = await drive(problem, store, Adder(), founder=scribbler, observe=told.append)

    assert reason is StopReason.EVALUATIONS
    assert (await store.totals(RUN)).evaluations == 30
    assert [len(drafts) for drafts in scribbler.drafts] == [0, 1, 2, 3]
    assert [draft.shown and draft.shown.evaluation.verdict for draft in scribbler.drafts[-1]] == [
        None,
        Verdict.INVALID,
        Verdict.INVALID,
    ]
    reader = open_reader(tmp_path / "runs.db")
    seeds = [
        (evaluation.verdict, birth.model)
        for birth, evaluation in reader.programs(RUN, limit=100)
        if birth.operator == "seed"
    ]
    reader.close()
    assert seeds[::-1] == [(Verdict.INVALID, "scribbler")] * 2 + [(Verdict.VALID, "scribbler")]
    assert {elite.island for elite in archive.elites()} == {0, 1}
    assert any(isinstance(one, Notice) and "has no initial program" in one.text for one in told)


class Cut(BaseException):
    """What a kill looks like from inside."""


@pytest.mark.parametrize("strategy", ["map_elites", "best_of_n"])
async def test_a_run_that_is_cut_while_it_begins_pays_and_evaluates_nothing_twice(
    store: SqlStore, strategy: str
) -> None:
    """Fails when an answered draft is asked for again, or an evaluated one is evaluated again."""
    problem = unwritten(budget=replace(number_problem().budget, evaluations=12))
    whole = MemoryStore()
    run = run_of(problem, strategy=strategy)
    await whole.create_run(run)
    texts = ("", BAD, WORSE, GOOD)
    calm = Scribbler(*texts, store=whole)
    _, _, undisturbed = await drive(problem, whole, Adder(), run=run, founder=calm)

    await store.create_run(run)
    cuts, paid, left = 0, 0, 1
    evaluated: list[str] = []

    def hook(step: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Cut(step)

    while True:
        left = 2 + cuts
        adder, scribbler = Adder(hook), Scribbler(*texts, store=store, hook=hook)
        try:
            _, _, archive = await drive(problem, store, adder, run=run, founder=scribbler)
            break
        except Cut:
            cuts += 1
        finally:
            paid += scribbler.paid
            evaluated += adder.evaluated
    assert cuts > 10
    assert paid == calm.paid == 4
    assert archive.elites() == undisturbed.elites()
    assert (await store.totals(RUN)).evaluations == 12
    assert len(evaluated) == len(set(evaluated))


async def test_a_run_gives_up_after_so_many_drafts_and_a_resume_has_more_written(store: SqlStore) -> None:
    problem = await _begun_without(store)
    scribbler = Scribbler(*["", BAD] * 10, store=store)
    with pytest.raises(
        InvalidSeed, match=r"none of 10 .*invalid: unlucky; .*held no program[.] `cambrian resume"
    ):
        await drive(problem, store, Adder(), founder=scribbler)
    assert scribbler.paid == MOST_DRAFTS

    again = Scribbler(*[""] * 12, GOOD, store=store)
    reason, _, _ = await drive(problem, store, Adder(), founder=again)
    assert reason is StopReason.EVALUATIONS
    assert again.paid == 3


async def _begun_without(store: Store) -> Problem:
    problem = unwritten()
    await begun(problem, store)
    return problem


async def test_the_wall_on_evaluations_holds_while_drafts_are_written(store: SqlStore) -> None:
    """Fails when a draft is paid for that could not be evaluated any more."""
    problem = unwritten(budget=replace(number_problem().budget, evaluations=2))
    await begun(problem, store)
    scribbler = Scribbler(BAD, WORSE, GOOD, store=store)
    reason, _, _ = await drive(problem, store, Adder(), founder=scribbler)
    assert reason is StopReason.EVALUATIONS
    assert scribbler.paid == 2
    assert (await store.totals(RUN)).evaluations == 2


async def test_where_no_model_can_write_a_program_it_is_said_what_to_do() -> None:
    problem = unwritten()
    store = await begun(problem, MemoryStore())
    with pytest.raises(InvalidSeed, match=r"embedded model edits programs, it cannot write one.*--model"):
        await drive(problem, store, Adder())
