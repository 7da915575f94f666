"""Learning from a turn."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from archive.attempt import AttemptState, Candidate
from archive.evaluation import Evaluation
from archive.experience import Fault, Lesson, LessonKind
from archive.ledger import Purpose
from mutators import context as show
from mutators.answers import find_object, first_prose, one_line, without_reasoning
from mutators.model import Model, Request
from mutators.mutator import Context, Summarizer
from mutators.render import conversation
from mutators.view import shown_plan, shown_tried
from problems.problem import Json, Problem

__all__ = ["ModelSummarizer", "Read", "read_lesson"]

_CHANGE = 8_000
_SIBLINGS = 4
_SLOTS = 16
_SCHEMA: Mapping[str, Json] = MappingProxyType(
    {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": [kind.value for kind in LessonKind]},
            "fault": {"type": "string", "enum": ["none", *(fault.value for fault in Fault)]},
            "lesson": {"type": "string"},
        },
        "required": ["kind", "fault", "lesson"],
        "additionalProperties": False,
    }
)


def _now() -> datetime:
    return datetime.now(UTC)


class ModelSummarizer(Summarizer):
    """Asks a model what an attempt teaches.

    Args:
        model: who is asked.
        clock: aware UTC, for the lesson.
    """

    def __init__(self, model: Model, *, clock: Callable[[], datetime] = _now) -> None:
        self._model = model
        self._clock = clock

    async def summarize(self, context: Context, candidate: Candidate) -> Lesson | None:
        evaluation = candidate.evaluation
        if evaluation is None or _is_duplicate(context, candidate):
            return None
        reply = await self._model.complete(self._request(context, candidate, evaluation))
        read = read_lesson(reply.text, otherwise=_kind(context, evaluation))
        if read is None:
            return None
        attempt = context.attempt
        return Lesson(
            run=attempt.run,
            attempt=attempt.number,
            kind=read.kind,
            fault=read.fault,
            text=read.text,
            at=self._clock(),
        )

    def _request(self, context: Context, candidate: Candidate, evaluation: Evaluation) -> Request:
        problem, parent = context.problem, context.parent
        figures = show.objective_is_shown(problem, parent.evaluation)
        shown = context.attempt.plan.lessons if context.attempt.plan else ()
        difference = show.change(parent.program, candidate.program, _CHANGE)
        ordinal = candidate.round * _SLOTS + candidate.slot
        messages = conversation(
            problem,
            "summarize",
            files=len(parent.program.sources),
            plan=shown_plan(context.attempt.plan),
            change=show.fenced(difference, "diff"),
            before=show.measures(problem, parent.evaluation),
            after=show.measures(problem, evaluation),
            effect=_effect(problem, parent.evaluation, evaluation),
            failure="" if evaluation.is_valid else show.failure(problem, evaluation),
            siblings=[
                *(line for line, _ in shown_tried(context)),
                *(show.step(problem, child, figures=figures) for child in context.children[:_SIBLINGS]),
            ],
            lessons=show.lessons(
                problem, parent.evaluation, (item for item in context.lessons if item.id in shown)
            ),
        )
        return Request(
            messages=messages,
            purpose=Purpose.SUMMARIZE,
            attempt=context.attempt.number,
            ordinal=ordinal,
            seed=random.Random(f"{context.seed}:summarize:{ordinal}").getrandbits(31),
            schema=_SCHEMA,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What an answer says; see `Lesson`."""

    kind: LessonKind
    fault: Fault | None
    text: str


def read_lesson(answer: str, *, otherwise: LessonKind) -> Read | None:
    """The lesson in an answer of any shape; None when it holds no words.

    Args:
        answer: what the model wrote; may be empty.
        otherwise: kind when the answer names none.
    """
    text = without_reasoning(answer)
    found = find_object(text, ("lesson",)) or {}
    words = one_line(found.get("lesson"), 400) or one_line(first_prose(text), 400)
    if not words:
        return None
    kind, fault = (str(found.get(key) or "").strip().lower() for key in ("kind", "fault"))
    return Read(
        kind=next((known for known in LessonKind if known.value == kind), otherwise),
        fault=next((known for known in Fault if known.value == fault), None),
        text=words,
    )


def _is_duplicate(context: Context, candidate: Candidate) -> bool:
    same = candidate.program.id == context.parent.program.id
    return same or context.attempt.state is AttemptState.DUPLICATE


def _gain(problem: Problem, before: Evaluation, after: Evaluation) -> float | None:
    """Gain of utility; None where one of them is not valid."""
    if before.fitness is None or after.fitness is None:
        return None
    return problem.objective.utility(after.fitness) - problem.objective.utility(before.fitness)


def _kind(context: Context, evaluation: Evaluation) -> LessonKind:
    """What a lesson is likely about when the model does not say."""
    if not evaluation.is_valid:
        return LessonKind.MISTAKE
    gain = _gain(context.problem, context.parent.evaluation, evaluation)
    return LessonKind.INSIGHT if gain is not None and gain > 0 else LessonKind.EXPLORATION


def _effect(problem: Problem, before: Evaluation, after: Evaluation) -> str:
    gain = _gain(problem, before, after)
    if gain is None:
        return ""
    word = "better" if gain > 0 else "worse"
    if gain == 0 or not show.objective_is_shown(problem, before):
        return word if gain else "no change"
    return f"{word} by {abs(gain):.6g}"
