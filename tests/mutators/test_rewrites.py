from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutators.blocks import change_outside
from mutators.edits import Edited, EditError
from mutators.rewrites import apply_rewrite
from tests.mutators.fakes import PROGRAM

NEW = PROGRAM.replace("step = 0.5", "step = 0.25")
INNER = NEW.split("# EVOLVE-BLOCK-START\n")[1].split("# EVOLVE-BLOCK-END")[0]
FREE = "import math\n\n\ndef pack(n):\n    return n\n"
FREE_NEW = FREE.replace("return n", "return n * 2")


def rewritten(answer: str, before: str = PROGRAM, *, language: str = "python", cut: bool = False) -> Edited:
    return apply_rewrite({"initial.py": before}, answer, language=language, entrypoint="pack", cut=cut)


@pytest.mark.parametrize(
    "answer",
    [
        f"```python\n{NEW}```",
        f"Here it is.\n\n```python\n{NEW}```\n\nIt is better.",
        f"```\n{NEW}```",
        f"```Python3\n{NEW}```",
        f"```text\n{NEW}```",
        f"````python\n{NEW}````",
        f"~~~python\n{NEW}~~~",
        f"```python\r\n{NEW}```".replace("\n", "\r\n").replace("\r\r", "\r"),
        f"<think>```python\nx = 1\n```</think>\n```python\n{NEW}```",
        f"<CODE>\n```python\n{NEW}```\n</CODE>",
        f"First install it:\n```bash\npip install x\n```\n```python\n{NEW}```",
        f"```python\n{NEW}```\nUse it so:\n```python\nfrom initial import pack\nprint(pack(3))\n```",
        f"The old one:\n```python\ndef helper():\n    pass\n```\n```python\n{NEW}```",
        f'```json\n{{"note": 1}}\n```\n```python\n{NEW}```',
        f"```python\n{NEW}",  # not closed, and whole
        NEW,  # no fence at all
        f"file: initial.py\n```python\n{NEW}```",
        f"### `initial.py`\n```python\n{NEW}```",
        f"```python\n# file: initial.py\n{NEW}```",
    ],
)
def test_the_block_that_is_the_program_is_found(answer: str) -> None:
    made = rewritten(answer)
    assert made.sources["initial.py"].rstrip("\n") == NEW.rstrip("\n")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "no fenced block"),
        ("I would change the step.", "no fenced block"),
        ("```python\ndef pack(n)\n    return 1\n```", "no Python"),
        ("```python\ndef other(n):\n    return 1\n```", "No block of the answer defines pack"),
        (f"```python\n{NEW[:150]}", "not closed"),
        (f"file: initial.py\n```python\n{NEW}```\nfile: initial.py\n```python\n{PROGRAM}```", "twice"),
    ],
)
def test_an_answer_without_the_program_is_refused(answer: str, why: str) -> None:
    with pytest.raises(EditError, match=why):
        rewritten(answer)


def test_the_only_file_may_be_called_by_any_name() -> None:
    # What models are shown of a program of one file does not say its name.
    assert rewritten(f"file: other.py\n```python\n{NEW}```").sources == {"initial.py": NEW}
    several = {"a.py": FREE, "b.py": "y = 1\n"}
    with pytest.raises(EditError, match=r"no file 'other\.py'"):
        apply_rewrite(several, f"file: other.py\n```python\n{NEW}```", language="python")


def test_an_open_fence_of_an_answer_that_was_cut_off_is_no_program() -> None:
    with pytest.raises(EditError):
        rewritten(f"```python\n{NEW}", cut=True)
    assert rewritten(f"```python\n{NEW}```\nand so on", cut=True).sources["initial.py"] == NEW


def test_a_docstring_with_fences_does_not_end_the_program() -> None:
    text = FREE_NEW.replace("    return", '    """Use:\n```\npack(3)\n```\n    """\n    return')
    assert rewritten(f"```python\n{text}```\nThat is it.", FREE).sources["initial.py"] == text


def test_what_was_changed_outside_of_the_regions_is_restored_and_said() -> None:
    answer = NEW.replace("LIMIT = 3", "LIMIT = 300").replace("return pack(LIMIT)", "return 1e9")
    made = rewritten(f"```python\n{answer}```")
    assert made.sources["initial.py"] == NEW
    assert "was restored" in made.note


