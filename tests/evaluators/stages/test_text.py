from __future__ import annotations

import pytest

from archive.evaluation import StageState, Verdict
from archive.program import Program
from evaluators.stage import StageInput
from evaluators.stages.text import StaticText
from problems.problem import StageSpec

CPP = """\
// Twice a number.
/* A block,
 * told at length.
 */
#include <vector>

int twice(int n) { return 2 * n; }  // code all the same
"""


async def check(text=CPP, *, language="cpp", **options):
    stage = StaticText(spec=StageSpec(id="lint", uses="static.text", options=options))
    return (await stage.run(StageInput(program=Program.of(language, {"main.cpp": text})))).result


async def test_features_are_those_of_the_language():
    assert (await check()).metrics == {"lines": 7.0, "code_lines": 2.0, "characters": float(len(CPP))}


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("python", "# a\nx = 1\n// b", 2),
        ("rust", "// a\nlet x = 1;\n# b", 2),
        ("sql", "-- a\nselect 1;\n// b", 2),
        ("matlab", "% a\nx = 1\n# b", 2),
        ("lisp", "; a\n(car x)\n", 1),
        ("somewhat", "# a\nx", 1),
    ],
)
async def test_a_comment_is_told_by_the_marks_of_the_language(language, text, code):
    assert (await check(text, language=language)).metrics["code_lines"] == code


@pytest.mark.parametrize(
    ("options", "note"),
    [
        ({"max_bytes": 20}, f"the source has {len(CPP)} bytes, at most 20 are allowed"),
        (
            {"forbid": ["<thread>", "#include <vector>"]},
            "main.cpp, line 5: '#include <vector>' must not be used",
        ),
    ],
)
async def test_what_breaks_a_rule_is_refused(options, note):
    found = await check(**options)
    assert (found.state, found.verdict, found.note) == (StageState.FAILED, Verdict.REFUSED, note)


async def test_case_counts_and_patterns_are_plain_text():
    assert (await check(forbid=["VECTOR", "vec.or"])).state is StageState.PASSED


async def test_a_source_that_is_no_text_is_refused():
    assert (await check("\ud800")).verdict is Verdict.REFUSED
