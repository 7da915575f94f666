"""Learned descriptors, as a user meets them."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from tests.flows.cli.terminal import SEARCH, answered_calls, archive_of, cambrian, start

LIBRARY = Path(__file__).parents[3] / "problems" / "library"


@pytest.fixture
def learning(tmp_path: Path) -> Path:
    """The problem of ten constants, placed by how its programs differ."""
    folder = tmp_path / "learning"
    shutil.copytree(LIBRARY / "tuned_constants", folder)
    definition = folder / "problem.yaml"
    head, rest = definition.read_text().split("descriptors:\n")
    _, tail = rest.split("evaluation:\n")
    axes = "".join(
        f"  - {{name: axis{number}, source: learned.{number}, low: -3, high: 3, bins: 6}}\n"
        for number in (0, 1)
    )
    definition.write_text(f"{head}descriptors:\n{axes}evaluation:\n{tail}")
    return folder


def test_a_run_that_learns_its_axes_is_resumed_and_verified(learning: Path, tmp_path: Path) -> None:
    begin = ("run", learning, "--seed", "3", *SEARCH, "--json")
    assert cambrian(*begin, "--evaluations", "18", "--db", tmp_path / "a.db").code == 0
    assert cambrian(*begin, "--evaluations", "7", "--db", tmp_path / "b.db").code == 0
    again = ("resume", "last", "--no-prefect", "--json", "--db", tmp_path / "b.db")
    assert cambrian(*again, "--evaluations", "18").code == 0

    assert archive_of(tmp_path / "a.db") == archive_of(tmp_path / "b.db")
    for name in ("a.db", "b.db"):
        assert cambrian("db", "verify", "--db", tmp_path / name).code == 0


def test_a_run_that_learns_its_axes_may_be_killed_beside_its_learning(learning: Path, tmp_path: Path) -> None:
    """Other places to stop at are in `tests/flows/test_restoring.py`, without a process of their own.

    Broken by hand: recalling nothing in `Archipelago.restore` fails this.
    """
    begin = ("run", learning, "--seed", "4", *SEARCH, "--json", "--evaluations", "22")
    assert cambrian(*begin, "--db", tmp_path / "whole.db").code == 0

    db = tmp_path / "killed.db"
    _kill_after(19, *begin, "--db", db)
    assert cambrian("resume", "last", "--no-prefect", "--json", "--db", db).code == 0

    assert archive_of(db) == archive_of(tmp_path / "whole.db")
    assert answered_calls(db) == answered_calls(tmp_path / "whole.db")
    assert cambrian("db", "verify", "--db", db).code == 0


def _kill_after(evaluations: int, *command: str | Path) -> None:
    process = start(*command)
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "evaluated" and event["evaluations"] >= evaluations:
            process.kill()
            break
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
