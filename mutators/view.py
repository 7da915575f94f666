"""The part of a turn's context that a prompt shows, fitted into a token budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archive.attempt import Plan
from archive.program import Program
from mutators import context as show
from mutators.mutator import Context

__all__ = ["Peer", "View", "shown_plan", "shown_tried", "view"]

_PROGRAM = 0.6
_INSPIRATIONS = 0.6
_MOST = 8
_TRIED = 3
_CHANGE = 2000
"""Characters of a change that is shown."""
_LEAST = 400
"""Characters below which a clipped program says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """An inspiration as a prompt shows it; `fitness` is empty where it is private."""

    fitness: str
    program: str
    measures: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Texts ready for a template; lists hold one line an item.

    Attributes:
        program: the parent, fenced, each file under its path where there are several.
        whole: whether the parent is shown without anything left out.
        measures: its verdict, fitness and public metrics.
        best: best fitness of the run; empty when there is none, or when it is private.
        inspirations: elites of other cells.
        ancestors: how the parent came to be, itself first.
        children: what was tried on it, newest first.
        failures: why programs nearby were not valid.
        lessons: what earlier attempts taught, with what it rests on.
        hints: what a person said.
    """

    program: str
    whole: bool
    measures: str
    best: str
    inspirations: tuple[Peer, ...]
    ancestors: tuple[str, ...]
    children: tuple[str, ...]
    failures: tuple[str, ...]
    lessons: tuple[str, ...]
    hints: tuple[str, ...]


def view(context: Context, *, tokens: int, inspirations: bool, taken: int = 0) -> View:
    """What the prompt of a turn shows.

    Args:
        context: the turn.
        tokens: budget of the whole, at about four characters a token. Programs are clipped to fit; the parent
            gets most.
        inspirations: whether to show them.
        taken: characters of the budget that something else in the prompt takes.
    """
    problem = context.problem
    room = show.Room.of_tokens(tokens)
    room.left = max(0, room.left - taken)
    parent, whole = _sources(context.parent.program, room, _PROGRAM)
    figures = show.objective_is_shown(problem, context.parent.evaluation)
    lines = {
        "ancestors": tuple(show.step(problem, one, figures=figures) for one in context.ancestors[:_MOST]),
        "children": tuple(show.step(problem, one, figures=figures) for one in context.children[:_MOST]),
        "failures": tuple(show.failure(problem, item) for item in context.failures[:_MOST]),
        "lessons": show.lessons(problem, context.parent.evaluation, context.lessons[:_MOST]),
        "hints": tuple(show.quoted(hint, 1000) for hint in context.hints[-_MOST:]),
    }
    kept: Mapping[str, tuple[str, ...]] = {name: _fitting(items, room) for name, items in lines.items()}
    peers = []
    for item in context.inspirations if inspirations else ():
        if room.left < _LEAST:
            break
        text, _ = _sources(item.program, room, _INSPIRATIONS)
        fitness = show.number(item.evaluation.fitness) if figures else ""
        measures = show.measures(problem, item.evaluation)
        peers.append(Peer(fitness=fitness, program=text, measures=measures))
    return View(
        program=parent,
        whole=whole,
        measures=show.measures(problem, context.parent.evaluation),
        best="" if context.best is None or not figures else show.number(context.best),
        inspirations=tuple(peers),
        **kept,
    )


def shown_tried(context: Context) -> tuple[tuple[str, str], ...]:
    """What the turn tried before: what became of it on one line, and the change in a fence or nothing."""
    problem, parent = context.problem, context.parent
    found = []
    for one in context.tried[-_TRIED:]:
        candidate = one.candidate
        if candidate is None or candidate.evaluation is None:
            found.append((f"no program: {show.quoted(one.note, 400)}", ""))
            continue
        evaluation = candidate.evaluation
        line = (
            show.measures(problem, evaluation) if evaluation.is_valid else show.failure(problem, evaluation)
        )
        change = show.change(parent.program, candidate.program, _CHANGE)
        found.append((f"{candidate.operator}: {line}", show.fenced(change, "diff")))
    return tuple(found)


def shown_plan(plan: Plan | None) -> Plan:
    """A plan with every word of it fit for a prompt; a general one when there is none."""
    if plan is None:
        return Plan(idea="Improve the program.")
    return Plan(
        idea=show.quoted(plan.idea, 600),
        steps=tuple(show.quoted(step, 600) for step in plan.steps[:_MOST]),
        expects=show.quoted(plan.expects, 400),
    )


def _sources(program: Program, room: show.Room, share: float) -> tuple[str, bool]:
    """The program's files in fences, and whether nothing of them is left out."""
    text, whole = show.sources(program, int(room.left * share))
    room.left -= len(text)
    return text, whole


def _fitting(lines: tuple[str, ...], room: show.Room) -> tuple[str, ...]:
    """The first lines that fit into a quarter of the room."""
    limit = room.left // 4
    kept = []
    for line in lines:
        limit -= len(line) + 3
        if limit < 0:
            break
        kept.append(line)
    room.left -= sum(len(line) + 3 for line in kept)
    return tuple(kept)
