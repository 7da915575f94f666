from __future__ import annotations

import pytest

from archive.attempt import AttemptState, Candidate, Plan
from archive.evaluation import Evaluation
from archive.experience import Fault, Lesson, LessonKind
from archive.ledger import CallStatus, Purpose
from mutators.model import ModelUnreachable, Reply
from mutators.summarizer import ModelSummarizer, Read, read_lesson
from tests.mutators.fakes import NOW, PROGRAM, Scripted, attempt, context, failed, program, valid

CHILD = program(PROGRAM.replace("0.5", "0.25"))


def candidate(evaluation: Evaluation | None) -> Candidate:
    return Candidate(operator="diff", program=CHILD, evaluation=evaluation)


async def summarized(model: Scripted, evaluation: Evaluation | None, **changes: object) -> Lesson | None:
    return await ModelSummarizer(model, clock=lambda: NOW).summarize(
        context(**changes), candidate(evaluation)
    )


async def test_a_lesson_is_read_with_its_attempt() -> None:
    model = Scripted('{"kind": "mistake", "lesson": "Do not halve."}')
    lesson = await summarized(model, valid(CHILD, 2.0))
    assert lesson == Lesson(run="r1", attempt=7, kind=LessonKind.MISTAKE, text="Do not halve.", at=NOW)
    request = model.requests[0]
    assert (request.purpose, request.attempt, request.ordinal) == (Purpose.SUMMARIZE, 7, 0)


async def test_the_prompt_compares_plan_change_and_result() -> None:
    model = Scripted("{}")
    await summarized(model, valid(CHILD, 2.75), attempt=attempt(plan=Plan(idea="Halve it", expects="more")))
    assert model.prompt.startswith("# Task: summarize\n")
    assert "Objective: maximize sum_radii" in model.prompt
    assert "## Plan\nHalve it\nExpected: more" in model.prompt
    assert "-    step = 0.5\n+    step = 0.25" in model.prompt
    assert "Before: verdict valid, sum_radii = 2.5\nAfter: verdict valid, sum_radii = 2.75\n" in model.prompt
    assert "Effect: better by 0.25" in model.prompt
    assert "77.125" not in model.prompt


async def test_the_prompt_says_why_a_program_failed() -> None:
    model = Scripted("{}")
    await summarized(model, failed(CHILD, note="ZeroDivisionError"))
    assert "Failure: failed in stage run: ZeroDivisionError" in model.prompt
    assert "Effect" not in model.prompt


async def test_the_prompt_holds_the_lessons_that_the_planner_was_shown_and_no_others() -> None:
    model = Scripted("{}")
    lessons = [
        Lesson(
            run="r1",
            attempt=n,
            kind=LessonKind.INSIGHT,
            text=f"lesson {n}",
            uses=4,
            successes=n,
            at=NOW,
            id=n,
        )
        for n in (1, 2)
    ]
    planned = attempt(plan=Plan(idea="Halve it", lessons=(2,)))
    await summarized(model, valid(CHILD), lessons=lessons, attempt=planned)
    shown = "## Lessons the planner was shown\n- insight (shown to 4, 2 of these improved): lesson 2\n"
    assert shown in model.prompt
    assert "lesson 1" not in model.prompt


async def test_where_there_is_nothing_to_learn_no_call_is_made() -> None:
    model = Scripted("{}")
    assert await summarized(model, None) is None
    assert await summarized(model, valid(CHILD), attempt=attempt(state=AttemptState.DUPLICATE)) is None
    same = Candidate(operator="diff", program=program(), evaluation=valid(program()))
    assert await ModelSummarizer(model).summarize(context(), same) is None
    assert model.requests == []


async def test_a_lesson_without_a_kind_is_given_one_by_its_result() -> None:
    for evaluation, kind in (
        (failed(CHILD), LessonKind.MISTAKE),
        (valid(CHILD, 2.6), LessonKind.INSIGHT),
        (valid(CHILD, 2.4), LessonKind.EXPLORATION),
    ):
        lesson = await summarized(Scripted("Steps should stay small."), evaluation)
        assert lesson is not None
        assert (lesson.kind, lesson.text) == (kind, "Steps should stay small.")


@pytest.mark.parametrize("status", [CallStatus.EMPTY, CallStatus.REFUSED, CallStatus.TIMED_OUT])
async def test_an_answer_that_did_not_come_is_no_lesson(status: CallStatus) -> None:
    assert await summarized(Scripted(Reply(text="", model="m", status=status)), valid(CHILD)) is None


async def test_an_endpoint_out_of_reach_is_not_hidden() -> None:
    with pytest.raises(ModelUnreachable):
        await summarized(Scripted(ModelUnreachable("gone")), valid(CHILD))


@pytest.mark.parametrize(
    ("answer", "kind", "fault", "text"),
    [
        ('```json\n{"kind": "Insight ", "lesson": "a\\nb"}\n```', LessonKind.INSIGHT, None, "a b"),
        (
            '{"kind": "mistake", "fault": " Execution", "lesson": "x"}',
            LessonKind.MISTAKE,
            Fault.EXECUTION,
            "x",
        ),
        ('{"kind": "mistake", "fault": "plan", "lesson": "x"}', LessonKind.MISTAKE, Fault.PLAN, "x"),
        ('{"kind": "insight", "fault": "none", "lesson": "x"}', LessonKind.INSIGHT, None, "x"),
        ('{"kind": "wisdom", "fault": 1, "lesson": "Small."}', LessonKind.EXPLORATION, None, "Small."),
        ('{"kind": 3, "lesson": ["x", "y"]}', LessonKind.EXPLORATION, None, "x; y"),
        ('{"lesson": "cut off in the mid', LessonKind.EXPLORATION, None, "cut off in the mid"),
    ],
)
def test_an_answer_of_any_shape_is_read(
    answer: str, kind: LessonKind, fault: Fault | None, text: str
) -> None:
    read = read_lesson(answer, otherwise=LessonKind.EXPLORATION)
    assert read == Read(kind=kind, fault=fault, text=text)


@pytest.mark.parametrize("answer", ["```python\nX = [1]\n```", ""])
def test_an_answer_without_words_teaches_nothing(answer: str) -> None:
    assert read_lesson(answer, otherwise=LessonKind.EXPLORATION) is None


async def test_a_lesson_says_whether_the_plan_or_its_execution_was_at_fault() -> None:
    model = Scripted('{"kind": "mistake", "fault": "execution", "lesson": "The loop was not shortened."}')
    lesson = await summarized(model, valid(CHILD, 2.0))
    assert lesson is not None
    assert lesson.fault is Fault.EXECUTION
    assert "fault" in model.requests[0].schema["required"]
    assert "execution where the program does not do what was planned" in model.requests[0].messages[0].content
