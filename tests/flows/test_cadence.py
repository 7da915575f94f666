from __future__ import annotations

from datetime import timedelta

import pytest

from flows.cadence import ScheduleError, in_words, interval


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        (" 2 d ", timedelta(days=2)),
    ],
)
def test_an_interval_is_a_number_and_a_unit(text: str, meant: timedelta) -> None:
    assert interval(text) == meant


@pytest.mark.parametrize("text", ["", "15", "m", "0s", "-1h", "1.5h", "1h30m", "1w", "9999999d"])
def test_anything_else_is_no_interval(text: str) -> None:
    with pytest.raises(ScheduleError, match="15m"):
        interval(text)


@pytest.mark.parametrize(
    ("every", "words"), [("60s", "every minute"), ("48h", "every 2 days"), ("90m", "every 90 minutes")]
)
def test_an_interval_is_said_in_the_largest_unit_that_fits(every: str, words: str) -> None:
    assert in_words(interval(every), None, None) == words
