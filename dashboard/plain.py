"""Text and numbers made fit to be shown.

Sources, reasons and lessons come from models and candidates and are not trusted: they are shown as plain
text only, clipped, and without characters that would make a reader see something else than what runs.
"""

from __future__ import annotations

import difflib
import html
import math
import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = [
    "LIMIT",
    "NONE",
    "Clipped",
    "clip",
    "diff",
    "duration",
    "escape_markdown",
    "hover",
    "line",
    "number",
]

LIMIT = 200_000
"""Most bytes of one text that a page shows."""

NONE = "\N{EN DASH}"
"""Stands where there is no value."""

_DIFF_LINES = 5_000
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")
# Bidirectional controls reorder what is read against what runs (CVE-2021-42574); other controls hide text.
_INVISIBLE = {
    code: f"\\u{code:04x}"
    for code in (
        *range(0x00, 0x09),
        *range(0x0B, 0x0D),
        *range(0x0E, 0x20),
        *range(0x7F, 0xA0),
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x206A),
        0xFEFF,
        # A lone surrogate cannot be encoded, so no message with one would reach the browser.
        *range(0xD800, 0xE000),
    )
}


@dataclass(frozen=True, slots=True)
class Clipped:
    """A text cut to at most `LIMIT` bytes of UTF-8; `note` says so in words and is empty otherwise."""

    text: str
    note: str = ""


def clip(text: str, limit: int = LIMIT) -> Clipped:
    """A text with invisible characters spelled out, cut at a line end where one is near."""
    # Cut before the translation too: it must not cost more than what is shown.
    shown = text[:limit].translate(_INVISIBLE).encode()
    if len(shown) <= limit and len(text) <= limit:
        return Clipped(shown.decode())
    kept = shown[:limit].decode(errors="ignore")
    end = kept.rfind("\n", len(kept) - 1_000 if len(kept) > 1_000 else 0)
    if end > 0:
        kept = kept[: end + 1]
    return Clipped(kept, f"Clipped to the first {limit // 1000:,} kB; {len(text):,} characters in all.")


def line(text: str, limit: int = 300) -> str:
    """A text as one short line, for tables."""
    flat = " ".join(text[: 4 * limit].translate(_INVISIBLE).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def hover(text: object) -> str:
    """A text for Plotly, which reads a subset of HTML in hovers, legends and titles."""
    return html.escape(line(str(text)), quote=True)


def escape_markdown(text: str) -> str:
    """A text for a place that reads Markdown (titles, labels), shown as it stands."""
    return _MARKDOWN.sub(r"\\\1", line(text))


@lru_cache(maxsize=64)
def diff(before: str, after: str) -> Clipped:
    """A unified diff of two sources with three lines of context; empty text when they are equal.

    Finding the changes takes time quadratic in the lines, so longer sources are not compared.
    """
    old, new = clip(before), clip(after)
    lines = old.text.splitlines(), new.text.splitlines()
    if max(map(len, lines)) > _DIFF_LINES:
        return Clipped("", f"Not compared: more than {_DIFF_LINES:,} lines.")
    changes = difflib.unified_diff(*lines, "before", "after", lineterm="")
    result = clip("\n".join(changes))
    return Clipped(result.text, result.note or old.note or new.note)


def number(value: float | None, digits: int = 6) -> str:
    """A number in at most so many significant digits; a dash when there is none."""
    if value is None:
        return NONE
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.{digits}g}" if 1e-4 <= abs(value) < 1e9 else f"{value:.{digits - 1}e}"


def duration(seconds: float) -> str:
    """Seconds as people say them: ``42 s``, ``3 min 20 s``, ``2 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
