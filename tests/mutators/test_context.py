from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from archive.evaluation import Evaluation, StageResult, StageState, Verdict
from archive.experience import Fault, Lesson, LessonKind
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


LESSON = Lesson(run="r", attempt=1, kind=LessonKind.MISTAKE, text="Lost 3.5 to overlaps", at=NOW)


def test_a_lesson_says_what_it_rests_on_where_that_is_more_than_its_own_attempt() -> None:
    note = replace(LESSON, evidence=(1, 4, 9), uses=6, successes=2)
    assert show.lesson(note) == "mistake (3 attempts, shown to 6, 2 of these improved): Lost 3.5 to overlaps"
    assert show.lesson(replace(LESSON, origin="r0")).startswith("mistake (from another run): Lost 3.5")


def test_an_idea_that_was_carried_out_wrongly_is_told_to_be_as_good_as_untried() -> None:
    assert "(the execution was at fault, the idea is as good as untried)" in show.lesson(
        replace(LESSON, fault=Fault.EXECUTION)
    )
    assert show.lesson(replace(LESSON, fault=Fault.PLAN)) == show.lesson(LESSON)


def test_lessons_tell_nothing_of_a_private_objective() -> None:
    # Broken by hand: figures left on, or the text of another run taken as it is, fails this.
    made = problem(objective=Objective(metric="heldout.secret_score"))
    known = valid(program())
    own = replace(LESSON, uses=6, successes=2)
    foreign = replace(own, origin="r0", text="Moved step from .5 to -1e-3, score x1 3.25: better")
    lines = show.lessons(made, known, [own, foreign])
    assert lines == (
        "mistake (shown to 6): Lost 3.5 to overlaps",
        "mistake (shown to 6, from another run): Moved step from … to …, score x1 …: better",
    )


def test_a_lesson_of_another_run_does_not_tell_what_is_private_here() -> None:
    foreign = replace(LESSON, origin="r0")
    named = replace(foreign, text="failed in stage heldout: wrong for n = 77")
    assert show.lessons(problem(), valid(program()), [foreign, named]) == (
        "mistake (from another run): Lost … to overlaps",
    )
    public = problem(stages=problem().stages[:2])
    known = replace(valid(program()), stages=valid(program()).stages[:1])
    assert show.lessons(public, known, [foreign]) == ("mistake (from another run): Lost 3.5 to overlaps",)


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
