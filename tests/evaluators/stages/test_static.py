from __future__ import annotations

from dataclasses import replace

import pytest

from archive.evaluation import StageState, Verdict
from archive.program import Program
from evaluators.stage import StageInput
from evaluators.stages.static import StaticPython
from tests.evaluators.fakes import LINT, program


async def run(text, **options):
    stage = StaticPython(spec=replace(LINT, options=options))
    source = text if isinstance(text, Program) else program(text)
    return (await stage.run(StageInput(program=source))).result


async def test_a_program_that_parses_passes_with_its_features():
    result = await run("import math\n\ndef solve():\n    return 1\n")
    assert result.state is StageState.PASSED
    assert result.metrics["lines"] == 4
    assert result.metrics["imports"] == 1


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("def solve(:\n  pass", "initial.py, line 1: "),
        ("x = 1\ny = (", "initial.py, line 2: "),
        ("x = '\0'", "null"),
        ("x = '\ud800'", "surrogate"),
        ("-" * 20_000 + "1", "nested too deeply"),
        ("#" * 100_001, "100,001 bytes, at most 100,000"),
    ],
)
async def test_a_program_that_does_not_parse_is_refused_with_the_place(text, note):
    result = await run(text)
    assert (result.state, result.verdict) == (StageState.FAILED, Verdict.REFUSED)
    assert note in result.note


async def test_the_size_is_of_all_files_in_bytes():
    source = Program.of("python", {"a.py": "# \u00e9\n", "b.txt": "12345"})
    assert (await run(source, max_bytes=10)).state is StageState.PASSED
    assert (await run(source, max_bytes=9)).verdict is Verdict.REFUSED


async def test_files_that_are_no_python_need_not_parse():
    source = Program.of("python", {"a.py": "x = 1\n", "notes.txt": "not python :("})
    assert (await run(source)).state is StageState.PASSED


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("eval('1')", "eval"),
        ("x.eval()", "eval"),
        ("import os", "os"),
        ("import os.path", "os"),
        ("import os.path as p", "os.path"),
        ("from os import system", "os"),
        ("from os import system", "os.system"),
        ("import os\nos.system('x')", "os.system"),
        ("from a.b import c", "a.b"),
        ("from x import eval as e", "eval"),
        ("def f():\n  import socket", "socket"),
    ],
)
async def test_a_forbidden_name_is_refused_wherever_it_is_used(text, name):
    result = await run(text, forbid=[name])
    assert result.verdict is Verdict.REFUSED
    assert f"{name} must not be used" in result.note
    assert (await run(text, forbid=["other"])).state is StageState.PASSED


@pytest.mark.parametrize(
    "text", ["x = 'eval'", "# eval", "evaluate()", "import osmium", "f(eval=1)", "my.os.x"]
)
async def test_what_only_looks_like_a_forbidden_name_passes(text):
    assert (await run(text, forbid=["eval", "os.x"])).state is StageState.PASSED
