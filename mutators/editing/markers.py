"""SEARCH/REPLACE blocks between markers, in all the ways models write these."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from mutators.editing.edit import Edit, EditError
from mutators.editing.paths import known, named
from mutators.editing.places import trimmed

__all__ = ["ends", "has_markers", "marked_edits", "opens", "without_marked"]

_OLD = r"(?:SEARCH(?:[ _/-]?(?:BLOCK|FOR|TEXT))?|ORIGINAL|OLD|HEAD|FIND|BEFORE|CURRENT)"
_NEW = r"(?:REPLACE(?:MENT|D|[ _]WITH|[ _-]?BLOCK)?|UPDATED?|NEW|AFTER|MODIFIED|CHANGED|END|SEARCH/REPLACE)"
_SEARCH = re.compile(
    rf"^[ \t]*(?:<{{3,12}}|-{{5,9}}|\[)[ \t]*{_OLD}\b(?!/)[ \t]*\]?[ \t]*[:>]*(.*)$", re.IGNORECASE
)
_BARE_SEARCH = re.compile(r"^[ \t]*<{7}[ \t]*$")
_DIVIDER = re.compile(r"^[ \t]*={7}[ \t]*$")
_LOOSE_DIVIDER = re.compile(
    r"^[ \t]*={5,12}[ \t]*(?:REPLACE|WITH|NEW)?[ \t]*:?[ \t]*$|^[ \t]*-{7}[ \t]*$", re.IGNORECASE
)
_TURN = re.compile(
    rf"^[ \t]*(?:>{{3,12}}[ \t]*{_OLD}\b|<{{3,12}}[ \t]*{_NEW}\b|\[[ \t]*REPLACE[ \t]*\]).*$", re.IGNORECASE
)
_REPLACE = re.compile(rf"^[ \t]*(?:>{{3,12}}|\+{{5,9}}|<{{3,12}}/?)[ \t]*{_NEW}\b.*$", re.IGNORECASE)
_BARE_REPLACE = re.compile(r"^[ \t]*>{7}(?:[ \t]*[\w./-]+)?[ \t]*$")
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[^`]*$")
_MOST_TURNS = 20
_HINT = re.compile(r"^[ \t]*:(?:start|end)_line:[ \t]*\d*[ \t]*$")


def has_markers(answer: str) -> bool:
    """Whether an answer means to hold SEARCH/REPLACE blocks between markers."""
    return any(opens(line) is not None for line in _plain(answer).split("\n"))


def marked_edits(answer: str, paths: Sequence[str]) -> tuple[Edit, ...]:
    """The edits of an answer without its reasoning, in order; none when it has no markers.

    Args:
        answer: what the model wrote.
        paths: files of the program.

    Raises:
        EditError: one is broken or cut off, or it names a file that is not there.
    """
    lines = _plain(answer).split("\n")
    edits: list[Edit] = []
    path: str | None = None
    index = 0
    while index < len(lines):
        line = lines[index]
        opening = opens(line)
        if opening is None:
            if _REPLACE.match(line) and line.lstrip().startswith(">>>>>>"):
                raise EditError("An end marker stands outside of a SEARCH/REPLACE block.")
            path = named(line, paths) or path
            index += 1
            continue
        name = opening.strip()
        path = (
            known(name, paths) or named(f"file: {name}", paths) if name and " " not in name else None
        ) or path
        edit, index = _one(lines, index + 1, path)
        edits.append(edit)
    return tuple(edits)


def without_marked(answer: str) -> str:
    """The answer without what stands between markers: fences in there are no blocks of the answer."""
    kept, marked = [], False
    for line in answer.split("\n"):
        opening = opens(line) is not None
        if not marked and not opening:
            kept.append(line)
        marked = (marked or opening) and not (marked and ends(line))
    return "\n".join(kept)


def opens(line: str) -> str | None:
    """What stands behind the marker that opens a block; None when the line is none."""
    if match := _SEARCH.match(line):
        return match[1]
    return "" if _BARE_SEARCH.match(line) else None


def ends(line: str) -> bool:
    """Whether a line is the marker that ends a block."""
    return bool(_REPLACE.match(line) or _BARE_REPLACE.match(line))


def _plain(answer: str) -> str:
    """The answer, its entities undone where even the markers were written as such."""
    if "&lt;&lt;&lt;&lt;&lt;" in answer and "<<<<<" not in answer:
        return html.unescape(answer)
    return answer


def _one(lines: Sequence[str], index: int, path: str | None) -> tuple[Edit, int]:
    """The block whose SEARCH marker stands before `index`, and the index behind it."""
    index, line = _hints(lines, index)
    end, after = _end(lines, index)
    divider = _divider(lines, index, end)
    search, new = lines[index : divider[0]], lines[divider[1] : end]
    search, new = _unfenced(search, new)
    return Edit(path=path, search=_text(search), replace=_text(new), line=line), after


def _hints(lines: Sequence[str], index: int) -> tuple[int, int | None]:
    """The index behind lines that say where the search begins, and what they say."""
    line = None
    at = index
    while at < len(lines) and _HINT.match(lines[at]):
        number = re.search(r"start_line:[ \t]*(\d+)", lines[at])
        line = int(number[1]) if number else line
        at += 1
    if at > index and at < len(lines) and re.match(r"^-{5,9}[ \t]*$", lines[at]):
        at += 1
    return at, line


def _end(lines: Sequence[str], index: int) -> tuple[int, int]:
    """The index of the line that ends a block, and the index behind it.

    Raises:
        EditError: nothing ends it.
    """
    divided, fence, turn, ahead = False, False, len(lines), index
    for at in range(index, len(lines)):
        line = lines[at]
        if at > index and opens(line) is not None and not (divided and _REPLACE.match(line)):
            break
        if not divided and (_DIVIDER.match(line) or _LOOSE_DIVIDER.match(line) or _TURN.match(line)):
            divided, fence, turn = True, False, at
        elif ends(line):
            if _TURN.match(line) and not any(text.strip() for text in lines[turn + 1 : at]):
                continue
            if not divided and _turned(lines, at):
                divided = True
                continue
            return at, at + 1
        elif divided and _FENCE.match(line):
            ahead = _next_marker(lines, at + 1) if ahead <= at else ahead
            # A block that lacks its last marker ends here when no such marker comes before the next block.
            over = ahead == len(lines) or opens(lines[ahead]) is not None
            if not fence and over and re.match(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*$", line):
                # The fence around the block ends; its last marker was forgotten.
                return at, at + 1
            fence = not fence
    raise EditError("A SEARCH/REPLACE block is not finished with >>>>>>> REPLACE.")


def _turned(lines: Sequence[str], at: int) -> bool:
    """Whether an end marker stands where the divider should, and another one ends the block."""
    for line in lines[at + 1 :]:
        if opens(line) is not None or _DIVIDER.match(line):
            return False
        if ends(line):
            return True
    return False


def _next_marker(lines: Sequence[str], index: int) -> int:
    """The first line from an index on that opens or ends a block; their number when there is none."""
    rest = range(index, len(lines))
    return next((at for at in rest if opens(lines[at]) is not None or ends(lines[at])), len(lines))


def _divider(lines: Sequence[str], start: int, end: int) -> tuple[int, int]:
    """The lines that part the halves: index of the first, and index behind the last.

    Raises:
        EditError: there is none, or it is not clear which.
    """
    turns = [at for at in range(start, end) if _TURN.match(lines[at]) or _REPLACE.match(lines[at])]
    strict = [at for at in range(start, end) if _DIVIDER.match(lines[at])]
    loose = [at for at in range(start, end) if _LOOSE_DIVIDER.match(lines[at])]
    found = strict or loose or turns
    if not found:
        raise EditError("A SEARCH/REPLACE block has no ======= line.")
    if len(found) > 1 and (found != turns or found != list(range(found[0], found[0] + len(found)))):
        raise EditError("A SEARCH/REPLACE block has more than one ======= line.")
    if len(turns) > _MOST_TURNS:
        raise EditError("A SEARCH/REPLACE block has a marker inside.")
    near = [
        at
        for at in (*turns, *found)
        if not any(line.strip() for line in lines[min(at, found[0]) + 1 : max(at, found[0])])
    ]
    if set(turns) - set(near):
        raise EditError("A SEARCH/REPLACE block has a marker inside.")
    return min(near), max(near) + 1


def _unfenced(search: Sequence[str], replace: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Both halves without the fences that some models put around each of them."""
    halves = [trimmed(search), trimmed(replace)]
    full = [half for half in halves if half]
    if full and all(len(half) >= 2 and _FENCE.match(half[0]) and _FENCE.match(half[-1]) for half in full):
        return halves[0][1:-1], halves[1][1:-1]
    return search, replace


def _text(lines: Sequence[str]) -> str:
    return "".join(line + "\n" for line in lines)
