from __future__ import annotations

from pathlib import Path

from tests.flows.cli.terminal import cambrian

TEN = Path(__file__).parents[3] / "benchmarks" / "problems" / "ten_constants"


def test_approaches_tells_how_plans_did_by_kind(tmp_path: Path) -> None:
    db = ("--db", f"sqlite:///{tmp_path}/a.db")
    run = ("run", TEN, "--evaluations", "25", "--workers", "1", "--seed", "1", "--no-prefect")
    assert cambrian(*run, "--sandbox", "process", *db).code == 0
    rows = cambrian("approaches", "last", "--json", *db).json
    assert "tune constants" in {row["approach"] for row in rows}
    assert all(0 <= row["improved"] <= row["plans"] and 0 < row["worth"] < 1 for row in rows)
    assert [row["worth"] for row in rows] == sorted((row["worth"] for row in rows), reverse=True)
    assert "tune constants" in cambrian("approaches", "last", *db).out
    calls = cambrian("calls", "last", "--json", *db).json
    assert any("Suggested approach: " in text for call in calls for _, text in call["prompt"])


def test_approaches_of_a_run_without_plans_says_so(tmp_path: Path) -> None:
    db = ("--db", f"sqlite:///{tmp_path}/a.db")
    run = ("run", TEN, "--evaluations", "3", "--workers", "1", "--no-prefect", "--set", "search.plan=false")
    assert cambrian(*run, "--sandbox", "process", *db).code == 0
    assert "has named an approach" in cambrian("approaches", "last", *db).out
