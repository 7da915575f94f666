"""docs/check.md names every finding that there is, and none that is not."""

import re
from dataclasses import replace
from pathlib import Path

from problems.problem import Objective
from tests.evaluators.attacks.attacked import besiege, rules
from tests.evaluators.fakes import JUDGED, LINT, RUN, problem

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "check.md").read_text()
SOURCE = "".join(path.read_text() for path in (ROOT / "evaluators" / "attacks").glob("*.py"))
PLACES = ("statement", "program", "inputs", "rubric", "messages")


def test_every_rule_is_explained():
    named = set(re.findall(r'rule=f?"([^"]+)"', SOURCE))
    named |= set(re.findall(r'(?:Severity\.\w+|level|better else \w+\.\w+), "([a-z-]+)",', SOURCE))
    named |= set(re.findall(r'Severity\.\w+, "([a-z-]+)", ', SOURCE))
    told = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", PAGE.partition("## What the findings mean")[2]))
    told -= {f"best-value-in-{place}" for place in PLACES}
    told |= {"best-value-in-{place}"}

    assert len(named) > 20
    assert told == named
    assert all(f"-{place}`" in PAGE for place in PLACES)


async def test_the_example_has_the_findings_that_are_shown():
    scorer = re.search(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
    shown = re.search(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[1]
    six = problem(
        statement="Return six numbers between 0 and 1 with a large sum.",
        stages=(LINT, replace(RUN, options={"inputs": {"n": 6}}), JUDGED),
        objective=Objective(metric="value"),
        score=scorer,
    )

    assert rules(await besiege(six)).keys() == set(re.findall(r"\[([a-z]+-[a-z-]+)\]", shown))
