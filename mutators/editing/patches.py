"""Unified diffs and their kin, read for their lines alone: models count badly.

A hunk becomes an edit whose search is what it takes out and what it shows around that. A number in its head
only ever decides between places that match anyway.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from mutators.answers import fenced_blocks
from mutators.editing.edit import Edit, EditError
from mutators.editing.paths import known, named

__all__ = ["hunk_readings"]

_HEAD = re.compile(
    r"^[ \t]{0,3}@@(?P<old>[ \t]*-(?P<line>\d+)(?:,\d+)?[ \t]+\+\d+(?:,\d+)?[ \t]*@@)?(?P<rest>.*)$"
)
_MINUS = re.compile(r"^--- (?P<path>.+?)(?:\t.*)?$")
_PLUS = re.compile(r"^\+\+\+ (?P<path>.+?)(?:\t.*)?$")
_MARK = re.compile(
    r"^\*\*\* (?P<what>Begin Patch|End Patch|End of File|(?:Update|Add|Delete) File:|Move to:)"
    r"[ \t]*(?P<path>.*)$"
)
_NOISE = re.compile(
    r"^(?:diff --git |index [0-9a-f]{4,}|(?:new|deleted|old) (?:file )?mode |similarity |"
    r"rename |Index: |={20,}$|\\ No newline)"
)
_MOST = 100
_MOST_LINES = 20_000
_DOTS = re.compile(r"^[ \t]?(?:\.{3,}|…)[ \t]*$")


def hunk_readings(answer: str, paths: Sequence[str]) -> list[tuple[str, tuple[Edit, ...]]]:
    """The diff of an answer (without its reasoning) as edits, in the ways it can be read; likeliest first.

    Raises:
        EditError: it names a file that is not there, or makes or removes one.
    """
    if answer.count("\n") > _MOST_LINES:
        return []
    parts = list(itertools.islice(_parts(answer, paths), _MOST))
    if not parts:
        return []
    readings: list[tuple[str, tuple[Edit, ...]]] = []
    for how, bare in (("", False), ("signs that context lines lack", True)):
        edits = [edit for path, lines in parts for edit in _edits(lines, path, paths, bare=bare)]
        if edits and (how, tuple(edits)) not in readings:
            readings.append((how, tuple(edits)))
    return readings


def _parts(answer: str, paths: Sequence[str]) -> Iterator[tuple[str | None, list[str]]]:
    """Diffs of an answer: the file named before each, and its lines."""
    blocks = fenced_blocks(answer)
    fenced = False
    for block in blocks:
        lines = block.text.split("\n")[:-1]
        if _is_diff(lines, tagged=block.tag in ("diff", "patch", "udiff")):
            fenced = True
            yield named(block.before, paths), lines
    if fenced:
        return
    lines = answer.split("\n")
    starts = (i for i, line in enumerate(lines) if line.startswith("*** Begin Patch") or _starts(lines, i))
    first = next(starts, None)
    if first is not None:
        yield None, _unfenced(lines[first:])


def _starts(lines: Sequence[str], index: int) -> bool:
    """Whether a diff without a fence starts at a line."""
    line = lines[index]
    if _MINUS.match(line) and index + 1 < len(lines) and _PLUS.match(lines[index + 1]):
        return True
    return bool((match := _HEAD.match(line)) and match["old"]) or line.startswith("diff --git ")


def _unfenced(lines: Sequence[str]) -> list[str]:
    """The lines up to the prose behind a diff."""
    kept: list[str] = []
    for line in lines:
        blank = not kept or not kept[-1].strip()
        if (
            line
            and line[0] not in " +-@\\"
            and not _NOISE.match(line)
            and not _MARK.match(line)
            and blank
            and kept
        ):
            break
        if line.startswith("```"):
            break
        kept.append(line)
    return kept


def _is_diff(lines: Sequence[str], *, tagged: bool) -> bool:
    signed = [line for line in lines if line[:1] in ("+", "-")]
    if any(_starts(lines, i) for i in range(len(lines))) or any(_MARK.match(line) for line in lines):
        return True
    heads = [line for line in lines if _HEAD.match(line)]
    loose = [line for line in lines if line.strip() and line[0] not in " +-@\\"]
    return bool(signed) and (tagged or bool(heads) or (not loose and _is_balanced(lines)))


def _is_balanced(lines: Sequence[str]) -> bool:
    """Whether lines without any head are a diff: some go, some come, and all others have a blank first."""
    return any(line[:1] == "-" for line in lines) and any(line[:1] == "+" for line in lines)


def _edits(lines: Sequence[str], path: str | None, paths: Sequence[str], *, bare: bool) -> Iterator[Edit]:
    """The hunks of one diff."""
    body: list[str] = []
    line: int | None = None
    section = ""
    index = 0
    while index <= len(lines):
        text = lines[index] if index < len(lines) else None
        head = _HEAD.match(text) if text is not None else None
        files = (
            text is not None
            and _MINUS.match(text)
            and index + 1 < len(lines)
            and _PLUS.match(lines[index + 1])
        )
        mark = _MARK.match(text) if text is not None else None
        if text is None or head or files or mark or _DOTS.match(text) or _NOISE.match(text):
            if not (text is not None and text.startswith("\\")):
                yield from _hunk(body, path, line, section, bare=bare)
                body, line = [], None
        else:
            body.append(text)
        if head:
            line = int(head["line"]) if head["line"] else None
            section = head["rest"].strip().removesuffix("@@").strip()
        elif files and text is not None:
            path, section = _file(text, lines[index + 1], paths), ""
            index += 1
        elif mark and mark["path"] and mark["what"] == "Update File:":
            path, section = _known(mark["path"], paths), ""
        elif mark and mark["what"] in ("Add File:", "Delete File:", "Move to:"):
            raise EditError(f"The set of files never changes; the files are: {', '.join(paths)}.")
        index += 1


def _file(minus: str, plus: str, paths: Sequence[str]) -> str | None:
    """The file that the two heads of a diff name.

    Raises:
        EditError: none of the program.
    """
    names = [m["path"].strip() for m in (_MINUS.match(minus), _PLUS.match(plus)) if m]
    found = {known(name, paths) for name in names} - {None}
    if len(found) == 1:
        return found.pop()
    return _known(names[-1], paths)


def _known(name: str, paths: Sequence[str]) -> str | None:
    path = known(name, paths)
    if path is None and len(paths) > 1:
        raise EditError(f"The program has no file {name!r}; its files are: {', '.join(paths)}.")
    return path


def _hunk(
    body: Sequence[str], path: str | None, line: int | None, section: str, *, bare: bool
) -> Iterator[Edit]:
    """The edit of one hunk, none when it changes nothing."""
    lines = list(body)
    # Blank lines at the ends belong to the layout of the answer.
    while lines and not lines[-1].strip():
        lines.pop()
    while lines and not lines[0].strip():
        lines.pop(0)
        line = line + 1 if line is not None else None
    if not any(text[:1] in ("+", "-") for text in lines):
        return
    old, new = [], []
    for text in lines:
        sign, rest = text[:1], text[1:]
        if sign == "-":
            old.append(rest)
        elif sign == "+":
            new.append(rest)
        else:
            kept = text if bare or sign not in ("", " ") else rest
            old.append(kept)
            new.append(kept)
    yield Edit(path=path, search=_text(old), replace=_text(new), line=line, section=section)


def _text(lines: Sequence[str]) -> str:
    return "".join(line + "\n" for line in lines)
