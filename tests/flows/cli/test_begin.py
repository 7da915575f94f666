"""A problem without an initial program, from the command line to the store, over a real socket."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from problems.catalogue import LIBRARY
from tests.flows.cli.terminal import cambrian
from tests.flows.fake_server import FakeServer, serving

RAISES = "Here you are.\n\n```python\ndef solve():\n    raise ValueError('not yet')\n```\n"
WORKS = (
    "```python\ndef solve():\n    return [0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75, 0.25, 0.75]\n```\n"
)
PROSE = "I would rather talk about it."


@pytest.fixture
def problem(tmp_path: Path) -> Path:
    folder = tmp_path / "from_words"
    shutil.copytree(LIBRARY / "tuned_constants", folder)
    (folder / "initial.py").unlink()
    text = (folder / "problem.yaml").read_text()
    assert "  files: [initial.py]\n" in text
    (folder / "problem.yaml").write_text(text.replace("  files: [initial.py]\n", ""))
    return folder


def run(problem: Path, db: Path, *words: str) -> tuple[str, ...]:
    return ("run", str(problem), "--no-prefect", "--sandbox", "process", "--db", str(db), *words)


@pytest.mark.parametrize("strategy", ["map_elites", "best_of_n"])
def test_a_model_writes_the_first_program_and_the_run_improves_it(
    problem: Path, tmp_path: Path, strategy: str
) -> None:
    db = tmp_path / "w.db"
    with serving(FakeServer(drafts=[PROSE, RAISES, WORKS])) as server:
        keys = {"OPENAI_API_KEY": "sk-canary-1", "OPENAI_BASE_URL": server.url}
        done = cambrian(*run(problem, db, "--evaluations", "8", "--strategy", strategy, "--json"), **keys)
        more = cambrian("resume", "last", "--evaluations", "11", "--no-prefect", "--db", db, "--json", **keys)
    events = done.lines
    evaluated = [event for event in events if event["event"] == "evaluated"]

    assert done.code == 0, done.err
    assert [(one["operator"], one["verdict"]) for one in evaluated[:3]] == [
        ("seed", "failed"),
        ("seed", "valid"),
        ("diff", "valid"),
    ]
    assert (events[-1]["evaluations"], events[-1]["stopped_by"]) == (8, "evaluations")
    assert len(server.begun) == 3
    assert "- The answer holds no" in server.begun[1]
    assert "not yet" in server.begun[2]
    assert "raise ValueError" in server.begun[2]
    assert more.code == 0, more.err
    assert more.lines[-1]["evaluations"] == 11
    assert "all is well" in cambrian("db", "verify", "--db", db).out
    shown = cambrian("best", "last", "--db", db)
    assert "def solve" in shown.out
    rows = json.loads(cambrian("programs", "last", "--json", "--limit", "50", "--db", db).out)
    assert len(rows) == 11


def test_the_embedded_model_says_that_it_cannot(problem: Path, tmp_path: Path) -> None:
    done = cambrian(*run(problem, tmp_path / "e.db", "--evaluations", "5"))
    assert done.code != 0
    assert "embedded model edits programs, it cannot write one" in done.err + done.out


def test_a_run_whose_drafts_are_all_bad_says_why(problem: Path, tmp_path: Path) -> None:
    db = tmp_path / "b.db"
    with serving(FakeServer(drafts=[RAISES, PROSE])) as server:
        keys = {"OPENAI_API_KEY": "sk-canary-1", "OPENAI_BASE_URL": server.url}
        done = cambrian(*run(problem, db, "--evaluations", "50"), **keys)
    assert done.code != 0
    assert len(server.begun) == 10
    assert "none of 10 that a model wrote was valid" in done.err + done.out
    assert "not yet" in done.err + done.out
