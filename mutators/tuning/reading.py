"""Finding the constants of a program that may be tuned.

In Python (read by libcst, which keeps every byte): decimal numbers and integers inside the EVOLVE-BLOCK
regions, with their sign. What is no parameter is left alone: indices, annotations, texts; 0, 1, 2 and one
half, with either sign, in the middle of an expression; other integers below 3 there; counters and sums that
begin at 0 or 1 inside a function; tolerances below a millionth. A list that holds a decimal number is one of
decimals throughout, elsewhere integers stay integers.

A choice is declared by a comment behind an assignment, ``KIND = "hex"  # one of: "hex", "square"``; a
constant in capital letters that is True or False is a choice between the two.

In other languages, numbers with a point or exponent, and integers from 3, wherever they stand in a region.
That takes in numbers in comments, which do no harm but that trying them is in vain.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from mutators.blocks import is_marked, regions

if TYPE_CHECKING:
    import libcst as cst

__all__ = ["Kind", "Literal", "literals_of"]

_FORMULA = frozenset({0.0, 0.5, 1.0, 2.0})
_TINY = 1e-6
_LARGEST = 1e15
_NUMBER = re.compile(r"(?<![\w.])(?:\d+\.\d*(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+)(?![\w.])")
_BREAK = re.compile(r"\r\n|\r|\n")
_ONE_OF = re.compile(r"#\s*one of:\s*(.+)$", re.IGNORECASE)
_CONSTANT = re.compile(r"^[A-Z][A-Z0-9_]*$")
_PLAIN = re.compile(r"^\d+$")


class Kind(StrEnum):
    """What values a constant may have."""

    DECIMAL = "decimal"
    WHOLE = "whole"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """A constant in a file.

    Attributes:
        start: first character, the sign included.
        end: one past the last character.
        text: as it stands there.
        value: finite; of a choice, its place among the options.
        kind: what it may become.
        options: texts of a choice; empty for numbers.
        guarded: whether a negative value needs brackets there.
        home: number of the list it stands in; None when it stands alone.
        column: its place in its row, where the list is a table; 0 in a flat one.
    """

    start: int
    end: int
    text: str
    value: float
    kind: Kind
    options: tuple[str, ...] = ()
    guarded: bool = False
    home: int | None = None
    column: int = 0


def literals_of(sources: Mapping[str, str], language: str) -> dict[str, tuple[Literal, ...]]:
    """Constants that may be tuned by file, in the order of their places; none in a file that cannot be read.

    Args:
        sources: path to text. Where some files have EVOLVE-BLOCK regions, the others have no such constants.
        language: as the problem names it.
    """
    marked = any(is_marked(text) for text in sources.values())
    read = _python if language.lower() in {"python", "py", "python3"} else _other
    found: dict[str, tuple[Literal, ...]] = {}
    for path, text in sources.items():
        spots = () if marked and not is_marked(text) else regions(text)
        found[path] = tuple(
            literal
            for literal in read(text)
            if any(spot.start <= literal.start and literal.end <= spot.end for spot in spots)
        )
    return found


def _other(text: str) -> list[Literal]:
    found = []
    for match in _NUMBER.finditer(text):
        whole = bool(_PLAIN.match(match[0]))
        value = float(match[0])
        if _TINY < value < _LARGEST and (value >= 3 if whole else value not in _FORMULA):
            kind = Kind.WHOLE if whole else Kind.DECIMAL
            found.append(Literal(start=match.start(), end=match.end(), text=match[0], value=value, kind=kind))
    return found


def _python(text: str) -> list[Literal]:
    import libcst as cst

    try:
        wrapper = cst.MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
        return _Reader(text, wrapper).read()
    except (cst.ParserSyntaxError, cst.CSTValidationError, RecursionError, ValueError):
        return []


@dataclass(slots=True)
class _Place:
    """What the syntax around a constant says of it."""

    named: bool = False
    inside_function: bool = False
    excluded: bool = False
    guarded: bool = False
    home: object = None
    column: int = 0


class _Reader:
    """Goes through one module."""

    def __init__(self, text: str, wrapper: cst.MetadataWrapper) -> None:
        import libcst as cst
        from libcst.metadata import ParentNodeProvider, PositionProvider

        self._cst = cst
        self._text = text
        self._module = wrapper.module
        self._positions = wrapper.resolve(PositionProvider)
        self._parents = wrapper.resolve(ParentNodeProvider)
        self._starts = (0, *(match.end() for match in _BREAK.finditer(text)))
        self._decimal_homes: dict[int, bool] = {}
        self._homes: dict[int, int] = {}

    def read(self) -> list[Literal]:
        found: list[Literal] = []
        waiting: list[cst.CSTNode] = [self._module]
        while waiting:
            node = waiting.pop()
            literal = self._choice(node) or self._number(node)
            if literal is not None:
                found.append(literal)
            elif not self._is_number(node):
                waiting.extend(node.children)
        return self._as_lists(sorted(found, key=lambda one: one.start))

    def _is_number(self, node: cst.CSTNode) -> bool:
        cst = self._cst
        if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Minus):
            return isinstance(node.expression, cst.Integer | cst.Float) and not node.expression.lpar
        return isinstance(node, cst.Integer | cst.Float)

    def _number(self, node: cst.CSTNode) -> Literal | None:
        if not self._is_number(node):
            return None
        cst = self._cst
        inner = node.expression if isinstance(node, cst.UnaryOperation) else node
        whole = isinstance(inner, cst.Integer)
        digits = inner.value.replace("_", "") if isinstance(inner, cst.Integer | cst.Float) else ""
        if whole and not _PLAIN.match(digits):
            return None  # hexadecimal and its like are masks, not amounts
        value = float(digits) if len(digits) < 300 else math.inf
        value = -value if isinstance(node, cst.UnaryOperation) else value
        place = self._place(node)
        if place.excluded or not abs(value) < _LARGEST or not _is_parameter(value, place, whole=whole):
            return None
        return self._literal(
            node,
            value=value,
            kind=Kind.WHOLE if whole else Kind.DECIMAL,
            guarded=place.guarded and not isinstance(node, cst.UnaryOperation),
            home=None if place.home is None else self._homes.setdefault(id(place.home), len(self._homes)),
            column=place.column,
        )

    def _literal(self, node: cst.CSTNode, **what: object) -> Literal | None:
        """None where the position is not that of the constant, which would put an edit in a wrong place."""
        at = self._positions[node]
        start = self._starts[at.start.line - 1] + at.start.column
        end = self._starts[at.end.line - 1] + at.end.column
        text = self._text[start:end]
        if text != self._module.code_for_node(node):
            return None
        return Literal(start=start, end=end, text=text, **what)  # type: ignore[arg-type]  # by name, above

    def _place(self, node: cst.CSTNode) -> _Place:
        cst = self._cst
        place = _Place(guarded=self._is_guarded(node))
        child, direct = node, True
        while (parent := self._parents.get(child)) is not None:
            if isinstance(parent, cst.SubscriptElement | cst.Annotation | cst.FormattedStringExpression):
                place.excluded = True
            if direct:
                self._name(place, parent, child)
            direct = direct and isinstance(
                parent, cst.List | cst.Tuple | cst.Set | cst.Element | cst.DictElement | cst.Dict
            )
            if isinstance(parent, cst.FunctionDef | cst.Lambda) and not isinstance(child, cst.Parameters):
                place.inside_function = True
            child = parent
        return place

    def _is_guarded(self, node: cst.CSTNode) -> bool:
        cst, parent = self._cst, self._parents.get(node)
        if isinstance(parent, cst.BinaryOperation):
            return isinstance(parent.operator, cst.Power) and parent.left is node
        return isinstance(parent, cst.Attribute)

    def _name(self, place: _Place, parent: cst.CSTNode, child: cst.CSTNode) -> None:
        """Take in what holds a constant directly, or holds the lists it stands in."""
        cst = self._cst
        if isinstance(parent, cst.List | cst.Tuple | cst.Set):
            # The innermost list, where it is a row of a table, gives the column, the outermost is its home.
            if place.home is None and self._is_row(parent):
                place.column = next(i for i, one in enumerate(parent.elements) if one is child)
            place.home = parent
        elif isinstance(parent, cst.Assign | cst.AnnAssign | cst.Param):
            place.named = True
        elif isinstance(parent, cst.Arg):
            place.named = parent.keyword is not None
        elif isinstance(parent, cst.DictElement):
            place.named = parent.value is child

    def _is_row(self, node: cst.CSTNode) -> bool:
        """Whether a list is a row of a table."""
        element = self._parents.get(node)
        holder = None if element is None else self._parents.get(element)
        cst = self._cst
        return isinstance(element, cst.Element) and isinstance(holder, cst.List | cst.Tuple | cst.Set)

    def _choice(self, node: cst.CSTNode) -> Literal | None:
        cst = self._cst
        if not (isinstance(node, cst.Assign | cst.AnnAssign) and node.value is not None):
            return None
        value, line = node.value, self._parents.get(node)
        if isinstance(line, cst.SimpleStatementLine) and line.trailing_whitespace.comment is not None:
            declared = _ONE_OF.match(line.trailing_whitespace.comment.value)
            options = _options(declared[1]) if declared and len(line.body) == 1 else ()
            text = self._module.code_for_node(value)
            if len(options) > 1 and text in options:
                return self._literal(
                    value, value=float(options.index(text)), kind=Kind.CHOICE, options=options
                )
        target = node.targets[0].target if isinstance(node, cst.Assign) else node.target
        if (
            isinstance(value, cst.Name)
            and value.value in {"True", "False"}
            and isinstance(target, cst.Name)
            and _CONSTANT.match(target.value)
            and not self._place(value).inside_function
        ):
            return self._literal(
                value, value=float(value.value == "True"), kind=Kind.CHOICE, options=("False", "True")
            )
        return None

    @staticmethod
    def _as_lists(found: Sequence[Literal]) -> list[Literal]:
        """The constants, those of a list with a decimal number in it all as decimals."""
        decimal = {one.home for one in found if one.kind is Kind.DECIMAL} - {None}
        return [replace(one, kind=Kind.DECIMAL) if one.home in decimal else one for one in found]


def _is_parameter(value: float, place: _Place, *, whole: bool) -> bool:
    if place.home is not None:
        return True
    if place.named:
        return not (place.inside_function and abs(value) <= 1 and value == round(value)) and not (
            0 < abs(value) < _TINY
        )
    return abs(value) >= 3 if whole else abs(value) >= _TINY and abs(value) not in _FORMULA


def _options(text: str) -> tuple[str, ...]:
    """The constants of a list; none where it is no list of constants."""
    try:
        listed = ast.parse(f"({text},)", mode="eval").body
        if not isinstance(listed, ast.Tuple):
            return ()
        texts = [ast.get_source_segment(f"({text},)", each) or "" for each in listed.elts]
        for each in texts:
            ast.literal_eval(each)
    except (SyntaxError, ValueError):
        return ()
    return tuple(dict.fromkeys(texts))
