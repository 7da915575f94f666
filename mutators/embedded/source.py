"""A program as the editor sees it: text, the regions that may change, its constants and their neighbours."""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from mutators.blocks import regions as marked_regions
from mutators.spread import width

__all__ = ["Group", "Literal", "Source", "Splice", "parse", "read", "splice"]

_LINE = re.compile(r"\r\n|\r|\n")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d*)?(?:[eE][+-]?\d+)?(?![\w.])")
_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Splice:
    """Replace the characters ``[start, end)`` of a text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A numeric constant inside an evolve region.

    Attributes:
        start: first character, the sign included.
        end: one past the last character.
        value: its value.
        whole: whether it must stay an integer.
        key: name of what holds it, row and column in there; pairs constants of two programs.
        spread: a length to measure moves by, positive: how the constants beside it scatter, else its own
            magnitude, else 1.
        group: index of its group, or None when it stands alone.
    """

    start: int
    end: int
    value: float
    whole: bool
    key: Key
    spread: float
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A list, tuple or set of constants, or a table: a list of such rows.

    Attributes:
        name: what it is assigned to, or empty.
        rows: indices of its constants; rows of length 1 where it is flat.
    """

    name: str
    rows: tuple[tuple[int, ...], ...]

    @property
    def members(self) -> tuple[int, ...]:
        return tuple(index for row in self.rows for index in row)

    @property
    def table(self) -> bool:
        """Whether its rows hold several constants each."""
        return any(len(row) > 1 for row in self.rows)


@dataclass(frozen=True, slots=True)
class Source:
    """A parsed program.

    Attributes:
        text: the whole program.
        python: whether it is Python; other languages have constants and no syntax.
        starts: offset of the first character of every line.
        regions: ``[start, end)`` character ranges that may change, in order.
        literals: numeric constants in them.
        groups: lists of such constants.
    """

    text: str
    python: bool
    starts: tuple[int, ...]
    regions: tuple[tuple[int, int], ...]
    literals: tuple[Literal, ...]
    groups: tuple[Group, ...]

    @property
    def tree(self) -> ast.Module | None:
        """The syntax tree, not to be changed; None where the language is not Python."""
        return parse(self.text) if self.python else None

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Character range of a syntax node."""
        end_line = node.end_lineno or node.lineno
        end_column = node.end_col_offset or 0
        return self.offset(node.lineno, node.col_offset), self.offset(end_line, end_column)

    def offset(self, line: int, column: int) -> int:
        """Character offset of a line (from 1) and a column in UTF-8 bytes, as the syntax tree counts."""
        start = self.starts[line - 1]
        if self.text.isascii():
            return start + column
        stop = self.starts[line] if line < len(self.starts) else len(self.text)
        return start + len(self.text[start:stop].encode()[:column].decode())

    def inside(self, start: int, end: int) -> bool:
        """Whether a range lies within one region."""
        return any(low <= start and end <= high for low, high in self.regions)


