"""Deciding what to try: by a model, or not at all."""

from __future__ import annotations

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from archive.attempt import Plan
from archive.ledger import Purpose
from mutators.answers import find_object, first_prose, one_line, without_reasoning
from mutators.context import visible
from mutators.model import Model, Request
from mutators.mutator import Context, Planner
from mutators.render import conversation
from mutators.view import view
from problems.problem import Json

__all__ = ["DirectPlanner", "ModelPlanner", "read_plan"]

GENERAL = "Improve the program."
_STRINGS: dict[str, Json] = {"type": "array", "items": {"type": "string"}}
_SCHEMA: Mapping[str, Json] = MappingProxyType(
    {
        "type": "object",
        "properties": {
            "idea": {"type": "string"},
            "steps": _STRINGS,
            "expects": {"type": "string"},
            "rejected": _STRINGS,
        },
        "required": ["idea", "steps", "expects", "rejected"],
        "additionalProperties": False,
    }
)


class DirectPlanner(Planner):
    """No plan: the executor works from the context alone. Makes no call."""

    async def plan(self, context: Context) -> Plan:
        return Plan(idea=GENERAL, lessons=_lessons(context))


class ModelPlanner(Planner):
    """Asks a model for a plan.

    Args:
        model: who is asked.
        tokens: budget of what the prompt shows.
    """

    def __init__(self, model: Model, *, tokens: int = 12_000) -> None:
        self._model = model
        self._tokens = tokens

    async def plan(self, context: Context) -> Plan:
        profile = context.problem.search.profile(context.attempt.island)
        shown = view(context, tokens=self._tokens, inspirations=True)
        request = Request(
            messages=conversation(
                context.problem,
                "plan",
                view=shown,
                files=len(context.parent.program.sources),
                style=visible(profile.style),
            ),
            purpose=Purpose.PLAN,
            attempt=context.attempt.number,
            seed=random.Random(f"{context.seed}:plan").getrandbits(31),
            schema=_SCHEMA,
            models=profile.models,
        )
        reply = await self._model.complete(request)
        return read_plan(reply.text, lessons=_lessons(context))


def read_plan(answer: str, *, lessons: tuple[int, ...] = ()) -> Plan:
    """The plan of an answer of any shape: its JSON, else its first words, else a general one.

    Args:
        answer: what the model wrote; may be empty.
        lessons: ids of the lessons that were shown.
    """
    text = without_reasoning(answer)
    found: Mapping[str, Any] = find_object(text, ("idea",)) or {}
    idea = one_line(found.get("idea"), 600) or one_line(first_prose(text), 600)
    return Plan(
        idea=idea or GENERAL,
        steps=_items(found.get("steps")),
        expects=one_line(found.get("expects"), 400),
        rejected=_items(found.get("rejected")),
        lessons=lessons,
    )


def _items(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    items = [one_line(item, 600) for item in value[:12]] if isinstance(value, list) else []
    return tuple(item for item in items if item)


def _lessons(context: Context) -> tuple[int, ...]:
    return tuple(item.id for item in context.lessons if item.id)
