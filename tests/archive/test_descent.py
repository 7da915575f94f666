"""Lineage both ways: laws on every reader."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.cell import Cell, Elite, Outcome
from archive.descent import LOOKED_BEYOND, Lineage, distances, main_line, nearest
from archive.evaluation import Verdict
from archive.lineage import Birth

RUN = "abcdef012345"
OTHER = "fedcba543210"
PROGRAMS = 7
CELL: Cell = (0, 0)


async def write(store, make, births, *, run=RUN, fitness=float):
    """Keep births, each a program's number and its parents' numbers, as candidates of attempts in order."""
    await store.create_run(make.run(run))
    ids = [make.program(number).id for number in range(max((n for n, _ in births), default=0) + 1)]
    for number, (program, parents) in enumerate(births, start=1):
        attempt = make.attempt(number, run=run, plan=make.plan(f"idea {number}"), island=number % 2)
        await store.open_attempt(replace(attempt, plan=None))
        await store.record(
            make.record(
                attempt, make.program(program), fitness(program), parents=tuple(ids[p] for p in parents)
            )
        )
    return ids


GRAPHS = st.lists(
    st.tuples(
        st.integers(0, PROGRAMS - 1),
        st.lists(st.integers(0, PROGRAMS - 1), max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=12,
)
"""Births in their order: circles, twins, several parents and parents that were never born among them."""


def told(lineage: Lineage) -> dict[str, int]:
    return {step.program: step.depth for step in lineage.steps}


class TestLaws:
    """On a run of its own for each graph, so that one store serves all examples."""

    @pytest.fixture
    def asked(self, opened, make):
        store, reading = opened
        reader, runs = reading(), iter(range(10_000))

        async def ask(births):
            run = f"{next(runs):012x}"
            await store.create_run(make.run(run))
            ids = [make.program(number).id for number in range(PROGRAMS)]
            for number, (program, parents) in enumerate(births, start=1):
                attempt = make.attempt(number, run=run)
                await store.open_attempt(attempt)
                await store.record(
                    make.record(attempt, make.program(program), 1.0, parents=tuple(ids[p] for p in parents))
                )
            born = sorted({ids[program] for program, _ in births})
            edges = {
                (ids[program], ids[parent])
                for program, parents in births
                for parent in parents
                if ids[parent] in born
            }
            return reader, run, born, edges

        return ask

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(births=GRAPHS)
    async def test_ancestors_are_the_closure_of_parents_and_descendants_their_inverse(self, asked, births):
        """Ancestors of a child include its parents and theirs, and nothing else; descendants are the inverse.

        Fails when only main parents are followed (`parentage` left out of `_DOWN`, or the column `parent`
        read in `_UP`), and when births after the first are passed over.
        """
        reader, run, born, edges = await asked(births)
        up = {each: told(reader.ancestry(run, each)) for each in born}
        down = {each: told(reader.descent(run, each)) for each in born}
        for child, parent in edges:
            assert parent in up[child]
        for one in born:
            parents_of = {each: [p for c, p in edges if c == each] for each in born}
            assert up[one] == distances(one, parents_of.__getitem__)
            for other in born:
                assert (other in up[one]) == (one in down[other])
                assert up[one].get(other) == down[other].get(one)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(births=GRAPHS, depth=st.integers(0, 4), limit=st.integers(1, 5))
    async def test_bounds_hold_and_what_they_leave_out_is_counted(self, asked, births, depth, limit):
        """No step is deeper, there are no more, the nearest are there, and the rest is in the count.

        Fails when `left_out` counts from what was told only, when the depth is compared with `<`, when a
        parent that was never born is counted, and when `UNION` becomes `UNION ALL`, which walks in circles.
        """
        reader, run, born, _ = await asked(births)
        for one in born:
            for ask in (reader.ancestry, reader.descent):
                whole, part = ask(run, one), ask(run, one, depth=depth, limit=limit)
                assert (whole.left_out, whole.more, part.more) == (0, False, False)
                near = [at for at in told(whole).values() if at <= depth]
                assert list(told(part).values()) == sorted(near)[:limit]
                assert set(part.steps) <= set(whole.steps)
                assert part.left_out == len(whole.steps) - len(part.steps)


class TestContract:
    async def test_a_step_tells_what_was_tried_and_what_it_brought(self, store, reader, make):
        ids = await write(store, make, [(0, ()), (1, (0,)), (2, (1, 0))])
        step = reader.ancestry(RUN, ids[2]).steps[0]
        birth = reader.births(ids[2], RUN)[0]
        assert step.birth == birth
        assert (step.depth, step.idea, step.verdict) == (0, "idea 3", Verdict.VALID)
        assert (step.fitness, step.parent_fitness, step.gain) == (2.0, 1.0, 1.0)
        assert (step.outcome, step.improvement, step.record) == (Outcome.NEW, 0.5, True)
        assert (step.birth.model, step.birth.attempt, step.birth.island) == ("one", 3, 1)
        assert step.parents == (ids[1], ids[0])
        assert [each.program for each in reader.descent(RUN, ids[0]).steps] == ids

    async def test_a_gain_is_one_of_utility_where_the_objective_is_minimized(self, store, reader, make):
        await store.create_run(make.run())
        seed, child = make.program(0), make.program(1)
        await store.record(replace(make.seed(seed, 4.0), utility=-4.0))
        attempt = make.attempt()
        await store.open_attempt(attempt)
        await store.record(replace(make.record(attempt, child, 3.0, parents=(seed.id,)), utility=-3.0))
        step = reader.ancestry(RUN, child.id).steps[0]
        assert (step.fitness, step.parent_fitness, step.gain) == (3.0, 4.0, 1.0)

    async def test_what_is_not_valid_has_no_gain_and_is_told(self, store, reader, make):
        ids = await write(
            store, make, [(0, ()), (1, (0,)), (2, (1,))], fitness=lambda n: None if n == 1 else 1.0
        )
        last, failed, seed = reader.ancestry(RUN, ids[2]).steps
        assert (failed.verdict, failed.fitness, failed.gain) == (Verdict.FAILED, None, None)
        assert failed.outcome is Outcome.REFUSED
        assert (last.parent_fitness, last.gain) == (None, None)
        assert (seed.parents, seed.parent_fitness) == ((), None)

    async def test_migrations_and_later_births_belong_to_the_program(self, store, reader, make):
        ids = await write(store, make, [(0, ()), (1, (0,)), (2, (0,)), (1, (2,))])
        program, attempt = make.program(3), make.attempt(9)
        elite = Elite(program=ids[1], cell=CELL, fitness=1.0, descriptors=(0.1, 0.2), island=4)
        arrival = Birth(run=RUN, program=ids[1], operator="migrate", island=4, source=2, at=attempt.started)
        await store.open_attempt(attempt)
        await store.record(
            replace(make.record(attempt, program, 3.0, parents=(ids[1],)), migrants=((arrival, elite, 1.0),))
        )
        step = next(s for s in reader.ancestry(RUN, program.id).steps if s.program == ids[1])
        assert (step.birth.attempt, [b.attempt for b in step.reborn], step.islands) == (2, [4], (4,))
        assert step.sources == (2,)
        assert step.parents == (ids[0], ids[2])
        assert told(reader.descent(RUN, ids[2])) == {ids[2]: 0, ids[1]: 1, program.id: 2}

    async def test_a_run_sees_its_own_births_alone(self, store, reader, make):
        ids = await write(store, make, [(0, ()), (1, (0,))])
        await write(store, make, [(0, ()), (2, (0, 1))], run=OTHER)
        assert told(reader.descent(RUN, ids[0])) == {ids[0]: 0, ids[1]: 1}
        assert reader.ancestry(OTHER, ids[1]) == Lineage(program=ids[1])
        assert reader.descent("0" * 12, ids[0]) == Lineage(program=ids[0])
        assert reader.ancestry(RUN, "nothing").steps == ()

    async def test_more_children_than_can_be_told_are_counted_as_far_as_was_looked(self, store, reader, make):
        few = 3
        children = few + LOOKED_BEYOND + 5
        await write(store, make, [(0, ()), *((n, (0,)) for n in range(1, children + 1))])
        found = reader.descent(RUN, make.program(0).id, limit=few)
        assert [step.birth.attempt for step in found.steps] == [1, 2, 3]
        assert (found.left_out, found.more) == (LOOKED_BEYOND, True)
        whole = reader.descent(RUN, make.program(0).id, limit=children)
        assert (len(whole.steps), whole.left_out, whole.more) == (children, 1, False)


def test_a_main_line_follows_first_parents_and_ends_on_a_circle() -> None:
    assert distances("a", {"a": ["b", "c"], "b": ["a"], "c": []}.__getitem__) == {"a": 0, "b": 1, "c": 1}
    assert nearest({"a": 0, "b": 1, "c": 2}, depth=1, limit=9) == {"a": 0, "b": 1}
    assert nearest({"a": 0, "b": 1, "c": 2}, depth=None, limit=1) == {"a": 0}
    assert main_line((), "a") == ()
