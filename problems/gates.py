"""The expression language of ``when``: conditions over metrics of earlier stages, without `eval`.

::

    condition  = both ("or" both)*
    both       = negation ("and" negation)*
    negation   = "not" negation | comparison
    comparison = sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)*
    sum        = product (("+" | "-") product)*
    product    = factor (("*" | "/") factor)*
    factor     = ("+" | "-") factor | NUMBER | STAGE "." METRIC | "(" condition ")"

A chain ``0 < a.x < 1`` means ``0 < a.x and a.x < 1``. Numbers and conditions do not mix: ``a.x and 1`` and
``(a.x > 1) + 2`` are refused when the text is parsed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from problems.conditions import (
    COMPARISONS,
    Arithmetic,
    Comparison,
    Condition,
    Junction,
    Metric,
    Metrics,
    Not,
    Number,
    Quantity,
)

__all__ = ["Gate", "GateError", "Metrics"]

MAX_LENGTH = 500
"""Characters in one gate."""
MAX_DEPTH = 20
"""Parentheses, signs and negations inside each other."""

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign><=|>=|==|!=|[<>+\-*/().])"
)


class GateError(ValueError):
    """A text is no gate.

    Attributes:
        position: 0-based index of the character at fault; the length of the text for its end.
        expected: what could have stood there.
        found: what stands there.
    """

    def __init__(self, *, position: int, expected: str, found: str) -> None:
        self.position = position
        self.expected = expected
        self.found = found
        super().__init__(f"at character {position + 1}: expected {expected}, found {found}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A parsed condition. Two gates are equal when their texts are.

    Attributes:
        text: as it was written.
        names: every ``(stage, metric)`` it reads, once, in order of appearance.
    """

    text: str
    names: tuple[tuple[str, str], ...] = field(compare=False)
    _condition: Condition = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str) -> Gate:
        """The gate that a text describes.

        Raises:
            GateError: it does not follow the grammar, is longer than 500 characters or deeper than 20 levels.
        """
        if len(text) > MAX_LENGTH:
            raise GateError(
                position=MAX_LENGTH, expected=f"at most {MAX_LENGTH} characters", found=str(len(text))
            )
        parser = _Parser(text)
        condition = parser.whole()
        return cls(text=text, names=tuple(dict.fromkeys(parser.names)), _condition=condition)

    def open(self, metrics: Metrics) -> bool:
        """Whether the condition is known to hold. Never raises.

        A metric that is missing or not finite is unknown, and so is a division by zero or an overflow.
        Unknown follows Kleene's logic: ``unknown or true`` is true, ``not unknown`` stays unknown; a gate
        whose outcome is unknown is closed.
        """
        return self._condition.holds(metrics) is True


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def shown(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise GateError(
                position=position, expected="a number, a metric or an operator", found=repr(text[position])
            )
        kind = match.lastgroup or ""
        if kind != "space":
            yield _Token(kind, match.group(), position)
        position = match.end()
    yield _Token("end", "", len(text))


class _Parser:
    """Recursive descent; every method reads one rule of the grammar from where the last one stopped."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._index = 0
        self._depth = 0
        self.names: list[tuple[str, str]] = []

    @property
    def _next(self) -> _Token:
        return self._tokens[self._index]

    def whole(self) -> Condition:
        start = self._next
        condition = self._as_condition(self._or(), start)
        if self._next.kind != "end":
            self._refuse("an operator or the end")
        return condition

    def _or(self) -> Quantity | Condition:
        return self._junction("or", self._and, decisive=True)

    def _and(self) -> Quantity | Condition:
        return self._junction("and", self._not, decisive=False)

    def _junction(
        self, word: str, part: Callable[[], Quantity | Condition], *, decisive: bool
    ) -> Quantity | Condition:
        start = self._next
        first = part()
        if self._next.text != word:
            return first
        parts = [self._as_condition(first, start)]
        while self._take(word):
            start = self._next
            parts.append(self._as_condition(part(), start))
        return Junction(decisive, tuple(parts))

    def _not(self) -> Quantity | Condition:
        if not self._take("not"):
            return self._comparison()
        start = self._next
        with_depth = self._deeper(self._not)
        return Not(self._as_condition(with_depth, start))

    def _comparison(self) -> Quantity | Condition:
        start = self._next
        left = self._sum()
        links: list[Condition] = []
        while (sign := self._next.text) in COMPARISONS:
            left_number = self._as_quantity(left, start)
            self._index += 1
            start = self._next
            left = self._sum()
            links.append(Comparison(sign, left_number, self._as_quantity(left, start)))
        if not links:
            return left
        return links[0] if len(links) == 1 else Junction(False, tuple(links))

    def _sum(self) -> Quantity | Condition:
        return self._chain(("+", "-"), self._product)

    def _product(self) -> Quantity | Condition:
        return self._chain(("*", "/"), self._factor)

    def _chain(
        self, signs: tuple[str, ...], part: Callable[[], Quantity | Condition]
    ) -> Quantity | Condition:
        start = self._next
        left = part()
        while (sign := self._next.text) in signs:
            number = self._as_quantity(left, start)
            self._index += 1
            right = self._next
            left = Arithmetic(sign, number, self._as_quantity(part(), right))
        return left

    def _factor(self) -> Quantity | Condition:
        token = self._next
        if token.text in {"+", "-"}:
            self._index += 1
            start = self._next
            inner = self._as_quantity(self._deeper(self._factor), start)
            return Arithmetic(token.text, Number(0.0), inner)
        if self._take("("):
            condition = self._deeper(self._or)
            if not self._take(")"):
                self._refuse("')'")
            return condition
        if token.kind == "number":
            self._index += 1
            if not math.isfinite(number := float(token.text)):
                raise GateError(position=token.position, expected="a finite number", found=token.shown)
            return Number(number)
        if token.kind == "word" and token.text not in {"and", "or", "not"}:
            return self._metric()
        return self._refuse("a number, a metric such as score.value, or '('")

    def _metric(self) -> Metric:
        stage = self._next.text
        self._index += 1
        if not self._take("."):
            self._refuse(f"'.' and the name of a metric after the stage {stage!r}")
        if self._next.kind != "word":
            self._refuse(f"the name of a metric of the stage {stage!r}")
        name = self._next.text
        self._index += 1
        self.names.append((stage, name))
        return Metric(stage, name)

    def _deeper(self, rule: Callable[[], Quantity | Condition]) -> Quantity | Condition:
        if self._depth >= MAX_DEPTH:
            self._refuse(f"at most {MAX_DEPTH} levels")
        self._depth += 1
        result = rule()
        self._depth -= 1
        return result

    def _take(self, text: str) -> bool:
        if self._next.text != text:
            return False
        self._index += 1
        return True

    def _as_condition(self, node: Quantity | Condition, start: _Token) -> Condition:
        if isinstance(node, Comparison | Not | Junction):
            return node
        raise GateError(
            position=start.position, expected="a condition such as score.value > 1", found="a number"
        )

    def _as_quantity(self, node: Quantity | Condition, start: _Token) -> Quantity:
        if isinstance(node, Number | Metric | Arithmetic):
            return node
        raise GateError(position=start.position, expected="a number or a metric", found="a condition")

    def _refuse(self, expected: str) -> NoReturn:
        raise GateError(position=self._next.position, expected=expected, found=self._next.shown)
