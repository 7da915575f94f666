"""Many mistakes that are one mistake: clusters of failures, each told in one note.

Without a model: what failed alike is found by the words of its reasons (TF-IDF, average linkage over cosine
distances), and the note quotes what these have in common. It errs where two causes are told in the same
words; the note then counts both, and expires like any lesson when it does not help.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.about import FAILED, About, is_note, words
from archive.experience import Lesson, LessonKind

__all__ = ["WINDOW", "Clustering", "cluster"]

WINDOW = 300
"""Newest mistakes that are looked at, which bounds the work."""

_LEAST = 3
"""Mistakes that make a cluster worth a note."""

_DISTANCE = 0.5
"""Average cosine distance up to which mistakes are one."""

_COMMON = 2 / 3
"""Share of a cluster that must hold a word for the note to quote it."""

_SAME_NOTE = 0.6
"""Share of common words (Jaccard) from which two notes are about the same."""

_QUOTED = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """What came of one batch.

    Attributes:
        notes: new ones, not stored yet, by the first attempt they rest on.
        replaced: ids of the lessons that notes speak for now, earlier notes among them; in order.
    """

    notes: tuple[Lesson, ...] = ()
    replaced: tuple[int, ...] = ()


def cluster(lessons: Sequence[Lesson], *, run: str, attempt: int, at: datetime) -> Clustering:
    """Cluster the mistakes of a run.

    A cluster that an earlier note speaks for, live or expired, gets a new one only when it has doubled: a
    note that did not help does not come back at once.

    Args:
        lessons: of the run, in any state; only what never changes of them is looked at (not their counts or
            state), so that doing it again gives the same.
        run: id of the run.
        attempt: number that the new notes bear. Notes that bear this or a greater one are not looked at.
        at: time of the notes.
    """
    mistakes = sorted(filter(_is_mistake, lessons), key=lambda lesson: lesson.id)[-WINDOW:]
    earlier = sorted(
        (lesson for lesson in lessons if is_note(lesson) and lesson.attempt < attempt),
        key=lambda lesson: lesson.id,
    )
    notes: list[Lesson] = []
    replaced: set[int] = set()
    for members in _groups(mistakes):
        shared = _shared(members)
        evidence = tuple(sorted({lesson.attempt for lesson in members}))
        if len(evidence) < _LEAST or not words(shared):
            continue
        replaced |= {lesson.id for lesson in members}
        same = [note for note in earlier if _alike(About.read(note.context).reason, shared)]
        if any(2 * len(note.evidence) > len(evidence) for note in same):
            continue
        replaced |= {note.id for note in same}
        notes.append(
            Lesson(
                run=run,
                attempt=attempt,
                kind=LessonKind.MISTAKE,
                text=f"{len(evidence)} attempts went wrong alike: {shared}",
                at=at,
                evidence=evidence,
                context=_context(members, shared),
            )
        )
    return Clustering(
        notes=tuple(sorted(notes, key=lambda note: (note.evidence, note.text))),
        replaced=tuple(sorted(replaced)),
    )


def _is_mistake(lesson: Lesson) -> bool:
    if lesson.origin is not None or is_note(lesson) or not words(_reason(lesson)):
        return False
    return lesson.kind is LessonKind.MISTAKE or About.read(lesson.context).outcome == FAILED


def _reason(lesson: Lesson) -> str:
    """Why it went wrong: as the evaluation has it, else in the words of the lesson."""
    return About.read(lesson.context).reason or lesson.text


def _groups(mistakes: Sequence[Lesson]) -> list[list[Lesson]]:
    """Clusters of mistakes by their reasons, in the order of their first member."""
    unique = list(dict.fromkeys(words(_reason(lesson)) for lesson in mistakes))
    if len(mistakes) < _LEAST:
        return []
    labels = dict(zip(unique, _labels(unique), strict=True))
    groups: dict[int, list[Lesson]] = {}
    for lesson in mistakes:
        groups.setdefault(labels[words(_reason(lesson))], []).append(lesson)
    return list(groups.values())


def _labels(reasons: Sequence[tuple[str, ...]]) -> list[int]:
    """A label for each reason; equal labels are one cluster."""
    if len(reasons) == 1:
        return [0]
    from sklearn.cluster import AgglomerativeClustering
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectors: Any = TfidfVectorizer(analyzer=tuple, sublinear_tf=True).fit_transform(reasons)
    fitted = AgglomerativeClustering(
        n_clusters=None, distance_threshold=_DISTANCE, metric="cosine", linkage="average"
    ).fit(vectors.toarray())
    return [int(label) for label in fitted.labels_]


def _shared(members: Sequence[Lesson]) -> str:
    """The reason of the most typical member, with what most others do not share left out."""
    reasons = [_reason(lesson) for lesson in members]
    held = [set(words(reason)) for reason in reasons]
    wanted = _COMMON * len(reasons)
    common = {word for one in held for word in one if sum(word in other for other in held) >= wanted}
    pieces = [set(reason.split()) for reason in reasons]
    typical = max(
        range(len(reasons)),
        key=lambda i: (len(held[i] & common) / max(1, len(held[i])), len(held[i] & common), -i),
    )
    kept: list[str] = []
    for piece in reasons[typical].split():
        own = words(piece)
        whole = common.issuperset(own) if own else sum(piece in other for other in pieces) >= wanted
        if whole or kept[-1:] != ["…"]:
            kept.append(piece if whole else "…")
    return " ".join(kept)[:_QUOTED]


def _alike(one: str, other: str) -> bool:
    first, second = set(words(one)), set(words(other))
    return len(first & second) >= _SAME_NOTE * max(1, len(first | second))


def _context(members: Sequence[Lesson], shared: str) -> str:
    """What the members were about, so that the note is found where they would have been."""
    told = [About.read(lesson.context) for lesson in members]
    about = dict.fromkeys(word for one in told for word in words(f"{one.idea} {one.words}"))
    return About(outcome=FAILED, reason=shared, words=" ".join(list(about)[:60])).written()
