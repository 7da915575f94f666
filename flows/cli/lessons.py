"""How lessons are listed, for scripts and for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.cli.text import clip

if TYPE_CHECKING:
    from archive.experience import Lesson

__all__ = ["HEAD", "lesson_json", "lesson_row"]

HEAD = ("attempt", "kind", "fault", "evidence", "shown", "helped", "worth", "state", "origin", "text")
"""What `lesson_row` has in its columns."""


def lesson_json(lesson: Lesson) -> dict[str, object]:
    """A lesson as JSON; `evidence` holds numbers of attempts, of the run `origin` where there is one."""
    return {
        "id": lesson.id,
        "attempt": lesson.attempt,
        "kind": lesson.kind.value,
        "fault": None if lesson.fault is None else lesson.fault.value,
        "text": lesson.text,
        "evidence": list(lesson.evidence or (lesson.attempt,)),
        "uses": lesson.uses,
        "successes": lesson.successes,
        "worth": lesson.worth,
        "state": _state(lesson),
        "origin": lesson.origin,
        "at": lesson.at.isoformat(),
    }


def lesson_row(lesson: Lesson) -> tuple[str, ...]:
    """A lesson as a row of a table; evidence is the number of attempts it rests on."""
    return (
        str(lesson.attempt) if lesson.origin is None else "",
        lesson.kind.value,
        "" if lesson.fault is None else lesson.fault.value,
        str(len(lesson.evidence) or 1),
        str(lesson.uses),
        str(lesson.successes),
        f"{lesson.worth:.2f}",
        _state(lesson),
        (lesson.origin or "")[:12],
        clip(lesson.text, 100),
    )


def _state(lesson: Lesson) -> str:
    return "expired" if lesson.expired else "live"
