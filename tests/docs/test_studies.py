"""docs/studies.md explains what the verbs print, and names problems and targets that there are."""

import re
from pathlib import Path

from flows.comparing import Outcome
from flows.comparison_report import HEAD
from problems.catalogue import names

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "studies.md").read_text()


def test_every_column_and_verdict_is_explained():
    assert set(re.findall(r"^\| ([a-z0-9%/ ]+) \|", PAGE, re.MULTILINE)) >= set(HEAD) - {"group"}
    assert all(f"**{outcome.value}**" in PAGE for outcome in Outcome)


def test_every_shipped_problem_stands_in_the_table_of_kinds():
    told = set(re.findall(r"`([a-z_]+)`", PAGE.partition("## Problems to study with")[2]))

    assert told >= set(names())


def test_make_study_runs_problems_that_are_there():
    makefile = (ROOT / "Makefile").read_text()
    (asked,) = re.findall(r"^STUDY_PROBLEMS \?= (.+)$", makefile, re.MULTILINE)

    problems = [problem.partition("@")[0] for problem in asked.split()]
    assert all(problem in names() or (ROOT / problem / "problem.yaml").is_file() for problem in problems)
