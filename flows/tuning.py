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
from archive.evaluation import Evaluation
from archive.island import Archipelago
from archive.program import Program, ProgramId
from archive.run import Run
from archive.store import Reader, Store
from archive.strategy import Draw
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
        self._untold: dict[ProgramId, list[tuple[tuple[str, ...], float | None]]] = {}
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
            base = self._base.get(elite.program, elite.program)
            campaign = await self._campaign(base, fitness=elite.fitness)
            texts = None if campaign is None else campaign.ask(number)
            if campaign is not None and texts is not None:
                campaign.propose(texts)
                return Draw(island=island.number, parent=elite.program, plan=plan_of(base, texts))
        return None

    def learn(self, attempt: Attempt) -> None:
        evaluated = attempt.candidates[-1] if attempt.candidates else None
        if evaluated is None or evaluated.evaluation is None:
            self._note(attempt, None, None)
        else:
            self._note(attempt, evaluated.program.id, evaluated.evaluation)

    def tuned(self, base: Program, plan: Plan) -> Program:
        campaign = self._campaigns.get(base.id)
        genome = genome_of(base) if campaign is None else campaign.genome
        return genome.with_texts(texts_of(plan))

    def recall(self, reader: Reader) -> None:
        """Take in all turns of the run so far, in the order of their numbers."""
        found: dict[int, tuple[ProgramId, Evaluation]] = {}
        for birth, evaluation in reader.programs(self._run.id, _ALL):
            if birth.attempt is not None:
                found[birth.attempt] = (birth.program, evaluation)
            elif birth.operator == "seed" and evaluation.fitness is not None:
                self._best = self._objective.utility(evaluation.fitness)
        for attempt in sorted(reader.attempts(self._run.id, _ALL), key=lambda one: one.number):
            if attempt.state.is_finished:
                self._note(attempt, *found.get(attempt.number, (None, None)))

    def _note(self, attempt: Attempt, program: ProgramId | None, evaluation: Evaluation | None) -> None:
        fitness = None if evaluation is None else evaluation.fitness
        utility = None if fitness is None else self._objective.utility(fitness)
        gain = 0.0 if utility is None else max(0.0, utility - self._best)
        self._best = self._best + gain
        plan = attempt.plan
        tuning = is_tuning(plan)
        self._asked += not tuning
        self._bandit.note(tuned=tuning, gain=gain)
        if plan is None or not tuning:
            return
        base = base_of(plan)
        if program is not None:
            self._base[program] = base
        loss = None if evaluation is None else loss_of(utility)
        campaign = self._campaigns.get(base)
        if campaign is not None:
            campaign.tell(texts_of(plan), loss)
        else:
            self._untold.setdefault(base, []).append((texts_of(plan), loss))

    async def _campaign(self, base: ProgramId, *, fitness: float) -> Campaign | None:
        """The campaign on a program's constants, told what was tried so far; None where it has none."""
        if base in self._campaigns:
            return self._campaigns[base]
        program = await self._store.program(base)
        genome = None if program is None else genome_of(program)
        campaign = None
        if genome is not None and genome.genes:
            known = await self._store.known(self._run.id, base, self._run.problem_digest)
            own = fitness if known.evaluation is None else known.evaluation.fitness
            utility = None if own is None else self._objective.utility(own)
            campaign = Campaign(genome, loss=loss_of(utility), seed=self._run.seed)
        # Another turn may have begun it while this one waited.
        if base not in self._campaigns:
            self._campaigns[base] = campaign
            for texts, loss in self._untold.pop(base, ()):
                if campaign is not None:
                    campaign.tell(texts, loss)
        return self._campaigns[base]

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
