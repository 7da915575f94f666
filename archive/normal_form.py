"""The normal form of a Python program: its syntax tree as text, without what does not bear on what it does.

The form is the tree in prefix order, each list under its length, so that two trees have one form only when
they are the same tree but for local names. A local name is written as the depth of the scope that binds it
and its number in order of appearance there. That is alpha equivalence: both programs are renamings, without
capture, of one third program.

Names are kept where they mean something outside of their scope: globals, attributes, parameters and keywords
(a caller may name them), functions and classes (`__name__`), imports, and everything bound in a class body.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, Final

from archive.nodes import is_idle, is_inert, plan, without_constants
from archive.pen import Pen
from archive.scopes import Scope, ScopeKind

__all__ = ["normal_form"]


def normal_form(tree: ast.Module) -> str | None:
    """The normal form; None where a difference of layout could be seen at run time.

    Walked with a stack of its own, so that no tree is too deep.

    Raises:
        ValueError: the tree has a node whose scope is not known here.
    """
    writer = _Writer(renames=True)
    writer.write(tree)
    if writer.words.show_text(tree):
        return None
    form = writer.form()
    if form is None:
        writer = _Writer(renames=False)
        writer.write(tree)
        form = writer.form()
    return form


class _Writer(Pen):
    """Writes one tree.

    Args:
        renames: whether local names, docstrings and idle annotations are left out.
    """

    def __init__(self, *, renames: bool) -> None:
        super().__init__(renames=renames)
        self._stack: list[Any] = []

    def write(self, tree: ast.Module) -> None:
        """Write a tree, once."""
        out, stack, names, special = self._out, self._stack, self._open, _SPECIAL
        stack.append(tree)
        while stack:
            item = stack.pop()
            kind = type(item)
            if kind is ast.Name:
                if type(item.ctx) is not ast.Load:
                    self._bind(item.id)
                names.append((len(out), self._scope, item.id))
                out.append("")
            elif kind is list:
                out.append(f"[{len(item)}")
                stack.extend(item[::-1])
            elif kind in special:
                special[kind](self, item)
            else:
                name, first, all_, parts = plan(kind)
                out.append(name)
                if all_ is not None:
                    stack.extend(all_(item))
                elif first is not None:
                    stack.append(first(item))
                else:
                    self._push_bodies(item, parts)
        self.words.names.update(name for _, _, name in names)

    def _without_idle(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        return without_constants(body) if self._renames else list(body)

    def _push_bodies(self, node: ast.AST, parts: Sequence[tuple[str, bool]]) -> None:
        for name, holds_statements in parts:
            part = getattr(node, name)
            self._stack.append(self._without_idle(part) if holds_statements else part)

    def _push(self, *parts: Any) -> None:  # noqa: ANN401  # nodes, lists, texts and scopes alike
        self._stack.extend(parts[::-1])

    def scope(self, item: Scope) -> None:
        """From here on names belong to this scope."""
        self._scope = item

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Decorators, defaults and annotations belong to the scope around the function."""
        _refuse_type_parameters(node)
        self._bind(node.name, fixed=True)
        self._out.append(type(node).__name__)
        # A decorator, or what a class is made by, may read docstring and annotations.
        kept = bool(node.decorator_list) or self._scope.marked
        inner = self._scope.inside(ScopeKind.FUNCTION)
        body = node.body if kept else self._without_idle(node.body)
        arguments = self._arguments(node.args, inner, kept=kept)
        returns = self._annotation(node.returns, kept=kept)
        self._push(node.name, node.decorator_list, *arguments, returns, inner, body, self._scope)

    def lambda_(self, node: ast.Lambda) -> None:
        """A function of one expression."""
        self._out.append("Lambda")
        inner = self._scope.inside(ScopeKind.FUNCTION)
        self._push(*self._arguments(node.args, inner, kept=True), inner, node.body, self._scope)

    def _arguments(self, args: ast.arguments, inner: Scope, *, kept: bool) -> list[Any]:
        """Names, annotations and defaults, each list under its length; the names are bound inside."""
        single = [one for one in (args.vararg, args.kwarg) if one is not None]
        names = [one.arg for one in (*args.posonlyargs, *args.args, *args.kwonlyargs, *single)]
        inner.bound.update(names)
        inner.fixed.update(names)
        self._bound.update(names)
        self._sees_names = self._sees_names or any(name.startswith("__") for name in names)
        parts: list[Any] = []
        for group in (args.posonlyargs, args.args, args.kwonlyargs):
            parts += (len(group), *self._signature(group, kept=kept))
        for one_or_none in (args.vararg, args.kwarg):
            parts += (None,) if one_or_none is None else self._signature([one_or_none], kept=kept)
        return [*parts, args.defaults, args.kw_defaults]

    def _signature(self, group: Sequence[ast.arg], *, kept: bool) -> list[Any]:
        return [part for one in group for part in (one.arg, self._annotation(one.annotation, kept=kept))]

    def _annotation(self, node: ast.expr | None, *, kept: bool) -> ast.expr | None:
        """An annotation, or None for one of built-in types, whose evaluation has no effect."""
        if node is None or kept or not self._renames:
            return node
        names: set[str] = set()
        if not is_idle(node, names):
            return node
        self._assumed |= names
        return None

    def class_(self, node: ast.ClassDef) -> None:
        """Bases and decorators belong to the scope around; the body has one that functions do not see."""
        _refuse_type_parameters(node)
        self._bind(node.name, fixed=True)
        self._out.append("ClassDef")
        marked = bool(node.bases or node.keywords or node.decorator_list)
        inner = self._scope.inside(ScopeKind.CLASS, marked=marked)
        body = node.body if marked else self._without_idle(node.body)
        head = (node.name, node.decorator_list, node.bases, node.keywords)
        self._push(*head, inner, body, self._scope)

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        """The first iterable belongs to the scope around."""
        self._out.append(type(node).__name__)
        inner = self._scope.inside(ScopeKind.COMPREHENSION)
        first, *others = node.generators
        parts: list[Any] = [len(node.generators), first.iter, inner, first.target, first.ifs, first.is_async]
        for one in others:
            parts += (one.target, one.iter, one.ifs, one.is_async)
        parts += (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        self._push(*parts, self._scope)

    def walrus(self, node: ast.NamedExpr) -> None:
        """Binds in the scope around all comprehensions."""
        self._out.append("NamedExpr")
        self._scope.around_comprehensions.bound.add(node.target.id)
        self._bound.add(node.target.id)
        self._name(node.target.id)
        self._push(node.value)

    def import_(self, node: ast.Import | ast.ImportFrom) -> None:
        """The name that an import binds is kept: it is a word that says what is used."""
        module = node.module if isinstance(node, ast.ImportFrom) else None
        self.words.modules.update((module or "").split("."))
        self._out.append(f"{type(node).__name__} {len(node.names)} {getattr(node, 'level', 0)} {module}")
        for alias in node.names:
            self._bind(alias.asname or alias.name.partition(".")[0], fixed=True)
            self.words.modules.update(alias.name.split("."))
            self._push(alias.name, alias.asname)

    def global_(self, node: ast.Global) -> None:
        """Names of the module."""
        self._scope.globals.update(node.names)
        self._out.append("Global")
        self._push(node.names)

    def nonlocal_(self, node: ast.Nonlocal) -> None:
        """Names of a function around."""
        self._scope.nonlocals.update(node.names)
        self._out.append(f"Nonlocal {len(node.names)}")
        for name in node.names:
            self._name(name)

    def annotated(self, node: ast.AnnAssign) -> None:
        """An assignment with an annotation that nothing evaluates is a plain assignment."""
        if node.value is not None and isinstance(node.target, ast.Name) and self._is_unread(node.annotation):
            self._out.append("Assign")
            self._push([node.target], node.value)
        else:
            self._out.append("AnnAssign")
            self._push(node.simple, node.target, node.annotation, node.value)

    def _is_unread(self, annotation: ast.expr) -> bool:
        if self._scope.kind is ScopeKind.MODULE:
            return self._annotation(annotation, kept=False) is None
        return self._renames and self._scope.is_local and is_inert(annotation)

    def handler(self, node: ast.ExceptHandler) -> None:
        """The message of an error may tell the names of locals, so that whoever catches one sees them."""
        self._out.append(f"ExceptHandler {node.name is not None}")
        self._sees_names = self._sees_names or node.name is not None
        self._capture(node.name)
        self._push(node.type, self._without_idle(node.body))

    def pattern(self, node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> None:
        """Patterns that bind a name."""
        name = node.rest if isinstance(node, ast.MatchMapping) else node.name
        self._out.append(f"{type(node).__name__} {name is not None}")
        self._capture(name)
        if isinstance(node, ast.MatchMapping):
            self._push(node.keys, node.patterns)
        elif isinstance(node, ast.MatchAs):
            self._push(node.pattern)

    def _capture(self, name: str | None) -> None:
        if name is not None:
            self._bind(name)
            self._name(name)


_SPECIAL: Final[dict[type, Callable[[_Writer, Any], None]]] = {
    str: _Writer.text,
    int: _Writer.plain,
    bool: _Writer.plain,
    type(None): _Writer.plain,
    Scope: _Writer.scope,
    ast.Constant: _Writer.constant,
    ast.FunctionDef: _Writer.function,
    ast.AsyncFunctionDef: _Writer.function,
    ast.Lambda: _Writer.lambda_,
    ast.ClassDef: _Writer.class_,
    ast.ListComp: _Writer.comprehension,
    ast.SetComp: _Writer.comprehension,
    ast.GeneratorExp: _Writer.comprehension,
    ast.DictComp: _Writer.comprehension,
    ast.NamedExpr: _Writer.walrus,
    ast.Import: _Writer.import_,
    ast.ImportFrom: _Writer.import_,
    ast.Global: _Writer.global_,
    ast.Nonlocal: _Writer.nonlocal_,
    ast.AnnAssign: _Writer.annotated,
    ast.ExceptHandler: _Writer.handler,
    ast.MatchAs: _Writer.pattern,
    ast.MatchStar: _Writer.pattern,
    ast.MatchMapping: _Writer.pattern,
}


def _refuse_type_parameters(node: ast.AST) -> None:
    if getattr(node, "type_params", None):
        raise ValueError("type parameters are not followed")
