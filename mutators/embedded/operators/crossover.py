"""Operators that take from inspirations: constants, rows, statements, function bodies, directions."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from random import Random

from mutators.embedded.operators.operator import Operator, Scene, Setting, log_uniform, rewrite
from mutators.embedded.source import Source, Splice
from mutators.embedded.structure import Statement, functions, multiline_string, reindent

__all__ = ["CROSSOVER_OPERATORS"]


def _shared(source: Source, other: Source) -> dict[int, float]:
    """Constants that both programs have, by the parent's index, with the other's values where they differ."""
    values = {one.key: one.value for one in other.literals}
    return {
        index: values[one.key]
        for index, one in enumerate(source.literals)
        if one.key in values and values[one.key] != one.value
    }


def _pool(scene: Scene) -> int:
    return max((len(_shared(scene.source, other)) for other in scene.inspirations), default=0)


def _donor(scene: Scene, random: Random) -> dict[int, float]:
    """The shared constants of an inspiration that has any."""
    able = [shared for other in scene.inspirations if (shared := _shared(scene.source, other))]
    return random.choice(able)


def _take_rows(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    source = scene.source
    shared = _donor(scene, random)
    rows = _shared_rows(source, shared)
    chosen = random.sample(rows, min(setting.count, len(rows)))
    return rewrite(source, {i: shared[i] for row in chosen for i in row if i in shared})


def _take_list(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    source = scene.source
    shared = _donor(scene, random)
    index = random.choice(sorted(shared))
    home = source.literals[index].group
    members = [i for i in shared if source.literals[i].group == home]
    return rewrite(source, {i: shared[i] for i in members})


def _step_towards(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    return _along(scene, setting.scale, random)


def _step_away(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    """Onwards in the direction that led from the inspiration to the parent."""
    return _along(scene, -setting.scale, random)


def _along(scene: Scene, share: float, random: Random) -> Sequence[Splice]:
    source = scene.source
    shared = _donor(scene, random)
    rows = _part(_shared_rows(source, shared), random)
    moves = {
        i: source.literals[i].value + share * (shared[i] - source.literals[i].value)
        for row in rows
        for i in row
        if i in shared
    }
    return rewrite(source, moves)


def _shared_rows(source: Source, shared: Mapping[int, float]) -> list[tuple[int, ...]]:
    """Rows that hold any shared constant, and the shared constants that stand alone."""
    rows = [row for group in source.groups for row in group.rows if any(i in shared for i in row)]
    return rows + [(i,) for i in shared if source.literals[i].group is None]


def _part(rows: list[tuple[int, ...]], random: Random) -> list[tuple[int, ...]]:
    """Some of the rows, few as often as many."""
    return random.sample(rows, int(log_uniform(random, 1, len(rows) + 0.999)))


def _differential(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    """Along the difference of two inspirations, as in differential evolution (Storn and Price, 1997)."""
    source = scene.source
    if len(scene.inspirations) < 2:
        return ()
    first, second = random.sample(scene.inspirations, 2)
    plus = {one.key: one.value for one in first.literals}
    minus = {one.key: one.value for one in second.literals}
    apart = {
        i: plus[one.key] - minus[one.key]
        for i, one in enumerate(source.literals)
        if one.key in plus and one.key in minus and plus[one.key] != minus[one.key]
    }
    rows = _shared_rows(source, apart)
    if not rows:
        return ()
    moved = [i for row in _part(rows, random) for i in row if i in apart]
    return rewrite(source, {i: source.literals[i].value + setting.scale * apart[i] for i in moved})


def _bodies(scene: Scene) -> list[tuple[list[Statement], Source, list[Statement]]]:
    """Functions of the parent whose namesake in an inspiration reads otherwise."""
    own = functions(scene.source)
    return [
        (own[name], other, body)
        for other in scene.inspirations
        if other.python
        for name, body in functions(other).items()
        if name in own and _joined(own[name], scene.source) != _joined(body, other)
    ]


def _joined(body: Sequence[Statement], source: Source) -> str:
    return source.text[body[0].start : body[-1].end]


def _take_body(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    own, other, body = random.choice(_bodies(scene))
    text = _moved(_joined(body, other), body[0], own[0].indent, [one.node for one in body])
    return [] if text is None else [Splice(own[0].start, own[-1].end, text)]


def _take_statement(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    own, other, body = random.choice(_bodies(scene))
    mine = {one.text(scene.source).strip() for one in own}
    foreign = [(i, one) for i, one in enumerate(body) if one.text(other).strip() not in mine]
    if not foreign:
        return ()
    place, statement = random.choice(foreign)
    text = _moved(statement.text(other), statement, own[0].indent, [statement.node])
    if text is None:
        return ()
    target = own[min(place, len(own) - 1)]
    end = target.end if random.random() < 0.5 else target.start
    return [Splice(target.start, end, text)]


def _moved(text: str, first: Statement, indent: str, nodes: Sequence[ast.AST]) -> str | None:
    """Lines at another indentation; None where a string spans lines and must not be moved."""
    if first.indent == indent:
        return text
    return None if any(multiline_string(node) for node in nodes) else reindent(text, first.indent, indent)


def _taking(weight: float, scene: Scene, *, at_least: int = 1) -> float:
    return weight if len(scene.others) >= at_least and scene.source.literals else 0.0


CROSSOVER_OPERATORS = (
    Operator(
        name="take constants",
        words="copy {count} of {pool} differing constants or their rows from an inspiration",
        weight=lambda scene: _taking(3.0, scene),
        pool=_pool,
        apply=_take_rows,
        borrows=True,
        most=12,
    ),
    Operator(
        name="take a list",
        words="copy a whole list, {count} of {pool} differing constants or more, from an inspiration",
        weight=lambda scene: _taking(0.5, scene),
        pool=_pool,
        apply=_take_list,
        borrows=True,
    ),
    Operator(
        name="step towards an inspiration",
        words="move up to all of {pool} differing constants about {percent}% of the way",
        weight=lambda scene: _taking(4.0, scene),
        pool=_pool,
        apply=_step_towards,
        borrows=True,
        scales=(0.03, 1.5),
    ),
    Operator(
        name="step away from an inspiration",
        words="move up to all of {pool} differing constants on by about {percent}% of the difference",
        weight=lambda scene: _taking(4.0, scene),
        pool=_pool,
        apply=_step_away,
        borrows=True,
        scales=(0.03, 1.0),
    ),
    Operator(
        name="differential step",
        words="move constants along about {percent}% of the difference of two inspirations",
        weight=lambda scene: _taking(4.0, scene, at_least=2),
        pool=_pool,
        apply=_differential,
        borrows=True,
        scales=(0.03, 1.0),
    ),
    Operator(
        name="take a function body",
        words="copy {count} of {pool} differing functions from an inspiration",
        weight=lambda scene: 0.5 if scene.source.python and scene.others else 0.0,
        pool=lambda scene: len(_bodies(scene)),
        apply=_take_body,
        borrows=True,
        structural=True,
    ),
    Operator(
        name="take a statement",
        words="copy a statement of {count} of {pool} differing functions from an inspiration",
        weight=lambda scene: 0.5 if scene.source.python and scene.others else 0.0,
        pool=lambda scene: len(_bodies(scene)),
        apply=_take_statement,
        borrows=True,
        structural=True,
    ),
)
