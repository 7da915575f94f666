"""What is wrong in a problem, its scorer or its model is told in plain words, with exit code and way out."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.flows.cli.terminal import (
    DEFINITION,
    PROGRAM,
    SEARCH,
    Done,
    answered_calls,
    cambrian,
    write_problem,
)

TWELVE = """\
schema: 2
name: "not a name!"
program: {language: python, files: [missing.py], entrypoint: "no identifier"}
objective: {metric: value, direction: upwards}
descriptors:
  - {name: axis, source: metric, low: 1, high: 0, bins: none}
evaluation:
  stages:
    - {id: run, uses: sandbox.cal, seconds: -1}
    - {id: score, uses: sandbox.score, needs: [runn], file: score.py}
search: {islands: zero, elitism: 3}
budget: {evaluations: 0}
"""
SCORERS = {
    "raises": ("def score(output, context):\n    return {'value': 1 / 0}\n", "ZeroDivisionError", "line 2"),
    "nan": ("def score(output, context):\n    return {'value': float('nan')}\n", "NaN", "'valid': False"),
    "text": ("def score(output, context):\n    return 'good'\n", "returned text", "return a dict"),
    "text metric": (
        "def score(output, context):\n    return {'value': 'a'}\n",
        "the metric 'value'",
        "number",
    ),
    "other": ("def score(output, context):\n    return {'other': 1.0}\n", "'value'", "other"),
    "other at run time": (
        "def score(output, context):\n    return {'o' + 'ther': 1.0}\n",
        "'value' is not among the metrics returned (other)",
        "name another",
    ),
    "no function": ("def scores(output, context):\n    return {}\n", "no such function", "'scores'"),
    "no Python": ("def score(output, context:\n", "syntax error", "score.py:1"),
}
PROGRAMS = {
    "raises": (PROGRAM.replace("1.5", "1 / 0"), "ZeroDivisionError"),
    "hangs": (PROGRAM.replace("return 1.5", "while True: pass"), "took longer than 0.5 s"),
    "another name": (PROGRAM.replace("solve", "resolve"), "did you mean 'resolve'?"),
    "no Python": (PROGRAM.replace("1.5", "("), "syntax error"),
}


@pytest.fixture(params=["check", "run"])
def attempt(request: pytest.FixtureRequest, tmp_path: Path) -> Attempt:
    return Attempt(request.param, tmp_path)


class Attempt:
    """`check` or `run`, on a problem with something wrong in it."""

    def __init__(self, verb: str, folder: Path) -> None:
        self._verb = verb
        self._folder = folder

    def __call__(self, files: dict[str, str | None]) -> Done:
        folder = write_problem(self._folder / "p", files)
        rest = ("--sandbox", "process") if self._verb == "check" else (*SEARCH, "--db", self._folder / "b.db")
        done = cambrian(self._verb, folder, *rest)
        assert "Traceback" not in done.out + done.err
        return done


def test_twelve_mistakes_give_twelve_located_errors(attempt: Attempt) -> None:
    done = attempt({"problem.yaml": TWELVE})
    located = re.findall(r"problem\.yaml:\d+:\d+: \S+: expected .+, found .+", done.err)

    assert done.code == 2
    assert len(located) >= 12, done.err
    assert "did you mean 'sandbox.call'?" in done.err


def test_the_mistakes_are_told_to_scripts_too(tmp_path: Path) -> None:
    done = cambrian("check", write_problem(tmp_path / "p", {"problem.yaml": TWELVE}), "--json")

    assert done.code == 2
    assert done.json["ok"] is False
    assert len(done.json["issues"]) >= 12
    assert all(issue["expected"] and issue["found"] and issue["key"] for issue in done.json["issues"])


def test_a_missing_scorer_is_a_mistake_in_the_problem(attempt: Attempt) -> None:
    done = attempt({"score.py": None})

    assert done.code == 2
    assert "expected a file at" in done.err
    assert "score.py, found none" in done.err


@pytest.mark.parametrize(("verb", "kind"), [*(("check", kind) for kind in SCORERS), ("run", "nan")])
def test_a_scorer_that_does_not_work_is_told_with_what_to_do(verb: str, kind: str, tmp_path: Path) -> None:
    scorer, fault, remedy = SCORERS[kind]
    done = Attempt(verb, tmp_path)({"score.py": scorer})

    assert done.code == 2
    assert "score.py" in done.err or "problem.yaml" in done.err
    assert fault in done.err
    assert remedy in done.err


def test_a_broken_scorer_is_told_to_scripts_too(tmp_path: Path) -> None:
    folder = write_problem(tmp_path / "p", {"score.py": SCORERS["raises"][0]})
    done = cambrian("check", folder, "--sandbox", "process", "--json")

    assert done.code == 2
    assert done.json["ok"] is False
    assert "ZeroDivisionError" in done.json["issues"][0]["found"]


@pytest.mark.parametrize(("verb", "kind"), [*(("check", kind) for kind in PROGRAMS), ("run", "raises")])
def test_an_initial_program_that_does_not_work_is_told(verb: str, kind: str, tmp_path: Path) -> None:
    program, fault = PROGRAMS[kind]
    done = Attempt(verb, tmp_path)({"initial.py": program})

    assert done.code == 2
    assert fault in done.out + done.err


def test_a_run_that_cannot_begin_is_kept_as_failed(tmp_path: Path) -> None:
    folder = write_problem(tmp_path / "p", {"initial.py": PROGRAMS["raises"][0]})
    cambrian("run", folder, *SEARCH, "--db", tmp_path / "f.db")
    shown = cambrian("show", "last", "--db", tmp_path / "f.db", "--json").json

    assert (shown["state"], shown["stopped_by"], shown["best"]) == ("failed", "error", None)


@pytest.mark.thorough("it waits between tries; a refusal in tests of endpoints pauses a run at once")
def test_a_model_out_of_reach_pauses_the_run_and_another_one_completes_it(tmp_path: Path) -> None:
    db = tmp_path / "m.db"
    folder = write_problem(tmp_path / "p", {"problem.yaml": DEFINITION})
    url = closed_address()
    run = ("run", folder, "--model", "gpt-5-mini", "--base-url", url, "--workers", "1", *SEARCH, "--db", db)

    stopped = cambrian(*run, OPENAI_API_KEY="sk-none")
    shown = cambrian("show", "last", "--db", db, "--json").json
    name = shown["run"]
    resumed = cambrian("resume", name, "--model", "embedded", "--no-prefect", "--json", "--db", db)

    assert stopped.code == 1
    assert "Paused: Model 'gpt-5-mini' was asked at http://127.0.0.1" in stopped.out
    assert f"cambrian resume {name}" in stopped.out
    assert (shown["state"], shown["stopped_by"], shown["evaluations"]) == ("paused", "model_unreachable", 1)
    assert shown["best"]["fitness"] == 1.5
    assert resumed.code == 0
    assert resumed.lines[-1]["evaluations"] == 5
    assert len(answered_calls(db)) >= 8


def test_an_endpoint_that_cannot_be_asked_for_its_models_is_told(tmp_path: Path) -> None:
    url = closed_address()
    done = cambrian(
        "run", "tuned_constants", *SEARCH, "--db", tmp_path / "m.db",
        OPENAI_API_KEY="sk-none", OPENAI_BASE_URL=url,
    )  # fmt: skip

    assert done.code == 1
    assert url in done.err
    assert "OPENAI_BASE_URL" in done.err
    assert "Traceback" not in done.err


def closed_address() -> str:
    """An address on loopback where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/v1"
