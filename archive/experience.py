"""Lessons drawn from attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Fault", "Lesson", "LessonKind"]


class Fault(StrEnum):
    """What an attempt that did not help failed by."""

    PLAN = "plan"
    """The idea was carried out and does not help."""
    EXECUTION = "execution"
    """The idea was not carried out as it was meant, so it is as good as untried."""


class LessonKind(StrEnum):
    """What a lesson is about."""

    INSIGHT = "insight"
    MISTAKE = "mistake"
    EXPLORATION = "exploration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Something an attempt taught, for the planners of later ones.

    Attributes:
        run: id of the run.
        attempt: number of the attempt that taught it.
        kind: what it is about.
        fault: what the attempt failed by; None where it did not fail, or nobody can say.
        text: one or two sentences.
        uses: attempts that were shown it.
        successes: of these, attempts that improved a cell.
        at: when, aware UTC.
        id: number given by the store; 0 until stored.
        evidence: numbers of the attempts it rests on, in the run it comes from.
        context: what it was about, for retrieval.
        origin: id of the run it was carried over from; None where its own run taught it.
        expired: whether it is no longer shown to planners.
    """

    run: str
    attempt: int
    kind: LessonKind
    text: str
    uses: int = 0
    successes: int = 0
    at: datetime
    id: int = 0
    evidence: tuple[int, ...] = ()
    context: str = ""
    origin: str | None = None
    expired: bool = False
    fault: Fault | None = None

    @property
    def worth(self) -> float:
        """Posterior mean of "an attempt that was shown this improves", under a Beta(1, 3) prior."""
        return (self.successes + 1) / (self.uses + 4)
