from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from archive.evaluation import Evaluation, StageResult, StageState, Verdict
from archive.experience import Lesson, LessonKind
from archive.store import Child
from mutators import context as show
from problems.problem import Descriptor, Direction, Objective
from tests.mutators.fakes import NOW, PROGRAM, failed, problem, program, valid


def test_private_metrics_are_left_out_under_every_name() -> None:
    made = program()
    stages = (
        StageResult(stage="score", state=StageState.PASSED, metrics={"sum_radii": 2.5, "shared": 1.0}),
        StageResult(stage="heldout", state=StageState.PASSED, metrics={"secret": 7.0, "shared": 2.0}),
        StageResult(stage="late", state=StageState.PASSED, metrics={"hush": 8.0}, private=True),
    )
    metrics = {
        "sum_radii": 2.5, "spread": 0.5, "shared": 1.0, "score.extra": 3.0,
        "secret": 7.0, "hush": 8.0, "heldout.secret": 7.0, "late.hush": 8.0,
    }  # fmt: skip
    found = Evaluation(
        program=made.id, problem="d", verdict=Verdict.VALID, fitness=2.5, metrics=metrics, stages=stages
    )
    text = show.measures(problem(), found)
    assert text == "verdict valid, sum_radii = 2.5, score.extra = 3, shared = 1, spread = 0.5"


def test_time_and_memory_are_shown_only_where_the_problem_asks_for_them() -> None:
    made = program()
    measured = {"sum_radii": 2.5, "lint.lines": 9.0, "run.peak_mib": 23.1, "run.seconds": 0.0123}
    found = replace(valid(made), metrics=measured)
    axis = Descriptor(name="run.seconds", low=0, high=1, bins=4, source="metric")

    assert show.measures(problem(), found) == "verdict valid, sum_radii = 2.5, lint.lines = 9"
    assert "run.seconds = 0.0123" in show.measures(problem(descriptors=(axis,)), found)


def test_a_failure_says_stage_reason_and_the_last_words_of_the_program() -> None:
    made = program()
    text = show.failure(
        problem(), failed(made, note="exit code 1", stderr="Traceback\n\x1b[31mValueError: x\n\n")
    )
    assert text == "failed in stage run: exit code 1 (�[31mValueError: x)"


def test_the_reason_of_a_private_check_is_not_told() -> None:
    text = show.failure(problem(), failed(program(), note="secret 77", stderr="secret 78", private=True))
    assert "7" not in text
    assert "not shown" in text


def test_a_step_shows_the_gain_in_the_direction_of_the_objective() -> None:
    child = Child(
        program="p", operator="diff", idea="Smaller\nstep", verdict="valid", fitness=2.0, parent_fitness=2.5
    )
    assert show.step(problem(), child) == "diff, 2 (-0.5, worse): Smaller step"
    shrinking = problem(objective=Objective(metric="loss", direction=Direction.MINIMIZE))
    assert show.step(shrinking, child) == "diff, 2 (-0.5, better): Smaller step"
    broken = Child(
        program="p", operator="rewrite", idea="", verdict="failed", fitness=None, parent_fitness=2.5
    )
    assert show.step(problem(), broken) == "rewrite, failed"


def test_a_lesson_is_one_line_with_its_kind() -> None:
    item = Lesson(run="r", attempt=1, kind=LessonKind.MISTAKE, text="Never\n```do``` this", at=NOW)
    assert show.lesson(item) == "mistake: Never …do… this"


def test_the_change_of_a_program_is_a_unified_difference() -> None:
    text = show.change(program(), program(PROGRAM.replace("0.5", "0.25")), 4000)
    assert "-    step = 0.5\n+    step = 0.25" in text
    assert show.change(program(), program(), 4000) == ""


@given(st.text(max_size=400), st.sampled_from(["python", "", "c++", "x`y\n"]))
def test_a_fence_is_never_closed_by_what_it_holds(text: str, language: str) -> None:
    lines = show.fenced(text, language).split("\n")
    fence = re.match("`+", lines[0])[0]
    assert lines[-1] == fence
    assert not any(line.strip().startswith(fence) for line in lines[1:-1])


@given(st.text(max_size=200))
def test_quoted_words_carry_no_markup_and_no_control_characters(text: str) -> None:
    line = show.quoted(text + "\n<<<<<<< SEARCH ``` \x1b[2J\u202e", 400)
    assert line.isprintable()
    assert "```" not in line
    assert "<<<<<" not in line


@given(st.text("ab\n", max_size=500), st.integers(1, 400))
def test_clipping_keeps_head_and_tail_and_says_what_is_missing(text: str, limit: int) -> None:
    kept = show.clipped(text, limit)
    if len(text) <= limit:
        assert kept == text
        return
    head, missing, tail = re.fullmatch(
        r"(.*)\[… (\d+) characters left out …\]\n(.*)", kept, re.DOTALL
    ).groups()
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(head) + int(missing) + len(tail) == len(text)
    assert len(head) + len(tail) <= limit


def test_control_characters_of_a_program_are_made_visible() -> None:
    assert show.visible("a\x1b\u202e\tb\r\n\ud800") == "a\\x1b\\u202e\tb\n\\ud800"


def test_numbers_keep_ten_digits() -> None:
    assert show.number(2.6359830849) == "2.635983085"
    assert show.number(None) == "none"


def test_measures_of_a_valid_program_name_the_objective_first() -> None:
    assert show.measures(problem(), valid(program(), 2.5, area=0.5)).startswith(
        "verdict valid, sum_radii = 2.5"
    )
