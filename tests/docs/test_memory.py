"""docs/memory.md says what the code does: its numbers are those of the code, its columns those printed."""

import re
from pathlib import Path

from archive import carrying, expiry, retrieval
from archive.experience import LessonKind
from flows.cli.lessons import HEAD

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "memory.md").read_text()


def test_every_column_and_kind_of_lesson_is_explained():
    told = re.findall(r"^\| ([a-z]+) \|", PAGE, re.MULTILINE)
    assert tuple(told[1 : 1 + len(HEAD)]) == HEAD
    assert all(f"`{kind.value}`" in PAGE for kind in LessonKind)


def test_the_numbers_are_those_of_the_code():
    assert f"The {carrying.CARRIED} lessons" in PAGE
    assert f"more than {expiry.ROOM} lessons" in PAGE
    assert f"shown to {expiry._PATIENCE} attempts" in PAGE
    assert (retrieval.SHOWN, carrying._TRUST, expiry._REPEATS, expiry._TURNED) == (5, 8, 3, 2)


def test_the_readme_links_to_the_page():
    assert "(docs/memory.md)" in (ROOT / "README.md").read_text()
