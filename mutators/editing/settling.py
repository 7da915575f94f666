"""A file as an answer means it: damage undone, lines left out filled in, parts put in place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mutators.blocks import is_marked, outside, regions
from mutators.editing.damage import escaped, repaired
from mutators.editing.edit import EditError
from mutators.editing.elisions import elisions, filled
from mutators.editing.fragments import merged
from mutators.editing.python import broken, names
from mutators.editing.wholes import LONGEST_GUESS, lines_of

__all__ = ["put", "settled"]

_MOST_ELISIONS = 100


def settled(before: str, new: str, *, python: bool, notes: list[str]) -> str:
    """A file as the answer means it: damage undone, and what it leaves out filled in.

    Raises:
        EditError: it leaves out what cannot be told.
    """
    new = _undamaged(before, new, python=python, notes=notes)
    known = lines_of(before)
    lines = new.split("\n")
    cuts = elisions(lines, known)
    if not cuts:
        return new
    if len(cuts) > _MOST_ELISIONS:
        raise EditError("The program in the answer leaves lines out; write all of them.")
    made = filled(before.split("\n")[:-1] if before.endswith("\n") else before.split("\n"), lines)
    text = None if made is None else "\n".join(made).rstrip("\n") + "\n"
    if text is not None and python and (broken(text) or not names(before) <= names(text)):
        text = None
    if text is None and python:
        text = _around(before, lines, elisions(lines, known))
    if text is None:
        raise EditError("The program in the answer leaves lines out; write all of them.")
    notes.append("the lines left out were filled in")
    return text


def put(before: str, parts: Sequence[str]) -> str | None:
    """The file with parts merged into its only region, or into all of it."""
    spots = regions(before)
    if not is_marked(before):
        return merged(before, parts)
    if len(spots) != 1:
        return None
    inner = merged(spots[0].of(before), [_unmarked(part) for part in parts], around=before)
    if inner is None:
        return None
    head, tail = outside(before)
    return head + inner + tail


def _around(before: str, lines: Sequence[str], cuts: Sequence[int]) -> str | None:
    """The program with the definitions between elisions at the margin in place of its own."""
    if any(lines[index][:1] in (" ", "\t") for index in cuts):
        return None
    rest = "\n".join(line for index, line in enumerate(lines) if index not in cuts)
    return put(before, [rest])


def _unmarked(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if "EVOLVE-BLOCK-" not in line)


def _undamaged(before: str, new: str, *, python: bool, notes: list[str]) -> str:
    """The text without line numbers or entities that the program never had."""
    if python and not broken(new):
        return new
    if python:
        return _sound(new, before, notes)
    for name, text in repaired(new):
        if name == "line numbers" and new.count("\n") > 2 and len(lines_of(text) & lines_of(before)) > 0:
            notes.append("line numbers were taken out")
            return text
        if name == "HTML entities" and escaped(before, new):
            notes.append("HTML entities were undone")
            return text
    return new


def _sound(body: str, before: str, notes: list[str]) -> str:
    """The body, or what it is without damage, where only that is Python that has names of the program."""
    if not broken(body) or len(body) > LONGEST_GUESS:
        return body
    first, _, rest = body.partition("\n")
    others = [("the name of the language", rest)] if re.fullmatch(r"\s*(?:python3?|py)\s*", first) else []
    for name, text in (*others, *repaired(body)):
        if not broken(text) and (names(text) & names(before) or not before.strip()):
            notes.append(f"{name} were taken out" if name.endswith("s") else f"{name} was taken out")
            return text
    return body
