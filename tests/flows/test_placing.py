"""Migration and renewal reach the store with the evaluation they came with, and a resumed run draws alike."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from archive.memory import MemoryStore
from archive.sql.store import open_store
from archive.store import Store
from problems.problem import Problem
from tests.flows.doubles import Adder, drive, number_problem, run_of

RUN = "abcdef012345"


def stirred(evaluations: int, **search: Any) -> Problem:
    problem = number_problem(islands=3, evaluations=evaluations)
    changes = {"migration_every": 7, "stagnation": 5, "topology": "random", "migrants": 2} | search
    return replace(problem, search=replace(problem.search, **changes))


async def whole(store: Store, problem: Problem, *stops: int) -> tuple[object, ...]:
    """What is kept of a run that was stopped and resumed after each of `stops` evaluations."""
    await store.create_run(run_of(problem))
    for evaluations in (*stops, problem.budget.evaluations):
        part = replace(problem, budget=replace(problem.budget, evaluations=evaluations))
        _, _, archive = await drive(part, store, Adder(), run=run_of(part))
        assert tuple(await store.elites(RUN)) == archive.elites()
        states = tuple(await store.island_states(RUN))
        assert states == tuple(archive.state(state.island) for state in states)
    return tuple(await store.elites(RUN)), states


@pytest.mark.parametrize(("kind", "renewal"), [("memory", "reset"), ("memory", "spawn"), ("sqlite", "reset")])
async def test_a_run_that_renews_and_migrates_goes_on_after_a_resume_as_if_it_had_never_stopped(
    tmp_path, kind: str, renewal: str
) -> None:
    """Broken by hand: leaving states out of the record, or the renewed island's elites, fails this."""

    def fresh(name: str) -> Store:
        return MemoryStore() if kind == "memory" else open_store(f"sqlite:///{tmp_path / name}.db")

    problem = stirred(110, renewal=renewal, stagnation=2)
    one, other = fresh("one"), fresh("other")
    through = await whole(one, problem)
    assert await whole(other, problem, 33, 34, 71) == through
    assert any(state.epoch for state in through[1])  # type: ignore[attr-defined]
    for store in (one, other):
        await store.close()


async def test_islands_beside_each_other_and_many_workers_leave_store_and_memory_alike(tmp_path) -> None:
    """Broken by hand: offering a program that was refused to the island it had just renewed fails this."""
    problem = stirred(150, stagnation=3)
    store = open_store(f"sqlite:///{tmp_path / 'many'}.db")
    await store.create_run(run_of(problem, workers=6))
    _, _, archive = await drive(problem, store, Adder(), run=run_of(problem, workers=6))
    assert tuple(await store.elites(RUN)) == archive.elites()
    assert sum(state.epoch for state in await store.island_states(RUN)) > 1
    await store.close()


async def test_no_migration_is_skipped_where_the_count_jumps_over_its_number() -> None:
    """Broken by hand: asking whether the count is a multiple fails this."""
    store = MemoryStore()
    problem = stirred(40, stagnation=0, topology="full", migration_every=10)
    await store.create_run(run_of(problem))
    _, engine, _ = await drive(problem, store, Adder())
    placer = engine._turn._placer
    tally, seen = placer._tally, placer._periods
    tally.evaluations += 11
    _, _ = placer._stir(0, None)
    assert placer._periods == seen + 1
