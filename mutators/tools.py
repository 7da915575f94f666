"""What a planner may look up in the archive of its run before it decides.

All that is told passes the same filter as prompts (`mutators.context`): nothing private to a scorer, and
words of candidates as harmless lines. Only programs that were told of in the same turn can be read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from archive.experience import Lesson
from archive.program import ProgramId
from archive.store import Child
from mutators import context as show
from mutators.model import Tool
from mutators.mutator import Context, Shown
from mutators.toolcalls import ToolCall
from problems.problem import Json

__all__ = ["TOOLS", "Desk", "Library"]

_DIGITS = 12
"""Digits of a program's id that it is called by."""
_ELITES, _LESSONS, _STEPS = 20, 20, 12
_LONGEST = 8000
"""Characters of one answer."""
_LEAST = 400
"""Characters below which what is left says nothing."""
_OF_PROGRAM: Mapping[str, Json] = MappingProxyType(
    {
        "type": "object",
        "properties": {"id": {"type": "string", "description": "as it was listed"}},
        "required": ["id"],
        "additionalProperties": False,
    }
)
_NOTHING: Mapping[str, Json] = MappingProxyType(
    {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
)
TOOLS = (
    Tool(
        name="list_elites",
        description="The best programs of this island, each the best of its cell: id and evaluation.",
        parameters=_NOTHING,
    ),
    Tool(
        name="read_program", description="The text of a program and its evaluation.", parameters=_OF_PROGRAM
    ),
    Tool(
        name="read_tried",
        description="How a program came to be and what was tried on it, with what each step brought.",
        parameters=_OF_PROGRAM,
    ),
    Tool(name="read_lessons", description="The newest lessons of the run.", parameters=_NOTHING),
)
"""In this order, always: they stand before the prompt in a provider's cache."""


class Library(Protocol):
    """What can be looked up of a run."""

    async def elites(self, island: int) -> Sequence[Shown]:
        """Elites of an island, best first."""

    async def program(self, program: ProgramId) -> Shown:
        """A program of the run by its id."""

    async def steps(self, program: ProgramId) -> tuple[Sequence[Child], Sequence[Child]]:
        """How a program came to be, itself first, and what was tried on it, newest first."""

    async def lessons(self, limit: int) -> Sequence[Lesson]:
        """The newest lessons that are not expired."""


class Desk:
    """Where one turn looks things up.

    Args:
        library: what there is.
        context: the turn.
        room: characters that all answers together may have.
    """

    def __init__(self, library: Library, context: Context, *, room: int) -> None:
        self._library = library
        self._context = context
        self._room = room
        known = (context.parent, *context.inspirations)
        self._ids: dict[str, ProgramId] = {one.program.id[:_DIGITS]: one.program.id for one in known}

    async def answer(self, call: ToolCall) -> str:
        """What a tool says; a call that cannot be carried out is answered with what was expected."""
        if self._room < _LEAST:
            return "There is no room for more; answer with the plan."
        try:
            arguments = json.loads(call.arguments or "{}")
        except (ValueError, RecursionError):
            arguments = None
        told = show.clipped(await self._told(call.name, arguments), min(_LONGEST, self._room))
        self._room -= len(told)
        return told

    async def _told(self, name: str, arguments: object) -> str:
        if name == "list_elites":
            return await self._elites()
        if name == "read_lessons":
            lessons = await self._library.lessons(_LESSONS)
            parent = self._context.parent.evaluation
            return _lines(show.lessons(self._context.problem, parent, lessons))
        if name not in ("read_program", "read_tried"):
            return f"Expected one of {', '.join(tool.name for tool in TOOLS)}; found {show.quoted(name, 60)}."
        asked = arguments.get("id") if isinstance(arguments, dict) else None
        program = self._ids.get(asked.strip()[:_DIGITS]) if isinstance(asked, str) else None
        if program is None:
            return f"Expected an id among {', '.join(self._ids)}; found {show.quoted(str(asked), 60)}."
        return await (self._program(program) if name == "read_program" else self._steps(program))

    async def _elites(self) -> str:
        problem = self._context.problem
        elites = list(await self._library.elites(self._context.attempt.island))
        if not show.objective_is_shown(problem, self._context.parent.evaluation):
            # Their order would tell what is private.
            elites.sort(key=lambda one: one.program.id)
        return _lines(
            [
                f"{self._name(one.program.id)}: {show.measures(problem, one.evaluation)}"
                for one in elites[:_ELITES]
            ]
        )

    async def _program(self, program: ProgramId) -> str:
        one = await self._library.program(program)
        code, _ = show.sources(one.program, _LONGEST - 1000)
        return f"{code}\nEvaluation: {show.measures(self._context.problem, one.evaluation)}"

    async def _steps(self, program: ProgramId) -> str:
        problem = self._context.problem
        figures = show.objective_is_shown(problem, self._context.parent.evaluation)
        before, after = await self._library.steps(program)
        lines = [
            f"{heading} {self._name(child.program)}: {show.step(problem, child, figures=figures)}"
            for heading, children in (("came from", before), ("tried", after))
            for child in children[:_STEPS]
        ]
        return _lines(lines)

    def _name(self, program: ProgramId) -> str:
        self._ids[program[:_DIGITS]] = program
        return program[:_DIGITS]


def _lines(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "Nothing yet."
