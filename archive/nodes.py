"""Nodes of Python's syntax tree: how an ordinary one is taken apart, and which of them do nothing."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

__all__ = ["Plan", "is_idle", "is_inert", "plan", "without_constants"]

_SKIPPED: Final = frozenset({"ctx", "type_comment", "type_ignores", "kind"})
_BODIES: Final = frozenset({"body", "orelse", "finalbody"})
_ODD: Final = frozenset({"TypeAlias", "TypeVar", "ParamSpec", "TypeVarTuple"})
"""Nodes of later versions of Python, with scopes of their own that are not followed."""

_TYPES: Final = frozenset({"bool", "bytes", "complex", "float", "int", "object", "str"})
_GENERIC: Final = frozenset({"dict", "frozenset", "list", "set", "tuple", "type"})
_DEPTH: Final = 5
"""Brackets inside each other in an annotation that is still looked into."""


class Plan(NamedTuple):
    """How to take a node of one kind apart.

    Attributes:
        name: of the kind.
        first: its part, where it has one that is no list of statements; else None.
        all: its parts in reverse as a tuple, where there are several and none is a list of statements.
        parts: names of its parts in reverse, each with whether it is a list of statements; for all others.
    """

    name: str
    first: Callable[[Any], Any] | None
    all: Callable[[Any], tuple[Any, ...]] | None
    parts: tuple[tuple[str, bool], ...]


_PLANS: Final[dict[type, Plan]] = {}


def plan(kind: type) -> Plan:
    """The plan for a kind of node.

    Raises:
        ValueError: it is no node, or one whose scope is not followed.
    """
    found = _PLANS.get(kind)
    return found or _PLANS.setdefault(kind, _planned(kind))


def _planned(kind: type) -> Plan:
    fields: Sequence[str] | None = getattr(kind, "_fields", None)
    if fields is None or kind.__name__ in _ODD:
        raise ValueError(f"{kind.__name__} is not followed")
    # The body of an expression (a conditional one) is no list of statements.
    bodies = frozenset[str]() if issubclass(kind, ast.expr) else _BODIES
    names = [name for name in reversed(fields) if name not in _SKIPPED]
    getter = attrgetter(*names) if names and bodies.isdisjoint(names) else None
    return Plan(
        name=kind.__name__,
        first=getter if len(names) == 1 else None,
        all=getter if len(names) > 1 else None,
        parts=() if getter else tuple((name, name in bodies) for name in names),
    )


def without_constants(body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """Statements without bare constants, docstrings among them, which do nothing."""
    return [one for one in body if type(one) is not ast.Expr or type(one.value) is not ast.Constant]


def is_idle(annotation: ast.expr, names: set[str], *, depth: int = 0) -> bool:
    """Whether an annotation is made of built-in types in a way that cannot fail when it is evaluated.

    Args:
        annotation: the annotation.
        names: gets the types it is made of; somebody might have given these names another meaning.
        depth: how many brackets are around it.
    """
    if depth > _DEPTH:
        return False
    if isinstance(annotation, ast.Name):
        names.add(annotation.id)
        return annotation.id in _TYPES or annotation.id in _GENERIC
    if isinstance(annotation, ast.Constant):
        return annotation.value is None
    inside: list[ast.expr] = []
    if isinstance(annotation, ast.Subscript):
        if isinstance(annotation.value, ast.Name) and annotation.value.id in _GENERIC:
            index = annotation.slice
            inside = [annotation.value, *(index.elts if isinstance(index, ast.Tuple) else [index])]
    elif (
        isinstance(annotation, ast.BinOp)
        and isinstance(annotation.op, ast.BitOr)
        and not isinstance(annotation.left, ast.Constant)  # None | None is an error
    ):
        inside = [annotation.left, annotation.right]
    return bool(inside) and all(is_idle(one, names, depth=depth + 1) for one in inside)


def is_inert(annotation: ast.expr) -> bool:
    """Whether an annotation in a function, which nothing evaluates, neither binds nor makes a generator."""
    counts = (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)
    return not any(isinstance(part, counts) for part in ast.walk(annotation))
