"""A part of a Python program in place of the whole: definitions that are put where those of their names are.

It errs by refusing: all that the part holds must be a definition, an import, or a statement that the program
has, and at least one of its definitions must be there already, once.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mutators.editing.python import names, needed, roots, runs, speaks, tree

__all__ = ["is_fragment", "merged"]

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Edit = tuple[int, int, list[str]]


def is_fragment(text: str, before: str, *, entrypoint: str | None) -> bool:
    """Whether a Python text is a part of a new program: it relies on what only the program before defines.

    Without an entrypoint a text is a part too where it lacks all that the program only defines for others, or
    puts nothing out where the program does.
    """
    ours, theirs = names(text), names(before)
    if not ours & theirs:
        return False
    if entrypoint is not None and entrypoint in theirs and entrypoint not in ours:
        return True
    if needed(text) & (names(before, imports=True) - names(text, imports=True)):
        return True
    if entrypoint in theirs or not theirs - ours:
        return False
    tops = roots(before)
    if tops and not tops & ours:
        return True
    return runs(before) and (not runs(text) or (speaks(before) and not speaks(text)))


def merged(before: str, parts: Sequence[str], *, around: str = "") -> str | None:
    """The program with the definitions of the parts in place of its own; None where that is not clear.

    Args:
        before: the program, or the region of it that may change.
        parts: Python texts.
        around: the whole program, where only a region may change; what it has beside is left out.
    """
    was = tree(before)
    if isinstance(was, str):
        return None
    lines = before.split("\n")
    edits: list[_Edit] = []
    seen: set[str] = set()
    for part in parts:
        made = _merge(was, lines, part, seen, around)
        if made is None:
            return None
        edits += made
    spans = sorted(edits, key=lambda edit: (edit[0], edit[1]))
    if not spans or any(a[1] > b[0] for a, b in itertools.pairwise(spans)):
        return None
    for start, end, new in reversed(spans):
        lines[start:end] = new
    text = "\n".join(lines)
    return text if not isinstance(tree(text), str) else None


@dataclass(slots=True)
class _Merging:
    """What a part brings, statement by statement."""

    edits: list[_Edit] = field(default_factory=list)
    waiting: list[list[str]] = field(default_factory=list)
    imports: list[list[str]] = field(default_factory=list)

    def take(self, was: ast.Module, node: ast.stmt, text: list[str], above: int) -> bool:
        """Puts a statement where that of its name is with `above` comment lines; whether it can."""
        old = [other for other in was.body if _name(other) == _name(node)]
        if not old:
            self.waiting.append(text)
            return True
        if len(old) > 1 or type(old[0]) is not type(node) or _members(old[0]) - _members(node):
            # A class that lacks methods may mean only those it has.
            return False
        self.edits.append(
            (_first(old[0]) - above, old[0].end_lineno or old[0].lineno, [*_spaced(self.waiting), *text])
        )
        self.waiting = []
        return True

    def done(self, was: ast.Module) -> list[_Edit] | None:
        """The edits, with what the program did not have put beside what it has."""
        if not self.edits:
            return None if self.waiting else []
        if self.waiting:
            at, behind, text = self.edits[-1]
            more = [line for item in self.waiting for line in ("", "", *item)]
            self.edits[-1] = (at, behind, [*text, *more])
        if self.imports:
            at = _behind_imports(was)
            self.edits.append((at, at, [line for item in self.imports for line in item]))
        return self.edits


def _merge(
    was: ast.Module, lines: Sequence[str], part: str, seen: set[str], around: str
) -> list[_Edit] | None:
    parsed, whole = tree(part), tree(around)
    if isinstance(parsed, str):
        return None
    own = part.split("\n")
    state = _Merging()
    there = {ast.dump(node) for node in (*was.body, *(() if isinstance(whole, str) else whole.body))}
    fixed = names(around) - {_name(node) for node in was.body}
    end = 0
    for node in parsed.body:
        start, stop = _first(node), node.end_lineno or node.lineno
        remarks, end = _remarks(own[end:start]), stop
        if ast.dump(node) in there or _name(node) in fixed:
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            state.imports.append(own[start:stop])
            continue
        name = _name(node)
        if name is None or name in seen:
            return None
        seen.add(name)
        above = len(_remarks(lines[: _at(was, name)])) if remarks else 0
        if not state.take(was, node, [*remarks, *own[start:stop]], above):
            return None
    return state.done(was)


def _at(was: ast.Module, name: str) -> int:
    """Index of the first line of the statement of a name; 0 when there is none."""
    return next((_first(node) for node in was.body if _name(node) == name), 0)


def _first(node: ast.stmt) -> int:
    """Index of the first line of a statement, its decorators included."""
    decorators = node.decorator_list if isinstance(node, _DEFINITIONS) else []
    return min([node.lineno, *(item.lineno for item in decorators)]) - 1


def _name(node: ast.stmt) -> str | None:
    if isinstance(node, _DEFINITIONS):
        return node.name
    targets = (
        node.targets
        if isinstance(node, ast.Assign)
        else [node.target]
        if isinstance(node, ast.AnnAssign)
        else []
    )
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _members(node: ast.stmt) -> frozenset[str]:
    """Names of what a class defines; none for anything else."""
    inner = node.body if isinstance(node, ast.ClassDef) else []
    return frozenset(name for name in map(_name, inner) if name is not None)


def _remarks(lines: Sequence[str]) -> list[str]:
    """The comment lines that stand right above what follows."""
    kept: list[str] = []
    for line in reversed(lines):
        if not line.startswith("#"):
            break
        kept.insert(0, line)
    return kept


def _spaced(items: Iterable[Sequence[str]]) -> list[str]:
    return [line for item in items for line in (*item, "", "")]


def _behind_imports(was: ast.Module) -> int:
    imports = [
        node.end_lineno or node.lineno for node in was.body if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    if imports:
        return max(imports) if max(imports) < _first_definition(was) else min(imports)
    first = was.body[0] if was.body else None
    doc = (
        isinstance(first, ast.Expr)
        and isinstance(first.value, ast.Constant)
        and isinstance(first.value.value, str)
    )
    return (first.end_lineno or 1) if first is not None and doc else 0


def _first_definition(was: ast.Module) -> int:
    return next((_first(node) for node in was.body if isinstance(node, _DEFINITIONS)), len(was.body) + 10**9)
