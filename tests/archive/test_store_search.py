"""The contract of `Store` for what a search keeps: fronts, islands, likeness, lessons; on every store."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.attempt import AttemptState, Likeness
from archive.cell import Elite, Outcome
from archive.evaluation import Verdict
from archive.experience import Fault
from archive.fingerprint import fingerprint
from archive.program import Program
from archive.selection import Credit
from archive.standing import IslandState
from archive.store import StoreError, UnknownRun

RUN, OTHER = "abcdef012345", "ffff00000000"


@pytest.fixture
async def begun(store, make):
    """The store with one run in it."""
    await store.create_run(make.run())
    return store


def an_elite(program, fitness, *objectives, cell=(0, 0), island=0):
    return Elite(
        program=program.id,
        cell=cell,
        fitness=fitness,
        descriptors=(0.25, 1e-9),
        island=island,
        objectives=objectives,
    )


def with_front(record, *elites):
    return replace(record, front=[(elite, elite.fitness) for elite in elites])


class TestFronts:
    async def test_the_front_of_a_cell_is_kept_whole_and_in_order(self, begun, reader, make):
        one, two = make.program(1), make.program(2)
        first, second = an_elite(one, 1.0, 5.0), an_elite(two, 3.0, 2.0)
        await begun.record(with_front(make.seed(one, 1.0), first))
        await begun.record(with_front(make.seed(two, 3.0), second, first))
        assert list(await begun.elites(RUN)) == [second, first]
        assert list(reader.elites(RUN)) == [second, first]

    async def test_a_better_front_replaces_the_one_before_and_no_other(self, begun, make):
        programs = [make.program(number) for number in range(4)]
        far = an_elite(programs[0], 9.0, 9.0, cell=(5, 5))
        abroad = an_elite(programs[0], 9.0, 9.0, island=1)
        here = [an_elite(program, 1.0, float(n)) for n, program in enumerate(programs[1:])]
        for program in programs[1:3]:
            await begun.record(make.seed(program, None))
        await begun.record(with_front(make.seed(programs[0], 9.0, cell=(5, 5)), far, abroad, *here[:2]))
        await begun.record(with_front(make.seed(programs[3]), here[2]))
        assert list(await begun.elites(RUN)) == [here[2], far, abroad]

    async def test_a_front_takes_nothing_from_what_another_archive_put_there(self, begun, make):
        """Fails when the store, in memory or in SQL, replaces a front by what one archive knows of it."""
        one, two, three = (make.program(number) for number in range(3))
        first, second, better = an_elite(one, 1.0, 5.0), an_elite(two, 3.0, 2.0), an_elite(three, 3.0, 3.0)
        await begun.record(with_front(make.seed(one, 1.0), first))
        await begun.record(with_front(make.seed(two, 3.0), second))
        assert list(await begun.elites(RUN)) == [second, first]
        await begun.record(with_front(make.seed(three, 3.0), better))
        assert list(await begun.elites(RUN)) == [better, first]

    async def test_a_front_without_the_program_that_came_leaves_it_out(self, begun, make):
        better, worse = make.program(1), make.program(2)
        front = an_elite(better, 1.0, 1.0)
        await begun.record(with_front(make.seed(better), front))
        # The greatest utility of all, and still not of the front: its archive knows why.
        await begun.record(with_front(make.seed(worse, 7.0), front))
        assert list(await begun.elites(RUN)) == [front]

    async def test_an_island_written_whole_keeps_its_fronts(self, begun, make):
        one, two, three = (make.program(number) for number in range(3))
        await begun.record(make.seed(one, 1.0, cell=(9, 9)))
        await begun.record(make.seed(three, 0.5, cell=(1, 0)))
        moved = [an_elite(one, 1.0, 2.0), an_elite(two, 2.0, 1.0), an_elite(three, 0.5, cell=(1, 0))]
        record = make.seed(two, 2.0)
        pairs = [(elite, elite.fitness) for elite in moved]
        await begun.record(replace(record, elites=pairs, front=pairs[:2]))
        assert list(await begun.elites(RUN)) == moved

    async def test_a_migrant_into_a_front_comes_with_that_front(self, begun, reader, make):
        home, guest = make.program(1), make.program(2)
        there = an_elite(home, 1.0, 5.0, island=1)
        await begun.record(with_front(make.seed(home, 1.0, island=1), there))
        seed, arrived = make.seed(guest, 4.0, cell=(3, 3)), an_elite(guest, 4.0, 1.0, island=1)
        birth = replace(seed.birth, operator="migrate", island=1)
        record = replace(seed, migrants=[(birth, arrived, 4.0)])
        await begun.record(with_front(record, arrived, there))
        assert [elite for elite in await begun.elites(RUN) if elite.island == 1] == [arrived, there]
        assert [each.operator for each in reader.births(guest.id)] == ["seed", "migrate"]

    async def test_cells_and_quality_count_a_front_once_by_its_best(self, begun, reader, make):
        one, two = make.program(1), make.program(2)
        await begun.record(with_front(make.seed(one, 1.0), an_elite(one, 1.0, 5.0)))
        await begun.record(with_front(make.seed(two, 3.0), an_elite(two, 3.0, 2.0), an_elite(one, 1.0, 5.0)))
        summary = reader.summary(RUN)
        assert (summary.cells, summary.qd_score) == (1, 2.0)

    @pytest.mark.parametrize("bad", [float("nan"), float("inf")])
    async def test_an_objective_that_is_not_finite_is_refused_with_its_record(self, begun, make, bad):
        program = make.program()
        with pytest.raises(StoreError):
            await begun.record(with_front(make.seed(program), an_elite(program, 1.0, bad)))
        assert (await begun.totals(RUN)).evaluations == 0


class TestIslands:
    async def test_states_come_with_records_and_the_last_counts(self, begun, make):
        assert list(await begun.island_states(RUN)) == []
        states = [
            IslandState(
                island=number, epoch=number, renewed_at=7, stall=3, since_best=5, pace=2.5, weariness=0.5
            )
            for number in (1, 0)
        ]
        await begun.record(replace(make.seed(make.program(0)), islands=states))
        assert list(await begun.island_states(RUN)) == states[::-1]
        later = replace(states[0], epoch=2, renewed_at=90, stall=0, since_best=0, pace=7.75)
        await begun.record(replace(make.seed(make.program(1)), islands=[later]))
        assert list(await begun.island_states(RUN)) == [states[1], later]
        assert list(await begun.island_states(OTHER)) == []

    async def test_a_record_written_again_does_not_bring_an_old_state_back(self, begun, make):
        old = replace(make.seed(make.program(0)), islands=[IslandState(island=0, epoch=0)])
        await begun.record(old)
        await begun.record(replace(make.seed(make.program(1)), islands=[IslandState(island=0, epoch=1)]))
        await begun.record(old)
        assert [state.epoch for state in await begun.island_states(RUN)] == [1]

    async def test_a_pace_that_is_no_number_is_refused(self, begun, make):
        state = IslandState(island=0, pace=float("nan"))
        with pytest.raises(StoreError):
            await begun.record(replace(make.seed(make.program()), islands=[state]))

    async def test_standing_is_counted_once_whatever_is_written_again(self, begun, make):
        parent = make.program(0)
        await begun.record(make.seed(parent, 1.0, cell=(0, 0)))
        for number, outcome in ((1, Outcome.IMPROVED), (2, Outcome.REFUSED)):
            attempt = make.attempt(number)
            await begun.open_attempt(attempt)
            record = make.record(attempt, make.program(number), 0.5, parents=(parent.id,))
            record = replace(record, placement=replace(record.placement, outcome=outcome))
            for _ in range(3):
                await begun.record(record)
        standing = await begun.standing(RUN)
        assert standing.credits == {parent.id: Credit(children=2, improved=1)}
        assert standing.stalls == {0: 1}


class TestLikeness:
    async def test_a_program_is_like_one_that_differs_in_layout_alone(self, begun, make):
        one = make.program(1)
        other = Program.of("python", {"initial.py": "# a remark\nx = (1)\n"})
        assert one.id != other.id
        await begun.record(make.seed(one))
        assert await begun.alike(RUN, str(fingerprint(other)), "d" * 64) == one.id

    async def test_only_a_program_evaluated_under_that_problem_is_found(self, begun, make):
        one = make.program(1)
        await begun.record(make.seed(one))
        found = str(fingerprint(one))
        assert await begun.alike(RUN, found, "e" * 64) is None
        assert await begun.alike(RUN, "0" * 64, "d" * 64) is None

    async def test_the_runs_own_program_goes_before_an_older_one_of_another_run(self, begun, make):
        await begun.create_run(make.run(OTHER))
        old, own, late = (
            Program.of("python", {"initial.py": f"x = 1{' ' * number}\n"}) for number in range(3)
        )
        await begun.record(make.seed(old, run=OTHER))
        same = str(fingerprint(own))
        assert await begun.alike(RUN, same, "d" * 64) == old.id
        await begun.record(make.seed(own))
        await begun.record(make.seed(late))
        assert await begun.alike(RUN, same, "d" * 64) == own.id
        assert await begun.alike(OTHER, same, "d" * 64) == old.id

    async def test_a_valid_program_goes_before_one_that_failed_and_a_refused_one_comes_last(
        self, begun, make
    ):
        """Fails when age alone decides, in memory or in SQL."""
        refused, failed, late, valid = (
            Program.of("python", {"initial.py": f"x = 1{' ' * number}\n"}) for number in range(4)
        )
        same = str(fingerprint(refused))
        record = make.seed(refused, None)
        await begun.record(replace(record, evaluation=replace(record.evaluation, verdict=Verdict.REFUSED)))
        assert await begun.alike(RUN, same, "d" * 64) == refused.id
        await begun.record(make.seed(failed, None))
        await begun.record(make.seed(late, None))
        assert await begun.alike(RUN, same, "d" * 64) == failed.id
        await begun.record(make.seed(valid))
        assert await begun.alike(RUN, same, "d" * 64) == valid.id

    async def test_the_kinds_of_repeats_are_counted_from_the_attempts(self, begun, reader, make):
        """Fails when the likeness is not written with the state, or is not counted."""
        kinds = [Likeness.SAME, Likeness.SAME, Likeness.ALIKE, None]
        for number, kind in enumerate(kinds, start=1):
            attempt = make.attempt(number)
            await begun.open_attempt(attempt)
            await begun.advance(replace(attempt, state=AttemptState.DUPLICATE, likeness=kind))
        near = make.attempt(5)
        await begun.open_attempt(near)
        await begun.record(make.record(replace(near, likeness=Likeness.NEAR), make.program(7)))
        summary = reader.summary(RUN)
        assert (summary.duplicates, dict(summary.repeats)) == (4, {"same": 2, "alike": 1, "near": 1})
        assert dict(reader.runs()[0].repeats) == dict(summary.repeats)
        assert [each.likeness for each in await begun.unfinished(RUN)] == [Likeness.NEAR]

    async def test_descriptors_are_told_of_each_valid_program_once_and_in_order(self, begun, reader, make):
        """Fails when a program counts as often as it came, or with what it was worth first."""
        one, two, three, failed = (make.program(number) for number in range(1, 5))
        for program, worth in ((three, 1.0), (failed, None), (one, 2.0), (two, 3.0)):
            record = make.seed(program, worth)
            known = () if worth is None else (worth, -worth)
            await begun.record(replace(record, evaluation=replace(record.evaluation, descriptors=known)))
        await begun.record(make.seed(one, 2.0, island=1))
        assert reader.descriptors(RUN, 10) == [(1.0, -1.0), (2.0, -2.0), (3.0, -3.0)]
        assert reader.descriptors(RUN, 2) == [(1.0, -1.0), (2.0, -2.0)]
        assert list(reader.descriptors(RUN, 0)) == list(reader.descriptors(OTHER, 10)) == []

    async def test_programs_without_a_fingerprint_are_like_no_other(self, begun, make):
        broken = Program.of("python", {"initial.py": "x = ("})
        assert fingerprint(broken) is None
        await begun.record(make.seed(broken))
        assert await begun.alike(RUN, "None", "d" * 64) is None


class TestExperience:
    async def test_a_lesson_comes_back_with_what_it_rests_on(self, begun, reader, make):
        attempt = make.attempt()
        await begun.open_attempt(attempt)
        lesson = make.lesson(
            evidence=(1, 4), context="cells \x00 and \udcff", origin=OTHER, fault=Fault.EXECUTION
        )
        await begun.advance(replace(attempt, state=AttemptState.DONE), lesson)
        (found,) = await begun.lessons(RUN)
        assert found == replace(lesson, id=found.id)
        assert list(reader.lessons(RUN)) == [found]

    async def test_lessons_carried_over_belong_to_the_run_and_come_once(self, begun, make):
        carried = [make.lesson(3, f"text {number}", run=OTHER, origin=OTHER) for number in range(2)]
        for _ in range(2):
            await begun.add_lessons(RUN, carried)
        found = await begun.lessons(RUN)
        assert [(lesson.text, lesson.run, lesson.origin) for lesson in found] == [
            ("text 1", RUN, OTHER),
            ("text 0", RUN, OTHER),
        ]
        assert len({lesson.id for lesson in found} - {0}) == 2

    async def test_an_expired_lesson_is_kept_and_shown_to_no_planner(self, begun, make):
        await begun.create_run(make.run(OTHER))
        await begun.add_lessons(RUN, [make.lesson(number, f"text {number}") for number in range(4)])
        newest = await begun.lessons(RUN)
        await begun.expire_lessons(OTHER, [newest[0].id])
        await begun.expire_lessons(RUN, [newest[1].id, newest[1].id, 999_999])
        await begun.expire_lessons(RUN, [])
        assert [lesson.expired for lesson in await begun.lessons(RUN)] == [False, True, False, False]
        live = [newest[0], newest[2], newest[3]]
        assert list(await begun.live_lessons(RUN)) == live
        assert list(await begun.live_lessons(RUN, limit=2)) == live[:2]
        around = await begun.surroundings(RUN, make.program().id, 0, lessons=9)
        assert list(around.lessons) == live
        assert list(await begun.live_lessons("nobody")) == []

    async def test_lessons_of_an_unknown_run_are_refused(self, store, make):
        with pytest.raises(UnknownRun):
            await store.add_lessons(RUN, [make.lesson()])


async def test_a_run_names_its_study(store, make):
    run = make.run(study="baselines, autumn")
    await store.create_run(run)
    assert await store.find_run(RUN) == run
    await store.create_run(make.run(OTHER))
    assert (await store.find_run(OTHER)).study is None
