"""Which sandbox is opened, and what is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluators.sandbox import SandboxUnavailable
from flows.sandboxes import once, open_sandboxes
from flows.settings import SettingsError, read_settings
from problems.loader import load
from tests.flows.cli.terminal import write_problem


def test_an_outage_that_all_sandboxes_tell_of_is_heard_once_and_the_next_one_again() -> None:
    heard: list[str] = []
    say = once(heard.append)
    for line in (
        "the engine is away",
        "the engine is away",
        "the engine is back after 3.1 s",
        "the engine is back after 3.2 s",
        "the engine is away",
    ):
        say(line)
    assert heard == ["The engine is away", "The engine is back after 3.1 s", "The engine is away"]


async def test_a_pair_makes_fresh_sandboxes_of_its_own_kind(tmp_path: Path) -> None:
    problem = load(write_problem(tmp_path / "p"))
    async with open_sandboxes(
        problem, wanted="process", trusted_author=True, slots=1, say=lambda text: None
    ) as pair:
        candidates, scorers = pair.fresh()
        await candidates.start()
        try:
            assert candidates.identity == pair.candidates.identity
            assert candidates is not pair.candidates
            assert scorers is not candidates
        finally:
            await candidates.close()
            await scorers.close()


@pytest.mark.docker
async def test_a_runtime_that_the_engine_has_not_stops_the_run_even_where_the_choice_is_automatic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMBRIAN_DOCKER_RUNTIME", "no-such-runtime")
    problem = load(write_problem(tmp_path / "p"))
    with pytest.raises(SandboxUnavailable, match="no-such-runtime"):
        async with open_sandboxes(
            problem, wanted="auto", trusted_author=True, slots=1, say=lambda text: None
        ):
            pytest.fail("a weaker sandbox was opened in its place")


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("CAMBRIAN_DOCKER_RUNTIME", "run sc", "such as runsc"),
        ("CAMBRIAN_CACHE", "/tmp", "is a folder"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=told):
        read_settings()


def test_the_stage_cache_lies_in_the_users_cache_folder_unless_it_is_off_or_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("CAMBRIAN_CACHE", raising=False)
    assert read_settings().cache_file == tmp_path / "cambrian" / "stages.db"
    monkeypatch.setenv("CAMBRIAN_CACHE", "OFF")
    assert read_settings().cache_file is None
    monkeypatch.setenv("CAMBRIAN_CACHE", str(tmp_path / "mine.db"))
    assert read_settings().cache_file == tmp_path / "mine.db"
