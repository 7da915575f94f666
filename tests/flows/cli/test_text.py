"""What is printed, and the commands that are told."""

from __future__ import annotations

import shlex
import subprocess
import sysconfig
from pathlib import Path

import pytest

from flows.cli.show import clock, repeats_text
from flows.cli.text import clip, command, count, plain, run_command, spoken, table


@pytest.fixture(autouse=True)
def _fresh() -> None:
    command.cache_clear()


@pytest.fixture
def script() -> Path:
    path = Path(sysconfig.get_path("scripts"), "cambrian")
    if not path.exists():
        pytest.skip("the console script is not installed")
    return path


def test_on_the_path_the_command_is_just_its_name(script: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(script.parent))

    assert command() == "cambrian"


def test_elsewhere_the_command_is_a_path_that_works(
    script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    assert command() == shlex.quote(str(script))

    command.cache_clear()
    monkeypatch.chdir(script.parent.parent)
    assert command() == f"{script.parent.name}/cambrian"
    done = subprocess.run(f"{command()} --help", shell=True, capture_output=True, text=True, check=True)
    assert "Usage" in done.stdout


def test_another_installation_on_the_path_is_not_meant(
    script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "cambrian"
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert command() != "cambrian"
    assert spoken("type `cambrian runs`") == f"type `{command()} runs`"


def test_a_command_for_a_run_names_the_archive_but_no_password() -> None:
    assert run_command("a b")("show").endswith(" show 'a b'")
    assert run_command("a", "x.db")("resume").endswith(" resume a --db x.db")
    assert run_command("a")("dashboard").endswith(" dashboard --run a")
    hidden = run_command("a", "postgresql://me:secret@host/db")("show")
    assert "secret" not in hidden
    assert hidden.endswith(" --db URL")


def test_numbers_stand_to_the_right_and_words_to_the_left(capsys: pytest.CaptureFixture[str]) -> None:
    table(("name", "n"), [("long name", "7"), ("x", "-"), ("y", "1e-05")])

    assert capsys.readouterr().out.splitlines() == [
        "name           n",
        "long name      7",
        "x              -",
        "y          1e-05",
    ]


def test_control_characters_are_made_visible() -> None:
    assert plain("a\x1b[31mb\nc") == "a\\x1b[31mb\\x0ac"
    assert plain("a\n\tb\r", lines=True) == "a\n\tb\\x0d"


def test_short_words() -> None:
    assert clip("abcdef", 4) == "abc…"
    assert clip("abcd", 4) == "abcd"
    assert (count(1, "cell"), count(0, "cell")) == ("1 cell", "0 cells")
    assert [clock(s) for s in (0.04, 9.94, 9.97, 59.4, 185, 7620)] == [
        "0.0 s", "9.9 s", "10 s", "59 s", "3 min 05 s", "2 h 07 min",
    ]  # fmt: skip


def test_repeats_are_told_by_kind() -> None:
    """Fails when a kind is left out, or one that is not a duplicate is counted as one."""
    assert repeats_text(0, {}) == "0 duplicates not run"
    assert repeats_text(1, {}) == "1 duplicate not run"
    told = repeats_text(5, {"same": 3, "alike": 2, "near": 4})
    assert told == "5 duplicates not run (3 the same text, 2 the same in other words), 4 near a known program"
