"""Runs against endpoints over a socket, as with a real model: the address and a key are all that is set."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from archive.ledger import Call
from tests.flows.cli.terminal import Done, cambrian, reading, start
from tests.flows.fake_server import FakeServer, serving

KEY = "sk-canary-93b1e0d7a2"
RUN = ("run", "tuned_constants", "--seed", "3", "--no-prefect", "--sandbox", "process", "--json")


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """Address of `cambrian model serve`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start("model", "serve", "--port", str(port))
    url = f"http://127.0.0.1:{port}/v1"
    try:
        _await_answer(f"{url}/models", process)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=20)


@pytest.mark.thorough("the same run over another endpoint's socket is quick")
def test_the_served_embedded_model_is_used_like_any_other(served: str, tmp_path: Path) -> None:
    db = tmp_path / "e.db"
    done = cambrian(*RUN, "--evaluations", "10", "--db", db, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=served)
    finished = done.lines[-1]
    calls = _calls(db)

    assert done.code == 0, done.err
    assert (finished["evaluations"], finished["stopped_by"]) == (10, "evaluations")
    assert finished["tokens"] > 0
    assert {call.model for call in calls} == {"embedded"}
    assert all(call.usage.tokens_in > 0 < call.usage.tokens_out for call in calls)
    assert all(call.status == "ok" for call in calls)


def test_an_openai_compatible_endpoint_improves_the_program(tmp_path: Path) -> None:
    db = tmp_path / "f.db"
    with serving(FakeServer()) as server:
        done = _run(server, db, "--evaluations", "10")
    finished = done.lines[-1]
    evaluated = [event for event in done.lines if event["event"] == "evaluated"]

    assert done.code == 0, done.err
    assert finished["models"] == ["fake-model"]
    assert finished["evaluations"] == finished["valid"] == 10
    assert finished["best"]["fitness"] > evaluated[0]["fitness"]
    assert {event["operator"] for event in evaluated[1:]} <= {"diff", "rewrite"}
    assert finished["calls"] == len(server.bodies) == len(_calls(db))


def test_the_key_is_sent_as_a_key_and_stands_nowhere_else(tmp_path: Path) -> None:
    with serving(FakeServer()) as server:
        done = _run(server, tmp_path / "k.db", "--evaluations", "4")

    assert done.code == 0, done.err
    assert set(server.keys) == {f"Bearer {KEY}"}
    assert KEY.encode() not in b"".join(server.bodies)
    _assert_kept_secret(done, tmp_path)


@pytest.mark.thorough("a whole run; the quick test looks for the key as well")
def test_an_endpoint_that_repeats_the_key_in_its_refusal_does_not_spread_it(tmp_path: Path) -> None:
    with serving(FakeServer(refuse=True)) as server:
        done = _run(server, tmp_path / "r.db", "--evaluations", "4")

    assert done.code == 1
    assert "OPENAI_API_KEY" in done.err
    assert "cambrian resume" in done.err
    assert done.lines[-1]["stopped_by"] == "model_unreachable"
    _assert_kept_secret(done, tmp_path)


def _run(server: FakeServer, db: Path, *arguments: str) -> Done:
    return cambrian(*RUN, *arguments, "--db", db, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=server.url)


def _calls(db: Path) -> list[Call]:
    with reading(db) as reader:
        return list(reader.calls(reader.summary("last").run.id, limit=1000))


def _assert_kept_secret(done: Done, folder: Path) -> None:
    assert KEY not in done.out + done.err
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert written
    for path in written:
        assert KEY.encode() not in path.read_bytes(), path


def _await_answer(url: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    pytest.fail("`cambrian model serve` did not answer")
