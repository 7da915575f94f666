"""docs/tuning.md: its values are those of the option, its example reads as it says, its numbers are true."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from archive.program import Program
from mutators.tuning.genes import MOST, genome_of
from mutators.tuning.guess import FULLEST, wanted
from problems.search_schema import SearchModel

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tuning.md").read_text()


def test_the_values_of_the_option_are_those_that_load() -> None:
    told = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert tuple(told) == get_args(SearchModel.model_fields["tuner"].annotation)
    assert SearchModel.model_validate({"tuner": "bandit"}).spec().tuner == "bandit"


def test_the_example_of_choices_is_read_as_two_choices() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    genes = genome_of(Program.of("python", {"main.py": example})).genes
    assert [gene.literal.options for gene in genes] == [('"hex"', '"square"', '"spiral"'), ("False", "True")]


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    assert f"At most {MOST} constants are tuned" in text
    assert f"Up to {FULLEST} decimals" in text
    assert f"({wanted(10) // 2} times for ten constants)" in text


def test_the_page_is_named_in_the_readme() -> None:
    assert "(docs/tuning.md)" in (ROOT / "README.md").read_text()
