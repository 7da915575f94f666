"""All operators of the editor."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mutators.embedded.operators.constants import CONSTANT_OPERATORS
from mutators.embedded.operators.crossover import CROSSOVER_OPERATORS
from mutators.embedded.operators.expressions import EXPRESSION_OPERATORS
from mutators.embedded.operators.operator import Operator
from mutators.embedded.operators.statements import STATEMENT_OPERATORS

__all__ = ["OPERATORS", "Named", "named"]

OPERATORS: tuple[Operator, ...] = (
    *CONSTANT_OPERATORS,
    *CROSSOVER_OPERATORS,
    *EXPRESSION_OPERATORS,
    *STATEMENT_OPERATORS,
)


@dataclass(frozen=True, slots=True)
class Named:
    """An operator that a text names, and the words from its name to the end of the line."""

    operator: Operator
    words: str


def named(text: str) -> Named | None:
    """The operator whose name comes first in a text, a colon behind it; None where there is none."""
    found = _NAMES.search(text)
    if found is None:
        return None
    return Named(_BY_NAME[found.group(1).lower()], found.group())


_BY_NAME = {one.name: one for one in OPERATORS}
_NAMES = re.compile(rf"\b({'|'.join(map(re.escape, _BY_NAME))}):.*", re.IGNORECASE)
