from __future__ import annotations

import pytest

from dashboard import plain


def test_a_long_text_is_clipped_at_a_line_end_with_a_note() -> None:
    text = "x = 1\n" * 100_000
    shown = plain.clip(text)
    assert len(shown.text.encode()) <= plain.LIMIT
    assert shown.text.endswith("\n")
    assert "200 kB" in shown.note
    assert "600,000" in shown.note


def test_many_byte_characters_count_by_their_bytes() -> None:
    shown = plain.clip("ä" * 150_000)
    assert len(shown.text.encode()) <= plain.LIMIT
    assert shown.note


def test_a_short_text_is_left_as_it_is() -> None:
    assert plain.clip("a\tb\nc\r\n") == plain.Clipped("a\tb\nc\r\n")


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x00", "\x1b", "\ud800", "\ufeff"])
def test_characters_that_mislead_a_reader_are_spelled_out(hidden: str) -> None:
    shown = plain.clip(f"a{hidden}b").text
    assert shown == f"a\\u{ord(hidden):04x}b"
    shown.encode()


def test_a_diff_shows_only_what_changed() -> None:
    shown = plain.diff("a\nb\nc\n", "a\nB\nc\n").text
    assert "-b" in shown
    assert "+B" in shown
    assert plain.diff("a\n", "a\n").text == ""


def test_sources_too_long_to_compare_are_not_compared() -> None:
    shown = plain.diff("a\n" * 6000, "b\n" * 6000)
    assert not shown.text
    assert "5,000" in shown.note


def test_markdown_in_a_name_stays_what_it_is() -> None:
    assert plain.escape_markdown("**a** [b](c) $x$ <i>") == r"\*\*a\*\* \[b\]\(c\) \$x\$ \<i\>"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, plain.NONE),
        (0.0, "0"),
        (1234567.0, "1,234,567"),
        (2.635983085, "2.63598"),
        (1.5e-7, "1.50000e-07"),
    ],
)
def test_numbers_read_well(value: float | None, shown: str) -> None:
    assert plain.number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.25, "0.2 s"), (42, "42 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")]
)
def test_durations_read_well(seconds: float, shown: str) -> None:
    assert plain.duration(seconds) == shown
