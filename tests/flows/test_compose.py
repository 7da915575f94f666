"""What the composition root decides by itself, over whole runs."""

from __future__ import annotations

from pathlib import Path

from flows import evolve

PROBLEM = """\
schema: 1
name: touchy
statement: Return ten numbers.
program: {language: python, files: [initial.py], entrypoint: solve}
objective: {metric: total}
evaluation:
  confirm: false
  stages:
    - {id: run, uses: sandbox.call, seconds: 5}
    - {id: score, uses: sandbox.score, needs: [run], file: score.py}
search: {islands: 1}
"""
INITIAL = """\
# EVOLVE-BLOCK-START
def solve():
    return [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
# EVOLVE-BLOCK-END
"""
SCORE = """\
def score(output, context):
    if output != [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]:
        raise RuntimeError("never seen such numbers")
    return {"total": 1.0}
"""


def test_a_scorer_that_another_run_found_sound_does_not_stop_a_new_one_over_a_programs_output(
    tmp_path: Path,
) -> None:
    """The initial program is known from the first run, so the second does not evaluate it."""
    for name, text in (("problem.yaml", PROBLEM), ("initial.py", INITIAL), ("score.py", SCORE)):
        (tmp_path / name).write_text(text)
    for evaluations in (1, 6):
        found = evolve(
            tmp_path,
            evaluations=evaluations,
            seed=1,
            workers=1,
            sandbox="process",
            db=tmp_path / "runs.db",
            quiet=True,
        )
        assert found.summary.evaluations == evaluations
