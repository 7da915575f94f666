"""Scopes of a Python program, as far as the question goes which names are whose locals."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

__all__ = ["Scope", "ScopeKind"]


class ScopeKind(Enum):
    """What a scope belongs to."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    COMPREHENSION = "comprehension"


@dataclass(slots=True, eq=False)
class Scope:
    """Where names live; filled while a tree is walked, and asked when all of it was.

    Attributes:
        kind: what it belongs to.
        outer: the scope around; None for the module's.
        depth: 0 for the module's, one more for each scope inside.
        marked: of a class with bases, keywords or decorators: somebody else sees its body.
        bound: names that are bound here.
        fixed: of these, names that mean something outside: parameters, functions, classes, imports.
        globals: names declared global here.
        nonlocals: names declared nonlocal here.
        numbers: what the form calls its locals, in order of appearance.
    """

    kind: ScopeKind
    outer: Scope | None = None
    depth: int = 0
    marked: bool = False
    bound: set[str] = field(default_factory=set)
    fixed: set[str] = field(default_factory=set)
    globals: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    numbers: dict[str, str] = field(default_factory=dict)

    def inside(self, kind: ScopeKind, *, marked: bool = False) -> Scope:
        """A scope inside this one."""
        return Scope(kind=kind, outer=self, depth=self.depth + 1, marked=marked)

    @property
    def is_local(self) -> bool:
        """Whether names bound here are locals: nobody reaches them from outside."""
        return self.kind is ScopeKind.FUNCTION or self.kind is ScopeKind.COMPREHENSION

    @property
    def around_comprehensions(self) -> Scope:
        """The scope where ``:=`` binds."""
        at = self
        while at.kind is ScopeKind.COMPREHENSION and at.outer is not None:
            at = at.outer
        return at

    def owner(self, name: str) -> Scope | None:
        """The function or comprehension whose local a name in this scope is; None for any other name.

        A name that a function declares global is global in the functions inside it as well, and the body of
        a class is seen from itself alone.
        """
        at: Scope | None = self
        while at is not None and at.kind is not ScopeKind.MODULE:
            if at.kind is not ScopeKind.CLASS or at is self:
                if name in at.globals:
                    return None
                if name in at.bound and name not in at.nonlocals:
                    return None if at.kind is ScopeKind.CLASS else at
            at = at.outer
        return None

    def called(self, name: str) -> str:
        """What the form calls a local of this scope: the depth, and its number in order of appearance."""
        return self.numbers.setdefault(name, f"${self.depth}.{len(self.numbers)}")
