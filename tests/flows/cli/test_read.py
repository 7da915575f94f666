"""The verbs that read a run: each for people and, with --json, for scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.cli.terminal import SEARCH, Done, cambrian, write_problem

EVALUATIONS = 8


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one run of the circles."""
    path = tmp_path_factory.mktemp("read") / "read.db"
    done = cambrian(
        "run", "circle_packing", "--evaluations", str(EVALUATIONS), "--seed", "1", "--workers", "1",
        "--name", "reader", *SEARCH, "--db", path,
    )  # fmt: skip
    assert done.code == 0, done.err
    return path


def read(db: Path, *arguments: str) -> Done:
    done = cambrian(*arguments, "--db", db)
    assert done.code == 0, done.err
    return done


def test_runs_are_listed(db: Path) -> None:
    rows = read(db, "runs", "--json").json
    text = read(db, "runs").out

    assert [(row["run"], row["evaluations"]) for row in rows] == [("reader", EVALUATIONS)]
    assert "reader" in text
    assert "circle_packing" in text


def test_no_runs_is_no_error(tmp_path: Path) -> None:
    assert cambrian("runs", "--db", tmp_path / "none.db").out.startswith("No runs yet")
    assert cambrian("runs", "--db", tmp_path / "none.db", "--json").json == []
    assert not (tmp_path / "none.db").exists()


def test_show_answers_to_name_id_and_last(db: Path) -> None:
    found = read(db, "show", "reader", "--json").json

    assert read(db, "show", found["id"], "--json").json == found
    assert read(db, "show", found["id"][:5], "--json").json == found
    assert read(db, "show", "last", "--json").json == found
    assert f"evaluated   {EVALUATIONS} programs" in read(db, "show", "reader").out


def test_best_is_printed_written_and_drawn(db: Path, tmp_path: Path) -> None:
    from PIL import Image

    text = read(db, "best", "reader").out
    found = read(db, "best", "reader", "--json").json
    read(db, "best", "reader", "-o", str(tmp_path / "new" / "best.py"))
    read(db, "best", "reader", "--picture", str(tmp_path / "best.png"))

    assert "def pack" in text
    assert found["sources"] == {"initial.py": text}
    assert found["best"]["program"] == found["program"]
    assert (tmp_path / "new" / "best.py").read_text() == text
    with Image.open(tmp_path / "best.png") as image:
        assert image.format == "PNG"
        assert min(image.size) >= 100


def test_the_written_best_scores_what_the_run_says(db: Path, tmp_path: Path) -> None:
    read(db, "best", "reader", "-o", str(tmp_path / "best.py"))
    scored = cambrian("score", "circle_packing", tmp_path / "best.py", "--sandbox", "process", "--json").json

    assert scored["fitness"] == read(db, "show", "reader", "--json").json["best"]["fitness"]


def test_programs_are_listed_newest_first_and_by_verdict(db: Path) -> None:
    rows = read(db, "programs", "reader", "--json").json
    valid = read(db, "programs", "reader", "--verdict", "valid", "--json").json
    text = read(db, "programs", "reader", "--limit", "3").out

    assert len({row["program"] for row in rows}) == EVALUATIONS
    assert rows[-1]["operator"] == "seed"
    assert [row for row in rows if row["verdict"] == "valid"] == valid
    assert len(text.splitlines()) == 4
    assert rows[0]["program"][:12] in text


def test_a_verdict_that_there_is_none_of_is_refused(db: Path) -> None:
    done = cambrian("programs", "reader", "--verdict", "good", "--db", db)

    assert done.code == 2
    assert "timed_out" in done.err


def test_diff_compares_a_run_with_its_seed_and_two_programs(db: Path) -> None:
    seed = read(db, "programs", "reader", "--json").json[-1]["program"]
    best = read(db, "show", "reader", "--json").json["best"]["program"]
    found = read(db, "diff", "reader", "--json").json

    assert (found["from"], found["to"]) == (seed, best)
    assert any(line.startswith(("+", "-")) for line in found["diff"][2:])
    assert read(db, "diff", best, seed).out.splitlines() == found["diff"]
    assert read(db, "diff", best, best).out == "The programs are the same.\n"


def test_calls_and_lessons_are_listed(db: Path) -> None:
    calls = read(db, "calls", "reader", "--limit", "1000", "--json").json
    lessons = read(db, "lessons", "reader", "--limit", "1000", "--json").json

    assert len(calls) == read(db, "show", "reader", "--json").json["calls"]
    assert {call["purpose"] for call in calls} == {"plan", "execute", "summarize"}
    assert all(call["model"] == "embedded" and call["tokens_in"] > 0 for call in calls)
    assert lessons
    assert all(lesson["text"] and lesson["evidence"] == [lesson["attempt"]] for lesson in lessons)
    assert {(lesson["state"], lesson["origin"]) for lesson in lessons} <= {("live", None), ("expired", None)}
    text = read(db, "calls", "reader", "--limit", "2").out
    assert "embedded" in text
    assert f"In all {len(calls)} calls: " in text
    assert f"{sum(call['tokens_in'] for call in calls):,} tokens in (0 cached)" in text
    listed = read(db, "lessons", "reader").out
    assert lessons[0]["text"][:20] in listed
    header = "attempt kind fault evidence shown helped worth state origin text"
    assert listed.splitlines()[0].split() == header.split()


def test_a_program_cannot_drive_the_terminal(tmp_path: Path) -> None:
    raises = "# EVOLVE-BLOCK-START\ndef solve():\n    raise ValueError('\\x1b[31mred')\n# EVOLVE-BLOCK-END\n"
    folder = write_problem(tmp_path / "p")
    (tmp_path / "raises.py").write_text(raises)

    done = cambrian("score", folder, tmp_path / "raises.py", "--sandbox", "process")

    assert done.json["verdict"] == "failed"
    assert "red" in done.err
    assert "\x1b" not in done.out + done.err
