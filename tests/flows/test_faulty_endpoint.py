"""A whole run from the command line against an endpoint that fails in every way there is."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

from archive.ledger import CallStatus
from tests.flows.cli.terminal import DEFINITION, PROGRAM, finish, reading, start, write_problem
from tests.flows.fake_server import edit
from tests.tools.model_server import Fault, answer, serving, wire

KEY = "sk-canary-93b1e0d7a2f4"
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
FAULTS = [
    wire(f"response_format is not known here, {KEY}", param="response_format"),
    wire(f"slow down, {KEY}", status=429, retry_after=0.05),
    wire("oops", status=500),
    wire("oops", status=502),
    Fault(drop="before", billed=False),
    Fault(drop="head"),
    Fault(drop="middle"),
    Fault(body=answer("") | {"choices": []}),
    Fault(body=answer(None, refusal=f"I will not, {KEY}")),
    Fault(body=answer("half", finish="length")),
    Fault(body=f'{{"choices": [{KEY}', billed=False),
    Fault(body="<html>nothing</html>", billed=False),
    Fault(body=answer('{"idea": ')),
    Fault(body=answer("I would rather write a poem.")),
    Fault(body=answer("<<<<<<< SEARCH\nwhat was never there\n=======\nx\n>>>>>>> REPLACE")),
    Fault(body=answer("x" * 10_000_000)),
    Fault(delay=30.0),
    wire("too long", code="context_length_exceeded"),
]
"""One of each row of the promises about models, with the key in what servers say."""
NAMED = {
    *(CallStatus.UNSUPPORTED, CallStatus.RATE_LIMITED, CallStatus.SERVER_ERROR, CallStatus.DISCONNECTED),
    *(CallStatus.BROKEN_OFF, CallStatus.EMPTY, CallStatus.REFUSED, CallStatus.TRUNCATED),
    *(CallStatus.MALFORMED, CallStatus.TIMED_OUT, CallStatus.OVERLONG, CallStatus.OK),
}


def script(number: int, body: Any) -> Fault:
    """Each fault once, with a good answer after it."""
    if number % 2 == 0 and number // 2 < len(FAULTS):
        return FAULTS[number // 2]
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
    assert {call.status for call in calls} == NAMED
    assert len(calls) == len(server.bodies)
    assert all(call.error for call in calls if not call.status.is_answer)
    assert KEY not in done.out + done.err
    for path in tmp_path.glob("f.db*"):
        assert KEY.encode() not in path.read_bytes(), path
