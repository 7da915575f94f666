"""`cambrian operators`: what brought how much."""

from __future__ import annotations

import json
from pathlib import Path

from mutators.embedded.operators.catalogue import OPERATORS
from tests.flows.cli.terminal import cambrian


def test_the_operators_of_the_embedded_model_are_told_apart(tmp_path: Path) -> None:
    db = tmp_path / "o.db"
    run = ("run", "tuned_constants", "--evaluations", "30", "--no-prefect", "--sandbox", "process")
    assert cambrian(*run, "--db", db).code == 0
    text = cambrian("operators", "last", "--db", db)
    found = json.loads(cambrian("operators", "last", "--json", "--db", db).out)

    assert sum(one["programs"] for one in found) == 29
    assert {one["label"] for one in found} <= {one.name for one in OPERATORS}
    assert all(0 <= one["records"] <= one["improved"] <= one["valid"] <= one["programs"] for one in found)
    assert sum(one["records"] for one in found) > 0
    assert "29 programs made by turns" in text.out
    assert "operator of the embedded model" in text.out


def test_a_run_without_turns_says_so(tmp_path: Path) -> None:
    db = tmp_path / "o.db"
    run = ("run", "tuned_constants", "--evaluations", "1", "--no-prefect", "--sandbox", "process")
    assert cambrian(*run, "--db", db).code == 0
    assert "has made a program yet" in cambrian("operators", "last", "--db", db).out
