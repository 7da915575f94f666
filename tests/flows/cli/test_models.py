"""`cambrian models`: what answers, what it costs, how it did."""

from __future__ import annotations

import json
from pathlib import Path

from tests.flows.cli.terminal import cambrian
from tests.flows.fake_server import FakeServer, serving


def test_models_are_listed_with_what_they_cost_and_how_they_did(tmp_path: Path) -> None:
    db = tmp_path / "m.db"
    with serving(FakeServer()) as server:
        keys = {"OPENAI_API_KEY": "sk-canary-0123456789", "OPENAI_BASE_URL": server.url}
        run = ("run", "tuned_constants", "--evaluations", "3", "--no-prefect", "--sandbox", "process")
        assert cambrian(*run, "--db", db, **keys).code == 0
        done = cambrian(
            "models", "--model", "fake-model", "--model", "gpt-5-mini", "--json", "--db", db, **keys
        )
        text = cambrian("models", "--db", db, **keys)
    known, other = json.loads(done.out)

    assert done.code == 0, done.err
    assert (known["answers"], known["breaker"], known["failing"]) == (True, "closed", 0)
    assert known["calls"] == known["answered"] == len(server.bodies)
    assert known["seconds"] > 0
    assert 0 <= known["improved"] <= known["attempts"] >= 2
    assert (known["input_price"], known["output_price"]) == (None, None)
    assert (other["answers"], other["calls"], other["breaker"]) == (False, 0, "unknown")
    assert 0 < other["input_price"] < other["output_price"]
    assert "fake-model" in text.out
    assert "sk-canary" not in done.out + text.out


def test_without_a_key_the_embedded_model_is_listed_and_no_endpoint_is_asked(tmp_path: Path) -> None:
    done = cambrian("models", "--json", "--db", tmp_path / "none.db")
    (only,) = json.loads(done.out)
    assert only["endpoint"] == "built in"
    assert (only["model"], only["answers"], only["input_price"], only["calls"]) == ("embedded", True, 0.0, 0)
    assert not (tmp_path / "none.db").exists()
