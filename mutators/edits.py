"""SEARCH/REPLACE blocks: read from an answer, and put into a program.

An edit that is applied wrongly is worse than one that is not applied. So a SEARCH must match whole lines at
exactly one place where a change is allowed, first to the byte, then with freedom in white space alone
(blank lines around it, trailing blanks, one indentation for the whole block); and it is all the edits of an
answer or none.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mutators.answers import without_reasoning
from mutators.blocks import change_outside, regions, with_regions
from problems.errors import CambrianError

__all__ = ["Edit", "EditError", "Edited", "apply_edits", "has_edits", "parse_edits"]

_SEARCH = re.compile(r"^[ \t]*<{5,9}[ \t]*(?:SEARCH|ORIGINAL)\b[ \t]*:?(.*)$", re.IGNORECASE)
_DIVIDER = re.compile(r"^[ \t]*={7}[ \t]*$")
_REPLACE = re.compile(r"^[ \t]*>{5,9}[ \t]*(?:REPLACE|UPDATED)\b.*$", re.IGNORECASE)
_FILE = re.compile(r"^[\s#*/>`-]*(?:file|path|filename)[*`]*\s*:[*`\s]*([^\s`*]+)[`*\s]*$", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[^`]*$")
_SHOWN_LINES = 12
_COMPARED = 2000


class EditError(CambrianError):
    """A model's answer cannot be applied to the program. The message is fit to be shown to the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace some lines by others; each of the texts is empty or ends with a line break.

    Attributes:
        path: file of the program; None when the answer named none.
        search: lines to be found.
        replace: lines to put in their place.
    """

    path: str | None
    search: str
    replace: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A program after an answer.

    Attributes:
        sources: path to text.
        note: how tolerantly the answer was read; empty when there is nothing to say.
    """

    sources: Mapping[str, str]
    note: str = ""


def has_edits(answer: str) -> bool:
    """Whether an answer (without its reasoning) means to be SEARCH/REPLACE blocks."""
    return any(_SEARCH.match(line) for line in answer.split("\n"))


def parse_edits(answer: str, paths: Sequence[str]) -> tuple[Edit, ...]:
    """The edits of an answer, in order.

    Args:
        answer: what the model wrote.
        paths: files of the program.

    Raises:
        EditError: there is none, one is broken or cut off, or it names a file that is not there.
    """
    lines = without_reasoning(answer).split("\n")
    edits: list[Edit] = []
    path: str | None = None
    index = 0
    while index < len(lines):
        line = lines[index]
        opening = _SEARCH.match(line)
        if opening is None:
            path = _named(line, paths) or path
            index += 1
            continue
        name = opening[1].strip()
        path = _named(f"file: {name}", paths) or path if name else path
        edit, index = _one(lines, index + 1, path)
        edits.append(edit)
    if not edits:
        raise EditError("The answer holds no SEARCH/REPLACE block.")
    return tuple(edits)


def apply_edits(sources: Mapping[str, str], edits: Sequence[Edit]) -> Edited:
    """The program after all the edits, one after the other.

    Args:
        sources: path to text.
        edits: at least one.

    Raises:
        EditError: one has no place, several places, or a place outside of the EVOLVE-BLOCK regions.
    """
    now = dict(sources)
    notes = []
    for number, edit in enumerate(edits, 1):
        places = list(_places(now, edit, exact=True))
        if not places:
            places = list(_places(now, edit, exact=False))
            if places:
                notes.append(f"edit {number} matched up to white space")
        allowed = [place for place in places if not change_outside(sources, now | {place[0]: place[1]})]
        if len(allowed) != 1:
            raise EditError(_complaint(number, edit, now, found=len(places), allowed=len(allowed)))
        path, text = allowed[0]
        now[path] = text
    return Edited(sources=now, note="; ".join(notes))


def _named(line: str, paths: Sequence[str]) -> str | None:
    """The file of the program that a line between blocks names, if it does.

    Raises:
        EditError: it says ``file:`` and names none of the program.
    """
    bare = line.strip().strip("#*`: \t")
    if bare in paths:
        return bare
    match = _FILE.match(line)
    if match is None:
        return None
    name = match[1].removeprefix("./").rstrip(":,")
    if name not in paths:
        raise EditError(f"The program has no file {name!r}; its files are: {', '.join(paths)}.")
    return name


def _one(lines: Sequence[str], index: int, path: str | None) -> tuple[Edit, int]:
    """The block whose SEARCH marker stands before `index`, and the index behind it."""
    divider = None
    for at in range(index, len(lines)):
        if _SEARCH.match(lines[at]):
            break
        if _DIVIDER.match(lines[at]):
            if divider is not None:
                raise EditError("A SEARCH/REPLACE block has more than one ======= line.")
            divider = at
        elif _REPLACE.match(lines[at]):
            if divider is None:
                raise EditError("A SEARCH/REPLACE block has no ======= line.")
            search, replace = _unfenced(lines[index:divider], lines[divider + 1 : at])
            return Edit(path=path, search=_text(search), replace=_text(replace)), at + 1
    raise EditError("A SEARCH/REPLACE block is not finished with >>>>>>> REPLACE.")


