"""The tuner of a run: which turns tune constants instead of asking a model, and which constants of what.

All it knows follows from the run's attempts and what became of them, in order, so that a run that was killed
goes on, at one worker, as the undisturbed one does. A turn that tunes names its constants in its plan, so it
is made the same again wherever it was cut short, and nothing is evaluated twice.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing

from archive.attempt import Attempt, Plan
from archive.cell import Elite
from archive.evaluation import Evaluation
from archive.island import Archipelago
from archive.program import Program, ProgramId
from archive.run import Run
from archive.store import Reader, Store
from archive.strategy import Draw
from flows.rounds import best_of
from mutators.tuning.bandit import Bandit
from mutators.tuning.campaign import Campaign, loss_of
from mutators.tuning.genes import genome_of
from mutators.tuning.plans import Tuner, base_of, is_tuning, plan_of, texts_of
from problems.problem import Objective, Problem

__all__ = ["CampaignTuner", "tuner_of"]

_PROMISING = 4
"""Best elites of an island whose constants are tuned: the best first, the next when it has nothing left."""
_PAID = 4.0
"""What a turn that asks a paid model costs beside an evaluation, where no wall on dollars says more."""
_NEVER, _ALWAYS = "none", "always"
_ALL = 2**31


class CampaignTuner(Tuner):
    """Tunes the best elites of each island, one campaign a program.

    Args:
        run: the run.
        problem: what is asked.
        store: keeps the programs.
        dollars: tells what model calls have cost so far.
    """

    def __init__(self, *, run: Run, problem: Problem, store: Store, dollars: Callable[[], float]) -> None:
        self._run = run
        self._objective: Objective = problem.objective
        # A replay tunes where the original did, which its draws tell.
        self._mode = _NEVER if "replay" in run.overrides else problem.search.tuner
        self._store = store
        self._dollars = dollars
        self._bandit = Bandit()
        self._campaigns: dict[ProgramId, Campaign | None] = {}
        self._base: dict[ProgramId, ProgramId] = {}
        self._asked = 0
        self._best = -float("inf")

    async def draw(self, archive: Archipelago, *, number: int) -> Draw | None:
        if self._mode == _NEVER:
            return None
        if archive.best is not None:
            self._best = max(self._best, self._objective.utility(archive.best.fitness))
        chance = random.Random(f"{self._run.seed}:tuner:{number}").random()
        if self._mode != _ALWAYS and chance >= self._bandit.share(price=self._price()):
            return None
        island = archive.islands[(number - 1) % len(archive.islands)]
        utility = self._objective.utility
        best = sorted(island.archive.elites, key=lambda elite: (-utility(elite.fitness), elite.program))
        for elite in best[:_PROMISING]:
            base, campaign = await self._campaign(elite)
            texts = None if campaign is None else campaign.ask(number)
            if campaign is not None and texts is not None:
                campaign.propose(texts)
                return Draw(island=island.number, parent=elite.program, plan=plan_of(base, texts))
        return None

    def learn(self, attempt: Attempt) -> None:
        made = best_of(attempt.candidates, self._objective) if attempt.candidates else None
        if made is None or made.evaluation is None:
            self._note(attempt, None, None)
        else:
            self._note(attempt, made.program, made.evaluation)

    def tuned(self, base: Program, plan: Plan) -> Program:
        campaign = self._campaigns.get(base.id)
        genome = genome_of(base) if campaign is None else campaign.genome
        return genome.with_texts(texts_of(plan))

    def recall(self, reader: Reader) -> None:
        """Take in all turns of the run so far, in the order of their numbers."""
        found: dict[int, Evaluation] = {}
        worth: dict[ProgramId, float | None] = {}
        for birth, evaluation in reader.programs(self._run.id, _ALL):
            worth[birth.program] = evaluation.fitness
            if birth.attempt is not None:
                # Newest first: of several of one attempt the best, as `learn` has it.
                found[birth.attempt] = self._better(evaluation, found.get(birth.attempt))
            elif birth.operator == "seed" and evaluation.fitness is not None:
                self._best = self._objective.utility(evaluation.fitness)
        for attempt in sorted(reader.attempts(self._run.id, _ALL), key=lambda one: one.number):
            if attempt.plan is not None and is_tuning(attempt.plan):
                base = base_of(attempt.plan)
                if base not in self._campaigns:
                    self._begin(reader.program(base), fitness=worth.get(base))
                campaign = self._campaigns[base]
                if campaign is not None:
                    campaign.propose(texts_of(attempt.plan))
            evaluation_of = found.get(attempt.number)
            if attempt.state.is_finished:
                made = None if evaluation_of is None else reader.program(evaluation_of.program)
                self._note(attempt, made, evaluation_of)

    def _better(self, older: Evaluation, newer: Evaluation | None) -> Evaluation:
        if newer is None:
            return older
        if older.fitness is None or newer.fitness is None:
            return newer if older.fitness is None else older
        utility = self._objective.utility
        return older if utility(older.fitness) >= utility(newer.fitness) else newer

    def _note(self, attempt: Attempt, program: Program | None, evaluation: Evaluation | None) -> None:
        fitness = None if evaluation is None else evaluation.fitness
        utility = None if fitness is None else self._objective.utility(fitness)
        gain = 0.0 if utility is None else max(0.0, utility - self._best)
        self._best += gain
        plan = attempt.plan
        tuning = plan is not None and is_tuning(plan)
        self._asked += not tuning
        self._bandit.note(tuned=tuning, gain=gain)
        if plan is not None and tuning:
            base = base_of(plan)
            if program is not None:
                self._base[program.id] = base
            campaign = self._campaigns.get(base)
            if campaign is not None:
                campaign.tell(texts_of(plan), None if evaluation is None else loss_of(utility))
        elif program is not None:
            self._hear(program, loss_of(utility))

    def _hear(self, program: Program, loss: float) -> None:
        """Tell the campaign, if any, whose program this one is like in all but its constants."""
        base = self._like(program)
        campaign = None if base is None else self._campaigns[base]
        if base is not None and campaign is not None:
            self._base[program.id] = base
            campaign.hear(campaign.genome.texts_in(program) or (), loss)

    def _like(self, program: Program) -> ProgramId | None:
        """The program of a campaign that this one is like in all but its constants."""
        for base, campaign in self._campaigns.items():
            if campaign is not None and campaign.genome.texts_in(program) is not None:
                return base
        return None

    async def _campaign(self, elite: Elite) -> tuple[ProgramId, Campaign | None]:
        """The campaign that an elite belongs to; None where it has no constants to tune."""
        base = self._base.get(elite.program, elite.program)
        if base not in self._campaigns:
            program = await self._store.program(base)
            # Another turn may have begun it while this one waited.
            if program is not None and base not in self._campaigns:
                base = self._like(program) or base
                self._base[elite.program] = base
            if program is not None and base not in self._campaigns:
                self._begin(program, fitness=elite.fitness)
        return base, self._campaigns.get(base)

    def _begin(self, program: Program, *, fitness: float | None) -> None:
        genome = genome_of(program)
        loss = loss_of(None if fitness is None else self._objective.utility(fitness))
        campaign = Campaign(genome, loss=loss, seed=self._run.seed) if genome.genes else None
        self._campaigns[program.id] = campaign

    def _price(self) -> float:
        """What a turn that asks a model costs, where one that tunes costs 1."""
        spent, budget = self._dollars(), self._run.budget
        if spent <= 0 or self._asked == 0:
            return 1.0
        if budget.dollars and budget.evaluations:
            return 1.0 + spent / self._asked / budget.dollars * budget.evaluations
        return _PAID


def tuner_of(
    run: Run,
    problem: Problem,
    *,
    store: Store,
    dollars: Callable[[], float],
    history: Callable[[], Reader] | None,
) -> CampaignTuner | None:
    """The tuner of a run, knowing all it has done; None where its problem wants none.

    Args:
        run: the run.
        problem: its problem.
        store: keeps it.
        dollars: tells what model calls have cost so far.
        history: opens a reader of its archive; None for a run that has done nothing yet.
    """
    if problem.search.tuner == _NEVER:
        return None
    tuner = CampaignTuner(run=run, problem=problem, store=store, dollars=dollars)
    if history is not None:
        with closing(history()) as reader:
            tuner.recall(reader)
    return tuner
