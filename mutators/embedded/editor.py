"""Chooses an operator and carries it out until a program comes of it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from mutators.embedded.operators.catalogue import OPERATORS, named
from mutators.embedded.operators.operator import Operator, Scene, Setting
from mutators.embedded.source import Splice, parse, splice

__all__ = ["Choice", "Edit", "choose", "edit"]

_FAITHFUL = 6
"""Draws of the operator that the plan names, before another one may serve."""
_BOUND = 40
"""Draws in all."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An operator with its parameters."""

    operator: Operator
    setting: Setting

    def said(self, scene: Scene) -> str:
        """In one sentence."""
        return self.operator.say(scene, self.setting)


@dataclass(frozen=True, slots=True)
class Edit:
    """A change that leads to another program that parses.

    Attributes:
        choice: how it was made.
        splices: what it replaces.
        text: the whole program after it.
    """

    choice: Choice
    splices: tuple[Splice, ...]
    text: str


def choose(scene: Scene, random: Random, *, among: Sequence[Operator] = OPERATORS) -> Choice | None:
    """Draw an operator by its weight in the scene; None where none applies."""
    weights = [max(one.weight(scene), 0.0) for one in among]
    left = [(one, weight) for one, weight in zip(among, weights, strict=True) if weight > 0]
    while left:
        (pair,) = random.choices(left, weights=[weight for _, weight in left])
        if pair[0].pool(scene) > 0:
            return Choice(pair[0], pair[0].draw(scene, random))
        left.remove(pair)
    return None


def edit(scene: Scene, plan: str, random: Random) -> Edit | None:
    """Carry out the plan where it names an operator that applies, else a choice of its own.

    None after forty draws that led nowhere: a program without anything to change.
    """
    planned = named(plan)
    if planned is not None and planned.operator.pool(scene) > 0:
        choice = Choice(planned.operator, Setting.said(planned.words))
        for _ in range(_FAITHFUL):
            made = _carried_out(scene, choice, random)
            if made is not None:
                return made
    for _ in range(_BOUND - _FAITHFUL):
        own = choose(scene, random)
        if own is None:
            return None
        made = _carried_out(scene, own, random)
        if made is not None:
            return made
    return None


def _carried_out(scene: Scene, choice: Choice, random: Random) -> Edit | None:
    source = scene.source
    try:
        splices = tuple(choice.operator.apply(scene, choice.setting, random))
    except RecursionError:  # an expression too deep for libcst
        return None
    if not splices or not all(source.inside(one.start, one.end) for one in splices):
        return None
    text = splice(source.text, splices)
    if text == source.text:
        return None
    if source.python:
        tree = parse(text)
        if tree is None or (choice.operator.structural and _same(tree, source.tree)):
            return None
    return Edit(choice, splices, text)


def _same(one: ast.Module, other: ast.Module | None) -> bool:
    """Whether two programs differ in layout at most."""
    try:
        return other is not None and ast.dump(one) == ast.dump(other)
    except RecursionError:  # too deep to compare; the texts differ
        return False
