from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutators.blocks import change_outside
from mutators.edits import Edited, EditError, apply_edits, has_edits, parse_edits
from tests.mutators.fakes import PROGRAM


def edited(answer: str, sources: dict[str, str] | None = None) -> Edited:
    sources = sources or {"initial.py": PROGRAM}
    return apply_edits(sources, parse_edits(answer, tuple(sources)))


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE"


@dataclass(frozen=True)
class Good:
    """An answer, and the change of the program's text it means."""

    name: str
    answer: str
    old: str
    new: str
    noted: bool = False


STEP = block("    step = 0.5", "    step = 0.25")
GOOD = [
    Good("plain", STEP, "step = 0.5", "step = 0.25"),
    Good("prose around", f"I change the step.\n\n{STEP}\n\nThis helps.", "step = 0.5", "step = 0.25"),
    Good("in a fence", f"```\n{STEP}\n```", "step = 0.5", "step = 0.25"),
    Good("in a python fence", f"```python\n{STEP}\n```", "step = 0.5", "step = 0.25"),
    Good("in a diff fence", f"```diff\n{STEP}\n```", "step = 0.5", "step = 0.25"),
    Good("each half fenced", block("```python\n    step = 0.5\n```", "```python\n    step = 0.25\n```"),
         "step = 0.5", "step = 0.25"),
    Good("reasoning before", f"<think>maybe\n{block('x', 'y')}\n</think>\n{STEP}",
         "step = 0.5", "step = 0.25"),
    Good("reasoning without its tag", f"maybe {block('x', 'y')}\n</think>\n{STEP}",
         "step = 0.5", "step = 0.25"),
    Good("windows line ends", STEP.replace("\n", "\r\n"), "step = 0.5", "step = 0.25"),
    Good("markers of six", STEP.replace("<<<<<<<", "<<<<<<").replace(">>>>>>>", ">>>>>>"),
         "step = 0.5", "step = 0.25"),
    Good("markers of eight", STEP.replace("<<<<<<<", "<<<<<<<<"), "step = 0.5", "step = 0.25"),
    Good("markers with blanks", STEP.replace("SEARCH", "SEARCH  ").replace("=======", "=======  "),
         "step = 0.5", "step = 0.25"),
    Good("markers without a blank", STEP.replace("< SEARCH", "<SEARCH").replace("> REPLACE", ">REPLACE"),
         "step = 0.5", "step = 0.25"),
    Good("lower case", STEP.replace("SEARCH", "search").replace("REPLACE", "replace"),
         "step = 0.5", "step = 0.25"),
    Good("older words", STEP.replace("SEARCH", "ORIGINAL").replace("REPLACE", "UPDATED"),
         "step = 0.5", "step = 0.25"),
    Good("a colon", STEP.replace("SEARCH", "SEARCH:"), "step = 0.5", "step = 0.25"),
    Good("file on the marker", STEP.replace("SEARCH", "SEARCH initial.py"), "step = 0.5", "step = 0.25"),
    Good("file line", f"file: initial.py\n{STEP}", "step = 0.5", "step = 0.25"),
    Good("file line, adorned", f"### File: `./initial.py`\n```python\n{STEP}\n```",
         "step = 0.5", "step = 0.25"),
    Good("file line, bold", f"**file:** initial.py\n{STEP}", "step = 0.5", "step = 0.25"),
    Good("bare path", f"initial.py\n```python\n{STEP}\n```", "step = 0.5", "step = 0.25"),
    Good("several lines", block("    step = 0.5\n    total = 0.0", "    step, total = 0.25, 0.0"),
         "    step = 0.5\n    total = 0.0", "    step, total = 0.25, 0.0"),
    Good("a deletion", block("    step = 0.5\n    total = 0.0", "    total = 0.0"), "    step = 0.5\n", ""),
    Good("an insertion", block("    return total", "    total *= 2\n    return total"),
         "    return total", "    total *= 2\n    return total"),
    Good("nothing in the replacement", "<<<<<<< SEARCH\n    step = 0.5\n=======\n>>>>>>> REPLACE",
         "    step = 0.5\n", ""),
    Good("markers of the region taken in", block(
        "# EVOLVE-BLOCK-START\ndef pack(n):\n    step = 0.5",
        "# EVOLVE-BLOCK-START\ndef pack(n):\n    step = 0.25"), "step = 0.5", "step = 0.25"),
    Good("a context line outside, unchanged", block(
        "    return total\n# EVOLVE-BLOCK-END\n\ndef main():",
        "    return 2 * total\n# EVOLVE-BLOCK-END\n\ndef main():"), "return total", "return 2 * total"),
    Good("indentation lost", block("step = 0.5", "step = 0.25\nhalf = step / 2"),
         "    step = 0.5", "    step = 0.25\n    half = step / 2", noted=True),
    Good("indentation of a whole block lost", block(
        "for i in range(n):\n    total += step * math.sqrt(i)",
        "for i in range(n):\n    if i:\n        total += step * math.sqrt(i)"),
        "        total += step", "        if i:\n            total += step", noted=True),
    Good("indented too far", block("        step = 0.5", "        step = 0.25"),
         "step = 0.5", "step = 0.25", noted=True),
    Good("trailing blanks", block("    step = 0.5   ", "    step = 0.25"),
         "step = 0.5", "step = 0.25", noted=True),
    Good("blank lines around", block("\n    step = 0.5\n", "\n    step = 0.25\n"),
         "step = 0.5", "step = 0.25", noted=True),
    Good("markers indented", "\n".join("  " * (line[0] in "<=>") + line for line in STEP.split("\n")),
         "step = 0.5", "step = 0.25"),
    Good("an equals line of another length inside", block(
        "    step = 0.5", "    # ==== note ====\n    #=======\n    step = 0.25"),
        "    step = 0.5", "    # ==== note ====\n    #=======\n    step = 0.25"),
]  # fmt: skip


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_an_answer_in_a_style_models_write_is_applied(case: Good) -> None:
    assert PROGRAM.count(case.old) == 1, "the case itself is ambiguous"
    made = edited(case.answer)
    assert made.sources["initial.py"] == PROGRAM.replace(case.old, case.new)
    assert bool(made.note) == case.noted


