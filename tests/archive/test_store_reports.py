"""The contract of `Store` and `Reader` on provenance, reports and rescoring, on every implementation."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from archive.attempt import AttemptState
from archive.evaluation import Evaluation, Provenance, Verdict
from archive.rescoring import Revision
from archive.store import StoreError, UnknownRun
from problems.problem import Descriptor, Objective

RUN = "abcdef012345"
PROVENANCE = Provenance(
    seed=2**70,
    replicas=3,
    candidates="docker sha256:\x00abc",
    scorers="process",
    stages={"run": '{"kind":"sandbox.call"}', "score": '{"kind":"sandbox.score"}'},
    version="1.2.3",
)


@pytest.fixture
async def begun(store, make):
    """The store with one run in it."""
    await store.create_run(make.run())
    return store


def by_quality(program, evaluation, reports):
    """The reported quality is the fitness; a negative one makes the program invalid."""
    quality = reports.get("quality")
    if quality is None:
        return evaluation
    if quality < 0:
        return replace(
            evaluation, verdict=Verdict.INVALID, fitness=None, descriptors=(), metrics={}, reason="bad"
        )
    return replace(
        evaluation,
        verdict=Verdict.VALID,
        fitness=quality,
        descriptors=evaluation.descriptors or (0.25, 1e-9),
        metrics={"sum": quality, "count": 3},
        reason="",
    )


# The cells of `make` are names only; one cell an axis puts all programs into the same one.
AXES = (Descriptor(name="a", low=0.0, high=1.0, bins=1), Descriptor(name="b", low=0.0, high=1.0, bins=1))
REVISION = Revision(descriptors=AXES, objective=Objective(metric="quality"), revise=by_quality)


class TestProvenance:
    async def test_it_comes_back_everywhere_as_it_was(self, begun, reader, make):
        attempt = make.attempt()
        await begun.open_attempt(attempt)
        record = make.record(attempt, make.program(1), None, cell=None)
        for each in (make.seed(make.program(0)), record):
            evaluation = replace(each.evaluation, provenance=PROVENANCE)
            await begun.record(replace(each, evaluation=evaluation))
            program = each.program.id
            assert await begun.evaluation_of(program, "d" * 64) == evaluation
            assert (await begun.known(RUN, program, "d" * 64)).evaluation == evaluation
            assert reader.evaluation(RUN, program) == evaluation
            assert reader.programs(RUN, 1)[0][1] == evaluation
        assert (await begun.failures(RUN, 0))[0].provenance == PROVENANCE
        assert (await begun.unfinished(RUN))[0].candidates[0].evaluation.provenance == PROVENANCE

    async def test_each_evaluation_has_its_own(self, begun, reader, make):
        origins = [
            PROVENANCE,
            None,
            replace(PROVENANCE, confirmed=True, seed=-1, replicas=1),
            replace(PROVENANCE, stages={**PROVENANCE.stages, "judge": "{}"}),
            Provenance(seed=0),
        ]
        for number, origin in enumerate(origins):
            seed = make.seed(make.program(number))
            await begun.record(replace(seed, evaluation=replace(seed.evaluation, provenance=origin)))
        found = [reader.evaluation(RUN, make.program(number).id).provenance for number in range(len(origins))]
        assert found == origins


class TestReports:
    async def test_a_report_comes_back_and_the_newest_counts(self, begun, reader, make):
        program = make.program()
        await begun.record(make.seed(program))
        assert await begun.reported(program.id, "quality") is None
        first = await begun.add_report(make.report(program, value=0.1 + 0.2))
        assert first == make.report(program, value=0.1 + 0.2, serial=first.serial)
        assert await begun.reported(program.id, "quality") == 0.1 + 0.2
        other = await begun.add_report(make.report(program, "speed\x00", -7.0))
        second = await begun.add_report(make.report(program, value=-1.0))
        assert first.serial < other.serial < second.serial
        assert await begun.reported(program.id, "quality") == -1.0
        assert await begun.reported(program.id, "speed\x00") == -7.0
        assert await begun.reported(make.program(9).id, "quality") is None
        assert list(await begun.reports()) == [first, other, second]
        assert list(await begun.reports(after=first.serial)) == [other, second]
        assert list(await begun.reports(after=second.serial)) == []
        assert list(reader.reports(program.id)) == [first, other, second]
        assert list(reader.reports(make.program(9).id)) == []

    async def test_the_same_value_again_is_the_same_report(self, begun, make):
        program = make.program()
        await begun.record(make.seed(program))
        first = await begun.add_report(make.report(program))
        again = replace(make.report(program), at=first.at + timedelta(hours=1))
        assert await begun.add_report(again) == first
        await begun.add_report(make.report(program, value=2.0))
        third = await begun.add_report(again)
        assert third.serial > first.serial
        assert await begun.reported(program.id, "quality") == 0.5

    async def test_an_unknown_program_and_a_value_that_is_no_number_are_refused(self, begun, make):
        with pytest.raises(UnknownRun):
            await begun.add_report(make.report(make.program(5)))
        await begun.record(make.seed(make.program(5)))
        for bad in (float("nan"), float("inf"), -float("inf")):
            with pytest.raises(StoreError):
                await begun.add_report(make.report(make.program(5), value=bad))
        assert list(await begun.reports()) == []

    async def test_who_follows_the_serials_misses_no_report_of_many_that_report_at_once(self, begun, make):
        for number in range(4):
            await begun.record(make.seed(make.program(number)))
        found, serial = [], 0

        async def add(number):
            for value in range(10):
                await begun.add_report(make.report(make.program(number), value=float(value)))

        adding = asyncio.gather(*(add(number) for number in range(4)))
        while not adding.done() or await begun.reports(serial):
            news = await begun.reports(serial)
            found += news
            serial = news[-1].serial if news else serial
            await asyncio.sleep(0)
        assert len(found) == 40
        assert [each.serial for each in found] == sorted({each.serial for each in found})


class TestRescoring:
    @pytest.fixture
    async def three(self, begun, make):
        """Programs worth 1, 2 and 3, of which the first is a seed."""
        await begun.record(make.seed(make.program(0), 1.0))
        for number in (1, 2):
            attempt = make.attempt(number)
            await begun.open_attempt(attempt)
            await begun.record(make.record(attempt, make.program(number), number + 1.0))
        return [make.program(number) for number in range(3)]

    async def say(self, make, store, program, value):
        await store.add_report(make.report(program, value=value))
        return await store.rescore(RUN, [program.id], REVISION)

    async def test_an_elite_that_fell_gives_its_cell_to_the_next_best(self, begun, reader, make, three):
        rescored = await self.say(make, begun, three[2], 0.5)
        assert [(c.before.fitness, c.after.fitness) for c in rescored.changes] == [(3.0, 0.5)]
        assert (rescored.best_before, rescored.best, rescored.fitness) == (three[2].id, three[1].id, 2.0)
        (elite,) = await begun.elites(RUN)
        assert (elite.program, elite.fitness, elite.cell) == (three[1].id, 2.0, (0, 0))
        summary = reader.summary(RUN)
        assert (summary.best.program, summary.best.fitness, summary.best.attempt) == (three[1].id, 2.0, 1)
        assert summary.best.metrics == {"sum": 2.0, "count": 3}
        assert summary.qd_score == 1.5
        assert [(p.fitness, p.operator) for p in reader.curve(RUN)] == [
            (1.0, "seed"),
            (2.0, "diff"),
            (3.0, "diff"),
            (2.0, "report"),
        ]
        assert reader.evaluation(RUN, three[2].id).metrics == {"sum": 0.5, "count": 3}

    async def test_a_program_that_rose_takes_the_cell_and_is_the_best(self, begun, reader, make, three):
        rescored = await self.say(make, begun, three[0], 9.0)
        assert rescored.best == three[0].id
        assert [(e.program, e.fitness) for e in await begun.elites(RUN)] == [(three[0].id, 9.0)]
        assert reader.summary(RUN).best.attempt is None
        assert reader.curve(RUN)[-1].fitness == 9.0

    async def test_it_changes_nothing_the_second_time(self, begun, reader, make, three):
        await self.say(make, begun, three[2], 0.5)
        before = (reader.summary(RUN), list(reader.curve(RUN)), await begun.elites(RUN))
        rescored = await begun.rescore(RUN, [three[2].id, three[2].id], REVISION)
        assert [change.before == change.after for change in rescored.changes] == [True]
        assert (reader.summary(RUN), list(reader.curve(RUN)), await begun.elites(RUN)) == before

    async def test_the_verdict_may_change_and_is_counted(self, begun, reader, make, three):
        rescored = await self.say(make, begun, three[2], -1.0)
        assert rescored.best == three[1].id
        summary = reader.summary(RUN)
        assert (summary.valid, summary.failures) == (2, {"invalid": 1})
        assert [birth.program for birth, _ in reader.programs(RUN, verdict="invalid")] == [three[2].id]
        assert [each.reason for each in await begun.failures(RUN, 0)] == ["bad"]
        await self.say(make, begun, three[2], 4.0)
        summary = reader.summary(RUN)
        assert (summary.valid, summary.failures, summary.best.fitness) == (3, {}, 4.0)
        assert list(await begun.failures(RUN, 0)) == []

    async def test_a_run_can_be_left_without_a_valid_program(self, begun, reader, make):
        await begun.record(make.seed(make.program(0), 1.0))
        rescored = await self.say(make, begun, make.program(0), -1.0)
        assert (rescored.best, rescored.fitness) == (None, None)
        summary = reader.summary(RUN)
        assert (summary.best, summary.cells, summary.qd_score) == (None, 0, 0.0)
        assert await begun.elites(RUN) == []

    async def test_what_is_not_known_here_is_told_and_other_runs_stay_as_they_are(
        self, begun, reader, make, three
    ):
        await begun.create_run(make.run("ffff00000000"))
        await begun.record(make.seed(three[2], 3.0, run="ffff00000000"))
        await begun.add_report(make.report(three[2], value=0.5))
        rescored = await begun.rescore("ffff00000000", [three[0].id, three[2].id], REVISION)
        assert rescored.unknown == (three[0].id,)
        assert len(rescored.changes) == 1
        assert reader.summary(RUN).best.fitness == 3.0
        assert (await begun.known(RUN, three[2].id, "d" * 64)).evaluation.fitness == 3.0
        assert reader.summary("ffff00000000").best.fitness == 0.5
        with pytest.raises(UnknownRun):
            await begun.rescore("nobody", [three[0].id], REVISION)

    async def test_provenance_stays_and_unfinished_attempts_see_the_new_worth(self, begun, reader, make):
        attempt = make.attempt()
        await begun.open_attempt(attempt)
        record = make.record(attempt, make.program(), 1.0)
        evaluation = replace(record.evaluation, provenance=PROVENANCE)
        await begun.record(replace(record, evaluation=evaluation))
        await self.say(make, begun, make.program(), 0.25)
        found = reader.evaluation(RUN, make.program().id)
        assert found == replace(evaluation, fitness=0.25, metrics={"sum": 0.25, "count": 3})
        (left,) = await begun.unfinished(RUN)
        assert left.state is AttemptState.EVALUATED
        assert left.candidates[0].evaluation == found

    async def test_credits_and_stalls_stay_as_they_were(self, begun, make, three):
        child = make.program(7)
        attempt = make.attempt(7)
        await begun.open_attempt(attempt)
        await begun.record(make.record(attempt, child, 2.5, parents=(three[1].id,)))
        await self.say(make, begun, three[2], 2.0)
        await self.say(make, begun, child, 1.0)
        standing = await begun.standing(RUN)
        assert list(standing.credits) == [three[1].id]
        assert standing.credits[three[1].id].children == 1

    async def test_a_revision_that_fails_leaves_everything(self, begun, reader, make, three):
        def fail(program, evaluation, reports) -> Evaluation:
            raise ValueError("no")

        before = reader.summary(RUN)
        with pytest.raises(ValueError, match="no"):
            await begun.rescore(RUN, [three[2].id], replace(REVISION, revise=fail))
        assert reader.summary(RUN) == before
        assert (await self.say(make, begun, three[2], 0.5)).best == three[1].id
