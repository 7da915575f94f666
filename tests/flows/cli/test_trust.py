"""`verify`, and the confirmation of champions, as a user meets them."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from tests.flows.cli.terminal import SEARCH, Done, cambrian, reading, write_problem

LUCKY = """\
# EVOLVE-BLOCK-START
import random

def solve():
    return 1.5 + random.random()
# EVOLVE-BLOCK-END
"""
SOMETIMES = """\
# EVOLVE-BLOCK-START
import random

def solve():
    if not 0.4 < random.Random(random.getrandbits(32)).random() < 0.6:
        return 1.5
    raise ValueError("unlucky")
# EVOLVE-BLOCK-END
"""
TIMED = """\
# EVOLVE-BLOCK-START
import time

def solve():
    return 1.0 + time.time() % 1
# EVOLVE-BLOCK-END
"""


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a few evaluations."""
    folder = tmp_path_factory.mktemp("verify")
    problem = write_problem(folder / "one", {"initial.py": LUCKY})
    done = cambrian("run", problem, *SEARCH, "--seed", "3", "--name", "ran", "--db", folder / "runs.db")
    assert done.code == 0, done.err
    return folder / "runs.db"


def verify(*arguments: str | Path) -> Done:
    return cambrian("verify", *arguments)


def test_a_winner_is_found_again_bit_for_bit_under_its_own_seed(db: Path) -> None:
    done = verify("ran", "--db", db, "--seeds", "2", "--json")
    assert done.code == 0, done.err
    found = done.json
    assert set(found) == {
        *("program", "run", "stored", "again", "reproduced", "holds", "sandbox", "image", "best_known"),
        *("gap", "differs"),
    }
    own, *others = found["again"]
    assert own["seed"] == 3
    assert own["fitness"] == found["stored"]["fitness"]
    assert [other["verdict"] for other in others] == ["valid", "valid"]
    assert len({own["fitness"], *(other["fitness"] for other in others)}) == 3
    assert found["reproduced"]
    assert found["differs"] == []
    assert found["image"].startswith("process Python")
    assert found["stored"]["provenance"]["confirmed"]


def test_a_program_is_verified_by_the_first_digits_of_its_id(db: Path) -> None:
    with reading(db) as reader:
        program = reader.programs(reader.summary("ran").run.id)[-1][0].program
    done = verify(program[:8], "--db", db, "--seeds", "0")
    assert done.code == 0, done.err
    assert f"Program {program[:12]} of run ran (one_number)" in done.out
    assert "The score holds" in done.out


def test_a_stored_score_that_is_not_what_the_program_gets_does_not_hold(db: Path, tmp_path: Path) -> None:
    forged = tmp_path / "forged.db"
    with reading(db) as reader:
        best = reader.summary("ran").best
    assert best is not None
    with sqlite3.connect(db) as whole, sqlite3.connect(forged) as copy:
        whole.backup(copy)
        copy.execute(
            "UPDATE evaluations SET fitness = 99.5, utility = 99.5 WHERE program = ?", (best.program,)
        )
    done = verify(best.program[:12], "--db", forged, "--seeds", "1")
    assert done.code == 1
    assert "99.5" in done.out
    assert "The score does not hold: it was not found again" in done.out


@pytest.mark.thorough("a whole run; that an unchanged one holds is tested")
def test_a_problem_that_changed_is_said_with_both_digests(tmp_path: Path) -> None:
    problem, db = write_problem(tmp_path / "p"), tmp_path / "runs.db"
    assert cambrian("run", problem, *SEARCH, "--evaluations", "1", "--db", db).code == 0
    scorer = problem / "score.py"
    scorer.write_text(scorer.read_text() + "\n# another text\n")
    done = verify("last", "--db", db, "--seeds", "0", "--json")
    assert done.code == 1
    assert done.json["reproduced"]
    assert not done.json["holds"]
    assert any("score otherwise than when the run began (digest " in line for line in done.json["differs"])


@pytest.mark.thorough("eight fresh sandboxes; the other seeds are looked at in the quick tests too")
def test_a_program_that_is_valid_by_luck_alone_does_not_hold(tmp_path: Path) -> None:
    problem, db = write_problem(tmp_path / "p", {"initial.py": SOMETIMES}), tmp_path / "runs.db"
    assert cambrian("run", problem, *SEARCH, "--evaluations", "1", "--seed", "3", "--db", db).code == 0
    done = verify("last", "--db", db, "--seeds", "8")
    assert done.code == 1
    assert "The score does not hold: the program is not valid under seed" in done.out


def test_a_score_that_the_clock_makes_is_caught_before_it_is_announced(tmp_path: Path) -> None:
    problem, db = write_problem(tmp_path / "p", {"initial.py": TIMED}), tmp_path / "runs.db"
    done = cambrian("run", problem, *SEARCH, "--evaluations", "1", "--seed", "1", "--db", db)
    assert done.code == 0, done.err
    assert "in a fresh sandbox; the worse counts" in done.err
    assert verify("last", "--db", db, "--seeds", "0").code == 1


def test_confirmation_can_be_left_out_where_scores_cannot_be_found_again(tmp_path: Path) -> None:
    problem, db = write_problem(tmp_path / "p", {"initial.py": TIMED}), tmp_path / "runs.db"
    change = ("--set", "evaluation.confirm=false")
    done = cambrian("run", problem, *SEARCH, *change, "--evaluations", "1", "--db", db)
    assert done.code == 0, done.err
    assert "fresh sandbox" not in done.err


@pytest.mark.parametrize("key", ["rann", "0123456789ab"])
def test_a_name_that_is_not_there_is_told_with_the_nearest(db: Path, key: str) -> None:
    done = verify(key, "--db", db)
    assert done.code == 2
    assert f"there is no run and no program '{key}'" in done.err
    assert ("the nearest is the run ran" in done.err) == (key == "rann")


def test_a_run_without_a_valid_program_has_nothing_to_verify(tmp_path: Path) -> None:
    problem, db = write_problem(tmp_path / "p", {"initial.py": "def solve():\n    return 'x'\n"}), tmp_path
    assert cambrian("run", problem, *SEARCH, "--db", db / "r.db").code == 2
    done = verify("last", "--db", db / "r.db")
    assert done.code == 1
    assert "has no valid program yet" in done.err


@pytest.mark.docker
def test_a_winner_is_verified_in_containers(db: Path, tmp_path: Path) -> None:
    problem, archive = write_problem(tmp_path / "p"), tmp_path / "runs.db"
    search = ("--sandbox", "docker", "--no-prefect", "--workers", "1", "--evaluations", "3", "--seed", "1")
    done = cambrian("run", problem, *search, "--db", archive)
    assert done.code == 0, done.err
    found = verify("last", "--db", archive, "--seeds", "1", "--json").json
    assert found["reproduced"]
    assert found["image"].startswith("docker sha256:")
    assert found["image"] == found["stored"]["provenance"]["candidates"]
    assert json.dumps(found["stored"]["provenance"]["stages"]["run"]) != "{}"
