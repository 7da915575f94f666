"""Laws that every operator keeps, on programs built from templates."""

from __future__ import annotations

import ast
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mutators.blocks import change_outside
from mutators.embedded.editor import choose, edit
from mutators.embedded.operators.catalogue import OPERATORS, named
from mutators.embedded.operators.operator import Scene, Setting, written
from mutators.embedded.source import read, splice

RICH = '''\
"""Untouched é."""
import math

FIXED = [1.5, 2.5]
# EVOLVE-BLOCK-START
POINTS = [
    [0.07, 0.12],
    [0.31, 0.10],
    [0.48, -0.12],
]
LEVELS = [1, 2, 3]
RATE = 0.50125


def gap(i, points):
    """Half the gap."""
    x, y = points[i]
    best = min(x, 1 - x)
    for j in range(3):
        if j != i and best > 0.01:
            best = min(best, RATE * math.hypot(x - points[j][0], y))
    return best


def solve(n):
    total = 0.0
    extra = 2.0
    for i in range(n):
        total += gap(i, POINTS) * LEVELS[i % 3]
    total = total + extra
    return total
# EVOLVE-BLOCK-END
print(solve(3), 0.25)
'''
OTHER = (
    RICH.replace("0.31", "0.36")
    .replace("0.48", "0.55")
    .replace("extra = 2.0", "extra = 3.0")
    .replace("total = total + extra", "total = total - extra\n    total = abs(total)")
)
THIRD = RICH.replace("0.07", "0.01").replace("RATE = 0.50125", "RATE = 0.25")
SCENE = Scene(read(RICH), ((OTHER, "python"), (THIRD, "python")))


@st.composite
def programs(draw):
    """Small programs with and without regions, tables, loops, conditions, odd layout."""
    number = st.floats(-100, 100, allow_nan=False).map(lambda value: f"{value:.4g}")
    rows = draw(st.lists(st.tuples(number, number), min_size=1, max_size=4))
    table = ", ".join(f"[{a}, {b}]" for a, b in rows)
    count = draw(st.integers(0, 9))
    unit = draw(st.sampled_from(["    ", "  ", "\t"]))
    body = [
        f"T = [{table}]",
        f"N = {count}; M = {draw(number)}  # ü",
        "def f(a, b=2):",
        f"{unit}x = a * {draw(number)} + b",
        f"{unit}y = (a -",
        f"{unit}     b) / 3.5",
        f"{unit}for k in range({count}):",
        f"{unit}{unit}x = max(x, y) if x < y else x - T[0][1]",
        f"{unit}if x >= {draw(number)}: y = x",
        f"{unit}s = '''a",
        "  b'''",
        f"{unit}return x + y",
    ]
    text = "\n".join(body) + draw(st.sampled_from(["\n", ""]))
    if draw(st.booleans()):
        text = f"A = 1.5\n# EVOLVE-BLOCK-START\n{text.rstrip()}\n# EVOLVE-BLOCK-END\nB = f(1, 2)\n"
    return text


@given(program=programs(), other=programs(), seed=st.integers(0, 2**32))
def test_every_operator_leads_to_another_program_that_parses_and_keeps_what_may_not_change(
    program, other, seed
):
    scene = Scene(read(program), ((other, "python"), (program.replace("3.5", "4.5"), "python")))
    for operator in OPERATORS:
        if operator.weight(scene) <= 0 or operator.pool(scene) == 0:
            continue
        random = Random(f"{seed} {operator.name}")
        said = operator.say(scene, operator.draw(scene, random))

        made = edit(scene, said, random)

        assert made is not None
        assert made.text != program
        assert ast.parse(made.text)
        assert made.text == splice(program, made.splices)
        assert change_outside({"p": program}, {"p": made.text}) == ""


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda one: one.name)
def test_every_operator_serves_where_a_plan_names_it(operator):
    served = 0
    for seed in range(20):
        random = Random(seed)
        said = operator.say(SCENE, operator.draw(SCENE, random))
        made = edit(SCENE, f"## Plan\n{said}\n1. do it", random)
        served += made.choice.operator is operator

    assert served >= 15


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda one: one.name)
def test_a_setting_can_be_read_back_from_its_words(operator):
    setting = operator.draw(SCENE, Random(1))

    step = named(f"Idea. {operator.say(SCENE, setting)}\nmore")

    assert step.operator is operator
    said = Setting.said(step.words)
    assert said.scale == pytest.approx(setting.scale)
    assert "{count} of" not in operator.words or said.count == setting.count


def test_jitter_moves_as_many_constants_as_the_plan_says_and_about_as_far():
    made = edit(SCENE, "jitter constants: move 2 of 9 constants by about 1% of their spread", Random(3))

    before = SCENE.source.literals
    after = read(made.text).literals
    moved = [(a, b) for a, b in zip(before, after, strict=True) if a.value != b.value]
    assert len(moved) == 2
    assert all(a.whole or abs(a.value - b.value) < 0.06 * a.spread for a, b in moved)


def test_a_step_towards_an_inspiration_lies_between_the_two():
    made = edit(SCENE, "step towards an inspiration: about 50% of the way", Random(5))

    here = [one.value for one in SCENE.source.literals]
    there = [one.value for one in read(made.text).literals]
    moved = [(a, b) for a, b in zip(here, there, strict=True) if a != b]
    ways = {0.31: 0.335, 0.48: 0.515, 2.0: 2.5, 0.07: 0.04, 0.50125: 0.375625}
    assert moved
    assert all(b == pytest.approx(ways[a]) for a, b in moved)


def test_a_plan_of_somebody_else_leads_to_a_choice_of_its_own():
    names = {edit(SCENE, "Use simulated annealing.", Random(seed)).choice.operator.name for seed in range(60)}

    assert len(names) > 5


def test_a_program_without_anything_to_change_has_no_edit():
    scene = Scene(read("import os\n"))

    assert choose(scene, Random(0)) is None
    assert edit(scene, "", Random(0)) is None


def test_constants_are_preferred_where_there_are_many():
    table = "\n".join(f"    [{i}.5, {i}.25]," for i in range(30))
    rich = Scene(read(f"P = [\n{table}\n]\ndef f(a):\n    b = a + 1\n    return b * 2\n"))
    poor = Scene(read("def f(a):\n    b = a + 1\n    c = a * b\n    return b * c - a\n"))

    def share(scene: Scene) -> float:
        drawn = [choose(scene, Random(seed)) for seed in range(300)]
        return sum(one.operator.structural for one in drawn) / len(drawn)

    assert share(rich) < 0.2
    assert share(poor) > 0.6


@pytest.mark.parametrize(
    ("value", "whole", "text"),
    [(1 / 3, False, "0.333333"), (2.0, False, "2.0"), (2.6, True, "3"), (1e-9, False, "1e-09")],
)
def test_constants_are_written_with_six_digits(value, whole, text):
    assert written(value, whole=whole) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_no_literal_can_say_is_not_written(value):
    assert written(value, whole=False) is None


def test_a_step_that_would_change_nothing_gives_way_to_another():
    made = edit(Scene(read("x = y\nx = y\n")), "swap statements: exchange 1 of 1 pairs", Random(0))

    assert made.choice.operator.name != "swap statements"
    assert made.text != "x = y\nx = y\n"
