"""Each search finds what it looks for where nothing stands in its way, and nothing in a real sandbox."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from evaluators.attacks.reach import looked
from evaluators.attacks.searches import SEARCHES
from evaluators.sandbox import Policy
from tests.evaluators.fakes import InProcess, problem

SCORER = """\
def score(output, context):
    secret_optimum = [0.137, 0.862]
    distance = sum(abs(a - b) for a, b in zip(output, secret_optimum))
    return {"total": 1.0 - distance}
"""
BY_NAME = {search.name: search for search in SEARCHES}


async def find(name: str, folder: Path) -> str | None:
    (folder / "score.py").write_text(SCORER)
    asked = problem(score=SCORER, folder=folder)
    finding = await looked(BY_NAME[name], asked, InProcess(), policy=Policy.COMPUTE)
    return None if finding is None else finding.what


async def test_files_are_found_where_they_can_be_read(tmp_path: Path) -> None:
    assert str(tmp_path / "score.py") in (await find("trusted-paths", tmp_path) or "")


async def test_the_scorer_is_found_where_it_can_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await find("modules", tmp_path) is None
    monkeypatch.syspath_prepend(tmp_path)
    assert await find("modules", tmp_path) == "a program can import the scorer: import score"


async def test_lines_of_the_scorer_are_found_in_memory(tmp_path: Path) -> None:
    gc.freeze()  # what all the other tests have loaded is not to be looked through
    try:
        held = [SCORER]
        assert "in its own memory" in (await find("memory", tmp_path) or "")
    finally:
        gc.unfreeze()
    assert held


async def test_secrets_are_found_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AAA_API_KEY", "sk-none")  # the first of however many there are: not all are listed

    what = await find("environment", tmp_path)

    assert what is not None
    assert "AAA_API_KEY" in what
    assert "sk-none" not in what


async def test_sockets_are_found(tmp_path: Path) -> None:
    assert "IPv4" in (await find("network", tmp_path) or "")


async def test_what_stays_behind_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    import builtins

    request.addfinalizer(lambda: delattr(builtins, "cambrian_check_was_here"))
    monkeypatch.setenv("CAMBRIAN_CHECK_WAS_HERE", "")
    assert "the interpreter" in (await find("interpreter-state", tmp_path) or "")


async def test_no_secret_goes_where_it_is_looked_for(tmp_path: Path) -> None:
    sandbox = InProcess()
    (tmp_path / "score.py").write_text(SCORER)
    for name in ("trusted-paths", "environment"):
        await looked(BY_NAME[name], problem(score=SCORER, folder=tmp_path), sandbox, policy=Policy.COMPUTE)

    assert sandbox.commands
    assert not any(b"0.862" in command.arguments for command in sandbox.commands)