def test_a_rewrite_that_lost_the_markers_is_put_into_the_region_when_that_is_clear() -> None:
    bare = "".join(line for line in NEW.splitlines(keepends=True) if "EVOLVE" not in line)
    assert rewritten(f"```python\n{bare}```").sources["initial.py"] == NEW
    assert rewritten(f"```python\n{INNER}```").sources["initial.py"] == NEW


def test_a_rewrite_whose_regions_cannot_be_told_is_refused() -> None:
    other = "def main():\n    return 3\n\ndef pack(n):\n    return n\n"
    with pytest.raises(EditError, match="markers must stay"):
        rewritten(f"```python\n{other}```")
    open_ended = NEW.split("# EVOLVE-BLOCK-END")[0] + "def main():\n    return 3\n"
    with pytest.raises(EditError, match="markers"):
        rewritten(f"```python\n{open_ended}```")
    doubled = NEW + "# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n"
    with pytest.raises(EditError, match="markers"):
        rewritten(f"```python\n{doubled}```")


def test_a_program_without_markers_is_replaced_whole() -> None:
    made = rewritten(f"```python\n{FREE_NEW}```", FREE)
    assert made.sources["initial.py"] == FREE_NEW
    assert made.note == ""


def test_the_first_program_can_be_written_into_an_empty_one() -> None:
    made = apply_rewrite({"program.py": ""}, f"```python\n{FREE}```", language="python", entrypoint="pack")
    assert made.sources == {"program.py": FREE}


def test_files_that_the_answer_does_not_name_stay() -> None:
    sources = {"a.py": FREE, "b.py": "y = 1\n"}
    made = apply_rewrite(sources, "file: b.py\n```python\ny = 2\n```", language="python", entrypoint="pack")
    assert made.sources == {"a.py": FREE, "b.py": "y = 2\n"}


def test_a_file_without_markers_beside_one_with_them_is_restored() -> None:
    sources = {"a.py": PROGRAM, "b.py": "y = 1\n"}
    answer = f"file: a.py\n```python\n{NEW}```\nfile: b.py\n```python\ny = 2\n```"
    made = apply_rewrite(sources, answer, language="python", entrypoint="pack")
    assert made.sources == {"a.py": NEW, "b.py": "y = 1\n"}
    assert "b.py may not change" in made.note


RUST = "fn pack(n: u32) -> u32 {\n    let step = 1;\n    n * step\n}\n"


def test_a_program_in_another_language_is_told_by_its_lines() -> None:
    new = RUST.replace("step = 1", "step = 2")
    answer = f"Run it:\n```bash\ncargo run --release --verbose --example pack\n```\n```rust\n{new}```"
    made = apply_rewrite({"main.rs": RUST}, answer, language="rust")
    assert made.sources["main.rs"] == new


def test_an_open_fence_is_no_program_in_a_language_that_cannot_be_checked() -> None:
    with pytest.raises(EditError, match="not closed"):
        apply_rewrite({"main.rs": RUST}, f"```rust\n{RUST}", language="rust")


@pytest.mark.parametrize(
    "text", ["(" * 9000, "-" * 50_000 + "1", "a" + ".b" * 50_000, "x = '\0'", "x=" + "9" * 9000]
)
def test_a_program_that_no_parser_survives_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(EditError, match="no Python"):
        rewritten(f"```python\n{text}\n```", FREE)


LINES = st.lists(
    st.sampled_from(
        ["```python", "```", "def pack(n):", "    return 1", "# EVOLVE-BLOCK-START", "# EVOLVE-BLOCK-END", "",
         "LIMIT = 3", "import math", "file: initial.py", "x = 1", "<think>", "</think>"]
    ),
    max_size=15,
).map("\n".join)  # fmt: skip


@given(LINES, st.booleans())
def test_whatever_is_answered_nothing_outside_of_the_regions_changes(answer: str, cut: bool) -> None:
    try:
        made = rewritten(answer, cut=cut)
    except EditError:
        return
    assert change_outside({"initial.py": PROGRAM}, made.sources) == ""
