"""Beginning without an initial program: a model writes drafts until one is valid.

Nothing is kept beside the ledger and the evaluations: a run that was cut off goes through the same answers
and verdicts once more, which costs neither calls nor evaluations, and goes on where they end.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from archive.evaluation import Evaluation
from archive.ledger import Purpose
from archive.program import Program
from archive.run import Run
from archive.store import Store
from archive.strategy import Strategy
from flows.placing import Placer
from flows.tally import Tally
from mutators.mutator import Draft, Founder, Shown
from problems.errors import CambrianError
from problems.problem import Problem

__all__ = ["MOST_DRAFTS", "Beginning", "Evaluate", "Founding", "InvalidSeed"]

MOST_DRAFTS = 10
"""Drafts that are paid for before the run gives up; a resume pays for as many more."""
_TOLD = 3


class Evaluate(Protocol):
    """Tells what a program is worth, see `flows.turn.Turn.evaluate`."""

    async def __call__(self, program: Program, *, known: Evaluation | None = None) -> Evaluation: ...


class InvalidSeed(CambrianError):
    """The initial program is not valid, or none came about, so there is nothing to start from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a run without an initial program needs.

    Attributes:
        founder: writes drafts; None where no model of the run can.
        strategy: how the run searches, given its first program.
    """

    founder: Founder | None
    strategy: Callable[[Program], Strategy]


class Founding:
    """The first program of one run.

    Args:
        run: the run.
        problem: what is asked.
        store: keeps it.
        founder: writes drafts; None where no model of the run can.
        placer: places and records what was evaluated.
        tally: counters.
    """

    def __init__(
        self,
        *,
        run: Run,
        problem: Problem,
        store: Store,
        founder: Founder | None,
        placer: Placer,
        tally: Tally,
    ) -> None:
        self._run = run
        self._problem = problem
        self._store = store
        self._founder = founder
        self._placer = placer
        self._tally = tally

    @property
    def is_possible(self) -> bool:
        """Whether a model of the run can write a program."""
        return self._founder is not None

    async def first(self, evaluate: Evaluate) -> Program | None:
        """The first valid program; every draft that was evaluated is kept. None when the budget ends before.

        Args:
            evaluate: tells what a program is worth, given what is known of it.

        Raises:
            InvalidSeed: no draft was valid, or no model can write one.
            ModelUnreachable, BudgetExhausted, SandboxUnavailable: as in a turn.
        """
        if self._founder is None:
            raise InvalidSeed(
                f"{self._problem.name} has no initial program, and the embedded model edits programs, it "
                "cannot write one. Name a language model with --model, or a first program under "
                "program.files; a poor one will do"
            )
        drafts: list[Draft] = []
        paid = 0
        for number in itertools.count():
            if await self._store.find_call(self._run.id, 0, Purpose.EXECUTE, number) is None:
                if self._tally.is_spent:
                    return None
                if paid == MOST_DRAFTS:
                    raise self._gave_up(drafts)
                paid += 1
            proposal = await self._founder.write(drafts, number=number)
            if proposal.candidate is None:
                drafts.append(Draft(shown=None, note=proposal.note))
                continue
            program = proposal.candidate.program
            known = await self._store.known(self._run.id, program.id, self._problem.digest)
            if known.here and known.evaluation is not None:
                evaluation = known.evaluation
            else:
                evaluation = await evaluate(program, known=known.evaluation)
                await self._placer.place_seed(program, evaluation, model=proposal.candidate.model)
            if evaluation.is_valid:
                return program
            drafts.append(Draft(shown=Shown(program=program, evaluation=evaluation), note=proposal.note))
        raise AssertionError  # the count has no end

    def _gave_up(self, drafts: list[Draft]) -> InvalidSeed:
        problem = self._problem
        reasons = [
            draft.note
            if draft.shown is None
            else f"{draft.shown.evaluation.verdict.value}: {draft.shown.evaluation.reason}"
            for draft in drafts
        ]
        told = "; ".join(list(dict.fromkeys(reversed(reasons)))[:_TOLD]).rstrip(".")
        return InvalidSeed(
            f"{problem.name} has no initial program, and none of {len(drafts)} that a model wrote was valid. "
            f"The last were: {told}. `cambrian resume {self._run.name}` has {MOST_DRAFTS} more written; a "
            "statement that says what the program gets and must give back, or a first program under "
            "program.files, helps more"
        )
