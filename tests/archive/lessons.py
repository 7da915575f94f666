"""Lessons for tests of what finds, clusters, expires and carries them."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.about import About
from archive.experience import Lesson, LessonKind

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
RUN = "abcdef012345"


def lesson(
    id: int,
    text: str = "",
    *,
    uses: int = 0,
    successes: int = 0,
    kind: LessonKind = LessonKind.INSIGHT,
    outcome: str = "refused",
    idea: str = "",
    reason: str = "",
    words: str = "",
    evidence: tuple[int, ...] | None = None,
    attempt: int | None = None,
    origin: str | None = None,
    expired: bool = False,
) -> Lesson:
    """A lesson of the attempt with the number of its id, unless told otherwise."""
    number = id if attempt is None else attempt
    return Lesson(
        run=RUN,
        attempt=number,
        kind=kind,
        text=text or f"lesson {spelled(id)}",
        uses=uses,
        successes=successes,
        at=NOON,
        id=id,
        evidence=(number,) if evidence is None else evidence,
        context=About(outcome=outcome, idea=idea, reason=reason, words=words).written(),
        origin=origin,
        expired=expired,
    )


def spelled(number: int) -> str:
    """The number as a word of its own."""
    return "".join("abcdefghij"[int(digit)] * 3 for digit in str(number))
