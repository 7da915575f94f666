"""Operators on expressions. Each expression is parsed by libcst by itself, changed, and spliced back."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from random import Random

import libcst as cst

from mutators.embedded.operators.operator import Operator, Scene, Setting, in_code, written
from mutators.embedded.source import Source, Splice
from mutators.embedded.structure import expressions, loops

__all__ = ["EXPRESSION_OPERATORS"]

_ARITHMETIC: tuple[type[cst.BaseBinaryOp], ...] = (cst.Add, cst.Subtract, cst.Multiply, cst.Divide)
_COMPARISONS: tuple[type[cst.BaseCompOp], ...] = (
    cst.LessThan, cst.LessThanEqual, cst.GreaterThan, cst.GreaterThanEqual, cst.Equal, cst.NotEqual,
)  # fmt: skip
_LONGEST = 500


def _arithmetic(source: Source) -> list[ast.expr]:
    plain = (ast.Add, ast.Sub, ast.Mult, ast.Div)
    return [
        node
        for node in expressions(source, ast.BinOp)
        if isinstance(node, ast.BinOp)
        and isinstance(node.op, plain)
        and not any(_wordy(side) for side in (node.left, node.right))
    ]


def _wordy(node: ast.expr) -> bool:
    """Whether it is text or a list, on which arithmetic means something else."""
    return isinstance(node, ast.JoinedStr | ast.List | ast.Tuple) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )


def _comparisons(source: Source) -> list[ast.expr]:
    ordered = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
    return [
        node
        for node in expressions(source, ast.Compare)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ordered)
    ]


def _values(source: Source) -> list[ast.expr]:
    """Expressions that are likely numbers: arithmetic, and calls inside it."""
    found = _arithmetic(source)
    sides = [
        side
        for node in found
        if isinstance(node, ast.BinOp)
        for side in (node.left, node.right)
        if isinstance(side, ast.Call | ast.Name | ast.Subscript)
    ]
    return found + sides


def _change_arithmetic(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    node = random.choice(_arithmetic(scene.source))
    tree = _parsed(scene.source, node)
    if not isinstance(tree, cst.BinaryOperation):
        return ()
    others = [kind for kind in _ARITHMETIC if not isinstance(tree.operator, kind)]
    return _spliced(scene.source, node, tree.with_changes(operator=random.choice(others)()))


def _change_comparison(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    node = random.choice(_comparisons(scene.source))
    tree = _parsed(scene.source, node)
    if not isinstance(tree, cst.Comparison):
        return ()
    first, *rest = tree.comparisons
    others = [kind for kind in _COMPARISONS if not isinstance(first.operator, kind)]
    changed = first.with_changes(operator=random.choice(others)())
    return _spliced(scene.source, node, tree.with_changes(comparisons=[changed, *rest]))


def _wrap(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    """`e` becomes ``min(e, bound)`` or ``max(e, bound)``."""
    node = random.choice(_values(scene.source))
    tree = _parsed(scene.source, node)
    if tree is None:
        return ()
    bounds = sorted({one.id for one in ast.walk(node) if isinstance(one, ast.Name)})
    bounds += [written(one.value, whole=one.whole) or "0" for one in scene.source.literals[:50]]
    bound = cst.parse_expression(random.choice([*bounds, "0.0", "1.0"]))
    call = cst.Call(
        func=cst.Name(random.choice(("min", "max"))),
        args=[cst.Arg(tree, comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))), cst.Arg(bound)],
    )
    return _spliced(scene.source, node, call)


def _factor(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    """`e` becomes ``factor * e``, a constant that later steps can move."""
    node = random.choice(_values(scene.source))
    tree = _parsed(scene.source, node)
    if tree is None:
        return ()
    factor = 1 + random.choice((-1, 1)) * max(setting.scale, 0.001)
    product = cst.BinaryOperation(
        left=cst.parse_expression(written(factor, whole=False) or "1.0"),
        operator=cst.Multiply(),
        right=_enclosed(tree),
        lpar=[cst.LeftParen()],
        rpar=[cst.RightParen()],
    )
    return _spliced(scene.source, node, product)


def _adjust_loop(scene: Scene, setting: Setting, random: Random) -> Sequence[Splice]:
    call = random.choice(loops(scene.source))
    stop = call.args[min(len(call.args) - 1, 1)]
    tree = _parsed(scene.source, stop)
    if tree is None:
        return ()
    if isinstance(tree, cst.Integer):
        times = int(tree.value.replace("_", ""), 0)
        near = [times + 1, max(times - 1, 1), times * 2, max(times // 2, 1)]
        return _spliced(scene.source, stop, cst.Integer(str(random.choice(near))))
    sign, operand = random.choice(((cst.Add, "1"), (cst.Subtract, "1"), (cst.Multiply, "2")))
    changed = cst.BinaryOperation(left=_enclosed(tree), operator=sign(), right=cst.Integer(operand))
    return _spliced(scene.source, stop, changed)


def _parsed(source: Source, node: ast.expr) -> cst.BaseExpression | None:
    """The expression for libcst; None where it cannot stand alone, as when it spans lines in brackets.

    Long ones are left alone: nested deeply, they cost libcst seconds.
    """
    start, end = source.span(node)
    if end - start > _LONGEST:
        return None
    try:
        return cst.parse_expression(source.text[start:end])
    except cst.ParserSyntaxError:
        return None


def _spliced(source: Source, node: ast.expr, changed: cst.BaseExpression) -> list[Splice]:
    start, end = source.span(node)
    return [Splice(start, end, cst.Module(body=[]).code_for_node(changed))]


def _enclosed(tree: cst.BaseExpression) -> cst.BaseExpression:
    """In parentheses, unless it binds tightly anyway or has some."""
    if tree.lpar or isinstance(tree, cst.Name | cst.Call | cst.Subscript | cst.Integer | cst.Float):
        return tree
    return tree.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


EXPRESSION_OPERATORS = (
    Operator(
        name="change an arithmetic operator",
        words="put another operator into {count} of {pool} sums or products",
        weight=in_code(1.5),
        pool=lambda scene: len(_arithmetic(scene.source)),
        apply=_change_arithmetic,
        structural=True,
    ),
    Operator(
        name="change a comparison",
        words="put another comparison into {count} of {pool} conditions",
        weight=in_code(1.0),
        pool=lambda scene: len(_comparisons(scene.source)),
        apply=_change_comparison,
        structural=True,
    ),
    Operator(
        name="bound an expression",
        words="wrap {count} of {pool} expressions in min or max",
        weight=in_code(1.5),
        pool=lambda scene: len(_values(scene.source)),
        apply=_wrap,
        structural=True,
    ),
    Operator(
        name="introduce a factor",
        words="multiply {count} of {pool} expressions by a constant about {percent}% away from one",
        weight=in_code(1.5),
        pool=lambda scene: len(_values(scene.source)),
        apply=_factor,
        scales=(0.01, 0.5),
        structural=True,
    ),
    Operator(
        name="adjust a loop",
        words="change the bound of {count} of {pool} counted loops",
        weight=in_code(1.5),
        pool=lambda scene: len(loops(scene.source)),
        apply=_adjust_loop,
        structural=True,
    ),
)