BAD = [
    ("no block", "Change the step to 0.25.", "no SEARCH/REPLACE"),
    ("empty", "", "no SEARCH/REPLACE"),
    ("cut off in the replacement", STEP[:-20], "not finished"),
    ("cut off in the search", "<<<<<<< SEARCH\n    step", "not finished"),
    ("second one cut off", STEP + "\n<<<<<<< SEARCH\n    total = 0.0\n=====", "not finished"),
    ("no divider", "<<<<<<< SEARCH\n    step = 0.5\n>>>>>>> REPLACE", "no ======="),
    ("two dividers", block("    step = 0.5", "a\n=======\nb"), "more than one"),
    ("no end before the next", "<<<<<<< SEARCH\na\n=======\nb\n" + STEP, "not finished"),
    ("matches nothing", block("    stride = 0.5", "    stride = 1"), "matches no lines"),
    ("part of a line", block("p = 0.5", "p = 0.25"), "matches no lines"),
    (
        "relative indentation differs",
        block("for i in range(n):\ntotal += step * math.sqrt(i)", "pass"),
        "matches no",
    ),
    ("outside", block("LIMIT = 3", "LIMIT = 4"), "outside of the EVOLVE-BLOCK"),
    (
        "inside and outside",
        block("# EVOLVE-BLOCK-END\n\ndef main():", "# EVOLVE-BLOCK-END\ndef main():"),
        "outside",
    ),
    ("removes a marker", block("    return total\n# EVOLVE-BLOCK-END", "    return total"), "outside"),
    ("adds a marker", block("    step = 0.5", "    step = 0.5\n# EVOLVE-BLOCK-END"), "outside"),
    ("empty search", "<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE", "SEARCH of edit 1 is empty"),
    ("second fails", STEP + "\n" + block("    nowhere = 1", "    x = 1"), "edit 2"),
    ("replacement cannot be indented", block("  step = 0.5", "step = 0.25"), "matches no lines"),
]


