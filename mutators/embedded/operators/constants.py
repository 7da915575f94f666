"""Operators that move constants. They splice the text at the constants and leave every other byte alone."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from mutators.embedded.operators.operator import Operator, Scene, Setting, movable, rewrite, richness
from mutators.embedded.source import Group, Source, Splice

__all__ = ["CONSTANT_OPERATORS"]


def _step(source: Source, index: int, size: float) -> float:
    """The constant moved by `size` spreads, an integer by one at least."""
    literal = source.literals[index]
    shift = size * literal.spread
    if literal.whole and abs(shift) < 1:
        shift = 1.0 if size > 0 else -1.0
    return literal.value + shift


def _jitter(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    pool = movable(scene.source)
    chosen = random.sample(pool, min(setting.count, len(pool)))
    return rewrite(scene.source, {i: _step(scene.source, i, random.gauss(0, setting.scale)) for i in chosen})


def _jitter_all(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    pool = [i for i in movable(scene.source) if not scene.source.literals[i].whole]
    return rewrite(scene.source, {i: _step(scene.source, i, random.gauss(0, setting.scale)) for i in pool})


def _rows(source: Source) -> list[tuple[int, ...]]:
    return [row for group in source.groups if group.table for row in group.rows]


def _jitter_rows(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    rows = _rows(scene.source)
    chosen = random.sample(rows, min(setting.count, len(rows)))
    return rewrite(
        scene.source,
        {i: _step(scene.source, i, random.gauss(0, setting.scale)) for row in chosen for i in row},
    )


def _redraw(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    grouped = [i for group in scene.source.groups for i in group.members]
    chosen = random.sample(grouped, min(setting.count, len(grouped)))
    return rewrite(scene.source, {i: _afresh(scene.source, i, random) for i in chosen})


def _redraw_row(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    row = random.choice(_rows(scene.source))
    return rewrite(scene.source, {i: _afresh(scene.source, i, random) for i in row})


def _afresh(source: Source, index: int, random: Random) -> float:
    """A value between the least and the greatest of the constants in the same column."""
    values = [source.literals[i].value for i in _column(source, index)]
    return random.uniform(min(values), max(values))


def _column(source: Source, index: int) -> list[int]:
    """Constants that play the same part as this one: its column in a table, else its whole list."""
    home = source.literals[index].group
    if home is None:
        return [index]
    group = source.groups[home]
    if not group.table:
        return list(group.members)
    place = next(row.index(index) for row in group.rows if index in row)
    return [row[place] for row in group.rows if len(row) > place]


def _copy(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    source = scene.source
    index, other = _pair(source, random)
    mean = random.random() < 0.5
    value = source.literals[other].value
    return rewrite(source, {index: (value + source.literals[index].value) / 2 if mean else value})


def _swap(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    index, other = _pair(scene.source, random)
    values = scene.source.literals
    return rewrite(scene.source, {index: values[other].value, other: values[index].value})


def _pair(source: Source, random: Random) -> tuple[int, int]:
    pool = movable(source)
    index = random.choice(pool)
    column = [i for i in _column(source, index) if i != index]
    others = column or [i for i in pool if i != index]
    return index, random.choice(others) if others else index


def _swap_rows(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    source = scene.source
    table = random.choice([group for group in source.groups if group.table and len(group.rows) > 1])
    first, second = random.sample(table.rows, 2)
    moves = {a: source.literals[b].value for a, b in zip(first, second, strict=False)}
    moves |= {b: source.literals[a].value for a, b in zip(first, second, strict=False)}
    return rewrite(source, moves)


def _integers(source: Source) -> list[int]:
    return [i for i, one in enumerate(source.literals) if one.whole]


def _perturb_integers(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    source = scene.source
    pool = _integers(source)
    moves: dict[int, float] = {}
    for index in random.sample(pool, min(setting.count, len(pool))):
        value = source.literals[index].value
        step = random.choice((-1, 1)) * (1 if random.random() < 0.6 else max(1, round(abs(value) / 2)))
        # A count that was positive stays so: loops and sizes below one do nothing.
        moves[index] = max(value + step, 1) if value >= 1 else value + step
    return rewrite(source, moves)


def _long(source: Source) -> list[int]:
    """Decimals with more than two significant digits."""
    return [
        i for i, one in enumerate(source.literals) if not one.whole and float(f"{one.value:.2g}") != one.value
    ]


def _round(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    source = scene.source
    pool = _long(source)
    digits = random.choice((2, 3, 4))
    chosen = random.sample(pool, min(setting.count, len(pool)))
    return rewrite(source, {i: float(f"{source.literals[i].value:.{digits}g}") for i in chosen})


def _target(source: Source, random: Random) -> tuple[int, ...]:
    """A whole list of decimals, or one column of it."""
    group = random.choice(_decimal_groups(source))
    if group.table and random.random() < 0.5:
        return tuple(_column(source, random.choice(group.members)))
    return group.members


def _decimal_groups(source: Source) -> list[Group]:
    return [g for g in source.groups if len(g.members) > 1 and not source.literals[g.members[0]].whole]


def _scale_group(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    source = scene.source
    chosen = _target(source, random)
    factor = 1 + random.gauss(0, setting.scale)
    moves: dict[int, float] = {}
    about_mean = random.random() < 0.7
    for index in chosen:
        column = _column(source, index)
        centre = sum(source.literals[i].value for i in column) / len(column) if about_mean else 0.0
        moves[index] = centre + factor * (source.literals[index].value - centre)
    return rewrite(source, moves)


def _translate_group(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    source = scene.source
    size = random.gauss(0, setting.scale)
    return rewrite(source, {i: _step(source, i, size) for i in _target(source, random)})


CONSTANT_OPERATORS = (
    Operator(
        name="jitter constants",
        words="move {count} of {pool} constants by about {percent}% of their spread",
        weight=lambda scene: (30 if _rows(scene.source) else 60) * richness(scene.source),
        pool=lambda scene: len(movable(scene.source)),
        apply=_jitter,
        most=3,
        scales=(0.02, 0.8),
    ),
    Operator(
        name="jitter rows",
        words="move {count} of {pool} rows of constants by about {percent}% of their spread",
        weight=lambda scene: 180 * richness(scene.source) if _rows(scene.source) else 0,
        pool=lambda scene: len(_rows(scene.source)),
        apply=_jitter_rows,
        most=4,
        scales=(0.02, 0.2),
    ),
    Operator(
        name="jitter all constants",
        words="move all {pool} constants by about {percent}% of their spread",
        weight=lambda scene: 2 * richness(scene.source),
        pool=lambda scene: len(movable(scene.source)),
        apply=_jitter_all,
        scales=(0.001, 0.1),
    ),
    Operator(
        name="redraw constants",
        words="draw {count} of {pool} listed constants afresh from the range of the ones beside them",
        weight=lambda scene: 0.6 if scene.source.groups else 0,
        pool=lambda scene: sum(len(group.members) for group in scene.source.groups),
        apply=_redraw,
        most=2,
    ),
    Operator(
        name="redraw a row",
        words="draw {count} of {pool} rows afresh from the range of the other rows",
        weight=lambda scene: 1.2 if _rows(scene.source) else 0,
        pool=lambda scene: len(_rows(scene.source)),
        apply=_redraw_row,
    ),
    Operator(
        name="copy a constant",
        words="give {count} of {pool} constants the value of another one, or the mean of both",
        weight=lambda scene: 1.5 if len(movable(scene.source)) > 1 else 0,
        pool=lambda scene: len(movable(scene.source)),
        apply=_copy,
    ),
    Operator(
        name="swap constants",
        words="exchange {count} of {pool} constants with another one",
        weight=lambda scene: 1.5 if len(movable(scene.source)) > 1 else 0,
        pool=lambda scene: len(movable(scene.source)),
        apply=_swap,
    ),
    Operator(
        name="swap rows",
        words="exchange {count} of {pool} rows of constants with another one",
        weight=lambda scene: 0.7 if any(g.table and len(g.rows) > 1 for g in scene.source.groups) else 0,
        pool=lambda scene: len(_rows(scene.source)),
        apply=_swap_rows,
    ),
    Operator(
        name="perturb integers",
        words="step {count} of {pool} integers up or down",
        weight=lambda scene: 1.5 if _integers(scene.source) else 0,
        pool=lambda scene: len(_integers(scene.source)),
        apply=_perturb_integers,
        most=2,
    ),
    Operator(
        name="round constants",
        words="round {count} of {pool} long constants to few digits",
        weight=lambda scene: 0.5 * richness(scene.source),
        pool=lambda scene: len(_long(scene.source)),
        apply=_round,
        most=3,
    ),
    Operator(
        name="scale a group",
        words="stretch or shrink {count} of {pool} lists of constants by about {percent}%",
        weight=lambda scene: 3 if _decimal_groups(scene.source) else 0,
        pool=lambda scene: len(_decimal_groups(scene.source)),
        apply=_scale_group,
        scales=(0.003, 0.2),
    ),
    Operator(
        name="translate a group",
        words="shift {count} of {pool} lists of constants by about {percent}% of their spread",
        weight=lambda scene: 2 if _decimal_groups(scene.source) else 0,
        pool=lambda scene: len(_decimal_groups(scene.source)),
        apply=_translate_group,
        scales=(0.003, 0.2),
    ),
)
