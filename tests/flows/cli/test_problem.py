"""`score`, `check`, `schema`, `problems`, `doctor`: each for people and for scripts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.flows.cli.terminal import PROGRAM, Done, cambrian, write_problem

BLOCK = "# EVOLVE-BLOCK-START\ndef solve():\n{}\n# EVOLVE-BLOCK-END\n"
PROGRAMS = {
    "good.py": (PROGRAM, "valid"),
    "raises.py": (BLOCK.format("    return 1 / 0"), "failed"),
    "hangs.py": (BLOCK.format("    while True:\n        pass"), "timed_out"),
    "syntax.py": (BLOCK.format("    return ("), "refused"),
    "wrong.py": (BLOCK.format("    return -1.0"), "invalid"),
}
SCORER = """\
def score(output, context):
    if output < 0:
        return {"valid": False, "reason": "it is negative"}
    return {"value": float(output)}
"""


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = write_problem(tmp_path_factory.mktemp("score") / "p", {"score.py": SCORER})
    for name, (text, _) in PROGRAMS.items():
        (folder / name).write_text(text)
    done = cambrian("score", folder, *(folder / name for name in PROGRAMS), "--sandbox", "process")
    assert done.code == 0, done.err
    return done


def test_score_gives_one_object_a_program_in_order(scored: Done) -> None:
    keys = {"file", "verdict", "fitness", "metrics", "reason", "seconds", "stages", "infra"}

    assert [Path(row["file"]).name for row in scored.lines] == list(PROGRAMS)
    assert [row["verdict"] for row in scored.lines] == [verdict for _, verdict in PROGRAMS.values()]
    assert all(row.keys() >= keys for row in scored.lines)
    assert all(row["infra"] is None for row in scored.lines)


def test_score_says_what_each_is_worth_and_why_not(scored: Done) -> None:
    by_file: dict[str, dict[str, Any]] = {Path(row["file"]).name: row for row in scored.lines}

    assert (by_file["good.py"]["fitness"], by_file["good.py"]["metrics"]["value"]) == (1.5, 1.5)
    assert all(row["fitness"] is None for name, row in by_file.items() if name != "good.py")
    assert "ZeroDivisionError" in by_file["raises.py"]["reason"]
    assert "0.5 s" in by_file["hangs.py"]["reason"]
    assert 0.4 < by_file["hangs.py"]["seconds"] < 10
    assert [stage["state"] for stage in by_file["syntax.py"]["stages"]] == ["failed", "skipped", "skipped"]
    assert "it is negative" in by_file["wrong.py"]["reason"]
    assert "good.py: 1.5" in scored.err


def test_score_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = cambrian("score", "tuned_constants", tmp_path / "none.py")

    assert done.code == 2
    assert "none.py" in done.err


def test_check_tells_every_stage_and_what_a_run_would_take() -> None:
    text = cambrian("check", "tuned_constants", "--sandbox", "process", "--quick")
    found = cambrian("check", "tuned_constants", "--sandbox", "process", "--quick", "--json").json

    assert text.code == 0
    assert "closeness = -0.850549, the same both times" in text.out
    assert "300 evaluations would take about" in text.out
    assert found["ok"] is True
    assert found["deterministic"] is True
    assert [stage["stage"] for stage in found["stages"]] == ["lint", "run", "score"]
    assert found["findings"] == []


@pytest.mark.thorough("all attacks at a limit of seconds; tests of evaluators.attacks make them at less")
def test_check_finds_nothing_wrong_with_a_problem_of_the_library() -> None:
    found = cambrian("check", "tuned_constants", "--sandbox", "process", "--json").json

    assert (found["ok"], found["findings"]) == (True, [])
    assert found["held"] == found["attacks"] > 30


def test_check_finds_a_score_that_changes_by_itself(tmp_path: Path) -> None:
    chance = (
        "import os\n\ndef score(output, context):\n    return {'value': os.urandom(4)[0] + os.getpid()}\n"
    )
    folder = write_problem(tmp_path / "p", {"score.py": chance})
    done = cambrian("check", folder, "--sandbox", "process", "--quick")

    assert done.code == 1
    assert "not the same both times" in done.out
    assert "context['seed']" in done.out


def test_the_schema_is_json_schema() -> None:
    whole = cambrian("schema")

    assert whole.json["properties"].keys() >= {"name", "statement", "evaluation", "budget"}
    assert len(whole.out.splitlines()) > 50
    assert cambrian("schema", "--json").lines == [whole.json]


def test_problems_are_listed() -> None:
    names = {entry["name"] for entry in cambrian("problems", "--json").json}

    assert names >= {"circle_packing", "tuned_constants"}
    assert all(name in cambrian("problems").out for name in names)


def test_doctor_looks_at_everything_and_shows_no_secret(tmp_path: Path) -> None:
    secret = "sk-canary-5d1f"
    place = {"CAMBRIAN_DB": str(tmp_path / "d.db"), "OPENAI_API_KEY": secret, "XDG_DATA_HOME": str(tmp_path)}
    text = cambrian("doctor", **place)
    found = cambrian("doctor", "--json", **place)

    sandboxes = {"sandbox", "Docker sandbox", "process sandbox"}
    topics = {"Python", "disk", "archive", "models", "Prefect", *sandboxes}
    assert {finding["topic"] for finding in found.json} == topics
    assert all(finding["found"] for finding in found.json)
    assert all(topic in text.out for topic in topics)
    assert max(len(line) for line in text.out.splitlines()) <= 110
    assert secret not in text.out + text.err + found.out + found.err


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['cambrian', '--help']\n"
        "from flows.cli import main\n"
        "try:\n    main()\nexcept SystemExit: pass\n"
        "heavy = {'rich', 'numpy', 'sqlalchemy', 'openai', 'prefect', 'pydantic', 'libcst', 'docker'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == "[]"
    assert "run " in done.stdout
    assert "score " in done.stdout
