from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutators.edits import apply_edits, parse_edits
from mutators.embedded.answer import as_blocks, as_program, hunks
from mutators.embedded.source import Splice, splice
from mutators.rewrites import apply_rewrite

LINES = st.lists(st.sampled_from(["a", "a = 1", "  a", "b", "", "# c", "aa"]), min_size=1, max_size=12)


@st.composite
def edited(draw):
    """A text and splices that do not overlap."""
    text = "\n".join(draw(LINES)) + draw(st.sampled_from(["\n", ""])) or "a"
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=6)))
    words = st.sampled_from(["", "a", "x = 2", "\n", "b\n", "a\na\n"])
    pieces = [Splice(a, b, draw(words)) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    return text, pieces


@given(edited())
def test_hunks_applied_one_after_the_other_give_the_spliced_text(case):
    text, pieces = case

    now = text
    for hunk in hunks(text, pieces):
        assert hunk.search
        now = now.replace(hunk.search, hunk.replace, 1)

    assert now == splice(text, pieces)


@given(edited())
def test_every_search_text_occurs_once_unless_it_is_the_whole_program(case):
    text, pieces = case

    for hunk in hunks(text, pieces):
        assert hunk.search == text or text.count(hunk.search) == 1


@given(edited())
def test_the_executor_applies_the_blocks_exactly(case):
    text, pieces = case
    wanted = splice(text, pieces)
    if not text.endswith("\n") or not wanted.endswith("\n") or not wanted.strip() or not text.strip():
        return

    answer = as_blocks(text, pieces)

    assert apply_edits({"p.py": text}, parse_edits(answer, ("p.py",))).sources["p.py"] == wanted


def test_new_lines_that_read_like_a_later_search_text_are_one_block_with_it():
    text = "a = 1\nb\n"
    pieces = [Splice(0, 0, "b\n"), Splice(6, 7, "c")]
    answer = as_blocks(text, pieces)
    assert apply_edits({"p.py": text}, parse_edits(answer, ("p.py",))).sources["p.py"] == "b\na = 1\nc\n"


def test_a_search_text_takes_in_lines_until_it_is_unmistakable():
    text = "def a():\n    x = 1\n    return x\n\ndef b():\n    x = 1\n    return x\n"
    at = text.rindex("1")

    (hunk,) = hunks(text, [Splice(at, at + 1, "2")])

    assert hunk.search == "def b():\n    x = 1\n"
    assert hunk.replace == "def b():\n    x = 2\n"


def test_distant_changes_are_separate_blocks():
    text = "".join(f"x{i} = {i}\n" for i in range(10))
    pieces = [Splice(text.index(f"= {i}") + 2, text.index(f"= {i}") + 3, "77") for i in (1, 8)]

    assert [hunk.search for hunk in hunks(text, pieces)] == ["x1 = 1\n", "x8 = 8\n"]


def test_lines_that_look_like_markers_cannot_be_said_in_blocks():
    assert as_blocks("a = '''\n=======\n'''\n", [Splice(8, 15, "b")]) is None


@pytest.mark.parametrize("inside", ["x = 1\n", "x = '''```python\n````\n'''\n"])
def test_a_whole_program_survives_its_fence(inside):
    answer = as_program(inside, "python")

    assert ast.parse(inside)
    assert apply_rewrite({"p.py": "x = 0\n"}, answer, language="python").sources["p.py"] == inside
