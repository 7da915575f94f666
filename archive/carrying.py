"""Carrying the memory of one run over to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archive.about import About
from archive.experience import Lesson
from archive.retrieval import near_equal, spread

__all__ = ["CARRIED", "carry"]

CARRIED = 40
"""Lessons that are carried over at most."""

_TRUST = 8
"""Attempts that the counts of a carried lesson weigh at most: it is a hint here and no proof."""


def carry(lessons: Sequence[Lesson], *, run: str, most: int = CARRIED) -> tuple[Lesson, ...]:
    """The lessons of another run that are worth most, made ready to be stored with this one.

    Worth is taken with caution, mean less one standard deviation, so that lessons that proved themselves come
    before ones nobody was shown. Their counts are halved, and scaled to at most eight uses; texts that say
    nearly the same are carried once.

    Args:
        lessons: of the other run; expired ones stay behind.
        run: id of the run that gets them.
        most: how many at most.

    Returns:
        Lessons with their origin: the run that taught them, also where they came by way of a third one. Their
        attempt is 0, and their evidence is numbers of attempts of the origin.
    """
    ranked = sorted(
        (lesson for lesson in lessons if not lesson.expired),
        key=lambda lesson: (-(lesson.worth - spread(lesson)), -lesson.id),
    )
    chosen: list[Lesson] = []
    for lesson in ranked:
        if len(chosen) == most:
            break
        if not any(near_equal(lesson.text, other.text) for other in chosen):
            chosen.append(lesson)
    return tuple(_discounted(lesson, run) for lesson in chosen)


def _discounted(lesson: Lesson, run: str) -> Lesson:
    uses = min(_TRUST, lesson.uses // 2)
    about = About.read(lesson.context)
    return replace(
        lesson,
        id=0,
        run=run,
        attempt=0,
        uses=uses,
        successes=min(uses, round(uses * lesson.successes / max(1, lesson.uses))),
        origin=lesson.origin or lesson.run,
        evidence=lesson.evidence or (lesson.attempt,),
        # What became of it there says nothing about what becomes of it here.
        context=About(idea=about.idea, reason=about.reason, words=about.words).written(),
    )
