"""`sandbox.trusted_together`: foreign evaluators in a real sandbox, and what is made of their answers."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
import pytest_asyncio

from archive.evaluation import StageState, Verdict
from archive.program import Program
from evaluators.compose import build_pipeline, weaknesses
from evaluators.failure import ScorerError
from evaluators.sandbox import Policy
from evaluators.stage import StageInput
from evaluators.stages.together import SandboxTogether
from evaluators.values import encode
from problems.problem import StageSpec
from tests.evaluators.fakes import InProcess, problem, program

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(sys.platform != "linux", reason="the process sandbox is for Linux"),
]
KINDS = [pytest.param("process", id="process"), pytest.param("docker", id="docker", marks=pytest.mark.docker)]

SPEC = StageSpec(id="eval", uses="sandbox.trusted_together", options={"file": "evaluator.py", "seconds": 5})
IMPORTS = """\
import importlib.util
import os

from helper import double


def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    beside = sorted(os.listdir(os.path.dirname(os.path.abspath(__file__))))
    return {"total": double(sum(program.solve(4))), "passed": True, "report": " ".join(beside), "rows": [1]}
"""
TRUSTED = {
    "evaluator.py": IMPORTS,
    "helper.py": "def double(x):\n    return 2 * x\n",
    "score.py": "SECRET = 7\ndef score(o, c): return {}\n",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def sandbox(request, start):
    sandbox, _ = await start(request.param, slots=1)
    yield sandbox
    await sandbox.close()


def asked(evaluator=IMPORTS, **changes):
    return problem(stages=(SPEC,), score=None, trusted=TRUSTED | {"evaluator.py": evaluator}, **changes)


def stage(sandbox, evaluator=IMPORTS, **options) -> SandboxTogether:
    return SandboxTogether(
        spec=replace(SPEC, options={**SPEC.options, **options}), sandbox=sandbox, problem=asked(evaluator)
    )


async def run(sandbox, body, **options):
    """Run an evaluator with this body."""
    return await stage(sandbox, f"import sys\ndef evaluate(path):\n    {body}\n", **options).run(
        StageInput(program=program(), seed=3)
    )


async def test_an_evaluator_that_imports_the_program_scores_it(sandbox):
    pipeline = build_pipeline(asked(), sandbox, InProcess())
    found = await pipeline.evaluate(program(), 1)
    assert (found.verdict, found.fitness) == (Verdict.VALID, 4.0)
    assert found.metrics == {"total": 4.0, "passed": 1.0}
    assert found.stages[0].note.startswith("program and scorer shared one process, where a program can forge")
    assert found.stages[0].note.endswith("left out, for they are neither numbers nor texts: rows")


async def test_no_other_trusted_file_is_where_the_program_runs(sandbox):
    product = await stage(sandbox).run(StageInput(program=program()))
    assert product.result.artifacts["report"] == "cambrian_driver.py evaluator.py helper.py initial.py"


async def test_the_candidate_s_file_wins_over_the_evaluator_s(sandbox):
    candidate = Program.of("python", {"initial.py": "def solve(n): return [3]", "helper.py": "double = abs"})
    product = await stage(sandbox).run(StageInput(program=candidate))
    assert product.result.metrics["total"] == 3.0


async def test_an_object_with_metrics_and_artifacts_will_do(sandbox):
    body = (
        "import dataclasses\n"
        "    Result = dataclasses.make_dataclass('Result', ['metrics', 'artifacts'])\n"
        "    return Result({'total': 2, 'name': 'x'}, {'log': 'fine', 'raw': b'1'})"
    )
    product = await run(sandbox, body)
    assert product.result.metrics == {"total": 2.0}
    assert product.result.artifacts == {"name": "x", "log": "fine"}
    assert "neither numbers nor texts: raw" in product.result.note


async def test_numbers_of_numpy_are_numbers_and_arrays_are_left_out(sandbox):
    body = "import numpy; return {'a': numpy.float32(1.5), 'b': numpy.int64(2), 'c': numpy.ones(2)}"
    product = await run(sandbox, body)
    assert product.result.metrics == {"a": 1.5, "b": 2.0}
    assert "texts: c" in product.result.note


@pytest.mark.parametrize(
    ("body", "verdict", "note"),
    [
        ("return {'total': float('nan')}", Verdict.INVALID, "numbers that are not finite: total"),
        ("return {'total': 1.0, 'time': -float('inf')}", Verdict.INVALID, "not finite: time"),
        ("return {'total': 10 ** 400}", Verdict.INVALID, "not finite: total"),
        ("raise ValueError('no idea')", Verdict.FAILED, "evaluate() raised ValueError: no idea"),
        ("sys.exit(0)", Verdict.FAILED, "evaluate() ended without a value"),
        ("while True: pass", Verdict.TIMED_OUT, "evaluate() took longer than 1 s"),
        ("return {'total': bytearray(1 << 30)}", Verdict.OUT_OF_MEMORY, "more than 128 MiB"),
    ],
)
async def test_a_program_that_fails_gets_its_verdict(sandbox, body, verdict, note):
    product = await run(sandbox, body, seconds=1, memory_mib=128)
    assert (product.result.state, product.result.verdict) == (StageState.FAILED, verdict)
    assert note in product.result.note


async def test_what_was_printed_and_the_traceback_are_kept(sandbox):
    product = await run(sandbox, "print('step 1'); return {}['x']")
    assert "step 1" in product.result.artifacts["output"]
    assert "evaluator.py" in product.result.artifacts["output"]


@pytest.mark.parametrize(
    ("body", "kind"), [("return 3.5", "float"), ("pass", "NoneType"), ("return []", "list")]
)
async def test_an_answer_without_metrics_is_the_evaluator_s_fault(sandbox, body, kind):
    with pytest.raises(
        ScorerError, match=rf"evaluator.py: evaluate\(\) returned {kind}, which holds no metrics"
    ):
        await run(sandbox, body)


class Answering(InProcess):
    """A sandbox whose child says what it is told to say, as any program can that runs in it."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.answer = encode(answer)

    async def run(self, command):
        body = f"def {command.function}(*args): return raw({self.answer!r})"
        return await super().run(replace(command, files={command.module: body.encode()}))


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {"metrics": [1]},
        {"metrics": {"a": "1", "b": True, "": 1.0, "x" * 500: 1.0, "\n": 2.0}, "artifacts": {"a": 1}},
        {"metrics": {}, "artifacts": [], "odd": 3, "ignored": {"a": 1}, "kind": 4},
    ],
)
async def test_a_forged_answer_gives_no_metric_and_no_error(answer):
    product = await stage(Answering(answer)).run(StageInput(program=program()))
    assert product.result.metrics == {}
    assert product.result.artifacts == {}


