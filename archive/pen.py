"""What a normal form is written with: tokens, and names that are left open until all bindings are known."""

from __future__ import annotations

import ast
from typing import Final

from archive.scopes import Scope, ScopeKind
from archive.seen import Words

__all__ = ["Pen"]

_WORD: Final = 24
"""Longest text constant that is looked at as a word."""


class Pen:
    """Writes the tokens of one program.

    Args:
        renames: whether local names are written as what the form calls them, or as they are.

    Attributes:
        words: words of the program so far.
    """

    def __init__(self, *, renames: bool) -> None:
        self.words = Words()
        self._renames = renames
        self._sees_names = False
        self._out: list[str] = []
        self._open: list[tuple[int, Scope, str]] = []
        self._scope = Scope(kind=ScopeKind.MODULE)
        self._bound: set[str] = set()
        self._assumed: set[str] = set()

    def form(self) -> str | None:
        """What was written; None when local names were to be left out and that cannot be done."""
        if self._renames:
            shadowed = not self._assumed.isdisjoint(self._bound)
            if (
                self._sees_names
                or shadowed
                or (self._assumed and "*" in self._bound)
                or self.words.show_names
            ):
                return None
        resolved: dict[tuple[Scope, str], str] = {}
        for place, scope, name in self._open:
            key = (scope, name)
            self._out[place] = resolved.get(key) or resolved.setdefault(key, self._resolved(scope, name))
        return None if self._renames and self._sees_names else "\n".join(self._out)

    def _name(self, name: str) -> None:
        self._open.append((len(self._out), self._scope, name))
        self._out.append("")

    def _bind(self, name: str, *, fixed: bool = False) -> None:
        scope = self._scope
        scope.bound.add(name)
        self._bound.add(name)
        if fixed:
            scope.fixed.add(name)

    def _resolved(self, scope: Scope, name: str) -> str:
        """A name as the form has it: of the scope that binds it, or as it is written."""
        if name.startswith("__") and (not name.endswith("__") or name in scope.bound):
            # Such a name may be another one than it seems, when it stands in a class, or none at all.
            self._sees_names = self._sees_names or scope.depth > 0
        owner = scope.owner(name) if self._renames else None
        if owner is None or name in owner.fixed:
            return f"'{name}"
        # From the body of a class a name is looked up in its namespace first, which may hold anything.
        self._sees_names = self._sees_names or scope.kind is ScopeKind.CLASS
        return owner.called(name)

    def text(self, item: str) -> None:
        """An identifier that is kept."""
        self.words.others.add(item)
        self._out.append(f"'{item}")

    def plain(self, item: int | None) -> None:
        """A number or a choice that the grammar itself has, or nothing."""
        self._out.append(repr(item))

    def constant(self, node: ast.Constant) -> None:
        """Type and value. Hexadecimal, because Python refuses to write long numbers in decimal digits."""
        value = node.value
        if isinstance(value, str) and len(value) <= _WORD:
            self.words.others.add(value)
        text = hex(value) if type(value) is int else repr(value)
        self._out.append(f"{type(value).__name__} {text}")
