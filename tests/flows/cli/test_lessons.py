"""What a run has learned, listed, and carried over to another."""

from __future__ import annotations

from pathlib import Path

from tests.flows.cli.terminal import SEARCH, cambrian, write_problem


def test_lessons_of_another_run_are_carried_over_where_asked_for_and_only_once(
    tmp_path: Path,
) -> None:
    folder, db = write_problem(tmp_path / "p"), tmp_path / "runs.db"
    common = (*SEARCH, "--workers", "1", "--seed", "3", "--db", db)
    first = cambrian("run", folder, "--evaluations", "6", "--name", "first", *common)
    assert first.code == 0, first.err
    second = cambrian("run", folder, "--evaluations", "3", "--name", "second", "--memory", "first", *common)
    assert second.code == 0, second.err
    assert "lessons of run first were carried over" in second.out + second.err
    origin = cambrian("show", "first", "--json", "--db", db).json["id"]

    def carried() -> list[str]:
        listed = cambrian("lessons", "second", "--limit", "500", "--json", "--db", db).json
        return [lesson["text"] for lesson in listed if lesson["origin"] == origin]

    once = carried()
    assert once
    resumed = cambrian("resume", "second", "--evaluations", "5", "--no-prefect", "--db", db)
    assert resumed.code == 0, resumed.err
    assert carried() == once
    assert origin[:12] in cambrian("lessons", "second", "--limit", "500", "--db", db).out


def test_a_memory_that_is_not_there_is_refused_before_a_run_is_begun(tmp_path: Path) -> None:
    folder, db = write_problem(tmp_path / "p"), tmp_path / "runs.db"
    done = cambrian("run", folder, "--evaluations", "2", "--memory", "nobody", *SEARCH, "--db", db)
    assert done.code in {1, 2}
    assert "nobody" in done.err
    assert cambrian("runs", "--json", "--db", db).json == []
