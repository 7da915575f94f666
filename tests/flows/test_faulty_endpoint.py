"""A whole run from the command line against an endpoint that fails in every way there is."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

from tests.flows.cli.terminal import DEFINITION, PROGRAM, finish, reading, start, write_problem
from tests.flows.fake_server import edit
from tests.tools.faults import FAULTS, KEY
from tests.tools.model_server import Fault, answer, serving

MODELS = """\
models:
  - name: toy
    base_url: {url}
    api_key_env: TOY_KEY
    input_price: 0
    output_price: 10
    max_tokens: 1000
    timeout: 1
"""


def script(number: int, body: Any) -> Fault:
    """Each fault once, with a good answer after it."""
    if number % 2 == 0 and number // 2 < len(FAULTS):
        return FAULTS[number // 2].fault
    prompt = "\n\n".join(message["content"] for message in body["messages"])
    return Fault(body=answer(edit(prompt, random.Random(number))))


async def test_a_run_outlives_every_fault_and_its_ledger_names_them_all(tmp_path: Path) -> None:
    """Broken by hand: booking no failed tries, or letting one of them end the run, fails this."""
    db = tmp_path / "f.db"
    async with serving(script) as server:
        definition = DEFINITION + MODELS.format(url=server.url)
        files = {"problem.yaml": definition, "initial.py": PROGRAM.replace("1.5", "0.5")}
        problem = write_problem(tmp_path / "problem", files)
        run = ("run", problem, "--evaluations", "30", "--workers", "2", "--seed", "1", "--json")
        alone = ("--no-prefect", "--sandbox", "process", "--db", db)
        done = await asyncio.to_thread(finish, start(*run, *alone, TOY_KEY=KEY))
    assert done.code == 0, done.err
    finished = done.lines[-1]
    assert (finished["evaluations"], finished["stopped_by"]) == (30, "evaluations")
    with reading(db) as reader:
        calls = reader.calls(finished["id"], limit=1000)
    assert {call.status for call in calls} == {row.status for row in FAULTS}
    assert len(calls) == len(server.bodies)
    assert all(call.error for call in calls if not call.status.is_answer)
    assert KEY not in done.out + done.err
    for path in tmp_path.glob("f.db*"):
        assert KEY.encode() not in path.read_bytes(), path
