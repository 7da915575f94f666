"""EVOLVE-BLOCK regions: the only text of a program that may change.

A region is what stands between a line with ``EVOLVE-BLOCK-START`` and the next line with
``EVOLVE-BLOCK-END``. A marker is a line that holds the marker's name and before it nothing but the
punctuation that opens a comment, so that every language's comments will do; prose that mentions a marker is
none. A region that is not closed reaches to the end of the file, a START inside a region is text of it, an
END outside is text outside.

A program without any marker may change everywhere. In a program with markers in some files, the files
without stay as they are. The set of files never changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

__all__ = [
    "Region",
    "change_outside",
    "is_closed",
    "is_marked",
    "marker_free",
    "outside",
    "regions",
    "with_regions",
]

_MARKER = re.compile(
    r"^(?:[^\w\n]*|[ \t]*(?:REM|dnl|C)[ \t]+)EVOLVE-BLOCK-(START|END)\b[^\n]*(?:\n|\Z)", re.MULTILINE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A stretch of text that may change: characters `start` to `end`, the end excluded."""

    start: int
    end: int

    def of(self, text: str) -> str:
        return text[self.start : self.end]


def is_marked(text: str) -> bool:
    """Whether the text has a region with markers."""
    return any(match[1] == "START" for match in _markers(text))


def regions(text: str) -> tuple[Region, ...]:
    """Regions of one file in their order; the whole file when it has no START marker."""
    found: list[Region] = []
    start: int | None = None
    marked = False
    for match in _markers(text):
        if match[1] == "START" and start is None:
            start, marked = match.end(), True
        elif match[1] == "END" and start is not None:
            found.append(Region(start=start, end=match.start()))
            start = None
    if start is not None:
        found.append(Region(start=start, end=len(text)))
    return tuple(found) if marked else (Region(start=0, end=len(text)),)


def is_closed(text: str) -> bool:
    """Whether the last region has its END marker, or there are no markers at all."""
    return not is_marked(text) or bool(outside(text)[-1])


def outside(text: str) -> tuple[str, ...]:
    """What stands around the regions, markers included: one piece more than there are regions."""
    pieces = []
    at = 0
    for region in regions(text):
        pieces.append(text[at : region.start])
        at = region.end
    return (*pieces, text[at:])


def with_regions(text: str, contents: Sequence[str]) -> str:
    """The text with new contents of its regions, in their order.

    Raises:
        ValueError: there are more or fewer contents than regions.
    """
    pieces = outside(text)
    parts = [pieces[0]]
    for content, piece in zip(contents, pieces[1:], strict=True):
        # The END marker needs a line of its own.
        joint = "\n" if content and piece and not content.endswith("\n") else ""
        parts += [content, joint, piece]
    return "".join(parts)


def change_outside(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """What changed outside of the regions, as one line; empty when every byte there is the same.

    Args:
        before: path to text.
        after: path to text.
    """
    if set(before) != set(after):
        odd = sorted(set(before) ^ set(after))
        return f"the set of files changed ({', '.join(odd)})"
    marked = any(is_marked(text) for text in before.values())
    for path, text in before.items():
        if text == after[path]:
            continue
        if marked and not is_marked(text):
            return f"{path} has no EVOLVE-BLOCK and must stay as it is"
        if marked and outside(text) != outside(after[path]):
            return f"{path} changed outside of its EVOLVE-BLOCK regions"
    return ""


def marker_free(text: str) -> str:
    """The text without its marker lines."""
    return _MARKER.sub("", text)


def _markers(text: str) -> Iterator[re.Match[str]]:
    """The marker lines, looked for by their name first: that is many times as fast as a pattern a line."""
    at = 0
    while (hit := text.find("EVOLVE-BLOCK-", at)) >= 0:
        match = _MARKER.match(text, text.rfind("\n", at, hit) + 1 or at)
        if match is not None:
            yield match
        behind = text.find("\n", hit)
        if behind < 0:
            return
        at = behind + 1
