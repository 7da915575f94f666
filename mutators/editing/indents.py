"""Indentation of a replacement, where the place found is indented otherwise than the lines searched for.

Every indentation of the search has one counterpart in the program, deeper ones deeper ones; an indentation
that only the replacement has is reckoned from these. Where that is not clear there is no answer: a wrong
indentation is a wrong program.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

__all__ = ["indent", "refit"]

_TAB = 4


def indent(line: str) -> str:
    """White space that a line begins with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def refit(pairs: Sequence[tuple[str, str]], new: Sequence[str], *, file: Sequence[str]) -> list[str] | None:
    """Lines in the indentation of the program; None when it cannot be told.

    Args:
        pairs: lines with content of the search, each with the line of the program it stands for.
        new: lines of the replacement.
        file: all lines of the program.
    """
    if all(indent(ours) == indent(theirs) for ours, theirs in pairs):
        return list(new)
    pairs, new = _with_first(pairs, new)
    found: dict[str, str] = {}
    for ours, theirs in pairs:
        if found.setdefault(indent(ours), indent(theirs)) != indent(theirs):
            return None
    if not _rising(found):
        return None
    unit = _unit(file)
    made = []
    for line in new:
        if not line.strip():
            made.append("")
            continue
        own = indent(line)
        there = found.get(own)
        if there is None:
            there = _reckoned(own, found, unit)
        if there is None:
            return None
        made.append(there + line[len(own) :])
    return made


def _with_first(
    pairs: Sequence[tuple[str, str]], new: Sequence[str]
) -> tuple[Sequence[tuple[str, str]], Sequence[str]]:
    """Both with the indentation of the first line put back, where it alone was lost on the way."""
    rest = pairs[1:]
    ours, theirs = pairs[0]
    if not rest or not new or indent(ours) or any(indent(a) != indent(b) for a, b in rest):
        return pairs, new
    if not any(indent(a) for a, _ in rest) or indent(new[0]) or not new[0].strip():
        return pairs, new
    lead = indent(theirs)
    return [(lead + ours, theirs), *rest], [lead + new[0], *new[1:]]


def _rising(found: Mapping[str, str]) -> bool:
    steps = sorted((_width(ours), _width(theirs)) for ours, theirs in found.items())
    return all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(steps))


def _reckoned(own: str, found: Mapping[str, str], unit: int) -> str | None:
    """The counterpart of an indentation the search does not have."""
    there = {char for text in found.values() for char in text}
    if len({char for text in (*found, own) for char in text}) > 1 or len(there) > 1:
        return None
    same = not there or not own or set(own) == there
    low = min(found, key=len)
    deeper = len(own) > len(low)
    offset = len(own) - len(low)
    shift = found[low] + own[: max(0, offset)]
    if len({len(theirs) - len(ours) for ours, theirs in found.items()}) > 1 or not same or not deeper:
        shift = ""
    if shift and (unit == 0 or offset % unit == 0):
        return shift
    scales = {len(theirs) / len(ours) for ours, theirs in found.items() if ours}
    if len(scales) == 1 and found.get("", "") == "" and (deeper or not same):
        size = len(own) * scales.pop()
        if size == int(size) and (unit == 0 or size % unit == 0):
            return (there or {own[0]}).pop() * int(size) if own else ""
    if shift and offset > 1:
        return shift
    if set(found) == {""} and own == "\t" * len(own):
        # The search stood at the margin, so one tab is one step of the file.
        step = "\t" if there == {"\t"} or not unit else " " * unit
        return found[""] + step * len(own)
    return None


def _unit(file: Sequence[str]) -> int:
    """Blanks of one step of indentation in a file; 0 where it has none."""
    steps = [
        len(indent(below)) - len(indent(above))
        for above, below in itertools.pairwise(file)
        if above.rstrip().endswith((":", "{")) and "\t" not in indent(above) + indent(below)
    ]
    steps = [step for step in steps if step > 0]
    return min(steps) if steps else math.gcd(*(len(indent(line)) for line in file if line.strip()))


def _width(text: str) -> int:
    return len(text.expandtabs(_TAB))
