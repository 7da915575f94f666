"""The notebook of an island: programs and lessons in the order they came up, so that prompts begin alike.

Each turn adds what it is the first to show, at the end, and what a prompt says of the turn itself names the
pages. So a prompt begins with all that the one before it on the island had, and a provider's prompt cache
serves that. When the notebook is full it begins anew with the turn that found no room. What stands in it
follows from the turns before alone, so that a run which was killed and resumed shows what the undisturbed one
does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.experience import Lesson
from archive.program import ProgramId
from mutators import context as show
from mutators.mutator import Context, Earlier, Shown

__all__ = ["Notebook", "Peer", "notebook"]

_PROGRAMS = 8
"""Programs that it holds at most: a model that is shown more of them reads none with care."""
_LESSONS = 24
_HEADING = 30
"""Characters that a heading or the number of a page takes, at most."""
_SHARE = 3
"""A program longer than the limit divided by this is clipped, or where it is the parent, left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A program of the notebook that a turn speaks of; `fitness` is empty where it is private."""

    page: str
    fitness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notebook:
    """A notebook as a template shows it.

    Attributes:
        text: headings, fenced programs and lines of lessons.
        parent: page of the program to change, such as ``Program 4``; empty where it is too large for a page.
        inspirations: pages of this turn's inspirations.
        lessons: the lessons that bear on this turn, each with how it did so far.
    """

    text: str
    parent: str
    inspirations: tuple[Peer, ...]
    lessons: tuple[str, ...]


def notebook(context: Context, *, limit: int) -> Notebook:
    """The notebook that a turn is shown.

    Args:
        context: the turn, with the earlier ones of its island in `Context.past`.
        limit: characters of the text.
    """
    writing = _Writing(context=context, limit=limit)
    turn = Earlier(programs=(context.parent, *context.inspirations), lessons=tuple(context.lessons))
    for each in (*context.past, turn):
        writing.add(each)
    figures = show.objective_is_shown(context.problem, context.parent.evaluation)
    pages = writing.programs
    parent = pages.get(context.parent.program.id)
    return Notebook(
        text="".join(writing.parts).strip("\n"),
        parent="" if parent is None else f"Program {parent}",
        inspirations=tuple(
            Peer(
                page=f"Program {pages[peer.program.id]}",
                fitness=show.number(peer.evaluation.fitness) if figures else "",
            )
            for peer in context.inspirations
            if peer.program.id in pages
        ),
        lessons=tuple(
            _said(writing.lessons[lesson.id], lesson, figures=figures)
            for lesson in context.lessons
            if lesson.id in writing.lessons
        ),
    )


@dataclass(slots=True, kw_only=True)
class _Writing:
    """A notebook as it is written; `programs` and `lessons` give the number of a page by id."""

    context: Context
    limit: int
    parts: list[str] = field(default_factory=list)
    programs: dict[ProgramId, int] = field(default_factory=dict)
    lessons: dict[int, int] = field(default_factory=dict)
    room: int = 0
    listing: bool = False
    known: dict[ProgramId | int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.room = self.limit

    def add(self, turn: Earlier) -> None:
        """Note what a turn shows for the first time, in a new notebook where the old one is full."""
        programs = [one for one in turn.programs if not self._is_large(one, turn)]
        lessons = {lesson.id: lesson for lesson in turn.lessons if lesson.id and self._line(lesson)}
        new = [one for one in programs if one.program.id not in self.programs]
        size = sum(_HEADING + len(self._text(one)) for one in new)
        size += sum(_HEADING + len(self._line(lessons[key])) for key in lessons.keys() - self.lessons.keys())
        full = len(self.programs) + len(new) > _PROGRAMS or len({*lessons, *self.lessons}) > _LESSONS
        if self.programs and (full or size > self.room):
            self.parts, self.programs, self.lessons = [], {}, {}
            self.room, self.listing = self.limit, False
        for one in programs:
            self._program(one)
        for key, lesson in lessons.items():
            self._lesson(key, lesson)

    def _program(self, one: Shown) -> None:
        number = len(self.programs) + 1
        text = f"\n## Program {number}\n{self._text(one)}"
        if one.program.id in self.programs or len(text) > self.room:
            return
        self.programs[one.program.id] = number
        self.listing = False
        self._write(text)

    def _lesson(self, key: int, lesson: Lesson) -> None:
        number = len(self.lessons) + 1
        heading = "" if self.listing else "\n## Lessons\n"
        text = f"{heading}- Lesson {number}, {self._line(lesson)}\n"
        if key in self.lessons or len(text) > self.room:
            return
        self.lessons[key] = number
        self.listing = True
        self._write(text)

    def _write(self, text: str) -> None:
        self.parts.append(text)
        self.room -= len(text)

    def _is_large(self, one: Shown, turn: Earlier) -> bool:
        """Whether it is a parent that a page would show in part only."""
        size = sum(len(text) for text in one.program.sources.values())
        return one is turn.programs[0] and size > self.limit // _SHARE

    def _text(self, one: Shown) -> str:
        known = self.known.get(one.program.id)
        if known is None:
            code = show.sources(one.program, self.limit // _SHARE)[0]
            known = f"{code}\nEvaluation: {show.measures(self.context.problem, one.evaluation)}\n"
            self.known[one.program.id] = known
        return known

    def _line(self, lesson: Lesson) -> str:
        """The lesson in words that stay the same; empty where this turn may not see it."""
        known = self.known.get(lesson.id)
        if known is None:
            problem, parent = self.context.problem, self.context.parent.evaluation
            known = next(iter(show.lessons(problem, parent, (lesson,), counts=False)), "")
            self.known[lesson.id] = known
        return known


def _said(page: int, lesson: Lesson, *, figures: bool) -> str:
    if not lesson.uses or not figures:
        return f"Lesson {page}"
    return f"Lesson {page} (shown to {lesson.uses}, {lesson.successes} of these improved)"
