"""Placing and recording an evaluated candidate: hops 6 and 7 of its way, and their news."""

from __future__ import annotations

from dataclasses import replace

from archive.attempt import Attempt, AttemptState, Candidate, Plan
from archive.cell import Elite, Placement
from archive.evaluation import Evaluation
from archive.island import Archipelago, Migrant
from archive.lineage import Birth
from archive.program import Program
from archive.run import Run
from archive.store import Record, Store
from flows.clock import Clock
from flows.desk import Desk
from flows.events import Evaluated, Improved, Observer
from flows.tally import Tally
from problems.problem import Problem

__all__ = ["Placer"]


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
        previous = self._archive.best
        placement = self._archive.add(evaluation, island=attempt.island, parent=attempt.parents[0])
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
        every = self._problem.search.migration_every
        due = every > 0 and self._tally.evaluations % every == 0
        migrants = self._archive.migrate() if due else ()
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
        )
        self._tell(birth, evaluation, placement, previous=previous, plan=attempt.plan)
        return attempt

    async def place_seed(self, program: Program, evaluation: Evaluation) -> None:
        """Place the initial program on every island; it is counted as one evaluation."""
        placement = self._archive.add(evaluation, island=0)
        birth = Birth(run=self._run.id, program=program.id, operator="seed", at=self._clock.now())
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

    async def _keep(self, record: Record, migrants: tuple[Migrant, ...]) -> None:
        """One transaction for all that one evaluation changed, migration included."""
        moved = {migrant.elite.island for migrant in migrants if migrant.placement.reindexed}
        if record.placement.reindexed:
            moved.add(record.birth.island)
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
                    (self._arrival(migrant.elite), migrant.elite, utility(migrant.elite.fitness))
                    for migrant in migrants
                ),
            )
        )

    def _utility(self, evaluation: Evaluation) -> float | None:
        return None if evaluation.fitness is None else self._problem.objective.utility(evaluation.fitness)

    def _arrival(self, elite: Elite) -> Birth:
        return Birth(
            run=self._run.id,
            program=elite.program,
            operator="migrate",
            island=elite.island,
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
