"""The bandit over the models of a whole run: it learns what pays, and a resumed run knows it already."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

from archive.ledger import Purpose
from tests.flows.cli.terminal import DEFINITION, PROGRAM, finish, reading, start, write_problem
from tests.flows.fake_server import edit
from tests.tools.model_server import Fault, answer, serving

MODELS = """\
models:
  - {{name: useless, base_url: "{url}", input_price: 0, output_price: 10, max_tokens: 1000}}
  - {{name: useful, base_url: "{url}", input_price: 0, output_price: 10, max_tokens: 1000}}
"""


def script(number: int, body: Any) -> Fault:
    """One model moves a number, the other chatters, at the same price."""
    prompt = "\n\n".join(message["content"] for message in body["messages"])
    moved = edit(prompt, random.Random(number))
    return Fault(body=answer(moved if body["model"] == "useful" else "I would rather not."))


async def test_a_run_learns_which_model_pays_and_a_resumed_one_knows_it(tmp_path: Path) -> None:
    """Broken by hand: telling the bandit of no improvement, or nothing of the store, fails this."""
    db = tmp_path / "b.db"
    async with serving(script) as server:
        definition = DEFINITION.replace("{islands: 1}", "{islands: 1, ensemble: bandit, plan: false}")
        files = {"problem.yaml": definition + MODELS.format(url=server.url)}
        problem = write_problem(tmp_path / "p", files | {"initial.py": PROGRAM.replace("1.5", "0.5")})
        alone = ("--no-prefect", "--sandbox", "process", "--workers", "1", "--db", db)
        run = start("run", problem, "--evaluations", "30", "--seed", "1", *alone)
        assert (await asyncio.to_thread(finish, run)).code == 0
        before = len(server.bodies)
        resumed = start("resume", "last", "--evaluations", "45", "--db", db)
        assert (await asyncio.to_thread(finish, resumed)).code == 0
    with reading(db) as reader:
        calls = reader.calls(reader.summary("last").run.id, limit=1000)[::-1]
    first, second = (
        Counter(call.model for call in part if call.purpose is Purpose.EXECUTE)
        for part in (calls[:before], calls[before:])
    )
    assert first["useful"] > 2 * first["useless"]
    assert second["useful"] > 2 * second["useless"]
