"""Operators on whole statements: lines are repeated, removed, exchanged, guarded or looped."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from mutators.embedded.operators.operator import Operator, Scene, Setting, in_code
from mutators.embedded.source import Source, Splice
from mutators.embedded.structure import Statement, blocks, multiline_string, names, reindent

__all__ = ["STATEMENT_OPERATORS"]

_FIXED = (
    ast.Return | ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    | ast.Global | ast.Nonlocal | ast.Pass | ast.Break | ast.Continue
)  # fmt: skip
"""What a program hardly ever survives losing."""
_KNOWN = 20


def _loose(source: Source) -> list[tuple[Statement, int]]:
    """Statements that may come and go, with the number of statements in their block."""
    return [
        (one, len(block)) for block in blocks(source) for one in block if not isinstance(one.node, _FIXED)
    ]


def _neighbours(source: Source) -> list[tuple[Statement, Statement]]:
    return [
        (first, second)
        for block in blocks(source)
        for first, second in pairwise(block)
        if not isinstance(first.node, _FIXED) and not isinstance(second.node, _FIXED)
    ]


def _line_break(source: Source) -> str:
    return "\r\n" if "\r\n" in source.text else "\n"


def _duplicate(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    statement, _ = random.choice(_loose(scene.source))
    return [Splice(statement.end, statement.end, statement.text(scene.source))]


def _delete(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    statement, siblings = random.choice(_loose(scene.source))
    filler = "" if siblings > 1 else f"{statement.indent}pass{_line_break(scene.source)}"
    return [Splice(statement.start, statement.end, filler)]


def _swap(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    first, second = random.choice(_neighbours(scene.source))
    return [
        Splice(first.start, first.end, second.text(scene.source)),
        Splice(second.start, second.end, first.text(scene.source)),
    ]


def _repeat(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    statement = random.choice(_indentable(scene.source))
    inner = reindent(statement.text(scene.source), statement.indent, statement.indent + "    ")
    head = f"{statement.indent}for _ in range({random.choice((2, 3, 5, 10))}):{_line_break(scene.source)}"
    return [Splice(statement.start, statement.end, head + inner)]


def _indentable(source: Source) -> list[Statement]:
    return [
        one
        for one, _ in _loose(source)
        if not multiline_string(one.node) and "\t" not in one.indent and one.scope
    ]


def _guard(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    place, known = random.choice(_guardable(scene.source))
    first, second = random.sample(known, 2)
    indent, line = place.indent, _line_break(scene.source)
    sign = random.choice(("<", ">"))
    text = f"{indent}if {first} {sign} {second}:{line}{indent}    {first} = {second}{line}"
    return [Splice(place.end, place.end, text)]


def _guardable(source: Source) -> list[tuple[Statement, list[str]]]:
    """Statements after which two variables of their block are known, with the nearest of these."""
    found: list[tuple[Statement, list[str]]] = []
    for block in blocks(source):
        known: list[str] = []
        for one in block:
            fresh = names(one.node)
            known = [*fresh, *(name for name in known if name not in fresh)][:_KNOWN]
            if "\t" not in one.indent and not isinstance(one.node, _FIXED) and len(known) > 1:
                found.append((one, known))
    return found


STATEMENT_OPERATORS = (
    Operator(
        name="duplicate a statement",
        words="repeat {count} of {pool} statements right after itself",
        weight=in_code(1.0),
        pool=lambda scene: len(_loose(scene.source)),
        apply=_duplicate,
        structural=True,
    ),
    Operator(
        name="delete a statement",
        words="remove {count} of {pool} statements",
        weight=in_code(1.0),
        pool=lambda scene: len(_loose(scene.source)),
        apply=_delete,
        structural=True,
    ),
    Operator(
        name="swap statements",
        words="exchange {count} of {pool} pairs of neighbouring statements",
        weight=in_code(1.0),
        pool=lambda scene: len(_neighbours(scene.source)),
        apply=_swap,
        structural=True,
    ),
    Operator(
        name="loop a statement",
        words="run {count} of {pool} statements several times",
        weight=in_code(1.0),
        pool=lambda scene: len(_indentable(scene.source)),
        apply=_repeat,
        structural=True,
    ),
    Operator(
        name="insert a guarded statement",
        words="at {count} of {pool} places bound one variable by another",
        weight=in_code(1.0),
        pool=lambda scene: len(_guardable(scene.source)),
        apply=_guard,
        structural=True,
    ),
)