def _unfenced(search: Sequence[str], replace: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Both halves without the fences that some models put around each of them."""
    halves = [_trimmed(search), _trimmed(replace)]
    if all(len(half) >= 2 and _FENCE.match(half[0]) and _FENCE.match(half[-1]) for half in halves):
        return halves[0][1:-1], halves[1][1:-1]
    return search, replace


def _places(sources: Mapping[str, str], edit: Edit, *, exact: bool) -> Iterator[tuple[str, str]]:
    """Every (path, text after the edit) for a place where the SEARCH matches, allowed or not."""
    for path, text in sources.items():
        if edit.path not in (None, path):
            continue
        lines = text.split("\n")
        search, replace = _halves(edit, exact=exact, end="\r" if "\r\n" in text else "")
        if not any(line.strip() for line in search):
            # Nothing to search for has a place only where there is nothing.
            spots = regions(text)
            if exact and len(spots) == 1 and not spots[0].of(text).strip():
                yield path, with_regions(text, [edit.replace])
            continue
        first = search[0] if exact else search[0].strip()
        for at in range(len(lines) - len(search) + 1):
            if first != (lines[at] if exact else lines[at].strip()):
                continue
            window = lines[at : at + len(search)]
            new = replace if window == search else None
            if not exact:
                new = _refitted(window, search, replace)
            if new is not None:
                yield path, "\n".join([*lines[:at], *new, *lines[at + len(search) :]])


def _halves(edit: Edit, *, exact: bool, end: str) -> tuple[list[str], list[str]]:
    """Lines of both halves, each with the file's extra line end; not exact: without blank lines around."""
    search = [line + end for line in edit.search.split("\n")[:-1]]
    replace = [line + end for line in edit.replace.split("\n")[:-1]]
    return (search, replace) if exact else (_trimmed(search), _trimmed(replace))


def _refitted(window: list[str], search: list[str], replace: list[str]) -> list[str] | None:
    """The replacement in the indentation of the window, when the search matches it up to white space."""
    have, want = _margin(window), _margin(search)
    if [line[len(have) :].rstrip() for line in window] != [line[len(want) :].rstrip() for line in search]:
        return None
    if any(line.strip() and not line.startswith(want) for line in replace):
        return None
    return [have + line[len(want) :] if line.strip() else line for line in replace]


def _margin(lines: Sequence[str]) -> str:
    """White space that all lines with content begin with."""
    full = [line for line in lines if line.strip()]
    first, last = min(full), max(full)
    size = 0
    while size < len(first) and first[size] in " \t" and first[size] == last[size : size + 1]:
        size += 1
    return first[:size]


def _trimmed(lines: Sequence[str]) -> list[str]:
    """The lines without blank ones at either end."""
    full = [index for index, line in enumerate(lines) if line.strip()]
    return list(lines[full[0] : full[-1] + 1]) if full else []


def _text(lines: Sequence[str]) -> str:
    return "".join(line + "\n" for line in lines)


def _complaint(number: int, edit: Edit, sources: Mapping[str, str], *, found: int, allowed: int) -> str:
    where = f" of {edit.path}" if edit.path else ""
    if allowed > 1:
        return (
            f"The SEARCH of edit {number} matches {allowed} places{where}; "
            "take in more of the lines around it, so that it matches only one."
        )
    if found:
        return f"Edit {number} would change text{where} outside of the EVOLVE-BLOCK regions, which must stay."
    if not edit.search.strip():
        return f"The SEARCH of edit {number} is empty."
    return f"The SEARCH of edit {number} matches no lines{where}. The nearest place is:\n" + _nearest(
        edit, sources
    )


def _nearest(edit: Edit, sources: Mapping[str, str]) -> str:
    """The lines most like the SEARCH, numbered as in the program."""
    search = [line.strip()[:200] for line in edit.search.split("\n") if line.strip()]
    wanted = set(search)
    best: tuple[int, float, str, int] = (0, -1.0, "", 0)
    for path, text in sources.items():
        if edit.path not in (None, path):
            continue
        lines = [line.strip()[:200] for line in text.split("\n")[:_COMPARED]]
        hits = [line in wanted for line in lines]
        for at in range(len(lines)):
            equal = sum(hits[at : at + min(len(search), 50)])
            if equal >= best[0] and lines[at]:
                # Equal lines decide, likeness of the first line breaks ties.
                like = difflib.SequenceMatcher(None, lines[at], search[0]).ratio()
                best = max(best, (equal, like, path, at), key=lambda place: place[:2])
    _, _, path, at = best
    if not path:
        return "(the file is empty)"
    lines = sources[path].split("\n")[at : at + min(len(search) + 2, _SHOWN_LINES)]
    shown = "\n".join(f"{at + offset + 1:5d} | {line[:200]}" for offset, line in enumerate(lines))
    return f"{path}\n{shown}" if len(sources) > 1 else shown
