"""Runs that tune, as users have them: killed, resumed, replayed, verified and shown."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.flows.cli.terminal import SEARCH, cambrian, reading, start, write_problem

PROGRAM = "# EVOLVE-BLOCK-START\nX = [1.5, -0.5]\n\n\ndef solve():\n    return X\n# EVOLVE-BLOCK-END\n"
SCORER = """\
def score(output, context):
    return {"value": -((output[0] - 0.3) ** 2) - (output[1] + output[0] - 2.0) ** 2}
"""
EVALUATIONS = 24


@pytest.fixture(scope="module")
def problem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two numbers whose worth hangs together."""
    folder = tmp_path_factory.mktemp("tuned") / "problem"
    write_problem(folder)
    (folder / "initial.py").write_text(PROGRAM)
    (folder / "score.py").write_text(SCORER)
    return folder


@pytest.fixture(scope="module")
def tuned(problem: Path) -> Path:
    """A whole run of one worker."""
    db = problem.parent / "a.db"
    done = cambrian(*begun(problem), "--name", "first", "--db", f"sqlite:///{db}")
    assert done.code == 0, done.err
    return db


def begun(problem: Path) -> tuple[str | Path, ...]:
    wall = ("--evaluations", str(EVALUATIONS), "--seed", "5")
    return ("run", problem, *wall, "--set", "search.tuner=always", *SEARCH)


def story(db: Path, run: str) -> list[tuple[object, ...]]:
    with reading(db) as reader:
        id = reader.summary(run).run.id
        return [
            (birth.attempt, birth.program, birth.parents, birth.operator, evaluation.fitness)
            for birth, evaluation in reader.programs(id, 10**6)
        ]


def test_no_call_is_made_for_turns_that_tune_and_no_lesson_drawn(tuned: Path) -> None:
    """Fails when a turn that tunes is planned or summarized."""
    with reading(tuned) as reader:
        summary = reader.summary("first")
        assert summary.calls == 0
        assert not reader.calls(summary.run.id)
        assert not reader.lessons(summary.run.id)
    assert [told[3] for told in story(tuned, "first")].count("tune") == EVALUATIONS - 1


def test_a_tuned_program_is_shown_with_its_operator(tuned: Path) -> None:
    url = f"sqlite:///{tuned}"
    assert '"operator": "tune"' in cambrian("lineage", "first", "--json", "--db", url).out
    assert '"operator": "tune"' in cambrian("programs", "first", "--json", "--db", url).out


def test_a_run_that_tuned_is_sound_in_the_database(tuned: Path) -> None:
    done = cambrian("db", "verify", "--db", f"sqlite:///{tuned}")
    assert done.code == 0, done.out


def test_a_run_that_tuned_is_replayed_to_the_same_programs(tuned: Path) -> None:
    """Fails when a replay draws its own constants, or those of the original's plans are not kept."""
    done = cambrian(
        "replay", "first", "--name", "again", "--sandbox", "process", "--db", f"sqlite:///{tuned}"
    )
    assert done.code == 0, done.out
    assert f"{EVALUATIONS} of {EVALUATIONS} programs came about with the same score" in done.out
    assert story(tuned, "again") == story(tuned, "first")


def test_a_run_killed_in_the_middle_of_tuning_goes_on_as_the_undisturbed_one(
    problem: Path, tuned: Path, tmp_path: Path
) -> None:
    """Fails when campaigns are not begun anew from what the store knows."""
    url = f"sqlite:///{tmp_path / 'k.db'}"
    process = start(*begun(problem), "--name", "cut", "--json", "--db", url)
    for event in _events(process):
        if event["event"] == "evaluated" and event["evaluations"] == 13:
            process.kill()
            break
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    done = cambrian("resume", "cut", "--no-prefect", "--db", url)
    assert done.code == 0, done.err
    assert story(tmp_path / "k.db", "cut") == story(tuned, "first")


def _events(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)