@pytest.mark.parametrize(("answer", "why"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_an_answer_that_is_not_clear_is_refused_with_the_reason(answer: str, why: str) -> None:
    with pytest.raises(EditError, match=why):
        edited(answer)


def test_several_blocks_are_applied_in_their_order() -> None:
    made = edited(STEP + "\nand\n" + block("    step = 0.25", "    step = 0.125"))
    assert "step = 0.125" in made.sources["initial.py"]


def test_a_search_that_matches_several_places_is_refused() -> None:
    text = "a = 1\nb = 2\na = 1\n"
    with pytest.raises(EditError, match="matches 2 places"):
        edited(block("a = 1", "a = 3"), {"x.py": text})


def test_a_search_that_is_unique_within_the_regions_is_applied_there() -> None:
    text = "a = 1\n# EVOLVE-BLOCK-START\na = 1\n# EVOLVE-BLOCK-END\na = 1\n"
    made = edited(block("a = 1", "a = 3"), {"x.py": text})
    assert made.sources["x.py"] == "a = 1\n# EVOLVE-BLOCK-START\na = 3\n# EVOLVE-BLOCK-END\na = 1\n"


def test_a_missing_line_end_at_the_end_of_the_file_is_no_obstacle() -> None:
    assert edited(block("b = 2", "b = 3"), {"x.py": "a = 1\nb = 2"}).sources["x.py"] == "a = 1\nb = 3"


def test_the_line_ends_of_the_file_are_kept() -> None:
    made = edited(block("b = 2", "b = 3\nc = 4"), {"x.py": "a = 1\r\nb = 2\r\n"})
    assert made.sources["x.py"] == "a = 1\r\nb = 3\r\nc = 4\r\n"


def test_an_empty_program_can_be_filled() -> None:
    answer = "<<<<<<< SEARCH\n=======\nx = 1\n>>>>>>> REPLACE"
    assert edited(answer, {"x.py": ""}).sources["x.py"] == "x = 1\n"
    framed = "# EVOLVE-BLOCK-START\n\n# EVOLVE-BLOCK-END\n"
    assert (
        edited(answer, {"x.py": framed}).sources["x.py"]
        == "# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n"
    )


def test_of_several_files_one_that_is_not_there_is_refused() -> None:
    with pytest.raises(EditError, match=r"no file 'other\.py'"):
        edited(f"file: other.py\n{STEP}", FILES)


def test_the_only_file_may_be_called_by_any_name() -> None:
    # What models are shown of a program of one file does not say its name.
    assert edited(f"file: other.py\n{STEP}").sources["initial.py"] == PROGRAM.replace("0.5", "0.25")


FILES = {"a.py": "x = 1\ny = 2\n", "sub/b.py": "x = 1\nz = 3\n"}


def test_a_file_line_says_which_of_several_files_is_meant() -> None:
    answer = f"file: a.py\n{block('x = 1', 'x = 5')}\n\nfile: sub/b.py\n{block('x = 1', 'x = 6')}\n"
    made = edited(answer, FILES)
    assert made.sources == {"a.py": "x = 5\ny = 2\n", "sub/b.py": "x = 6\nz = 3\n"}


def test_without_a_file_line_a_search_must_be_unique_in_all_files() -> None:
    assert edited(block("z = 3", "z = 4"), FILES).sources["sub/b.py"] == "x = 1\nz = 4\n"
    with pytest.raises(EditError, match="matches 2 places"):
        edited(block("x = 1", "x = 5"), FILES)


def test_a_refusal_shows_the_nearest_place() -> None:
    answer = block("    total = 0.0\n    for i in range(n + 1):\n        total += 1", "pass")
    with pytest.raises(EditError) as raised:
        edited(answer)
    assert "for i in range(n):" in str(raised.value)
    assert "    8 |     total = 0.0" in str(raised.value)


def test_edits_in_reasoning_alone_are_none() -> None:
    assert has_edits(STEP)
    assert not has_edits("no edits here")
    with pytest.raises(EditError, match="no SEARCH"):
        edited(f"<think>{STEP}\n</think>\nI would rather not.")


WORDS = st.sampled_from(
    ["x = 1", "    x = 1", "y", "", "  ", "# EVOLVE-BLOCK-START", "# EVOLVE-BLOCK-END", "    y", "=======",
     "<<<<<<< SEARCH", ">>>>>>> REPLACE", "```", "```python", "file: a.py", "\t x = 1"]
)  # fmt: skip
TEXT = st.lists(WORDS, max_size=12).map("\n".join)


@given(TEXT, TEXT)
def test_whatever_is_answered_nothing_outside_of_the_regions_changes(program: str, answer: str) -> None:
    sources = {"a.py": program}
    try:
        made = edited(answer, sources)
    except EditError:
        return
    assert change_outside(sources, made.sources) == ""


SEARCHES = st.lists(WORDS.filter(lambda word: word[:1] not in tuple("<=>")), min_size=1, max_size=4)


@given(TEXT, SEARCHES.filter(lambda lines: any(line.strip() for line in lines)), TEXT)
def test_what_is_replaced_is_one_stretch_of_the_lines_searched_for(
    head: str, search: list[str], tail: str
) -> None:
    program = "\n".join([head, *search, tail])
    try:
        made = edited(block("\n".join(search), "NEW"), {"a.py": program})
    except EditError:
        return
    before, after = program.split("\n"), made.sources["a.py"].split("\n")
    (spot,) = [index for index, line in enumerate(after) if line.strip() == "NEW"]
    gone = len(before) - len(after) + 1
    assert before[:spot] == after[:spot]
    assert before[spot + gone :] == after[spot + 1 :]
    taken = [line.strip() for line in before[spot : spot + gone] if line.strip()]
    assert taken == [line.strip() for line in search if line.strip()]
