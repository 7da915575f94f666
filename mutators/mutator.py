"""The ports of a Plan-Execute-Summarize turn, and the context they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from archive.approach import Trials
from archive.attempt import Attempt, Candidate, Plan
from archive.evaluation import Evaluation
from archive.experience import Lesson
from archive.program import Program
from archive.store import Child
from problems.problem import Problem

__all__ = [
    "REPAIR",
    "Context",
    "Draft",
    "Earlier",
    "Executor",
    "Founder",
    "Planner",
    "Proposal",
    "Shown",
    "Summarizer",
    "Tried",
]


REPAIR = "repair"
"""The way of change that mends a program which an earlier round of the turn made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A program as a prompt shows it, with its evaluation (public metrics only reach the text)."""

    program: Program
    evaluation: Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What an earlier turn of the same island showed: the parent first, and the lessons."""

    programs: tuple[Shown, ...]
    lessons: tuple[Lesson, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What an earlier round of the turn came to.

    Attributes:
        candidate: with its evaluation; None where the answers led to no program that could be evaluated.
        note: why there is none.
    """

    candidate: Candidate | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All a turn knows. Built by the loop from the store; holds nothing private to a scorer.

    Attributes:
        problem: what is asked.
        attempt: the turn, with its plan once there is one.
        parent: the program to change.
        inspirations: elites of other cells.
        ancestors: how the parent came to be, itself first.
        children: what was tried on the parent already, newest first.
        failures: newest evaluations nearby that were not valid.
        lessons: lessons retrieved for this turn.
        hints: a person's hints, oldest first.
        best: best utility-ranked fitness of the run so far; None when there is none.
        seed: of this attempt; every draw a mutator makes comes from it.
        past: what the newest turns of the island showed before this one, oldest first.
        approaches: what came of the run's plans so far, by approach.
        round: of the turn, from 0; in each one more program is made than in the one before.
        slot: which of the programs of the round, from 0.
        tried: what earlier rounds of the turn came to, oldest first.
    """

    problem: Problem
    attempt: Attempt
    parent: Shown
    inspirations: Sequence[Shown] = ()
    ancestors: Sequence[Child] = ()
    children: Sequence[Child] = ()
    failures: Sequence[Evaluation] = ()
    lessons: Sequence[Lesson] = ()
    hints: Sequence[str] = ()
    best: float | None = None
    seed: int = 0
    past: Sequence[Earlier] = ()
    approaches: Mapping[str, Trials] = field(default_factory=lambda: MappingProxyType({}))
    round: int = 0
    slot: int = 0
    tried: Sequence[Tried] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an executor made.

    Attributes:
        candidate: a program with its operator; None when the answers led to none.
        note: why there is none, or how tolerantly the edit was applied; empty when there is nothing to say.
    """

    candidate: Candidate | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One try at the first program of a problem.

    Attributes:
        shown: the program with its evaluation; None where the answer held none.
        note: why it held none, or how tolerantly it was read.
    """

    shown: Shown | None
    note: str = ""


class Founder(Protocol):
    """Writes the first program."""

    async def write(self, drafts: Sequence[Draft], *, number: int) -> Proposal:
        """One whole program, made from the statement.

        Args:
            drafts: what was written before, oldest first; none of it was valid.
            number: which draft this is, from 0.

        Raises:
            ModelUnreachable, BudgetExhausted: see `Model.complete`.
        """


class Planner(Protocol):
    """Decides what to try."""

    async def plan(self, context: Context) -> Plan:
        """A plan for changing the parent. An answer that cannot be read becomes a plan of its first line.

        Raises:
            ModelUnreachable, BudgetExhausted: see `Model.complete`.
        """


class Executor(Protocol):
    """Carries a plan out."""

    async def propose(self, context: Context) -> Proposal:
        """One program made from the parent by the attempt's plan.

        Raises:
            ModelUnreachable, BudgetExhausted: see `Model.complete`.
        """


class Summarizer(Protocol):
    """Learns from a turn."""

    async def summarize(self, context: Context, candidate: Candidate) -> Lesson | None:
        """The lesson of an evaluated candidate, or None where there is nothing to learn.

        Raises:
            ModelUnreachable, BudgetExhausted: see `Model.complete`.
        """
