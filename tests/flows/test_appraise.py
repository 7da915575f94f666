"""Scoring programs by hand: what a scorer that breaks means for the others."""

from __future__ import annotations

from pathlib import Path

from flows.appraise import Appraisal, appraise
from problems.loader import load

DEFINITION = """\
schema: 1
name: brittle
statement: Return some numbers.
program: {language: python, files: [initial.py], entrypoint: solve}
objective: {metric: total, direction: maximize}
descriptors: [{name: code_lines, source: static.lines, low: 1, high: 30, bins: 4}]
evaluation:
  stages:
    - {id: run, uses: sandbox.call, seconds: 5}
    - {id: score, uses: sandbox.score, needs: [run], file: score.py}
"""


async def scored(folder: Path, score: str) -> list[Appraisal]:
    (folder / "problem.yaml").write_text(DEFINITION)
    (folder / "initial.py").write_text("def solve(): return [1.0]\n")
    (folder / "score.py").write_text(score)
    files = [folder / "empty.py", folder / "two.py"]
    files[0].write_text("def solve(): return []\n")
    files[1].write_text("def solve(): return [1.0, 1.0]\n")
    return [one async for one in appraise(load(folder), files, sandbox="process")]


async def test_a_scorer_that_breaks_over_the_first_output_alone_judges_it_and_the_others(
    tmp_path: Path,
) -> None:
    empty, two = await scored(tmp_path, "def score(output, context): return {'total': 1 / len(output)}\n")
    assert empty.evaluation is not None
    assert empty.evaluation.verdict.value == "invalid"
    assert "score.py cannot judge this output" in empty.evaluation.reason
    assert two.evaluation is not None
    assert two.evaluation.fitness == 0.5


async def test_a_scorer_that_breaks_over_the_initial_program_too_is_no_verdict_on_any(tmp_path: Path) -> None:
    found = await scored(tmp_path, "def score(output, context): return {'total': 1 / 0}\n")
    assert [one.evaluation for one in found] == [None, None]
    assert all("score.py" in one.infra and "ZeroDivisionError" in one.infra for one in found)
