from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from lessons import lesson, spelled

from archive.experience import Lesson
from archive.retrieval import SHOWN, Retrieval, near_equal

TOPICS = [spelled(number) for number in range(40)]
seeds = st.integers(0, 2**32 - 1)
counts = st.integers(0, 60).flatmap(lambda uses: st.tuples(st.just(uses), st.integers(0, uses)))


def fitted(lessons: list[Lesson]) -> Retrieval:
    retrieval = Retrieval()
    retrieval.fit(lessons)
    return retrieval


def about(number: int, topic: str, *, counts: tuple[int, int] = (0, 0)) -> Lesson:
    text = f"{topic} {topic} with {spelled(number + 1000)}"
    return lesson(number, text, uses=counts[0], successes=counts[1])


def filling(first: int, many: int) -> list[Lesson]:
    return [about(first + i, TOPICS[2 + i % 38], counts=(60, 0)) for i in range(many)]


@given(seed=seeds, counts=counts, many=st.sampled_from([0, 3, 80]), newer=st.booleans())
def test_an_unrelated_lesson_never_beats_a_related_one_of_equal_worth(
    seed: int, counts: tuple[int, int], many: int, newer: bool
) -> None:
    """Broken by hand: ordering by worth without similarity fails this."""
    related = about(2 if newer else 1, TOPICS[0], counts=counts)
    unrelated = about(1 if newer else 2, TOPICS[1], counts=counts)
    lessons = [related, unrelated, *filling(3, many)]
    chosen = fitted(lessons).choose(f"all about {TOPICS[0]}", lessons, seed=seed)
    assert related in chosen
    assert unrelated not in chosen or chosen.index(related) < chosen.index(unrelated)


@given(seed=seeds, uses=st.integers(12, 200), tried=counts)
def test_a_worthless_lesson_comes_after_an_untried_and_after_a_better_one_that_are_as_similar(
    seed: int, uses: int, tried: tuple[int, int]
) -> None:
    """Broken by hand: worth without its uses (successes alone), or z down to -3, fails this."""
    worthless = about(3, TOPICS[0], counts=(uses, 0))
    untried = about(1, TOPICS[0])
    better = about(2, TOPICS[0], counts=(uses, max(1, uses * (tried[1] + 1) // (tried[0] + 1))))
    lessons = [worthless, untried, better]
    chosen = fitted(lessons).choose(TOPICS[0], lessons, seed=seed)
    assert chosen[-1] is worthless


@given(seed=seeds, many=st.sampled_from([7, 90]), shuffle=st.randoms(use_true_random=False))
def test_the_same_seed_gives_the_same_choice_in_whatever_order_the_lessons_come(
    seed: int, many: int, shuffle: random.Random
) -> None:
    """Broken by hand: ties left to the order of the arguments, or similarities not rounded, fails this."""
    lessons = [about(1, TOPICS[0]), about(2, TOPICS[0], counts=(4, 2)), *filling(3, many)]
    one = fitted(lessons).choose(TOPICS[0], lessons, seed=seed)
    other = fitted(lessons)
    other.choose(TOPICS[1], lessons[::2], seed=seed + 1)
    mixed = list(lessons)
    shuffle.shuffle(mixed)
    assert other.choose(TOPICS[0], mixed, seed=seed) == one


def test_what_nobody_was_shown_is_tried_beside_what_proved_itself() -> None:
    proven = [about(i, TOPICS[0], counts=(40, 14)) for i in range(1, 6)]
    untried = about(6, TOPICS[0])
    lessons = [*proven, untried]
    retrieval = fitted(lessons)
    firsts = [retrieval.choose(TOPICS[0], lessons, seed=seed, most=1)[0] for seed in range(300)]
    assert 0.1 < sum(first is untried for first in firsts) / 300 < 0.6


def test_two_texts_that_say_the_same_are_not_shown_together() -> None:
    lessons = [
        lesson(i, f"Moving the step from 0.{i} to 0.{i + 1} improved the sum of radii") for i in range(1, 9)
    ]
    lessons.append(lesson(9, "Sorting the circles first improved the sum of radii"))
    chosen = fitted(lessons).choose("step of circles", lessons, seed=1)
    assert len(chosen) == 2
    assert not near_equal(chosen[0].text, chosen[1].text)


def test_a_lesson_is_found_by_what_it_was_about_and_not_only_by_its_text() -> None:
    lessons = [lesson(1, "Larger is better", words="neighbour tabu"), lesson(2, "Smaller is better")]
    for most in (1, 2):
        chosen = fitted(lessons).choose("def neighbour(): pass", lessons, seed=3, most=most)
        assert chosen[0].id == 1


@pytest.mark.parametrize("many", [1, 63, 64, 200])
def test_any_lessons_and_any_query_are_taken(many: int) -> None:
    lessons = [lesson(i + 1, "1 2 3" if i % 2 else spelled(i)) for i in range(many)]
    retrieval = fitted(lessons)
    assert retrieval.choose("", [], seed=1) == ()
    for query in ("", "0 == 1", "never seen", "ü" * 20_000):
        assert 1 <= len(retrieval.choose(query, lessons, seed=1)) <= SHOWN
    empty = [lesson(i + 1, "1 2") for i in range(many)]
    assert len(fitted(empty).choose("x", empty, seed=1)) == 1


def test_a_lesson_that_came_after_the_fit_is_found_by_the_words_that_were_known() -> None:
    old = [about(i, TOPICS[i]) for i in range(1, 20)]
    retrieval = fitted(old)
    new = about(99, TOPICS[4])
    assert new in retrieval.choose(TOPICS[4], [*old, new], seed=5, most=2)
