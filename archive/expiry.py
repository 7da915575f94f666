"""When a lesson is no longer shown.

- *Useless*: attempts that were shown it improved less often than attempts do anyway (`useless`).
- *Contradicted*: later attempts did the same, and what came of it is the opposite of what it says
  (`contradicted`).
- *Crowded out*: there are more than `ROOM` of them (`excess`).

All three are functions of what the store holds, so that a resumed run comes to the same end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from archive.about import About, is_note, words
from archive.experience import Lesson, LessonKind
from archive.retrieval import spread

__all__ = ["ROOM", "contradicted", "excess", "pace", "useless"]

ROOM = 400
"""Lessons of a run that are live at most."""

_PATIENCE = 12
"""Attempts that are shown a lesson before it can be found useless."""

_SAME_IDEA = 0.8
"""Share of common words (Jaccard) from which two plans are the same idea."""

_LEAST_WORDS = 4
"""Distinct words below which an idea ("Improve the program.") is too general to be the same as another."""

_REPEATS = 3
"""Repeats without an improvement that contradict an insight."""

_TURNED = 2
"""Repeats with an improvement that contradict a mistake."""


def pace(lessons: Sequence[Lesson]) -> float:
    """How often an attempt improves a cell, 0 to 1, as the counts of recent lessons tell.

    Recent ones because improvements grow rare in a long run: against the rate of the beginning every new
    lesson would be found useless. Expired ones must be among them, else only the best set the pace.
    """
    uses = sum(lesson.uses for lesson in lessons)
    return (sum(lesson.successes for lesson in lessons) + 1) / (uses + 4)


def useless(lesson: Lesson, pace: float) -> bool:
    """Whether it was shown often, and its worth is more than a standard deviation below the pace.

    Where nothing improves for anybody no lesson is found useless. It errs for about one in six of the
    lessons that neither help nor harm, which costs nothing but their text.
    """
    return lesson.uses >= _PATIENCE and lesson.worth + spread(lesson) < pace


def excess(lessons: Sequence[Lesson], room: int = ROOM) -> tuple[int, ...]:
    """Ids of live lessons beyond the room: those with the least to hope for, the older first among equals."""
    if len(lessons) <= room:
        return ()
    hopes = sorted(lessons, key=lambda lesson: (lesson.worth + spread(lesson), lesson.id))
    return tuple(lesson.id for lesson in hopes[: len(lessons) - room])


def contradicted(lessons: Sequence[Lesson]) -> tuple[int, ...]:
    """Ids of lessons whose claim later attempts have refuted, in order.

    A repeat of a lesson is a lesson of a later attempt whose plan had the same idea: `_SAME_IDEA` of their
    words in common, numbers aside. An INSIGHT says that its idea works; it is refuted by three repeats or
    more none of which improved a cell. A MISTAKE says that its idea must not be tried; it is refuted by two
    repeats or more that improved one, where at least half of its repeats did. An EXPLORATION claims nothing,
    a note (`archive.clusters`) rests on many attempts and is left to its worth, and a carried lesson has no
    repeats that are known.

    Args:
        lessons: of one run, in any state.
    """
    told = [(lesson, About.read(lesson.context)) for lesson in lessons]
    known = [
        (lesson, about)
        for lesson, about in told
        if lesson.origin is None
        and not is_note(lesson)
        and about.outcome
        and len(set(words(about.idea))) >= _LEAST_WORDS
    ]
    if len(known) < _TURNED:
        return ()
    same = _alike([about.idea for _, about in known]) >= _SAME_IDEA
    attempts = np.array([lesson.attempt for lesson, _ in known])
    improved = np.array([about.improved for _, about in known])
    found = []
    for i, (lesson, _) in enumerate(known):
        repeats = same[i] & (attempts > lesson.attempt)
        count, good = int(repeats.sum()), int((repeats & improved).sum())
        if _refuted(lesson.kind, count, good):
            found.append(lesson.id)
    return tuple(sorted(found))


def _refuted(kind: LessonKind, repeats: int, good: int) -> bool:
    match kind:
        case LessonKind.INSIGHT:
            return repeats >= _REPEATS and good == 0
        case LessonKind.MISTAKE:
            return good >= _TURNED and 2 * good >= repeats
        case LessonKind.EXPLORATION:
            return False


def _alike(texts: Sequence[str]) -> NDArray[np.float64]:
    """Jaccard similarity of the words of each pair, n x n."""
    columns: dict[str, int] = {}
    sets = [{columns.setdefault(word, len(columns)) for word in words(text)} for text in texts]
    holds = np.zeros((len(texts), len(columns)))
    for row, members in enumerate(sets):
        holds[row, sorted(members)] = 1.0
    common = holds @ holds.T
    sizes = holds.sum(axis=1)
    return np.asarray(common / np.maximum(sizes[:, None] + sizes[None, :] - common, 1.0))
