"""Statements and expressions of a program that an operator may touch, with their place in the text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from mutators.embedded.source import Source

__all__ = [
    "Statement",
    "blocks",
    "expressions",
    "functions",
    "loops",
    "multiline_string",
    "names",
    "reindent",
]

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that has its lines to itself.

    Attributes:
        node: its syntax.
        start: first character of its first line.
        end: one past the line break of its last line.
        indent: white space before it.
        scope: name of the function it stands in, or empty.
    """

    node: ast.stmt
    start: int
    end: int
    indent: str
    scope: str

    def text(self, source: Source) -> str:
        """Its lines, line break included."""
        return source.text[self.start : self.end]


def blocks(source: Source) -> list[list[Statement]]:
    """Runs of statements of one block, whole lines inside a region; docstrings left out."""
    found: list[list[Statement]] = []
    for scope, body in _bodies(source.tree, ""):
        block = [one for node in body if (one := _statement(source, node, scope)) is not None]
        if block:
            found.append(block)
    return found


def functions(source: Source) -> dict[str, list[Statement]]:
    """Bodies of the functions that stand in a region as a whole, by name."""
    bodies: dict[str, list[Statement]] = {}
    for node in ast.walk(source.tree) if source.tree else ():
        if not isinstance(node, _Function):
            continue
        statements = [_statement(source, one, node.name, docstrings=True) for one in node.body]
        whole = [one for one in statements if one is not None]
        if len(whole) == len(node.body):
            bodies[node.name] = whole
    return bodies


def expressions(source: Source, *kinds: type[ast.expr]) -> list[ast.expr]:
    """Expressions of the given kinds inside the regions, not inside f-strings."""
    return [
        node for node in _walk(source.tree) if isinstance(node, kinds) and source.inside(*source.span(node))
    ]


def loops(source: Source) -> list[ast.Call]:
    """Calls of `range` that loops and comprehensions run over."""
    calls = [node.iter for node in _walk(source.tree) if isinstance(node, ast.For | ast.comprehension)]
    return [
        call
        for call in calls
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "range"
        and call.args
        and source.inside(*source.span(call))
    ]


def names(root: ast.AST) -> list[str]:
    """Plain variables that are assigned in the syntax, sorted."""
    stored = {
        node.id for node in ast.walk(root) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return sorted(stored)


def reindent(text: str, old: str, new: str) -> str:
    """Lines moved from one indentation to another; blank lines stay as they are."""
    moved = [
        new + line.removeprefix(old) if line.strip() else line for line in text.splitlines(keepends=True)
    ]
    return "".join(moved)


def multiline_string(node: ast.AST) -> bool:
    """Whether lines of the syntax belong to a string, which must not be indented anew."""
    return any(
        isinstance(one, ast.JoinedStr | ast.Constant)
        and (isinstance(one, ast.JoinedStr) or isinstance(one.value, str | bytes))
        and one.end_lineno != one.lineno
        for one in ast.walk(node)
    )


def _walk(tree: ast.AST | None) -> Iterator[ast.AST]:
    """All syntax but what stands inside f-strings, where positions are not reliable before Python 3.12."""
    waiting = [tree] if tree is not None else []
    while waiting:
        node = waiting.pop()
        if not isinstance(node, ast.JoinedStr):
            yield node
            waiting.extend(ast.iter_child_nodes(node))


def _bodies(node: ast.AST | None, scope: str) -> Iterator[tuple[str, list[ast.stmt]]]:
    if node is None:
        return
    inner = node.name if isinstance(node, _Function) else scope
    for field in ("body", "orelse", "finalbody"):
        body = getattr(node, field, None)
        if isinstance(body, list) and body:
            yield inner, body
            for child in body:
                yield from _bodies(child, inner)
    for handler in getattr(node, "handlers", ()):
        yield from _bodies(handler, inner)


def _statement(source: Source, node: ast.stmt, scope: str, *, docstrings: bool = False) -> Statement | None:
    if not docstrings and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return None
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    last = node.end_lineno or node.lineno
    start = source.starts[first - 1]
    end = source.starts[last] if last < len(source.starts) else len(source.text)
    head, tail = source.span(node)
    indent = source.text[start : source.offset(node.lineno, node.col_offset)] if first == node.lineno else ""
    if first != node.lineno:
        head = start + len(source.text[start:]) - len(source.text[start:].lstrip())
        indent = source.text[start:head]
    after = source.text[tail:end].strip()
    alone = not indent.strip() and (not after or after.startswith("#"))
    broken = source.text[end - 1 : end] in {"\n", "\r"}
    return (
        Statement(node, start, end, indent, scope) if alone and broken and source.inside(start, end) else None
    )
