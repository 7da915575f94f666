"""`check` as a user meets it: what got through, how to mend it, and a candidate to try again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.cli.terminal import DEFINITION, cambrian, write_problem

STRICT = """\
def score(output, context):
    if type(output) not in (int, float) or not abs(output) < 1e6:
        return {"valid": False, "reason": "expected a number below a million"}
    return {"value": float(output)}
"""
BELIEVING = """\
def score(output, context):
    if isinstance(output, dict):
        return {"value": output["score"]}
    return {"value": float(output)}
"""


@pytest.mark.thorough("all attacks by a whole process; tests of evaluators.attacks make them one by one")
def test_check_tells_what_got_through_and_keeps_a_candidate_that_shows_it(tmp_path: Path) -> None:
    folder = write_problem(tmp_path / "p", {"score.py": BELIEVING})
    kept = tmp_path / "kept"

    done = cambrian("check", folder, "--sandbox", "process", "--keep", kept, "--json")

    assert done.code == 1
    assert done.json["ok"] is False
    assert done.json["verdict"] == "valid"
    assert 0 < done.json["held"] < done.json["attacks"]
    worst = done.json["findings"][0]
    assert (worst["severity"], worst["rule"]) == ("danger", "trusts-a-claim")
    assert "claim" in worst["attacks"]
    assert "def solve(" in worst["candidate"]["initial.py"]

    again = cambrian("score", folder, kept / f"{worst['attacks'][0]}.py", "--sandbox", "process", "--json")
    assert again.json["fitness"] == 1e9


def test_a_definition_that_gives_the_answer_away_is_a_danger(tmp_path: Path) -> None:
    told = DEFINITION.replace("Return a large number.", "Return a large number, 271.83 is best.").replace(
        "direction: maximize", "direction: maximize, target: 271.828"
    )
    folder = write_problem(tmp_path / "p", {"problem.yaml": told, "score.py": STRICT})

    done = cambrian("check", folder, "--sandbox", "process", "--quick")

    assert done.code == 1
    assert "no attacks were made, 1 finding" in done.out
    assert "danger   the target 271.828 stands in the statement (as 271.83)" in done.out
    assert done.out.count("danger") == 1
    assert max(len(line) for line in done.out.splitlines()) <= 120


def test_quick_makes_no_attacks(tmp_path: Path) -> None:
    done = cambrian(
        "check",
        write_problem(tmp_path / "p", {"score.py": BELIEVING}),
        "--sandbox",
        "process",
        "--quick",
        "--json",
    )

    assert done.code == 0
    assert (done.json["attacks"], done.json["held"], done.json["findings"]) == (0, 0, [])


def test_a_problem_without_an_initial_program_can_be_checked(tmp_path: Path) -> None:
    definition = DEFINITION.replace("files: [initial.py], ", "")
    folder = write_problem(tmp_path / "p", {"problem.yaml": definition, "initial.py": None})

    text = cambrian("check", folder, "--sandbox", "process")
    found = cambrian("check", folder, "--sandbox", "process", "--json").json

    assert text.code == 0
    assert "no initial program" in text.out
    assert (found["ok"], found["verdict"], found["findings"][0]["rule"]) == (True, None, "no-initial-program")


def test_a_folder_is_scored_over_the_files_of_the_problem(tmp_path: Path) -> None:
    several = DEFINITION.replace("[initial.py]", "[main.py, part.py]")
    files = {
        "problem.yaml": several,
        "initial.py": None,
        "main.py": "from part import solve\n# EVOLVE-BLOCK-START\n# EVOLVE-BLOCK-END\n",
        "part.py": "def solve():\n    return 1.5\n",
        "score.py": STRICT,
    }
    folder = write_problem(tmp_path / "p", files)
    other = tmp_path / "other"
    other.mkdir()
    (other / "part.py").write_text("def solve():\n    return 2.5\n")

    done = cambrian("score", folder, other, folder / "main.py", "--sandbox", "process", "--json")

    assert [row["fitness"] for row in done.lines] == [2.5, 1.5]
