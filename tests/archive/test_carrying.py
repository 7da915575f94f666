from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from lessons import RUN, lesson

from archive.about import About
from archive.carrying import CARRIED, carry

NEW = "feed00000000"
counts = st.integers(0, 200).flatmap(lambda uses: st.tuples(st.just(uses), st.integers(0, uses)))


def test_the_best_are_carried_with_their_origin_and_what_was_proven_comes_before_what_was_not() -> None:
    lessons = [lesson(i, uses=20) for i in range(1, 60)]
    lessons += [
        lesson(60, uses=20, successes=12),
        lesson(61),
        lesson(62, uses=30, successes=20, expired=True),
    ]
    carried = carry(lessons, run=NEW)
    assert len(carried) == CARRIED
    assert [one.text for one in carried[:2]] == [lessons[59].text, lessons[60].text]
    assert all((one.run, one.origin, one.attempt, one.id) == (NEW, RUN, 0, 0) for one in carried)
    assert carried[0].evidence == (60,)


@given(tried=counts)
def test_worth_is_discounted_toward_the_prior_and_weighs_no_more_than_eight_attempts(
    tried: tuple[int, int],
) -> None:
    """Broken by hand: carrying the counts as they are fails this."""
    (one,) = carry([lesson(1, uses=tried[0], successes=tried[1])], run=NEW)
    assert one.uses <= min(8, tried[0])
    assert 0 <= one.successes <= one.uses
    rate = tried[1] / max(1, tried[0])
    assert abs(one.successes - one.uses * rate) <= 0.5


def test_a_lesson_keeps_the_run_that_taught_it_however_often_it_is_carried() -> None:
    (once,) = carry([lesson(1)], run=NEW)
    (twice,) = carry([once], run="beef00000000")
    assert (twice.run, twice.origin) == ("beef00000000", RUN)


def test_what_says_the_same_is_carried_once_and_what_came_of_it_there_is_left_behind() -> None:
    same = [lesson(i, f"Step 0.{i} is better than none", outcome="improved", idea="x y") for i in (1, 2)]
    (one,) = carry(same, run=NEW)
    assert About.read(one.context) == About(idea="x y")
