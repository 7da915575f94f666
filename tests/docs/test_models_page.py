"""docs/models.md names every end that a call can have and every key of a model, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

from archive.ledger import CallStatus
from mutators.breaker import Breaker
from mutators.patience import Patience
from problems.loader import load
from problems.schema import ModelModel
from tests.tools.faults import FAULTS

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "models.md").read_text()


def test_every_status_of_a_call_is_told() -> None:
    told = re.findall(r"^\| `(\w+)` \|[^|]+\|[^|]+\|[^|]+\|$", PAGE, re.MULTILINE)
    assert told == sorted(told, key=[status.value for status in CallStatus].index)
    assert set(told) == {status.value for status in CallStatus}


def test_every_fault_is_told_with_its_name_in_the_ledger() -> None:
    table = PAGE.partition("| fault | in the ledger | what Cambrian does |")[2].partition("\n\n")[0]
    told = re.findall(r"^\| ([^|]+) \| `(\w+)` \| [^|]+ \|$", table, re.MULTILINE)
    assert told == [(row.name, row.status.value) for row in FAULTS]


def test_every_key_of_a_model_is_told() -> None:
    rows = re.findall(r"^\| (`[^|]+`) \|[^|]+\|$", PAGE, re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert told == set(ModelModel.model_fields) - {"name"}


def test_the_example_can_be_loaded(tmp_path: Path) -> None:
    example = PAGE.partition("```yaml\n")[2].partition("```")[0]
    base = (ROOT / "problems" / "library" / "tuned_constants").resolve()
    for path in base.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    overrides = {line.partition(":")[0]: line for line in ("search: {ensemble: bandit}",)}
    models = example.partition("search:")[0].partition("models:\n")[2]
    listed = "[" + ", ".join(line.strip().removeprefix("- ") for line in models.splitlines() if line) + "]"
    problem = load(tmp_path, overrides={"models": listed, "search": overrides["search"].partition(": ")[2]})
    assert [spec.name for spec in problem.models] == ["gpt-5-mini", "gpt-5", "qwen3-coder"]
    assert problem.search.ensemble == "bandit"


def test_the_figures_are_those_of_the_code() -> None:
    patience, breaker = Patience(), Breaker()
    assert patience.seconds == 150
    assert (breaker._threshold, breaker._first, breaker._longest) == (5, 2.0, 15.0)
