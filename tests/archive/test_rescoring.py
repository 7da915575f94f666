"""Laws of rescoring: an archive after reports is the one that had known them from the start."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from archive.evaluation import Evaluation, Verdict
from archive.island import Archipelago
from archive.lineage import Birth
from archive.memory import MemoryStore
from archive.niches import KINDS, make_archive
from archive.program import Program
from archive.report import Report
from archive.rescoring import Contender, Revision, foremost, rebuild
from archive.run import Run
from archive.store import Record, Store
from problems.problem import Budget, Descriptor, Direction, Objective
from problems.search import ArchiveSpec
from problems.search import Search as Spec

RUN = "abcdef012345"
NOW = datetime(2026, 5, 4, tzinfo=UTC)
AXES = (Descriptor(name="x", low=0.0, high=1.0, bins=4), Descriptor(name="y", low=0.0, high=1.0, bins=3))
ISLANDS = 2


def revise(program, evaluation, reports):
    """`f`, `x` and `y` are reported as they are; `broken` makes a program invalid."""
    if reports.get("broken"):
        return Evaluation(program=program.id, problem="d", verdict=Verdict.INVALID, reason="broken")
    if not evaluation.is_valid:
        return evaluation
    x, y = evaluation.descriptors
    return replace(
        evaluation,
        fitness=reports.get("f", evaluation.fitness),
        descriptors=(reports.get("x", x), reports.get("y", y)),
    )


def revision(direction=Direction.MAXIMIZE, kind="grid"):
    return Revision(
        descriptors=AXES,
        objective=Objective(metric="f", direction=direction),
        revise=revise,
        archive=ArchiveSpec(kind=kind, cells=7),
    )


# Few values, so that ties are frequent, and some outside of the range, so that it stretches.
fitnesses = st.sampled_from([0.0, 1.0, 2.0, 3.0])
places = st.sampled_from([0.0, 0.1, 0.3, 0.6, 0.9, 1.0, 1.3, -0.6, 4.0])
numbers = st.integers(0, 11)
additions = st.tuples(
    st.just("add"), numbers, fitnesses | st.none(), places, places, st.integers(0, ISLANDS - 1)
)
rescores = st.tuples(st.just("report"), numbers, st.sampled_from(["f", "x", "y"]), places) | st.tuples(
    st.just("report"), numbers, st.just("broken"), st.just(1.0)
)
histories = st.lists(additions | rescores | st.just(("migrate",)), max_size=25)


class Search:
    """An archive and its store, changed as a run and a reporter change them."""

    def __init__(self, revision: Revision, store: Store | None = None) -> None:
        self.store = store or MemoryStore()
        self.revision = revision
        self.archive = self.empty()
        self.evaluated: set[str] = set()

    def empty(self) -> Archipelago:
        return Archipelago(
            descriptors=AXES,
            objective=self.revision.objective,
            islands=ISLANDS,
            search=Spec(archive=self.revision.archive),
        )

    async def begin(self) -> None:
        run = Run(
            id=RUN,
            name="run",
            problem="p",
            problem_digest="d",
            problem_path="/p",
            seed=1,
            workers=1,
            strategy="map_elites",
            islands=ISLANDS,
            models=(),
            sandbox="process",
            budget=Budget(),
            created=NOW,
        )
        await self.store.create_run(run)

    async def add(self, number, fitness, x, y, island):
        program = Program.of("text", {"n": str(number)})
        if program.id in self.evaluated:
            return
        self.evaluated.add(program.id)
        evaluation = Evaluation(
            program=program.id,
            problem="d",
            verdict=Verdict.FAILED if fitness is None else Verdict.VALID,
            fitness=fitness,
            descriptors=() if fitness is None else (x, y),
        )
        await self.keep(program, evaluation, self.archive.add(evaluation, island=island), island)

    async def migrate(self):
        """Migration comes with a record; here with that of a program that fails."""
        migrants = self.archive.migrate()
        program = Program.of("text", {"n": f"carrier {len(self.evaluated)}"})
        self.evaluated.add(program.id)
        evaluation = Evaluation(program=program.id, problem="d", verdict=Verdict.FAILED)
        await self.keep(program, evaluation, self.archive.add(evaluation, island=0), 0, migrants)

    async def keep(self, program, evaluation, placement, island, migrants=()):
        utility = self.revision.objective.utility
        moved = {migrant.elite.island for migrant in migrants if migrant.placement.reindexed}
        moved |= {island} if placement.reindexed else set()
        record = Record(
            attempt=None,
            program=program,
            birth=Birth(run=RUN, program=program.id, operator="seed", island=island, at=NOW),
            candidate=None,
            evaluation=evaluation,
            placement=placement,
            utility=self.revision.utility(evaluation),
            elites=[
                (elite, utility(elite.fitness))
                for number in sorted(moved)
                for elite in self.archive.islands[number].archive
            ],
            migrants=[
                (
                    Birth(
                        run=RUN,
                        program=migrant.elite.program,
                        operator="migrate",
                        island=migrant.elite.island,
                        at=NOW,
                    ),
                    migrant.elite,
                    utility(migrant.elite.fitness),
                )
                for migrant in migrants
            ],
        )
        await self.store.record(record)

    async def report(self, number, metric, value):
        program = Program.of("text", {"n": str(number)})
        if program.id not in self.evaluated:
            return None
        await self.store.add_report(Report(program=program.id, metric=metric, value=value, at=NOW))
        rescored = await self.store.rescore(RUN, [program.id], self.revision)
        self.archive.renew(await self.store.elites(RUN), await self.store.standing(RUN))
        return rescored

    def known(self, island):
        """Valid programs of an island in the order they came."""
        kept = self.store._kept.runs[RUN]
        births = [birth for birth in kept.births if birth.island == island]
        found = [(birth, kept.evaluations[birth.program]) for birth in births]
        return [
            Contender(
                program=birth.program,
                island=island,
                fitness=evaluation.fitness,
                descriptors=evaluation.descriptors,
            )
            for birth, evaluation in found
            if evaluation.is_valid
        ]


async def play(history, direction, store=None, kind="grid"):
    search = Search(revision(direction, kind), store)
    await search.begin()
    for step, *details in history:
        await {"add": search.add, "report": search.report, "migrate": search.migrate}[step](*details)
    return search


@given(history=histories, direction=st.sampled_from(Direction), kind=st.sampled_from(KINDS))
def test_each_cell_holds_the_best_of_what_its_island_knows_whatever_was_added_and_reported(
    history, direction, kind
):
    search = asyncio.run(play(history, direction, kind=kind))
    utility = search.revision.objective.utility
    every = []
    for island in search.archive.islands:
        known = search.known(island.number)
        every += known
        best: dict[tuple[int, ...], float] = {}
        for each in known:
            cell = island.archive.locate(each.descriptors)
            assert cell is not None
            best[cell] = max(best.get(cell, utility(each.fitness)), utility(each.fitness))
        assert {elite.cell: utility(elite.fitness) for elite in island.archive} == best
        worths = {each.program: (each.fitness, each.descriptors) for each in known}
        assert all(worths[elite.program] == (elite.fitness, elite.descriptors) for elite in island.archive)
    leader = foremost(every, search.revision.objective)
    assert (search.archive.best is None) == (leader is None)
    if leader is not None:
        assert search.archive.best.fitness == leader.fitness


@given(history=histories, direction=st.sampled_from(Direction), kind=st.sampled_from(KINDS), last=rescores)
def test_after_a_report_the_islands_that_know_the_program_are_as_if_built_from_scratch(
    history, direction, kind, last
):
    async def check():
        search = await play(history, direction, kind=kind)
        before = [island.archive.elites for island in search.archive.islands]
        _, number, metric, value = last
        rescored = await search.report(number, metric, value)
        program = Program.of("text", {"n": str(number)}).id
        for island in search.archive.islands:
            births = [birth for birth in search.store._kept.runs[RUN].births if birth.program == program]
            if rescored is not None and island.number in {birth.island for birth in births}:
                scratch = rebuild(search.known(island.number), island=island.number, revision=search.revision)
                assert island.archive.elites == scratch
            else:
                assert island.archive.elites == before[island.number]

    asyncio.run(check())


@given(history=histories, direction=st.sampled_from(Direction), kind=st.sampled_from(KINDS))
def test_the_store_holds_the_archive_and_a_resumed_run_has_the_same(history, direction, kind):
    async def check():
        search = await play(history, direction, kind=kind)
        stored = await search.store.elites(RUN)
        assert tuple(stored) == search.archive.elites()
        resumed = search.empty()
        resumed.restore(stored, await search.store.standing(RUN))
        assert resumed.elites() == search.archive.elites()
        for one, other in zip(resumed.islands, search.archive.islands, strict=True):
            assert one.archive.ranges() == other.archive.ranges()
        summary = search.store.reader().summary(RUN)
        known = [each for island in search.archive.islands for each in search.known(island.number)]
        utility = search.revision.objective.utility
        assert summary.valid == len({each.program for each in known})
        if known:
            assert utility(summary.best.fitness) == max(utility(each.fitness) for each in known)
            assert search.store.reader().curve(RUN)[-1].fitness == summary.best.fitness
            cells = {
                elite.cell: utility(elite.fitness)
                for elite in sorted(stored, key=lambda e: utility(e.fitness))
            }
            worst = min(utility(each.fitness) for each in known)
            assert abs(summary.qd_score - sum(value - worst for value in cells.values())) < 1e-9
        else:
            assert summary.best is None

    asyncio.run(check())


def test_an_archive_nobody_reported_on_is_what_a_rebuild_makes_of_it():
    """So a report that says nothing new changes nothing."""

    async def check():
        history = [
            ("add", n, float(n % 4), (n * 37 % 23) / 10 - 0.6, (n * 17 % 11) / 10, n % 2) for n in range(12)
        ]
        search = await play([*history, ("migrate",)], Direction.MAXIMIZE)
        for island in search.archive.islands:
            known = search.known(island.number)
            assert island.archive.elites == rebuild(known, island=island.number, revision=search.revision)

    asyncio.run(check())


def seen(reader, standing):
    """All that is told of a run, in words that every store has."""
    summary = reader.summary(RUN)
    programs = [(birth.program, birth.island, found) for birth, found in reader.programs(RUN, 1000)]
    return (
        (summary.best, summary.valid, summary.failures, summary.cells, round(summary.qd_score, 9)),
        [(point.evaluations, point.fitness, point.program, point.operator) for point in reader.curve(RUN)],
        programs,
        standing,
    )


async def test_every_store_tells_the_same_after_adds_and_reports(store, reader):
    draw = random.Random(5)
    history: list[tuple] = []
    for _ in range(120):
        number, place = draw.randrange(40), lambda: draw.choice([0.0, 0.2, 0.5, 0.9, 1.2, -0.7])
        history.append(
            draw.choice(
                [
                    ("add", number, draw.choice([None, 0.0, 1.0, 2.0, 3.0]), place(), place(), number % 2),
                    ("add", number, float(draw.randrange(9)), place(), place(), number % 2),
                    ("report", number, draw.choice(["f", "x", "y"]), place()),
                    ("report", number, "broken", 1.0),
                    ("migrate",),
                ]
            )
        )
    plain, other = await play(history, Direction.MAXIMIZE), await play(history, Direction.MAXIMIZE, store)
    assert tuple(await store.elites(RUN)) == other.archive.elites() == plain.archive.elites()
    expected = seen(plain.store.reader(), await plain.store.standing(RUN))
    assert seen(reader, await store.standing(RUN)) == expected
    assert "report" in {point.operator for point in reader.curve(RUN)}
    for number in range(40):
        program = Program.of("text", {"n": str(number)}).id
        rescored = await store.rescore(RUN, [program], other.revision)
        assert all(change.before == change.after for change in rescored.changes)
    assert seen(reader, await store.standing(RUN)) == expected


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 9).map(float), st.integers(0, 9).map(float), st.floats(-3, 3)), max_size=20
    ),
    kind=st.sampled_from(KINDS),
)
def test_an_archive_of_any_kind_is_built_anew_as_it_was(
    rows: list[tuple[float, float, float]], kind: str
) -> None:
    # Broken by hand: rebuilding a grid of single elites whatever the run has.
    spec = ArchiveSpec(kind=kind, cells=5)
    axes = (Descriptor(name="a", low=0.0, high=1.0, bins=4),)
    objective, more = Objective(metric="f"), (Objective(metric="g"),)
    archive = make_archive(spec, descriptors=axes, objective=objective, objectives=more, island=1)
    contenders = []
    for number, (fitness, further, value) in enumerate(rows):
        archive.add(f"p{number}", fitness=fitness, descriptors=(value,), objectives=(further,))
        contenders.append(
            Contender(
                program=f"p{number}",
                island=1,
                fitness=fitness,
                descriptors=(value,),
                objectives=(further,),
            )
        )
    revision = Revision(
        descriptors=axes,
        objective=objective,
        revise=lambda _, evaluation, __: evaluation,
        archive=spec,
        objectives=more,
    )
    assert rebuild(contenders, island=1, revision=revision) == archive.elites
    assert rebuild(contenders, island=0, revision=revision) == ()
