"""How single values stand in columns: what goes in comes out.

Texts come back to the last character, numbers to the last bit (except that a negative zero comes back as
zero, for SQLite cannot hold it in a column), times to the microsecond in UTC. What cannot be kept is refused
with a `StoreError` before it reaches the database.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any, TypeAlias

from archive.cell import Cell
from archive.store import StoreError

__all__ = [
    "AnyRow",
    "Values",
    "cell_in",
    "cell_out",
    "json_out",
    "mark_out",
    "number",
    "optional_number",
    "optional_text_in",
    "text_in",
    "text_out",
    "time_in",
    "time_out",
    "whole",
]

Values: TypeAlias = dict[str, "str | int | float | bool | None"]
"""Values of one row by column."""

AnyRow: TypeAlias = Any  # a SQLAlchemy Row; its type parameters say nothing about names of columns

# PostgreSQL holds no NUL and neither database a lone surrogate; models write both. ESC marks such a character
# and therefore itself.
_UNSPEAKABLE = re.compile("[\x00\x1b\ud800-\udfff]")
_MARKED = re.compile("\x1b([0-9a-f]{4})")
_LARGEST = 2**63
_MARK_DIGITS = 24


def text_out(text: str) -> str:
    """A text as a column can hold it."""
    return _UNSPEAKABLE.sub(lambda found: f"\x1b{ord(found[0]):04x}", text)


def text_in(text: str) -> str:
    """A text as it was before `text_out`."""
    return _MARKED.sub(lambda found: chr(int(found[1], 16)), text) if "\x1b" in text else text


def mark_out(fingerprint: str) -> str:
    """What is kept of a fingerprint: 96 bits, which no two of a billion programs share by chance.

    All of it takes three times the pages of its index, one of which is read and written with every program.
    """
    return text_out(fingerprint[:_MARK_DIGITS])


def number(value: float, *, name: str) -> float:
    """A real number as a column can hold it.

    Raises:
        StoreError: it is not finite.
    """
    if not math.isfinite(value):
        raise StoreError(f"{name} must be a finite number, not {value}")
    # Adding zero turns a negative zero into zero, as SQLite does, so that all databases agree.
    return float(value) + 0.0


def optional_number(value: float | None, *, name: str) -> float | None:
    """`number`, or None for None."""
    return None if value is None else number(value, name=name)


def optional_text_in(text: str | None) -> str | None:
    """`text_in`, or None for None."""
    return None if text is None else text_in(text)


def whole(value: int, *, name: str) -> int:
    """A whole number as a column can hold it.

    Raises:
        StoreError: it has more than 64 bits.
    """
    if not -_LARGEST <= value < _LARGEST:
        raise StoreError(f"{name} must have at most 64 bits, not {value}")
    return value


def json_out(value: object) -> str:
    """A value as JSON text, in ASCII.

    Raises:
        StoreError: a number in it is not finite.
    """
    # ASCII, so that JSON itself escapes the characters that a database cannot hold.
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise StoreError(f"only finite numbers can be stored: {error}") from error


def time_out(at: datetime) -> str:
    """A time as ISO 8601 text in UTC, of fixed width so that texts sort as times do.

    Raises:
        StoreError: the time has no zone.
    """
    if at.tzinfo is None:
        raise StoreError(f"times are aware, {at} has no zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def time_in(text: str) -> datetime:
    """The aware time of such a text."""
    return datetime.fromisoformat(text)


def cell_out(cell: Cell) -> str:
    """A cell as its indexes with commas between."""
    return ",".join(str(int(index)) for index in cell)


def cell_in(text: str) -> Cell:
    """The cell of such a text."""
    return tuple(int(index) for index in text.split(",")) if text else ()
