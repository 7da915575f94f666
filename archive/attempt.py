"""One turn of Plan, Execute, Summarize, and the states it passes through."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from archive.cell import Placement
from archive.evaluation import Evaluation
from archive.program import Program, ProgramId
from problems.errors import CambrianError

__all__ = ["Attempt", "AttemptState", "Candidate", "IllegalMove", "Likeness", "Outline", "Plan"]


class IllegalMove(CambrianError):
    """An attempt was asked to change into a state that does not follow from the one it is in."""


class AttemptState(StrEnum):
    """How far an attempt has come. The store holds it, so that a resume goes on from there."""

    DRAWN = "drawn"
    PLANNED = "planned"
    PROPOSED = "proposed"
    EVALUATED = "evaluated"
    SUMMARIZED = "summarized"
    DONE = "done"
    DUPLICATE = "duplicate"
    """The proposal was a program already known; nothing ran."""
    FAILED = "failed"
    """The model's answers led to no program."""
    ABANDONED = "abandoned"
    """Given up without a verdict: no sandbox outlived its program, or the run was stopped for good."""

    @property
    def is_finished(self) -> bool:
        return self in _FINISHED

    def may_become(self, other: AttemptState) -> bool:
        return other in _MOVES[self]


_FINISHED = frozenset(
    {AttemptState.DONE, AttemptState.DUPLICATE, AttemptState.FAILED, AttemptState.ABANDONED}
)
_ENDS = frozenset({AttemptState.FAILED, AttemptState.ABANDONED})
_MOVES: dict[AttemptState, frozenset[AttemptState]] = {
    # A turn without a planner goes from DRAWN to PROPOSED; one without a summarizer from EVALUATED to DONE.
    AttemptState.DRAWN: frozenset({AttemptState.PLANNED, AttemptState.PROPOSED, AttemptState.DUPLICATE})
    | _ENDS,
    AttemptState.PLANNED: frozenset({AttemptState.PROPOSED, AttemptState.DUPLICATE}) | _ENDS,
    AttemptState.PROPOSED: frozenset({AttemptState.EVALUATED, AttemptState.DUPLICATE}) | _ENDS,
    AttemptState.EVALUATED: frozenset({AttemptState.PROPOSED, AttemptState.SUMMARIZED, AttemptState.DONE})
    | _ENDS,
    AttemptState.SUMMARIZED: frozenset({AttemptState.DONE}) | _ENDS,
} | {state: frozenset() for state in _FINISHED}


class Likeness(StrEnum):
    """How a proposal is like a known program."""

    SAME = "same"
    """The same text."""
    ALIKE = "alike"
    """Another text that does the same."""
    NEAR = "near"
    """Another program that differs by little, measured by how much was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One of the changes that a planner weighed.

    Attributes:
        idea: the change in one sentence.
        expects: the effect it would have, in words.
        risk: what may go wrong.
    """

    idea: str
    expects: str = ""
    risk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a planner decided to try.

    Attributes:
        idea: the change in one sentence.
        steps: how to carry it out, in order.
        expects: the effect the planner expects, in words.
        rejected: outlines that were written and not chosen.
        lessons: ids of the lessons that were shown.
        operator: the way of change it prescribes; empty where the executor draws one.
        outlines: all that were written, the chosen one among them; empty where the planner wrote none.
        choice: index of the outline that was chosen; None where that is not told.
        approach: name of the kind of change, see `mutators.approaches`; empty where the planner named none.
        reason: why it is not the kind that was suggested; empty where it is.
    """

    idea: str
    steps: tuple[str, ...] = ()
    expects: str = ""
    rejected: tuple[str, ...] = ()
    lessons: tuple[int, ...] = ()
    operator: str = ""
    outlines: tuple[Outline, ...] = ()
    choice: int | None = None
    approach: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One program made for a plan, with what became of it.

    Attributes:
        round: which round of the attempt, from 0.
        slot: which of the candidates of that round, from 0.
        operator: how it was made.
        program: the program.
        model: name of the model that wrote it; None where no model did.
        evaluation: its evaluation; None until there is one.
        placement: its place in the archive; None until evaluated.
    """

    round: int = 0
    slot: int = 0
    operator: str
    program: Program
    model: str | None = None
    evaluation: Evaluation | None = None
    placement: Placement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One Plan-Execute-Summarize turn.

    Attributes:
        run: id of the run.
        number: from 1, in the order of drawing; with the run's seed it determines the random stream.
        island: island the parent was drawn from.
        parents: drawn programs, the main parent first.
        inspirations: programs shown beside them.
        state: how far it has come.
        plan: once PLANNED.
        candidates: programs made so far.
        note: why it ended, when not DONE.
        likeness: how its proposal was like a program that the run knew; None where it was like none.
        started: aware UTC.
        ended: aware UTC, once finished.
    """

    run: str
    number: int
    island: int
    parents: tuple[ProgramId, ...]
    inspirations: tuple[ProgramId, ...] = ()
    state: AttemptState = AttemptState.DRAWN
    plan: Plan | None = None
    candidates: tuple[Candidate, ...] = ()
    note: str = ""
    likeness: Likeness | None = None
    started: datetime
    ended: datetime | None = None

    def move(self, state: AttemptState, **changes: object) -> Attempt:
        """The attempt in its next state.

        Raises:
            IllegalMove: the state does not follow from the present one.
        """
        if not self.state.may_become(state):
            raise IllegalMove(
                f"attempt {self.number} of run {self.run} is {self.state.value}, "
                f"from which {state.value} does not follow"
            )
        return replace(self, state=state, **changes)  # type: ignore[arg-type]
