from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from archive.evaluation import StageState, Verdict
from evaluators.failure import verdict_of
from evaluators.sandbox import Ending, Policy
from evaluators.stage import StageInput
from evaluators.stages.execute import SandboxCall
from tests.evaluators.fakes import RUN, InProcess, program


async def call(text, sandbox=None, **options):
    spec = replace(RUN, options={"inputs": {"n": 2}} | options)
    stage = SandboxCall(spec=spec, sandbox=sandbox or InProcess(), entrypoint="solve")
    return await stage.run(StageInput(program=program(text), seed=7))


async def test_the_value_is_what_the_entrypoint_returned():
    product = await call("def solve(n):\n    return {'rows': [[1, 2.5]] * n}\n")
    assert product.value == {"rows": [[1, 2.5], [1, 2.5]]}
    assert product.result.state is StageState.PASSED
    assert product.result.metrics["peak_mib"] == 1.0
    assert product.result.seconds == product.result.metrics["seconds"] > 0


async def test_an_array_stays_an_array():
    product = await call("import numpy\ndef solve(n):\n    return numpy.eye(n)\n")
    assert np.array_equal(product.value, np.eye(2))


async def test_options_reach_the_sandbox():
    sandbox = InProcess()
    await call("def solve(n): return n", sandbox, seconds=3, memory_mib=64, policy="processes", scratch_mib=0)
    (command,) = sandbox.commands
    assert (command.limits.seconds, command.limits.memory_mib, command.limits.scratch_mib) == (3, 64, 0)
    assert command.policy is Policy.PROCESSES
    assert command.seed == 7
    assert command.module == "initial.py"
    assert json.loads(command.arguments) == {"args": [], "kwargs": {"n": 2}}


@pytest.mark.parametrize(
    ("body", "verdict", "note"),
    [
        ("raise ValueError('too bad')", Verdict.FAILED, "solve() raised ValueError: too bad"),
        ("raise TimeoutError", Verdict.TIMED_OUT, "solve() took longer than 10 s"),
        ("raise MemoryError", Verdict.OUT_OF_MEMORY, "more than 512 MiB"),
        ("raise SystemExit", Verdict.FAILED, "ended without a value"),
        ("return raw(b'j[NaN]')", Verdict.FAILED, "no plain value: the number NaN is not finite"),
        ("return raw(b'cos')", Verdict.FAILED, "no plain value"),
        ("return raw(b'')", Verdict.FAILED, "no plain value"),
        ("return raw(b'j' + b'1' * 2000)", Verdict.FAILED, "2,000 characters"),
        ('return raw(b\'j{"__npy__": "AA"}\')', Verdict.FAILED, "reserved"),
    ],
)
async def test_a_program_that_fails_is_a_result_with_its_verdict(body, verdict, note):
    product = await call(f"def solve(n):\n    {body}\n")
    assert (product.result.state, product.result.verdict) == (StageState.FAILED, verdict)
    assert note in product.result.note
    assert "\n" not in product.result.note
    assert product.value is None


async def test_what_a_program_printed_is_kept_clipped_and_without_control_characters():
    product = await call("def solve(n):\n    raise ValueError('\\x1b[2J' + 'x' * 9000)\n")
    assert len(product.result.artifacts["output"]) <= 4000
    assert "\x1b" not in product.result.artifacts["output"] + product.result.note
    assert len(product.result.note) <= 2000


async def test_a_source_that_is_no_text_is_refused():
    assert (await call("x = '\ud800'")).result.verdict is Verdict.REFUSED


def test_every_ending_has_a_verdict_except_a_return():
    assert [ending for ending in Ending if verdict_of(ending) is None] == [Ending.RETURNED]
