from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutators.blocks import change_outside, is_marked, marker_free, outside, regions, with_regions

LEADERS = ["# ", "// ", "-- ", "; ", "% ", "/* ", "<!-- ", "(* ", "    # ", "REM ", "#"]
LINE = st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), max_size=20).filter(
    lambda line: "EVOLVE-BLOCK" not in line
)
LINES = st.lists(LINE, max_size=4).map(lambda lines: "".join(line + "\n" for line in lines))


@st.composite
def marked(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Pieces outside, and contents of the regions between them."""
    count = draw(st.integers(1, 3))
    leader = draw(st.sampled_from(LEADERS))
    start, end = f"{leader}EVOLVE-BLOCK-START x\n", f"{leader}EVOLVE-BLOCK-END\n"
    texts = [draw(LINES) for _ in range(count + 1)]
    pieces = [
        (end if index else "") + text + (start if index < count else "") for index, text in enumerate(texts)
    ]
    return pieces, [draw(LINES) for _ in range(count)]


def joined(pieces: list[str], contents: list[str]) -> str:
    return "".join(a + b for a, b in zip(pieces, [*contents, ""], strict=True))


@given(marked())
def test_regions_are_what_stands_between_the_markers(made: tuple[list[str], list[str]]) -> None:
    pieces, contents = made
    text = joined(pieces, contents)
    assert [region.of(text) for region in regions(text)] == contents
    assert outside(text) == tuple(pieces)
    assert is_marked(text)


@given(marked(), st.data())
def test_new_contents_never_change_a_byte_outside(
    made: tuple[list[str], list[str]], data: st.DataObject
) -> None:
    pieces, contents = made
    text = joined(pieces, contents)
    new = [data.draw(LINES | LINE) for _ in contents]
    after = with_regions(text, new)
    assert outside(after) == tuple(pieces)
    assert change_outside({"a": text}, {"a": after}) == ""


@given(marked(), st.data())
def test_any_change_outside_is_seen(made: tuple[list[str], list[str]], data: st.DataObject) -> None:
    pieces, contents = made
    spot = data.draw(st.sampled_from([i for i, piece in enumerate(pieces) if piece]))
    at = data.draw(st.integers(0, len(pieces[spot]) - 1))
    changed = list(pieces)
    other = "\x02" if pieces[spot][at] == "\x01" else "\x01"
    changed[spot] = pieces[spot][:at] + other + pieces[spot][at + 1 :]
    before, after = joined(pieces, contents), joined(changed, contents)
    assert change_outside({"a": before}, {"a": after})


@given(marked(), st.sampled_from(["# EVOLVE-BLOCK-END\n", "# EVOLVE-BLOCK-END\nx\n# EVOLVE-BLOCK-START\n"]))
def test_a_marker_smuggled_into_a_region_is_a_change_outside(
    made: tuple[list[str], list[str]], smuggled: str
) -> None:
    pieces, contents = made
    before = joined(pieces, contents)
    after = joined(pieces, [contents[0] + smuggled, *contents[1:]])
    assert change_outside({"a": before}, {"a": after})


def test_a_text_without_markers_is_one_region() -> None:
    assert [region.of("abc\n") for region in regions("abc\n")] == ["abc\n"]
    assert change_outside({"a": "abc"}, {"a": "xyz"}) == ""


@pytest.mark.parametrize(
    "text", ["only the EVOLVE-BLOCK-START lines\n", "x = 'EVOLVE-BLOCK-START'\n", "# EVOLVE-BLOCK-STARTED\n"]
)
def test_prose_about_a_marker_is_no_marker(text: str) -> None:
    assert not is_marked(text)


def test_a_region_that_is_not_closed_reaches_to_the_end() -> None:
    text = "a\n# EVOLVE-BLOCK-START\nb\n"
    assert [region.of(text) for region in regions(text)] == ["b\n"]


def test_windows_line_ends_count_as_bytes() -> None:
    text = "a\r\n# EVOLVE-BLOCK-START\r\nb\r\n# EVOLVE-BLOCK-END\r\nc\r\n"
    assert change_outside({"a": text}, {"a": text.replace("b", "B")}) == ""
    assert change_outside({"a": text}, {"a": text.replace("\r\n", "\n")})


def test_a_file_without_markers_beside_one_with_them_is_fixed() -> None:
    before = {"main.py": "# EVOLVE-BLOCK-START\nx\n# EVOLVE-BLOCK-END\n", "lib.py": "y\n"}
    assert (
        change_outside(before, before | {"lib.py": "z\n"})
        == "lib.py has no EVOLVE-BLOCK and must stay as it is"
    )
    assert change_outside(before, before | {"main.py": before["main.py"].replace("x", "w")}) == ""


def test_the_set_of_files_is_fixed() -> None:
    assert "new.py" in change_outside({"a.py": "x"}, {"a.py": "x", "new.py": "y"})
    assert change_outside({"a.py": "x", "b.py": "y"}, {"a.py": "x"})


def test_contents_that_do_not_fit_the_regions_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        with_regions("a", ["b", "c"])


def test_markers_can_be_taken_out() -> None:
    assert marker_free("a\n# EVOLVE-BLOCK-START\nb\n# EVOLVE-BLOCK-END\n") == "a\nb\n"
