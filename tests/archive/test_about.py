from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from archive.about import About, words


@given(parts=st.tuples(*[st.text(max_size=30)] * 3), outcome=st.sampled_from(["", "new", "failed"]))
def test_what_is_written_is_read_again(parts: tuple[str, str, str], outcome: str) -> None:
    idea, reason, rest = (" ".join(part.split()) for part in parts)
    about = About(outcome=outcome, idea=idea, reason=reason, words=rest)
    assert About.read(about.written()) == about


@given(text=st.text(max_size=80))
def test_any_other_text_is_read_as_words_and_loses_nothing(text: str) -> None:
    about = About.read(text)
    assert about.words == text or about.written() == text


def test_words_are_runs_of_letters_without_numbers_taken_apart_at_underscores() -> None:
    assert words("Best_of 12 runs: x1 += Größe") == ("best", "runs", "größe")
