"""Placing and recording an evaluated candidate: hops 6 and 7 of its way, and their news."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from archive.attempt import Attempt, AttemptState, Candidate, Plan
from archive.cell import Elite, Outcome, Placement
from archive.evaluation import Evaluation
from archive.island import Archipelago
from archive.lineage import Birth
from archive.program import Program
from archive.run import Run
from archive.standing import Migrant
from archive.store import Record, Store
from evaluators.appraisal import further
from flows.clock import Clock
from flows.desk import Desk
from flows.events import Evaluated, Improved, Observer
from flows.tally import Tally
from problems.problem import Problem

__all__ = ["Placer"]

_STREAM = 1
"""Number of the random stream of renewals and migrations; attempts have streams of two numbers."""


class Placer:
    """Puts evaluated programs into the archive and the store, and tells the observer.

    The archive in memory changes first, without a pause, so that turns side by side see each other's
    placements in one order; the store follows in one transaction. A write that fails stops the run, which
    then resumes from the store alone.
    """

    def __init__(
        self,
        *,
        run: Run,
        problem: Problem,
        archive: Archipelago,
        store: Store,
        clock: Clock,
        tally: Tally,
        observe: Observer,
        desk: Desk | None = None,
    ) -> None:
        """Take what it works with; placements wait while `desk`, if there is one, takes up reports."""
        self._run = run
        self._problem = problem
        self._archive = archive
        self._store = store
        self._clock = clock
        self._tally = tally
        self._observe = observe
        self._desk = desk
        self._seed: Elite | None = None
        self._periods = self._period()

    async def place(self, attempt: Attempt, candidate: Candidate) -> Attempt:
        """Place and record the candidate of an attempt; gives the attempt back as EVALUATED."""
        if self._desk is None:
            return await self._place(attempt, candidate)
        async with self._desk.placing(candidate.program.id):
            return await self._place(attempt, candidate)

    async def _place(self, attempt: Attempt, candidate: Candidate) -> Attempt:
        evaluation = candidate.evaluation
        if evaluation is None:
            raise ValueError(f"attempt {attempt.number} has a candidate without an evaluation")
        founder = await self._founder()
        previous = self._archive.best
        placement = self._archive.add(
            evaluation,
            island=attempt.island,
            parent=attempt.parents[0],
            objectives=self._further(candidate.program, evaluation),
        )
        candidate = replace(candidate, placement=placement)
        attempt = attempt.move(AttemptState.EVALUATED, candidates=(*attempt.candidates, candidate))
        birth = Birth(
            run=self._run.id,
            program=candidate.program.id,
            parents=attempt.parents,
            inspirations=attempt.inspirations,
            operator=candidate.operator,
            island=attempt.island,
            attempt=attempt.number,
            model=candidate.model,
            at=self._clock.now(),
        )
        self._tally.evaluations += 1
        renewed, migrants = self._stir(attempt.island, founder)
        await self._keep(
            Record(
                attempt=attempt,
                program=candidate.program,
                birth=birth,
                candidate=candidate,
                evaluation=evaluation,
                placement=placement,
                utility=self._utility(evaluation),
            ),
            migrants,
            renewed=renewed,
        )
        self._tell(birth, evaluation, placement, previous=previous, plan=attempt.plan)
        return attempt

    async def place_seed(self, program: Program, evaluation: Evaluation, *, model: str | None = None) -> None:
        """Place the initial program on every island; it is counted as one evaluation.

        Args:
            program: the program.
            evaluation: what it is worth; a draft of a model may not be valid, and is then only kept.
            model: who wrote it; None where it came with the problem.
        """
        objectives = self._further(program, evaluation)
        placement = self._archive.add(evaluation, island=0, objectives=objectives)
        birth = Birth(
            run=self._run.id, program=program.id, operator="seed", model=model, at=self._clock.now()
        )
        self._tally.evaluations += 1
        seed = self._archive.best
        copies = [
            self._archive.settle(seed, source=0, island=island.number)
            for island in self._archive.islands[1:]
            if seed is not None
        ]
        migrants = tuple(copy for copy in copies if copy is not None)
        await self._keep(
            Record(
                attempt=None,
                program=program,
                birth=birth,
                candidate=None,
                evaluation=evaluation,
                placement=placement,
                utility=self._utility(evaluation),
            ),
            migrants,
        )
        self._tell(birth, evaluation, placement, previous=None, plan=None)

    def _period(self) -> int:
        """How many migrations have been due so far."""
        every = self._problem.search.migration_every
        return self._tally.evaluations // every if every else 0

    def _stir(self, island: int, founder: Elite | None) -> tuple[int | None, tuple[Migrant, ...]]:
        """Renew the island if it is stagnant, and migrate if that is due.

        What is drawn here depends on the archive, the run's seed and the number of evaluations alone, so that
        a resumed run draws it alike.

        Returns:
            The island that was renewed, None for none, and all that arrived anywhere.
        """
        rng = np.random.default_rng([self._run.seed, _STREAM, self._tally.evaluations])
        renewed: int | None = None
        arrived: tuple[Migrant, ...] = ()
        if self._archive.is_stagnant(island):
            renewed = island
            arrived = self._archive.begin_anew(
                island, evaluations=self._tally.evaluations, rng=rng, founder=founder
            )
        # Counted from the last migration, so that none is skipped where a number of evaluations is.
        period = self._period()
        if period > self._periods:
            self._periods = period
            arrived += self._archive.migrate(rng)
        return renewed, arrived

    async def _founder(self) -> Elite | None:
        """The initial program as an elite, where an island may have to begin again from it."""
        search = self._problem.search
        if self._seed is None and search.stagnation and search.renewal == "spawn":
            program = Program.of(self._problem.language, self._problem.initial)
            evaluation = await self._store.evaluation_of(program.id, self._problem.digest)
            if evaluation is not None and evaluation.fitness is not None:
                self._seed = Elite(
                    program=program.id,
                    cell=(),
                    fitness=evaluation.fitness,
                    descriptors=evaluation.descriptors,
                    objectives=self._further(program, evaluation),
                )
        return self._seed

    def _further(self, program: Program, evaluation: Evaluation) -> tuple[float, ...]:
        return further(self._problem, program, evaluation) if evaluation.is_valid else ()

    async def _keep(
        self, record: Record, migrants: tuple[Migrant, ...], *, renewed: int | None = None
    ) -> None:
        """One transaction for all that one evaluation changed, migration and renewal included."""
        moved = set(self._archive.take_moved())
        if record.placement.reindexed:
            moved.add(record.birth.island)
        if renewed is not None:
            moved.add(renewed)
        islands = self._archive.islands
        utility = self._problem.objective.utility
        await self._store.record(
            replace(
                record,
                elites=tuple(
                    (elite, utility(elite.fitness))
                    for number in sorted(moved)
                    for elite in islands[number].archive
                ),
                migrants=tuple(
                    (self._arrival(migrant), migrant.elite, utility(migrant.elite.fitness))
                    for migrant in migrants
                ),
                front=self._fronts(record, migrants),
                islands=(self._archive.state(record.birth.island),),
            )
        )

    def _fronts(self, record: Record, migrants: tuple[Migrant, ...]) -> tuple[tuple[Elite, float], ...]:
        """The fronts of all cells that changed, where cells hold fronts."""
        if self._problem.search.archive.kind != "pareto":
            return ()
        changed = {(migrant.elite.island, migrant.elite.cell) for migrant in migrants}
        if record.placement.cell is not None and record.placement.outcome is not Outcome.REFUSED:
            changed.add((record.birth.island, record.placement.cell))
        utility = self._problem.objective.utility
        return tuple(
            (elite, utility(elite.fitness))
            for island, cell in sorted(changed)
            for elite in self._archive.islands[island].archive.members(cell)
        )

    def _utility(self, evaluation: Evaluation) -> float | None:
        return None if evaluation.fitness is None else self._problem.objective.utility(evaluation.fitness)

    def _arrival(self, migrant: Migrant) -> Birth:
        return Birth(
            run=self._run.id,
            program=migrant.elite.program,
            operator="migrate",
            island=migrant.elite.island,
            source=migrant.source,
            at=self._clock.now(),
        )

    def _tell(
        self,
        birth: Birth,
        evaluation: Evaluation,
        placement: Placement,
        *,
        previous: Elite | None,
        plan: Plan | None,
    ) -> None:
        if not evaluation.is_valid:
            self._tally.failures[evaluation.verdict.value] += 1
        self._observe(
            Evaluated(
                program=birth.program,
                attempt=birth.attempt,
                island=birth.island,
                operator=birth.operator,
                verdict=evaluation.verdict.value,
                fitness=evaluation.fitness,
                outcome=placement.outcome.value,
                reason=evaluation.reason,
                seconds=evaluation.seconds,
                evaluations=self._tally.evaluations,
            )
        )
        if placement.record and evaluation.fitness is not None:
            self._observe(
                Improved(
                    program=birth.program,
                    fitness=evaluation.fitness,
                    previous=None if previous is None else previous.fitness,
                    operator=birth.operator,
                    idea="" if plan is None else plan.idea,
                    evaluations=self._tally.evaluations,
                    seconds=self._tally.seconds,
                    metrics=evaluation.metrics,
                )
            )
