"""Deciding what to try: by a model, or not at all."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from archive.attempt import Outline, Plan
from archive.ledger import Purpose
from mutators.answers import find_object, first_prose, one_line, without_reasoning
from mutators.approaches import Approach, menu_of, named, suggested
from mutators.context import Room, visible
from mutators.model import Message, Model, Request
from mutators.mutator import Context, Planner
from mutators.notebook import notebook
from mutators.render import conversation
from mutators.templates import own_folder
from mutators.toolcalls import calls_of
from mutators.tools import TOOLS, Desk, Library
from mutators.view import view
from problems.problem import Json

__all__ = ["DirectPlanner", "ModelPlanner", "read_plan"]

GENERAL = "Improve the program."
_STRINGS: dict[str, Json] = {"type": "array", "items": {"type": "string"}}
_OUTLINE: dict[str, Json] = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("idea", "expects", "risk")},
    "required": ["idea", "expects", "risk"],
    "additionalProperties": False,
}
_PROPERTIES: dict[str, Json] = {
    # In the order they are to be written: what was weighed goes before what is chosen.
    "outlines": {"type": "array", "items": _OUTLINE},
    "choice": {"type": "integer"},
    "approach": {"type": "string"},
    "reason": {"type": "string"},
    "idea": {"type": "string"},
    "steps": _STRINGS,
    "expects": {"type": "string"},
}
_SCHEMA: Mapping[str, Json] = MappingProxyType(
    {
        "type": "object",
        "properties": _PROPERTIES,
        "required": list(_PROPERTIES),
        "additionalProperties": False,
    }
)
_OUTLINES = 6
_NOTEBOOK, _BESIDE = 0.6, 0.25
"""Shares of the budget for the notebook, where the parent is in it and where it is too large for that."""


class DirectPlanner(Planner):
    """No plan: the executor works from the context alone. Makes no call."""

    async def plan(self, context: Context) -> Plan:
        return Plan(idea=GENERAL, lessons=_lessons(context))


class ModelPlanner(Planner):
    """Asks a model for a plan, after it has looked up what it wants to know where it may.

    Args:
        model: who is asked.
        tokens: budget of what the prompt shows, and of all that is looked up as well.
        library: what can be looked up; None for nothing.
        steps: how often at most the model may look something up in a turn, each time at the price of a call.
    """

    def __init__(
        self, model: Model, *, tokens: int = 12_000, library: Library | None = None, steps: int = 0
    ) -> None:
        self._model = model
        self._tokens = tokens
        self._library = library
        self._steps = steps if library is not None else 0

    async def plan(self, context: Context) -> Plan:
        menu = menu_of(own_folder(context.problem.folder))
        request = self._request(context, menu)
        if self._library is None or not self._steps:
            text = await self._answer(request)
        else:
            text = await self._looked(request, Desk(self._library, context, room=self._room))
        return read_plan(text, lessons=_lessons(context), menu=menu)

    @property
    def _room(self) -> int:
        return Room.of_tokens(self._tokens).left

    async def _answer(self, request: Request) -> str:
        return (await self._model.complete(request)).text

    async def _looked(self, request: Request, desk: Desk) -> str:
        """The answer after as many steps as the model wants, up to the limit.

        Every step is a call of its own ordinal, so that a turn that is taken up again finds what was paid.
        """
        seed = random.Random(f"{request.seed}:steps")
        request = replace(request, tools=TOOLS)
        for step in range(self._steps + 1):
            text = await self._answer(replace(request, ordinal=step, decided=step == self._steps))
            calls = calls_of(text)
            if not calls:
                return text
            said = [Message(role="tool", content=await desk.answer(call), call=call.id) for call in calls]
            messages = (*request.messages, Message(role="assistant", content=text), *said)
            request = replace(request, messages=messages, seed=seed.getrandbits(31))
        return ""

    def _request(self, context: Context, menu: Sequence[Approach]) -> Request:
        profile = context.problem.search.profile(context.attempt.island)
        room = self._room
        book = notebook(context, limit=int(room * _NOTEBOOK))
        if not book.parent:
            book = notebook(context, limit=int(room * _BESIDE))
        shown = view(context, tokens=self._tokens, inspirations=True, taken=len(book.text))
        lacking = {"inspirations": context.inspirations, "failures": context.failures}
        approach = suggested(
            menu,
            context.approaches,
            seed=context.seed,
            without=frozenset(name for name, found in lacking.items() if not found),
        )
        return Request(
            messages=conversation(
                context.problem,
                "plan",
                view=shown,
                notebook=book,
                approaches=menu,
                suggested=approach.name,
                files=len(context.parent.program.sources),
                style=visible(profile.style),
            ),
            purpose=Purpose.PLAN,
            attempt=context.attempt.number,
            seed=random.Random(f"{context.seed}:plan").getrandbits(31),
            schema=_SCHEMA,
            models=profile.models,
        )


def read_plan(answer: str, *, lessons: tuple[int, ...] = (), menu: Sequence[Approach] = ()) -> Plan:
    """The plan of an answer of any shape: its JSON, else its first words, else a general one.

    Args:
        answer: what the model wrote; may be empty.
        lessons: ids of the lessons that were shown.
        menu: the approaches that it could choose among.
    """
    text = without_reasoning(answer)
    found: Mapping[str, Any] = find_object(text, ("outlines", "idea")) or {}
    outlines = _outlines(found.get("outlines"))
    choice = _choice(found.get("choice"), outlines)
    chosen = Outline(idea="") if choice is None else outlines[choice]
    idea = one_line(found.get("idea"), 600) or chosen.idea or one_line(first_prose(text), 600)
    others = [one.idea for index, one in enumerate(outlines) if choice is not None and index != choice]
    return Plan(
        idea=idea or GENERAL,
        steps=_items(found.get("steps")),
        expects=one_line(found.get("expects"), 400) or chosen.expects,
        rejected=tuple(others) or _items(found.get("rejected")),
        lessons=lessons,
        outlines=outlines,
        choice=choice,
        approach=named(menu, found.get("approach")),
        reason=one_line(found.get("reason"), 400),
    )


def _outlines(value: object) -> tuple[Outline, ...]:
    """What was weighed; an outline in one line of text is an idea without more."""
    found = []
    for item in value[:_OUTLINES] if isinstance(value, list) else []:
        told = item if isinstance(item, dict) else {"idea": item}
        idea = one_line(told.get("idea"), 600)
        if idea:
            expects, risk = (one_line(told.get(name), 400) for name in ("expects", "risk"))
            found.append(Outline(idea=idea, expects=expects, risk=risk))
    return tuple(found)


def _choice(value: object, outlines: Sequence[Outline]) -> int | None:
    """Index of the outline that an answer chose by its number, from 1; the only one where there is one."""
    digits = re.search(r"\d+", str(value)) if isinstance(value, int | str) else None
    number = int(digits[0][:6]) if digits else 0
    if 1 <= number <= len(outlines):
        return number - 1
    return 0 if len(outlines) == 1 else None


def _items(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    items = [one_line(item, 600) for item in value[:12]] if isinstance(value, list) else []
    return tuple(item for item in items if item)


def _lessons(context: Context) -> tuple[int, ...]:
    return tuple(item.id for item in context.lessons if item.id)