@lru_cache(maxsize=32)
def parse(text: str) -> ast.Module | None:
    """The syntax tree of a Python program, or None where there is none. It is shared: not to be changed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a candidate's odd escapes are not our user's concern
            return ast.parse(text)
    except _UNREADABLE:
        return None


def splice(text: str, splices: Iterable[Splice]) -> str:
    """The text with every splice applied. They must not overlap."""
    parts: list[str] = []
    at = 0
    for piece in sorted(splices, key=lambda piece: (piece.start, piece.end)):
        parts += (text[at : piece.start], piece.text)
        at = piece.end
    return "".join((*parts, text[at:]))


@lru_cache(maxsize=256)
def read(text: str, language: str = "python") -> Source | None:
    """Parse a program; None when it claims to be Python and is not. Other languages give numbers only."""
    starts = (0, *(match.end() for match in _LINE.finditer(text)))
    regions = tuple((one.start, one.end) for one in marked_regions(text))
    if language.lower() in {"", "python", "py", "python3"}:
        tree = parse(text)
        if tree is not None:
            bare = Source(text, True, starts, regions, (), ())
            finder = _Finder(bare)
            try:
                finder.visit(tree, "", numeric=True)
            except RecursionError:  # an expression nested hundreds of levels deep
                return None
            return Source(text, True, starts, regions, *_measured(finder.found, finder.groups))
        if language:
            return None
    found = [
        _Found(m.start(), m.end(), float(m.group()), m.group().isdigit(), (f"line {row}", 0, column))
        for row, (low, high) in enumerate(_lines(starts, len(text)))
        for column, m in enumerate(_NUMBER.finditer(text, low, high))
        if any(a <= low and high <= b for a, b in regions)
    ]
    return Source(text, False, starts, regions, *_measured(found, []))


@dataclass(slots=True)
class _Found:
    start: int
    end: int
    value: float
    whole: bool
    key: Key


class _Finder:
    """Collects constants and the lists they stand in."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[_Found] = []
        self.groups: list[tuple[str, list[list[int]]]] = []
        self._ordinals: dict[str, int] = {}

    def visit(self, node: ast.AST, name: str, *, numeric: bool) -> None:
        """Walk a tree; `name` is what the value is assigned to, `numeric` false where numbers are indices."""
        if isinstance(node, ast.JoinedStr):
            return  # positions inside f-strings are not reliable before Python 3.12
        if isinstance(node, ast.Constant | ast.UnaryOp) and self._single(node, name, numeric=numeric):
            return
        if isinstance(node, ast.List | ast.Tuple | ast.Set) and numeric and self._group(node, name):
            return
        for child_name, child, still in _children(node, name, numeric=numeric):
            self.visit(child, child_name, numeric=still)

    def _single(self, node: ast.expr, name: str, *, numeric: bool) -> bool:
        found = self._constant(node)
        if found is None:
            return False
        if numeric:
            ordinal = self._ordinals.get(name, 0)
            self._ordinals[name] = ordinal + 1
            found.key = (name, -1, ordinal)
            self.found.append(found)
        return True

    def _group(self, node: ast.List | ast.Tuple | ast.Set, name: str) -> bool:
        rows: list[list[_Found]] = []
        for element in node.elts:
            parts = element.elts if isinstance(element, ast.List | ast.Tuple | ast.Set) else [element]
            constants = [self._constant(part) for part in parts]
            if not constants or any(constant is None for constant in constants):
                return False
            rows.append([constant for constant in constants if constant is not None])
        if sum(map(len, rows)) < 2:
            return False
        ordinal = self._ordinals.get(name + "[]", 0)
        self._ordinals[name + "[]"] = ordinal + 1
        whole = all(constant.whole for row in rows for constant in row)
        indices: list[list[int]] = []
        for r, row in enumerate(rows):
            indices.append([])
            for c, constant in enumerate(row):
                constant.whole = whole
                constant.key = (f"{name}[{ordinal}]", r, c)
                indices[-1].append(len(self.found))
                self.found.append(constant)
        self.groups.append((name, indices))
        return True

    def _constant(self, node: ast.expr) -> _Found | None:
        sign = 1.0
        inner = node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            sign, inner = -1.0, node.operand
        if not isinstance(inner, ast.Constant) or type(inner.value) not in (int, float):
            return None
        start, end = self.source.span(node)
        try:
            value = sign * float(inner.value)  # type: ignore[arg-type]  # int or float, as seen above
        except OverflowError:  # an integer of more than 308 digits
            return None
        if not math.isfinite(value) or not self.source.inside(start, end):
            return None
        return _Found(start, end, value, isinstance(inner.value, int), ("", 0, 0))


def _children(node: ast.AST, name: str, *, numeric: bool) -> Iterable[tuple[str, ast.AST, bool]]:
    """What stands in a syntax node: name of what it is assigned to, syntax, whether numbers are values."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        label = targets[0].id if isinstance(targets[0], ast.Name) else name
        return [(name, one, False) for one in targets] + (
            [(label, node.value, numeric)] if node.value else []
        )
    if isinstance(node, ast.Subscript):
        return [(name, node.value, numeric), (name, node.slice, False)]
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        defaults = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
        return [(node.name, child, True) for child in (*defaults, *node.body)]
    within = numeric or isinstance(node, ast.stmt)
    return [(name, child, within) for child in ast.iter_child_nodes(node)]


def _measured(
    found: Sequence[_Found], groups: Sequence[tuple[str, list[list[int]]]]
) -> tuple[tuple[Literal, ...], tuple[Group, ...]]:
    spread = {index: abs(one.value) or 1.0 for index, one in enumerate(found)}
    home: dict[int, int] = {}
    for number, (_, rows) in enumerate(groups):
        home |= {index: number for row in rows for index in row}
        even = len({len(row) for row in rows}) == 1 and len(rows) > 1
        columns = zip(*rows, strict=True) if even else [[i for row in rows for i in row]]
        for column in columns:
            scatter = width([found[i].value for i in column])
            if scatter > 0:
                spread |= dict.fromkeys(column, scatter)
    literals = tuple(
        Literal(one.start, one.end, one.value, one.whole, one.key, spread[i], home.get(i))
        for i, one in enumerate(found)
    )
    return literals, tuple(Group(name, tuple(map(tuple, rows))) for name, rows in groups)


def _lines(starts: Sequence[int], length: int) -> Iterable[tuple[int, int]]:
    return zip(starts, (*starts[1:], length), strict=True)
