"""Laws of reading answers, on random programs and true edits of them in random styles with random damage."""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mutators.blocks import change_outside
from mutators.edits import EditError
from mutators.reading import read_program

LINE = st.sampled_from(
    [
        "a = 1",
        "b = a + 2",
        "    c = b * a",
        "    if a < b:",
        "        d = 3",
        "return c",
        "",
        "# note",
        "\tx = 1",
        "f(a, b)",
        "    f(a, b)",
        "total += a",
        "    total += b",
        "s = 'it is'",
        's = "it is"',
        "}",
        "{",
        "...",
    ]
)
LINES = st.lists(LINE, min_size=1, max_size=14)


@st.composite
def changes(draw: st.DrawFn) -> tuple[list[str], list[str], int, int, list[str]]:
    """Lines before and after, and the stretch of lines that become others."""
    # Lines that stand there twice make places that are not clear.
    before = draw(LINES) * draw(st.integers(1, 2))
    start = draw(st.integers(0, len(before) - 1))
    end = draw(st.integers(start + 1, len(before)))
    new = draw(st.lists(LINE.filter(lambda line: line != "..."), max_size=5))
    return before, [*before[:start], *new, *before[end:]], start, end, new


def joined(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)


def blocks(before: list[str], after: list[str], old: list[str], new: list[str]) -> str:
    del before, after
    return f"<<<<<<< SEARCH\n{joined(old)}=======\n{joined(new)}>>>>>>> REPLACE\n"


def diff(before: list[str], after: list[str], old: list[str], new: list[str]) -> str:
    del old, new
    return (
        "```diff\n"
        + "\n".join(difflib.unified_diff(before, after, "a/p.txt", "b/p.txt", lineterm=""))
        + "\n```"
    )


def tags(before: list[str], after: list[str], old: list[str], new: list[str]) -> str:
    del before, after
    return f"<search>\n{joined(old)}</search>\n<replace>\n{joined(new)}</replace>"


