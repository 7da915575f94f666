from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from lessons import lesson

from archive.experience import Lesson, LessonKind
from archive.expiry import contradicted, excess, pace, useless

IDEA = "Sort the circles by their radius first"
OTHER = "Anneal all positions with a slower schedule"
counts = st.integers(0, 300).flatmap(lambda uses: st.tuples(st.just(uses), st.integers(0, uses)))


@given(tried=counts, rate=st.floats(0.001, 0.999))
@example(tried=(11, 0), rate=0.5)
def test_a_lesson_that_helps_as_often_as_chance_or_was_seldom_shown_never_expires(
    tried: tuple[int, int], rate: float
) -> None:
    """Broken by hand: a fixed number of uses without success, or no patience, fails this."""
    uses, successes = tried
    one = lesson(1, uses=uses, successes=successes)
    if uses < 12 or one.worth >= rate:
        assert not useless(one, rate)


@given(rate=st.floats(0.02, 0.9))
def test_a_lesson_that_never_helps_expires_in_the_end_wherever_others_improve(rate: float) -> None:
    """Broken by hand: comparing the mean plus two fixed tenths with the pace fails this."""
    shown = next(n for n in range(12, 400) if useless(lesson(1, uses=n), rate))
    assert shown <= max(12, 3 / rate)
    assert all(useless(lesson(1, uses=n), rate) for n in range(shown, shown + 50))


def test_where_nothing_improves_no_lesson_is_to_blame() -> None:
    lessons = [lesson(i, uses=40) for i in range(1, 61)]
    assert not any(useless(one, pace(lessons)) for one in lessons)


def test_the_pace_is_the_rate_of_all_that_were_shown_the_expired_ones_included() -> None:
    lessons = [lesson(1, uses=46, successes=9), lesson(2, uses=50, successes=0, expired=True)]
    assert pace(lessons) == pytest.approx(0.1)
    assert pace(()) == 0.25


@given(tried=st.lists(counts, max_size=12), room=st.integers(0, 12))
def test_no_more_than_the_room_stay_and_those_who_go_have_the_least_to_hope_for(
    tried: list[tuple[int, int]], room: int
) -> None:
    """Broken by hand: throwing out the oldest, or one too few, fails this."""
    lessons = [lesson(i, uses=uses, successes=good) for i, (uses, good) in enumerate(tried, 1)]
    out = excess(lessons, room)
    assert len(lessons) - len(out) == min(room, len(lessons))
    stay = [one for one in lessons if one.id not in out]
    for gone in (one for one in lessons if one.id in out):
        assert not any(one.uses == gone.uses and one.successes < gone.successes for one in stay)


def told(id: int, kind: LessonKind, outcome: str, idea: str = IDEA) -> Lesson:
    return lesson(id, kind=kind, outcome=outcome, idea=idea)


INSIGHT, MISTAKE, EXPLORATION = LessonKind.INSIGHT, LessonKind.MISTAKE, LessonKind.EXPLORATION


@pytest.mark.parametrize(
    ("kind", "repeats", "refuted"),
    [
        (INSIGHT, ["refused", "failed", "refused"], True),
        (INSIGHT, ["refused", "refused"], False),
        (INSIGHT, ["refused", "improved", "refused", "refused"], False),
        (MISTAKE, ["improved", "new"], True),
        (MISTAKE, ["improved"], False),
        (MISTAKE, ["improved", "new", "failed", "failed"], True),
        (MISTAKE, ["improved", "new", "failed", "failed", "failed"], False),
        (EXPLORATION, ["improved"] * 9, False),
        (EXPLORATION, ["failed"] * 9, False),
    ],
)
def test_a_claim_is_contradicted_by_what_came_of_the_same_idea_later(
    kind: LessonKind, repeats: list[str], refuted: bool
) -> None:
    """Broken by hand: counting one repeat less, or all outcomes alike, fails this."""
    later = [told(10 + i, EXPLORATION, outcome) for i, outcome in enumerate(repeats)]
    first = told(5, kind, "improved" if kind is INSIGHT else "failed")
    assert contradicted([first, *later]) == ((5,) if refuted else ())
    earlier = [replace(one, id=one.id - 9, attempt=one.attempt - 9) for one in later]
    assert 50 not in contradicted([*earlier, replace(first, id=50, attempt=50)])


def test_other_ideas_general_ones_notes_and_other_runs_contradict_nothing() -> None:
    first = told(1, INSIGHT, "improved")
    assert contradicted([first, *(told(i, MISTAKE, "failed", OTHER) for i in range(2, 9))]) == ()
    general = [
        told(i, INSIGHT, "improved" if i == 1 else "failed", "Improve the program.") for i in range(1, 9)
    ]
    assert contradicted(general) == ()
    carried = [lesson(i, idea=IDEA, origin="feed00000000") for i in range(2, 9)]
    assert contradicted([first, *carried]) == ()
    note = replace(told(1, MISTAKE, "failed"), evidence=(1, 2, 3))
    assert contradicted([note, *(told(i, INSIGHT, "improved") for i in range(4, 9))]) == ()


def test_numbers_do_not_make_an_idea_another_one() -> None:
    first = told(1, INSIGHT, "improved", "Move the constant from 0.5 to 0.6 in pack")
    later = [told(i, MISTAKE, "failed", f"Move the constant from 0.{i} to 3 in pack") for i in (2, 3, 4)]
    assert contradicted([first, *later]) == (1,)
