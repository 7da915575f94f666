"""A turn that tunes, as a plan: which program, and which constants it is to have.

The plan says it all, so that a turn that was cut short, or is replayed, makes the same program again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from archive.attempt import Attempt, Plan
from archive.island import Archipelago
from archive.program import Program, ProgramId
from archive.strategy import Draw

__all__ = ["TUNE", "Tuner", "base_of", "is_tuning", "plan_of", "texts_of"]

TUNE = "tune"
"""Name of the way of change."""


def plan_of(base: ProgramId, texts: Sequence[str]) -> Plan:
    """The plan to give the genes of a program these texts."""
    count = len(texts)
    return Plan(
        operator=TUNE,
        idea=f"tune {count} constant{'s' if count != 1 else ''}",
        steps=(base, *texts),
    )


def is_tuning(plan: Plan | None) -> bool:
    """Whether a turn with this plan tunes."""
    return plan is not None and plan.operator == TUNE


def base_of(plan: Plan) -> ProgramId:
    """The program whose constants a plan tunes."""
    return plan.steps[0]


def texts_of(plan: Plan) -> tuple[str, ...]:
    """What its genes are to be."""
    return plan.steps[1:]


class Tuner(Protocol):
    """Draws the turns that tune, and carries them out. Belongs to one event loop."""

    async def draw(self, archive: Archipelago, *, number: int) -> Draw | None:
        """A turn that tunes an elite, its plan included, or None for a turn that asks a model.

        Args:
            archive: every island holds at least one elite.
            number: of the attempt.
        """

    def learn(self, attempt: Attempt) -> None:
        """Take in a turn that has ended, of either kind."""

    def tuned(self, base: Program, plan: Plan) -> Program:
        """The program that a plan leads to.

        Args:
            base: that of `base_of`.
            plan: from `plan_of`.

        Raises:
            ValueError: the plan is not one for this program.
        """
