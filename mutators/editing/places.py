"""Where lines stand in a text: to the letter, up to white space, up to spelling, or by likeness.

It errs by finding nothing: likeness needs three lines or more, nearly all of them the same, the ends among
them, and no other place that comes near.
"""

from __future__ import annotations

import difflib
import enum
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mutators.editing.indents import refit

__all__ = ["Change", "Level", "Place", "changes", "find", "trimmed"]

_THRESHOLD = 0.9
_MARGIN = 0.1
_LINE = 0.7
_MOST_LINES = 3000
_QUOTES = str.maketrans(
    "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u201b\u2032`\u2013\u2014\u2212\u2010\u2011\u2026",
    "\"\"\"\"\"\"''''''-----.",
)
_COMMENT = re.compile(r"\s#(?=\s|$)|(?<=[;{},])\s*//")
_DEFINES = re.compile(r"\b(?:def|class|fn|func|function|struct|interface|trait|impl)\b")
_REMARK = re.compile(r"^\s*(?:#(?!\w|!|\[)|//|--\s)")


class Level(enum.StrEnum):
    """How freely lines are compared, strictest first."""

    EXACT = ""
    WHITE_SPACE = "white space"
    INDENTATION = "indentation"
    SPELLING = "quotes, blanks and comments"
    COMMENTS = "lines of comment"
    LIKENESS = "likeness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A stretch of a text that some lines stand for.

    Attributes:
        start: index of its first line.
        end: index behind its last.
        at: for each line searched, the index of its line in the text; None for a blank one without.
    """

    start: int
    end: int
    at: tuple[int | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Lines `start` to `end` (excluded) of a text become `lines`."""

    start: int
    end: int
    lines: tuple[str, ...]


def find(lines: Sequence[str], search: Sequence[str], level: Level) -> list[Place]:
    """All places of some lines, in the order of the text; at most one by likeness.

    Args:
        lines: of the text, without line ends.
        search: at least one line with content, the first and the last one with content unless EXACT.
        level: how freely.
    """
    if level is Level.EXACT:
        size = len(search)
        wanted = list(search)
        return [
            Place(start=i, end=i + size, at=tuple(range(i, i + size)))
            for i in range(len(lines) - size + 1)
            if lines[i] == wanted[0] and list(lines[i : i + size]) == wanted
        ]
    if level is Level.LIKENESS:
        return _alike(lines, search)
    full = [i for i, line in enumerate(lines) if _counts(line, level)]
    keys = [_key(lines[i], level) for i in full]
    where = [j for j, line in enumerate(search) if _counts(line, level)]
    wanted = [_key(search[j], level) for j in where]
    if not wanted or not all(wanted):
        return []
    found = []
    for k in range(len(keys) - len(wanted) + 1):
        if keys[k] == wanted[0] and keys[k : k + len(wanted)] == wanted:
            found.append(_place(search, dict(zip(where, full[k : k + len(wanted)], strict=True)), lines))
    return found


def changes(
    lines: Sequence[str], place: Place, search: Sequence[str], replace: Sequence[str]
) -> list[Change] | None:
    """What a replacement changes at a place; None when its indentation there cannot be told.

    A line that the replacement repeats from the search stays as it is in the text, to the byte.
    """
    if len(search) + len(replace) > _MOST_LINES:
        return [Change(start=place.start, end=place.end, lines=tuple(replace))]
    pairs = [(search[j], lines[i]) for j, i in enumerate(place.at) if i is not None and lines[i].strip()]
    new = refit(pairs, replace, file=lines)
    if new is None:
        return None
    if any(ours != ours.rstrip() == theirs.rstrip() == theirs for ours, theirs in _stripped(pairs)):
        # Blanks at the ends of lines came in on the way, so those of the new lines did too.
        new = [line.rstrip() for line in new]
    old = [line.rstrip() for line in search]
    exact = all(i is not None and lines[i] == search[j] for j, i in enumerate(place.at))
    matcher = difflib.SequenceMatcher(
        None,
        list(search) if exact else old,
        list(replace) if exact else [line.rstrip() for line in replace],
        autojunk=False,
    )
    made = []
    cursor = place.start
    for kind, j1, j2, k1, k2 in matcher.get_opcodes():
        spots = [i for i in place.at[j1:j2] if i is not None]
        if kind == "equal":
            cursor = spots[-1] + 1 if spots else cursor
            continue
        start, end = (spots[0], spots[-1] + 1) if spots else (cursor, cursor)
        if kind != "delete" or spots:
            made.append(Change(start=start, end=end, lines=tuple(new[k1:k2])))
        cursor = end
    return made


