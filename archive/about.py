"""What a lesson is about: the words it is found again by, kept in `archive.experience.Lesson.context`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from archive.experience import Lesson, LessonKind

__all__ = ["About", "document", "is_note", "words"]

FAILED = "failed"
"""Outcome of an attempt whose program was not valid; the others are those of `archive.cell.Outcome`."""

_OUTCOMES = frozenset({"new", "improved", "refused", FAILED})
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an attempt was about, as it was; none of it changes later.

    Attributes:
        outcome: what became of it: ``new``, ``improved``, ``refused`` or ``failed``; empty when not known.
        idea: of its plan; empty when there was none.
        reason: why its program was not valid, as prompts show it; empty when it was.
        words: what else tells it from others: operator, names in the changed lines.
    """

    outcome: str = ""
    idea: str = ""
    reason: str = ""
    words: str = ""

    @property
    def improved(self) -> bool:
        """Whether a cell was filled or bettered."""
        return self.outcome in {"new", "improved"}

    def written(self) -> str:
        """Four lines: outcome, idea, reason, words."""
        return "\n".join(
            " ".join(part.split()) for part in (self.outcome, self.idea, self.reason, self.words)
        )

    @classmethod
    def read(cls, context: str) -> About:
        """What `written` wrote; a context of another form is all `words`."""
        parts = context.split("\n")
        if len(parts) != 4 or parts[0] not in _OUTCOMES | {""}:
            return cls(words=context)
        return cls(outcome=parts[0], idea=parts[1], reason=parts[2], words=parts[3])


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The words of prose or code in small letters: runs of three letters or more, names taken apart at ``_``.

    Numbers are left out: "from 3.1 to 3.2" and "from 3.2 to 3.4" say the same of a change.
    """
    return tuple(_WORD.findall(text.lower()))


def document(lesson: Lesson) -> str:
    """All that a lesson is found by."""
    about = About.read(lesson.context)
    return "\n".join((lesson.text, about.idea, about.reason, about.words))


def is_note(lesson: Lesson) -> bool:
    """Whether it sums up the mistakes of several attempts, see `archive.clusters`."""
    return lesson.kind is LessonKind.MISTAKE and len(lesson.evidence) > 1 and lesson.origin is None