async def test_names_that_a_program_makes_up_are_clipped_and_escaped():
    answer = {"metrics": {}, "odd": ["\x1b[2J" + "x" * 5000] * 100}
    product = await stage(Answering(answer)).run(StageInput(program=program()))
    assert product.result.verdict is Verdict.INVALID
    assert "\x1b" not in product.result.note
    assert len(product.result.note) < 600


async def test_options_reach_the_sandbox():
    sandbox = Answering({"metrics": {}})
    await stage(sandbox, seconds=3, memory_mib=64, policy="processes", scratch_mib=5).run(
        StageInput(program=program(), seed=9)
    )
    (command,) = sandbox.commands
    assert (command.limits.seconds, command.limits.memory_mib, command.limits.scratch_mib) == (3, 64, 5)
    assert (command.policy, command.seed) == (Policy.PROCESSES, 9)


async def test_a_missing_or_broken_evaluator_is_told_before_anything_runs():
    with pytest.raises(
        ScorerError, match=r"other.py: the evaluator of stage eval is missing \(trusted files: "
    ):
        stage(InProcess(), file="other.py")
    with pytest.raises(ScorerError, match=r"evaluator.py: line 1: "):
        stage(InProcess(), "def (")


async def test_the_helper_s_text_is_in_the_material_and_a_stranger_s_is_not():
    work = StageInput(program=program())
    plain = stage(InProcess()).material(work)

    def with_file(name, text):
        changed = replace(asked(), trusted={**TRUSTED, name: text})
        return SandboxTogether(spec=SPEC, sandbox=InProcess(), problem=changed).material(work)

    assert with_file("helper.py", "double = abs") != plain
    assert with_file("score.py", "") == plain


async def test_the_problem_s_weakness_is_named():
    assert weaknesses(asked()) == (
        "stage eval runs program and scorer in one process: a program can forge its score",
    )
    assert weaknesses(problem()) == ()