def _stripped(pairs: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((ours.lstrip(), theirs.lstrip()) for ours, theirs in pairs)


def trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without blank ones at either end."""
    full = [index for index, line in enumerate(lines) if line.strip()]
    return list(lines[full[0] : full[-1] + 1]) if full else []


def _counts(line: str, level: Level) -> bool:
    """Whether a line has content that must match; a line of comment has none where comments do not count."""
    return bool(line.strip()) and not (level is Level.COMMENTS and _REMARK.match(line))


def _key(line: str, level: Level) -> str:
    if level is Level.WHITE_SPACE:
        return line.rstrip(" \t")
    if level is Level.INDENTATION:
        return line.strip(" \t")
    bare = _uncommented(line)
    # A line that is only a comment is compared by its words.
    parts = (bare if bare.strip() else line).translate(_QUOTES).replace("'", '"').split('"')
    # Blanks count within quotes alone, where they are text.
    return '"'.join(part if i % 2 else "".join(part.split()) for i, part in enumerate(parts)).rstrip(" ,;")


def _uncommented(line: str) -> str:
    """The line without its comment; it errs by keeping one: its sign may be an operator, or text."""
    match = _COMMENT.search(line)
    if match is None or any(line.count(sign, 0, match.start()) % 2 for sign in "\"'`"):
        return line
    return line[: match.start()]


def _place(search: Sequence[str], at: dict[int, int], lines: Sequence[str]) -> Place:
    """The place with the blank lines of the search put onto those of the text, as far as there are some."""
    spots: list[int | None] = []
    last = -1
    for j in range(len(search)):
        spot = at.get(j)
        if spot is None and last >= 0 and not search[j].strip():
            free = last + 1 < len(lines) and not lines[last + 1].strip()
            spot = last + 1 if free else None
        spots.append(spot)
        last = spot if spot is not None else last
    known = [spot for spot in spots if spot is not None]
    return Place(start=known[0], end=known[-1] + 1, at=tuple(spots))


def _alike(lines: Sequence[str], search: Sequence[str]) -> list[Place]:
    full = [i for i, line in enumerate(lines) if line.strip()]
    where = [j for j, line in enumerate(search) if line.strip()]
    size = len(where)
    if size < 3 or len(lines) > _MOST_LINES or size > 200 or len(full) < size:
        return []
    wanted = [_key(search[j], Level.SPELLING) for j in where]
    keys = [_key(lines[i], Level.SPELLING) for i in full]
    scored = sorted(((_score(keys[k : k + size], wanted), -k) for k in _likely(keys, wanted)), reverse=True)
    if not scored or scored[0][0] < _THRESHOLD:
        return []
    if len(scored) > 1 and scored[1][0] > scored[0][0] - _MARGIN:
        return []
    first = -scored[0][1]
    pairs = list(zip(where, full[first : first + size], strict=True))
    for j, i in pairs:
        ours, theirs = _key(search[j], Level.SPELLING), _key(lines[i], Level.SPELLING)
        if _ratio(theirs, ours) < _LINE or (ours != theirs and _DEFINES.search(search[j])):
            # What is defined under another name is another thing, however alike.
            return []
    return [_place(search, dict(pairs), lines)]


def _likely(keys: Sequence[str], wanted: Sequence[str]) -> Iterator[int]:
    """Starts of the windows that share at least half of their lines with those wanted."""
    size = len(wanted)
    need = Counter(wanted)
    for k in range(len(keys) - size + 1):
        shared = sum((Counter(keys[k : k + size]) & need).values())
        if 2 * shared >= size:
            yield k


def _score(window: Sequence[str], wanted: Sequence[str]) -> float:
    total = sum(map(len, wanted)) or 1
    return sum(_ratio(a, b) * len(b) for a, b in zip(window, wanted, strict=True)) / total


def _ratio(a: str, b: str) -> float:
    return 1.0 if a == b else difflib.SequenceMatcher(None, a[:300], b[:300], autojunk=False).ratio()
