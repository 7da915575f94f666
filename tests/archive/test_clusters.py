from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from lessons import NOON, RUN, lesson

from archive.about import About, is_note
from archive.clusters import WINDOW, Clustering, cluster
from archive.experience import Lesson, LessonKind

OVERLAP = "invalid in stage score: circles {} and {} overlap by 0.0{}"
SLOW = "timed out in stage run: no result after {} s"


def failed(id: int, reason: str, **changes: object) -> Lesson:
    made = lesson(id, f"Attempt {id} failed", kind=LessonKind.MISTAKE, outcome="failed", reason=reason)
    return replace(made, **changes)  # type: ignore[arg-type]


def overlaps(*ids: int) -> list[Lesson]:
    return [failed(i, OVERLAP.format(i, i + 1, i)) for i in ids]


def slow(*ids: int) -> list[Lesson]:
    return [failed(i, SLOW.format(i)) for i in ids]


def batch(lessons: list[Lesson], attempt: int = 100) -> Clustering:
    return cluster(lessons, run=RUN, attempt=attempt, at=NOON)


def stored(made: Clustering, first: int) -> list[Lesson]:
    return [replace(note, id=first + i) for i, note in enumerate(made.notes)]


def test_failures_with_the_same_reason_become_one_note_that_says_what_they_share() -> None:
    made = batch([*overlaps(1, 3, 5, 7), *slow(2, 4, 6), failed(8, "failed: no module named foo")])
    overlap, late = made.notes
    assert overlap.text == "4 attempts went wrong alike: invalid in stage score: circles … and … overlap by …"
    assert overlap.evidence == (1, 3, 5, 7)
    assert late.text == "3 attempts went wrong alike: timed out in stage run: no result after … s"
    assert (overlap.kind, overlap.attempt, overlap.run) == (LessonKind.MISTAKE, 100, RUN)
    assert made.replaced == (1, 2, 3, 4, 5, 6, 7)
    assert all(is_note(note) for note in made.notes)


def test_mistakes_that_a_model_told_are_clustered_by_its_words_and_insights_never() -> None:
    words = [
        "Swapping loops broke the order",
        "Swapping the loops broke order again",
        "Swapping loops broke order",
    ]
    told = [lesson(i, text, kind=LessonKind.MISTAKE) for i, text in enumerate(words, 1)]
    assert [note.evidence for note in batch(told).notes] == [(1, 2, 3)]
    assert batch([replace(one, kind=LessonKind.INSIGHT) for one in told]) == Clustering()
    assert batch([replace(one, origin="feed00000000") for one in told]) == Clustering()


def test_two_failures_are_no_cluster() -> None:
    assert batch(overlaps(1, 2)) == Clustering()
    assert batch([]) == Clustering()


def test_a_note_comes_again_only_when_its_cluster_has_doubled_and_takes_the_old_ones_place() -> None:
    """Broken by hand: making a note whenever the cluster has grown fails this."""
    first = overlaps(1, 2, 3)
    (note,) = stored(batch(first, 50), 900)
    for state in (note, replace(note, expired=True)):
        grown = batch([*first, *overlaps(4, 5), state], 100)
        assert (grown.notes, grown.replaced) == ((), (1, 2, 3, 4, 5))
        doubled = batch([*first, *overlaps(4, 5, 6), state], 100)
        assert [len(one.evidence) for one in doubled.notes] == [6]
        assert doubled.replaced == (1, 2, 3, 4, 5, 6, 900)


@given(
    kinds=st.lists(st.integers(0, 3), min_size=1, max_size=30),
    shuffle=st.randoms(use_true_random=False),
    counts=st.integers(0, 9),
)
def test_a_batch_done_again_gives_the_same_whatever_became_of_the_lessons_since(
    kinds: list[int], shuffle: random.Random, counts: int
) -> None:
    """Broken by hand: leaving out expired members, or taking in notes of the batch itself, fails this."""
    lessons = [
        [overlaps, slow][kind](i)[0]
        if kind < 2
        else failed(i, f"failed: KeyError 'x{i}' in {'pqr'[kind - 1] * 4}")
        for i, kind in enumerate(kinds, 1)
    ]
    made = batch(lessons)
    assert set(made.replaced) >= {i for note in made.notes for i in note.evidence}
    later = [replace(one, expired=one.id in made.replaced, uses=counts) for one in lessons]
    later += stored(made, 500)
    shuffle.shuffle(later)
    assert batch(later) == made


def test_the_work_is_bounded_by_the_newest_mistakes() -> None:
    made = batch(overlaps(*range(1, WINDOW + 101)), 500)
    assert [note.evidence for note in made.notes] == [tuple(range(101, WINDOW + 101))]


def test_reasons_without_words_are_passed_over() -> None:
    assert batch([failed(i, "1 != 2") for i in range(1, 9)]).notes == ()
    bare = [replace(failed(i, ""), text="0") for i in range(1, 9)]
    assert batch(bare) == Clustering()


def test_a_note_is_found_by_what_its_members_were_about() -> None:
    members = [
        replace(
            one,
            context=About(
                outcome="failed", idea="Grow the radii", reason=About.read(one.context).reason
            ).written(),
        )
        for one in overlaps(1, 2, 3)
    ]
    (note,) = batch(members).notes
    assert "radii" in About.read(note.context).words
    assert "overlap" in About.read(note.context).reason
