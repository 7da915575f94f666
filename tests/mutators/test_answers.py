from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutators.answers import fenced_blocks, find_object, first_prose, one_line, without_reasoning


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("<think>a\n```python\nx\n```\n</think>\nhere", "\nhere"),
        ("<THINKING>a</THINKING>\nhere", "\nhere"),
        ("no opening tag, reasoning</think>here", "here"),
        ("<think>never ends ```python\nx = 1\n```", ""),
        ("words\n<think>never ends\n```python\nx = 1\n```", "words\n"),
        ("nothing to strip", "nothing to strip"),
        ("a\r\nb", "a\nb"),
        ("<think>one</think>\n<think>two</think>\nhere", "\n\nhere"),
    ],
)
def test_reasoning_is_taken_out(answer: str, left: str) -> None:
    assert without_reasoning(answer) == left


@pytest.mark.parametrize(
    "answer",
    [
        '{"idea": "x", "steps": []}',
        'Sure!\n```json\n{"idea": "x", "steps": []}\n```\nDone.',
        'First {this}, then {"other": 1}, then {"idea": "x"} and {"idea": "y"}',
        '{"plan": {"idea": "x"}}',
        '{"idea": "x", "steps": ["a",]}',  # a comma too many
        '{"idea": "x", "steps": ["a", "b',  # cut off
        '{"idea": "x',
        '{\n"idea":\t"x"\n}',
    ],
)
def test_an_object_is_found_however_it_is_wrapped_or_broken(answer: str) -> None:
    found = find_object(answer, ("idea",))
    assert found is not None
    assert found["idea"] == "x"


@pytest.mark.parametrize("answer", ["", "no json", '{"other": 1}', "{" * 5000, '{"idea": ' + "[" * 100_000])
def test_no_object_is_none(answer: str) -> None:
    assert find_object(answer, ("idea",)) is None


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("Jitter the constants.\n\n<<<<<<< SEARCH\nx\n", "Jitter the constants."),
        ("```python\ncode here\n```\nThen words.", "Then words."),
        ("\n\n## **Plan**\nwords", "Plan"),
        ("```python\nonly code\n```", ""),
        ("```python\nnever closed", ""),
        ("", ""),
        ("{\n[\n", ""),
    ],
)
def test_the_first_words_are_found(answer: str, words: str) -> None:
    assert first_prose(answer) == words


def test_blocks_are_read_as_markdown_reads_them() -> None:
    text = "say\n\n````Python x\na\n```\nb\n````\n~~~\nc\n~~~\nlast:\n```\nopen"
    first, second, third = fenced_blocks(text)
    assert (first.tag, first.text, first.before, first.closed) == ("python", "a\n```\nb\n", "say", True)
    assert (second.tag, second.text, second.before) == ("", "c\n", "")
    assert (third.text, third.before, third.closed) == ("open\n", "last:", False)


@given(st.text(max_size=300) | st.text('`~{}[]"\\:, \n<>think/idea', max_size=300))
def test_no_answer_breaks_a_reader(answer: str) -> None:
    without_reasoning(answer)
    fenced_blocks(answer)
    first_prose(answer)
    find_object(answer, ("idea",))
    line = one_line(answer, 50)
    assert len(line) <= 50
    assert "\n" not in line
