"""`sandbox.command` in real sandboxes: a driver without a sandbox around it would show nothing."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace

import pytest
import pytest_asyncio

from archive.evaluation import StageState, Verdict
from archive.program import Program
from evaluators.compose import build_pipeline
from evaluators.failure import ScorerError
from evaluators.sandbox import Policy
from evaluators.stage import StageInput
from evaluators.stages.command import SandboxCommand
from evaluators.values import encode
from problems.problem import StageSpec
from tests.evaluators.fakes import JUDGED, InProcess, problem

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(sys.platform != "linux", reason="the process sandbox is for Linux"),
]
KINDS = [pytest.param("process", id="process"), pytest.param("docker", id="docker", marks=pytest.mark.docker)]

HELLO = """\
#include <iostream>
// EVOLVE-BLOCK-START
long twice(long n) { return 2 * n; }
// EVOLVE-BLOCK-END
int main() {
    long n;
    std::cin >> n;
    std::cout << "[" << twice(n) << "]" << std::endl;
}
"""
BUILD = [["g++", "-O1", "-o", "run", "main.cpp"], ["./run"]]
ECHO = "import sys\nsys.stdout.write(sys.stdin.read())\n"
PYTHON = [["python3", "main.py"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def sandbox(request, start):
    sandbox, _ = await start(request.param, slots=1)
    yield sandbox
    await sandbox.close()


def cpp(text=HELLO) -> Program:
    return Program.of("cpp", {"main.cpp": text})


def python(text=ECHO, **others) -> Program:
    return Program.of("python", {"main.py": text} | others)


def spec(**options) -> StageSpec:
    return StageSpec(id="run", uses="sandbox.command", options=options)


async def run(sandbox, program, **options):
    stage = SandboxCommand(spec=spec(**options), sandbox=sandbox)
    return await stage.run(StageInput(program=program, seed=7))


def compiler(sandbox) -> None:
    if type(sandbox).__name__ == "ProcessSandbox" and shutil.which("g++", path="/usr/bin:/bin") is None:
        pytest.skip("no g++ on this machine")


async def test_a_program_in_another_language_is_compiled_run_and_scored(sandbox):
    compiler(sandbox)
    build = replace(spec(steps=BUILD, stdin="21"), id="run")
    asked = problem(
        stages=(build, JUDGED),
        language="cpp",
        entrypoint=None,
        initial={"main.cpp": HELLO},
        score="def score(o, context): return {'total': o[0] + len(context['inputs']['stdin'])}",
    )
    found = await build_pipeline(asked, sandbox, InProcess()).evaluate(cpp(), 1)
    assert (found.verdict, found.fitness) == (Verdict.VALID, 44.0)
    assert found.metrics["run.peak_mib"] > 0
    assert "peak_mib" not in found.metrics


async def test_errors_of_the_compiler_are_told_in_its_words(sandbox):
    compiler(sandbox)
    product = await run(sandbox, cpp(HELLO.replace("2 * n", "2 * m")), steps=BUILD, stdin="1")
    assert product.result.verdict is Verdict.FAILED
    assert product.result.note.startswith(
        "step 1 (g++ -O1 -o run main.cpp) ended with exit code 1: main.cpp:3:"
    )
    assert "was not declared" in product.result.note
    assert "return 2 * m;" in product.result.artifacts["output"]


async def test_inputs_arrive_as_one_json_document(sandbox):
    product = await run(sandbox, python(), steps=PYTHON, inputs={"n": [1, 2.5], "word": "ä"})
    assert product.value == {"n": [1, 2.5], "word": "ä"}
    assert product.result.state is StageState.PASSED
    assert set(product.result.metrics) == {"seconds", "cpu_seconds", "peak_mib"}


async def test_the_value_of_cases_is_the_list_of_outputs(sandbox):
    cases = [{"n": 2}, {"m": 3}, "[4]"]
    product = await run(sandbox, python(), steps=PYTHON, inputs={"n": 1}, cases=cases)
    assert product.value == [{"n": 2}, {"n": 1, "m": 3}, [4]]


async def test_text_is_handed_on_as_it_is(sandbox):
    product = await run(sandbox, python(), steps=PYTHON, stdin="NaN\n", output="text")
    assert product.value == "NaN\n"


async def test_the_environment_holds_nothing_of_ours(sandbox):
    text = "import json, os\nprint(json.dumps({**os.environ, 'here': os.getcwd()}))\n"
    product = await run(sandbox, python(text), steps=PYTHON)
    found = product.value
    folder = found.pop("here")
    assert found.pop("LC_CTYPE", "C.UTF-8") == "C.UTF-8"
    assert found == {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": folder,
        "TMPDIR": folder,
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "CAMBRIAN_SEED": "7",
    }


async def test_no_shell_reads_the_words(sandbox):
    text = "import json, sys\nprint(json.dumps(sys.argv[1:]))\n"
    product = await run(sandbox, python(text), steps=[["python3", "main.py", "$HOME; ls", "*"]])
    assert product.value == ["$HOME; ls", "*"]


@pytest.mark.parametrize(
    ("body", "verdict", "note"),
    [
        ("print('NaN')", Verdict.FAILED, "step 1 (python3 main.py) printed what is no json: the number NaN"),
        ("print('[1] [2]')", Verdict.FAILED, "printed what is no json"),
        ("print(end='')", Verdict.FAILED, "printed what is no json"),
        ('print(\'{"__npy__": "AA"}\')', Verdict.FAILED, "reserved"),
        ("sys.stdout.buffer.write(b'\"\\xff\"')", Verdict.FAILED, "not UTF-8"),
        ("print('x' * (2 << 20))", Verdict.FAILED, "printed more than 1,048,576 bytes"),
        ("print('[1]'); sys.exit(3)", Verdict.FAILED, "ended with exit code 3"),
        ("raise ValueError('no idea')", Verdict.FAILED, "exit code 1: ValueError: no idea"),
        ("import os; os.kill(os.getpid(), 11)", Verdict.FAILED, "was ended by signal 11"),
        ("import os; os.kill(os.getpid(), 9)", Verdict.OUT_OF_MEMORY, "was ended by signal 9"),
        ("while True: pass", Verdict.TIMED_OUT, "took longer than 1 s"),
        ("bytearray(1 << 33)", Verdict.OUT_OF_MEMORY, "exit code 1: MemoryError"),
        ("open('big', 'wb').write(bytes(9 << 20))", Verdict.FAILED, "ended with exit code 1"),
    ],
)
async def test_a_program_that_fails_gets_its_verdict(sandbox, body, verdict, note):
    product = await run(sandbox, python(f"import sys\n{body}\n"), steps=PYTHON, seconds=1, scratch_mib=8)
    assert (product.result.state, product.result.verdict) == (StageState.FAILED, verdict)
    assert note in product.result.note
    assert product.value is None


async def test_a_program_that_was_not_built_is_the_program_s_failure(sandbox):
    product = await run(sandbox, python(), steps=[["./run"]])
    assert product.result.verdict is Verdict.FAILED
    assert "step 1 (./run) could not be started: No such file or directory" in product.result.note


async def test_a_missing_compiler_is_the_problem_s_fault_and_says_what_to_do(sandbox):
    message = (
        "stage run runs 'no-such-compiler', which the sandbox .* does not have; name an image that has it"
    )
    with pytest.raises(ScorerError, match=message):
        await run(sandbox, python(), steps=[["no-such-compiler", "main.py"], ["./run"]])


async def test_files_in_folders_are_where_they_were(sandbox):
    program = python("print(open('data/words.txt').read())", **{"data/words.txt": '["a"]'})
    assert (await run(sandbox, program, steps=PYTHON)).value == ["a"]


async def test_a_program_may_be_called_like_the_driver(sandbox):
    program = Program.of("python", {"cambrian_driver.py": "print(1)"})
    assert (await run(sandbox, program, steps=[["python3", "cambrian_driver.py"]])).value == 1


class Answering(InProcess):
    """A sandbox whose child says what it is told to say, as a program that took over its driver could."""

    def __init__(self, answer) -> None:
        super().__init__()
        self.answer = answer

    async def run(self, command):
        self.commands.append(command)
        if command.function == "look":
            answer = encode([True])
        else:
            answer = self.answer if isinstance(self.answer, bytes) else encode(self.answer)
        body = f"def {command.function}(*args): return raw({answer!r})"
        return await super().run(replace(command, files={command.module: body.encode()}))


FINE = {"ended": "passed", "step": 0, "outputs": ["MQ=="], "said": ""}


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"jnull",
        b"j[NaN]",
        [],
        {},
        {**FINE, "step": 9},
        {**FINE, "step": -1},
        {**FINE, "step": True},
        {**FINE, "said": 3},
        {**FINE, "outputs": None},
        {**FINE, "outputs": []},
        {**FINE, "outputs": ["MQ==", "MQ=="]},
        {**FINE, "outputs": [1]},
        {**FINE, "outputs": ["!!"]},
        {**FINE, "outputs": ["TmFO"]},
        {**FINE, "ended": "failed", "why": ["x" * 5000]},
        {**FINE, "ended": "missing"},
        {**FINE, "ended": ["passed"]},
    ],
)
async def test_a_forged_report_is_a_failure_of_the_program_and_no_error(answer):
    product = await run(Answering(answer), python(), steps=PYTHON)
    assert product.result.verdict is Verdict.FAILED
    assert product.value is None
    assert len(product.result.note) <= 2000


async def test_an_honest_report_is_believed_like_a_value():
    assert (await run(Answering(FINE), python(), steps=PYTHON)).value == 1


async def test_options_reach_the_sandbox():
    sandbox = Answering(FINE)
    await run(sandbox, python(), steps=PYTHON, seconds=3, memory_mib=64, scratch_mib=5, processes=6)
    limits = sandbox.commands[0].limits
    assert (limits.seconds, limits.memory_mib, limits.scratch_mib, limits.processes) == (3, 64, 5, 6)
    assert sandbox.commands[0].policy is Policy.PROCESSES
    assert json.loads(sandbox.commands[0].arguments)["args"][1] == ["{}"]


async def test_a_source_that_is_no_text_is_refused():
    assert (await run(InProcess(), python("\ud800"), steps=PYTHON)).result.verdict is Verdict.REFUSED


async def test_what_decides_the_result_is_in_the_material():
    stage = SandboxCommand(spec=spec(steps=PYTHON), sandbox=InProcess())
    works = [
        StageInput(program=one, seed=seed) for one, seed in ((python(), 1), (python(), 2), (python("1"), 1))
    ]
    assert len({stage.material(work) for work in works}) == 3


async def test_a_program_cannot_reach_into_its_driver(sandbox):
    text = (
        "import json, os\nfound = []\n"
        "for name in ('fd/3', 'mem', 'environ'):\n"
        "    try:\n        open(f'/proc/{os.getppid()}/{name}', 'rb')\n"
        "    except OSError as error:\n        found.append(type(error).__name__)\n"
        "print(json.dumps(found))\n"
    )
    assert (await run(sandbox, python(text), steps=PYTHON)).value == ["PermissionError"] * 3
