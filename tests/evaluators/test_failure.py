from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.failure import ScorerError, clip, describe, one_line
from evaluators.sandbox import Ending, ExecResult, Limits
from problems.errors import CambrianError


@given(st.text(), st.integers(1, 50))
def test_clipped_text_is_short_printable_and_can_be_stored(text, limit):
    for safe in (clip(text, limit), one_line(text, limit)):
        assert len(safe) <= limit
        assert not set(safe) & {"\x00", "\x1b", "\x7f", "\x85", "\r"}
        safe.encode("utf-8")
    assert "\n" not in one_line(text, limit)


def test_short_text_stays_as_it_is():
    assert clip("a\tb\nc \u00e9 \U0001f600", 20) == "a\tb\nc \u00e9 \U0001f600"
    assert one_line("  a\n  b ") == "a b"


@pytest.mark.parametrize("ending", Ending)
def test_every_ending_has_words(ending):
    told = describe(
        ExecResult(ending=ending, stderr="Traceback\nE: bad\n", exit_code=-9), Limits(seconds=0.5)
    )
    assert told
    assert "\n" not in told


def test_a_signal_and_the_last_line_are_told():
    result = ExecResult(ending=Ending.DIED, stderr="first\nlast\n", exit_code=-11)
    assert describe(result, Limits()) == "ended without a value (signal 11): last"
    assert describe(ExecResult(ending=Ending.RAISED, stderr="x\nE: bad\n"), Limits()) == "raised E: bad"
    assert describe(ExecResult(ending=Ending.RAISED), Limits()) == "raised an exception"


def test_a_broken_scorer_is_an_error_of_the_one_tree():
    error = ScorerError(file="score.py", fault="is\nmissing", remedy="write it")
    assert isinstance(error, CambrianError)
    assert (str(error), error.file, error.fault) == (
        "score.py: is missing; write it",
        "score.py",
        "is missing",
    )