Style = Callable[[list[str], list[str], list[str], list[str]], str]
DAMAGE: list[Callable[[str], str]] = [
    lambda text: text.replace("    ", ""),
    lambda text: text.replace("    ", "\t"),
    lambda text: text.replace("\n", " \n"),
    lambda text: text.replace("'", '"'),
    lambda text: text.replace("\n\n", "\n"),
    lambda text: text.replace(" = ", "="),
    lambda text: text.replace("note", "noted"),
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: text.replace("<", "&lt;").replace(">", "&gt;"),
    lambda text: text[: 2 * len(text) // 3],
    lambda text: text + text,
]


@given(changes(), st.sampled_from([blocks, diff, tags]))
def test_a_true_edit_makes_the_true_program_or_none_unless_a_tolerance_is_reported(
    change: tuple[list[str], list[str], int, int, list[str]], style: Style
) -> None:
    """Broken by hand: to take the first of several places instead of refusing fails this."""
    before, after, start, end, new = change
    # A search of blank lines alone means a place where there is nothing.
    assume(any(line.strip() for line in before[start:end]))
    answer = style(before, after, before[start:end], new)
    try:
        _, made = read_program({"p.txt": joined(before)}, answer, language="text")
    except EditError:
        return
    if not made.note:
        assert made.sources == {"p.txt": joined(after)}


@given(
    changes(),
    st.sampled_from([blocks, diff, tags]),
    st.lists(st.sampled_from(DAMAGE), min_size=1, max_size=3),
)
def test_no_damage_breaks_the_reader_or_the_rest_of_the_program(
    change: tuple[list[str], list[str], int, int, list[str]], style: Style, damage: list[Callable[[str], str]]
) -> None:
    """Broken by hand: an edit that is placed without asking what may change fails this."""
    before, after, start, end, new = change
    cut = len(before) // 2
    sources = {
        "p.txt": joined(
            [*before[:cut], "# EVOLVE-BLOCK-START", *before[cut:], "# EVOLVE-BLOCK-END", "# last"]
        )
    }
    answer = style(before, after, before[start:end], new)
    for harm in damage:
        answer = harm(answer)
    try:
        _, made = read_program(sources, answer, language="text")
    except EditError:
        return
    assert change_outside(sources, made.sources) == ""


TRUE_EDITS = st.builds(
    lambda old, new: f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE",
    st.sampled_from(["x = 1", "def f():", "    return 1", "fixed = 0", "x = 1\n\n\ndef f():"]),
    st.sampled_from(["x = 2", "def f(a=0):", "    return 2", "return 1", "x = (", "# EVOLVE-BLOCK-END"]),
)
PIECES = st.lists(
    st.one_of(
        TRUE_EDITS,
        st.sampled_from(
            [
                "<<<<<<< SEARCH",
                "=======",
                ">>>>>>> REPLACE",
                "```",
                "```diff",
                "```python",
                "@@ -1,2 +1,2 @@",
                "--- a/p.py",
                "+++ b/p.py",
                "-x = 1",
                "+x = 2",
                " x = 1",
                "x = 1",
                "x = 2",
                "...",
                "# ... rest unchanged",
                "<search>",
                "</search>",
                "<replace>",
                "</replace>",
                "file: p.py",
                "# EVOLVE-BLOCK-START",
                "# EVOLVE-BLOCK-END",
                "y = 3",
                "def f():",
                "    return 1",
                "<think>",
                "</think>",
                "*** Begin Patch",
                "*** Update File: p.py",
                "Before:",
                "After:",
                "import os",
                '{"search": "x = 1", "replace": "x = 9"}',
                "  3 | x = 1",
                "fixed = 0",
                ">>>>>>> SEARCH",
                "<<<<<<< REPLACE",
            ]
        ),
    ),
    max_size=16,
).map("\n".join)
MARKED = "fixed = 0\n# EVOLVE-BLOCK-START\nx = 1\n\n\ndef f():\n    return 1\n# EVOLVE-BLOCK-END\ny = 3\n"


@given(PIECES, st.booleans())
def test_whatever_is_answered_nothing_outside_of_the_regions_changes(answer: str, cut: bool) -> None:
    """Broken by hand: to leave out the check that a program is still Python after its edits fails this."""
    sources = {"p.py": MARKED, "q.py": "z = 1\n"}
    try:
        _, made = read_program(sources, answer, language="python", entrypoint="f", cut=cut)
    except EditError:
        return
    assert change_outside(sources, made.sources) == ""
    assert made.sources["q.py"] == sources["q.py"]
    compile(made.sources["p.py"], "p.py", "exec")


EDIT = "<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"
HOSTILE = {
    "markers that open": "<<<<<<< SEARCH\n" * 24_000,
    "dividers": "<<<<<<< SEARCH\n" + "=======\n" * 45_000 + ">>>>>>> REPLACE\n",
    "turns": "<<<<<<< SEARCH\nx\n>>>>>>> SEARCH\n" * 10_000,
    "fences in an edit": "<<<<<<< SEARCH\na\n=======\n" + "```\nx\n" * 60_000 + ">>>>>>> REPLACE\n",
    "fences in fences": "".join("`" * (3 + i % 40) + "python\n" for i in range(12_000)),
    "small fences": "```diff\n+x\n```\n" * 25_000,
    "one line": EDIT.replace("x = 1", "x" + " " * 300_000 + "= 1"),
    "dots": "```python\n" + "# ...\n" * 60_000 + "```",
    "words": "the circle packs = a wider grid; import it, x = 1\n" * 2_000,
    "words apart": "import the circle packs\n\nx = a wider\n\n" * 2_400,
    "second thoughts": EDIT + "oh no but hm " * 28_000 + "\n#" * 10_000,
    "objects": '{"a": {' * 50_000,
    "tags": "<search>a\n" * 32_000,
    "reasoning": "<think></thinking>" * 20_000,
    "brackets": "```python\ndef f():\n    return " + "(" * 300_000 + "\n```",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_is_read_in_bounded_time(name: str) -> None:
    """Broken by hand: to look for the next marker anew at each fence within an edit fails this."""
    began = time.process_time()
    try:
        read_program({"p.py": MARKED}, HOSTILE[name], language="python", entrypoint="f")
    except EditError:
        assert time.process_time() - began < 5
        return
    assert time.process_time() - began < 5


def test_a_search_of_thousands_of_places_is_refused_in_bounded_time() -> None:
    """Broken by hand: to make the text of every place fails this."""
    program = "".join(f"def f{i}(x):\n    total = 0\n    return total\n\n\n" for i in range(4000))
    began = time.process_time()
    with pytest.raises(EditError, match="A SEARCH matches 4000 places"):
        read_program(
            {"p.py": program}, EDIT.replace("x = ", "    total = ").replace("= 1", "= 0"), language="python"
        )
    assert time.process_time() - began < 5
