"""`run` and `resume`, as a user meets them."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.cli.text import command
from tests.flows.cli.terminal import (
    SEARCH,
    Done,
    answered_calls,
    archive_of,
    cambrian,
    finish,
    start,
)

FINISHED = {
    "run", "problem", "best", "evaluations", "valid", "duplicates", "failures", "calls", "tokens", "dollars",
    "seconds", "cells", "coverage", "qd_score", "stopped_by",
}  # fmt: skip
SEEDED = ("run", "tuned_constants", "--evaluations", "10", "--seed", "5", "--workers", "1", *SEARCH)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A whole run of a seed, with its archive."""
    db = tmp_path_factory.mktemp("undisturbed") / "a.db"
    return db, cambrian(*SEEDED, "--json", "--db", db)


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """The same run, killed after its fourth evaluation."""
    process = start(*SEEDED, "--json", "--db", tmp_path / "k.db")
    for event in _events(process):
        if event["event"] == "evaluated" and event["evaluations"] == 4:
            process.kill()
            break
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    return tmp_path / "k.db"


def test_a_run_tells_its_events_as_json_lines(undisturbed: tuple[Path, Done]) -> None:
    _, done = undisturbed
    events = done.lines
    kinds = [event["event"] for event in events]
    finished = events[-1]

    assert done.code == 0
    assert (kinds[0], kinds[-1]) == ("started", "finished")
    assert kinds.count("evaluated") == 10
    assert kinds.count("improved") >= 1
    assert finished.keys() >= FINISHED
    assert finished["best"].keys() >= {"program", "fitness", "metrics"}
    assert (finished["evaluations"], finished["stopped_by"]) == (10, "evaluations")
    assert finished["calls"] > 0 < finished["tokens"]
    best = [event for event in events if event["event"] == "improved"][-1]
    assert (best["program"], best["fitness"]) == (finished["best"]["program"], finished["best"]["fitness"])
    assert finished["best"]["metrics"]["closeness"] == finished["best"]["fitness"]
    assert "embedded" in done.err


def test_show_gives_the_fields_of_the_finished_event(undisturbed: tuple[Path, Done]) -> None:
    db, done = undisturbed
    finished = {key: value for key, value in done.lines[-1].items() if key != "event"}

    assert cambrian("show", "last", "--db", db, "--json").json == finished


@pytest.mark.thorough("two whole runs; the loop shows it on a store")
def test_two_runs_of_one_seed_fill_their_archives_alike(
    undisturbed: tuple[Path, Done], tmp_path: Path
) -> None:
    cambrian(*SEEDED, "--db", tmp_path / "twin.db")

    assert archive_of(tmp_path / "twin.db") == archive_of(undisturbed[0])


def test_a_killed_run_is_shown_and_resumed_without_paying_twice(
    undisturbed: tuple[Path, Done], killed: Path
) -> None:
    shown = cambrian("show", "last", "--db", killed, "--json").json
    text = cambrian("show", "last", "--db", killed).out
    resumed = cambrian("resume", "last", "--json", "--no-prefect", "--db", killed)

    assert shown.keys() >= FINISHED
    assert 4 <= shown["evaluations"] < 10
    assert (shown["state"], shown["stopped_by"]) == ("running", None)
    assert "running" in text
    assert "stopped by" not in text
    assert resumed.code == 0
    assert resumed.lines[0]["resumed"] is True
    assert resumed.lines[-1]["evaluations"] == 10
    assert answered_calls(killed) == answered_calls(undisturbed[0])
    assert archive_of(killed) == archive_of(undisturbed[0])


@pytest.mark.thorough("whole processes; an interrupt is tested on the Python interface and in the loop")
def test_ctrl_c_pauses_the_run_and_the_command_it_prints_resumes_it(tmp_path: Path) -> None:
    db = tmp_path / "i.db"
    name = "a run's name"
    process = start(
        "run", "tuned_constants", "--evaluations", "5000", "--seed", "1", "--name", name, "--db", db, *SEARCH
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "#1 " in line:
            process.send_signal(signal.SIGINT)
            break
    done = finish(process)
    shown = cambrian("show", name, "--db", db, "--json").json
    told = re.search(r"go on +(.*)", done.out)
    assert told is not None
    typed = shlex.split(told[1])[len(shlex.split(command())) :]
    again = cambrian(*typed, "--evaluations", str(shown["evaluations"] + 2), "--no-prefect", "--json")

    assert done.code == 130
    assert "Traceback" not in done.err
    assert (shown["state"], shown["stopped_by"]) == ("paused", "interrupted")
    assert told[1].startswith(f"{command()} resume ")
    assert name in typed
    assert again.code == 0, again.err
    assert again.lines[-1]["evaluations"] == shown["evaluations"] + 2


def test_a_target_that_is_not_reached_gives_3_and_one_that_is_gives_0(tmp_path: Path) -> None:
    run = ("run", "tuned_constants", "--evaluations", "2", *SEARCH, "--db", tmp_path / "t.db", "--json")

    missed = cambrian(*run, "--target", "-0.00001")
    reached = cambrian(*run, "--target", "-10")

    assert (missed.code, missed.lines[-1]["stopped_by"]) == (3, "evaluations")
    assert (reached.code, reached.lines[-1]["stopped_by"]) == (0, "target")
    assert reached.lines[-1]["evaluations"] == 1


def test_a_run_ends_with_its_result_for_people_and_a_picture(tmp_path: Path) -> None:
    from PIL import Image

    picture = tmp_path / "new" / "best.png"
    done = cambrian(
        "run", "circle_packing", "--evaluations", "2", "--seed", "1", *SEARCH,
        "--db", tmp_path / "c.db", "--picture", picture,
    )  # fmt: skip

    assert done.code == 0
    assert "evaluated   2 programs" in done.out
    assert "best" in done.err
    with Image.open(picture) as image:
        assert image.format == "PNG"
        assert len(image.convert("RGB").getcolors(1 << 24) or ()) > 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run",), "Missing argument"),
        (("run", "tuned_constants", "--evaluations", "0"), "greater than or equal to 1"),
        (
            ("run", "tuned_constants", "--sandbox", "jail"),
            "expected one of auto, docker, process, found 'jail'",
        ),
        (("run", "tuned_constants", "--strategy", "magic", "--no-prefect"), "map_elites, best_of_n"),
        (("run", "tuned_constants", "--set", "islands", "--no-prefect"), "expected KEY=VALUE"),
        (("run", "tuned_constants", "--set", "search.isles=2", "--no-prefect"), "did you mean"),
        (("run", "tuned_constant", "--no-prefect"), "did you mean 'tuned_constants'"),
        (("resume", "nobody", "--no-prefect"), "there is no run 'nobody'"),
        (("show", "nobody"), "there is no run 'nobody'"),
        (("fly",), "No such command"),
    ],
)
def test_wrong_usage_gives_2_and_says_what_was_expected(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    done = cambrian(*arguments, CAMBRIAN_DB=f"sqlite:///{tmp_path / 'u.db'}")

    assert done.code == 2
    assert message in done.err
    assert done.out == ""


def test_an_archive_that_cannot_be_opened_gives_1(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database, just a long enough text to be read as one\n" * 100)

    done = cambrian("run", "tuned_constants", *SEARCH, "--db", tmp_path / "text.db")

    assert done.code == 1
    assert "text.db" in done.err


def _events(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield json.loads(line)
