"""Lines that stand for lines left out: ``# ... rest of the code unchanged ...``.

To take such a line for program text would delete what it stands for, so none ever is, unless the program
has the very line. It is filled in where what stands around it says, at exactly one place each, what was
left out; else there is no answer.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence

from mutators.editing.indents import indent
from mutators.editing.places import Level, Place, find, trimmed

__all__ = ["crosses", "elisions", "filled", "is_elision", "pieces"]

_DOTS = r"(?:\.{3,}|…|\[\s*\.{3}\s*\]|<\s*\.{3}\s*>)"
_OPEN = r"(?:#|//|/\*|--|;|%|<!--|\(\*|\"\"\"|\{/\*|REM\b)"
_BARE = re.compile(rf"^\s*{_DOTS}\s*$")
_REMARK = re.compile(
    rf"^\s*{_OPEN}+\s*[\[(<{{]?\s*(?P<words>.*?)\s*[\])>}}]?\s*(?:\*/|-->|\*\)|\*/\}}|\"\"\")?\s*$"
)
_DOTTED = re.compile(rf"^{_DOTS}|{_DOTS}$")
_LEFT_OUT = re.compile(
    r"\b(?:rest|remain\w*|same|unchanged|exist\w*|previous|original|omitted|other|as before|snip\w*|above|"
    r"unmodified|untouched|identical|keep|not? chang\w*|code|implementation|here|below|methods?|functions?|"
    r"imports?|body|lines?|stays?|before)\b",
    re.IGNORECASE,
)
_UNDOTTED = re.compile(
    r"^(?:the\s+)?(?:rest|remaind\w*|remaining\s+\w+|everything else|all other \w+|other \w+)\b.*"
    r"\b(?:unchanged|same|as (?:before|is|above)|unmodified|identical|omitted|here|remains?|stays?|"
    r"not chang\w*)\b"
    r"|^(?:(?:the\s+)?rest of (?:the |your |this )?(?:original |existing |previous )?"
    r"(?:code|function|file|class|program|implementation|method|body|module|script|loop)s?)\W*$"
    r"|^(?:existing|unchanged|previous|original)\s+"
    r"(?:code|imports?|functions?|implementation|methods?|logic|body|lines?)"
    r"(?:\s+(?:here|unchanged|remains?.*|stays?.*|continues?.*|omitted.*|above|below|as before))?\W*$"
    r"|^(?:code|imports?|functions?|(?:this )?(?:part|section|function))\s+(?:remains?|stays?|is|are)?\s*"
    r"(?:unchanged|the same|omitted|as before)\b.*$"
    r"|^(?:same as (?:before|above|original)|unchanged|no changes?(?: here| below| above)?|snip(?:ped)?|"
    r"omitted.*|"
    r"keep (?:the )?(?:rest|existing|original)\b.*)\W*$",
    re.IGNORECASE,
)
_LONGEST = 160
_WORD = re.compile(r"\w{3}")
_BEGINS = re.compile(
    r"(?:(?:pub|export|default|async|static|public|private|protected|inline|const|unsafe|abstract|final)\b\s*)*"
    r"(?:def|class|fn|func|function|struct|enum|interface|trait|impl|type|namespace|template|module)\b|@\w"
)
_HEADS = ("def ", "class ", "async def ")


def is_elision(line: str, known: Collection[str] = ()) -> bool:
    """Whether a line stands for lines left out.

    Args:
        line: of an answer.
        known: lines of the program, stripped; one of them is never an elision.
    """
    if len(line) > _LONGEST or line.strip() in known:
        return False
    if _BARE.match(line):
        return True
    remark = _REMARK.match(line)
    if remark is None:
        return False
    words = remark["words"].strip()
    if _DOTTED.search(words):
        inner = words.strip(".… ")
        return not inner or bool(_LEFT_OUT.search(inner))
    return bool(_UNDOTTED.match(words))


def elisions(lines: Sequence[str], known: Collection[str]) -> list[int]:
    """Indices of the lines that stand for lines left out."""
    return [
        index
        for index, line in enumerate(lines)
        if is_elision(line, known) and not _is_stub(lines, index, known)
    ]


def pieces(lines: Sequence[str], known: Collection[str]) -> list[list[str]]:
    """What stands between the elisions, one piece more than there are of these."""
    cuts = [-1, *elisions(lines, known), len(lines)]
    return [list(lines[a + 1 : b]) for a, b in itertools.pairwise(cuts)]


def filled(old: Sequence[str], new: Sequence[str]) -> list[str] | None:
    """New lines with their elisions filled in from the old ones; None when what was left out is unclear.

    The lines around an elision must be old lines: the nearest ones before and after it, as many as it takes
    to be at one place only.
    """
    known = frozenset(line.strip() for line in old if line.strip())
    parts = pieces(new, known)
    made = list(parts[0])
    floor = 0
    for index, part in enumerate(parts[1:], 1):
        before, after = parts[index - 1], part
        start = _behind(old, before, floor) if trimmed(before) else (0 if index == 1 else None)
        end = _ahead(old, after) if trimmed(after) else (len(old) if index == len(parts) - 1 else None)
        if start is None or end is None or not floor <= start <= end:
            return None
        gap = list(old[start:end])
        if not any(line.strip() for line in gap):
            return None
        heads = {line for line in gap if line[:1].strip() and _WORD.search(line)}
        if heads & {line for other in parts for line in other}:
            # What seems to be left out is written as well: one of the two places is a wrong one.
            return None
        made = [*_stripped_end(made), *gap, *_stripped_start(part)]
        floor = end
    return made


def crosses(lines: Sequence[str], found: Sequence[Place]) -> bool:
    """Whether lines left out between some places begin another definition, not one inside of the first."""
    depth = len(indent(lines[found[0].start]))
    gaps = (lines[a.end : b.start] for a, b in itertools.pairwise(found))
    return any(
        len(indent(line)) < depth or (len(indent(line)) == depth and _BEGINS.match(line.strip()))
        for gap in gaps
        for line in gap
        if line.strip() and line.strip()[0] not in ")]}"
    )


def _behind(old: Sequence[str], before: Sequence[str], floor: int) -> int | None:
    """The index behind the old lines that the last lines before an elision are."""
    tail = trimmed(before)
    for size in range(1, len(tail) + 1):
        places = [p for p in find(old, trimmed(tail[-size:]), Level.WHITE_SPACE) if p.end > floor]
        if len(places) == 1:
            return places[0].end
        if not places:
            return None
    return None


def _ahead(old: Sequence[str], after: Sequence[str]) -> int | None:
    """The index of the old lines that the first lines after an elision are."""
    head = trimmed(after)
    for size in range(1, len(head) + 1):
        places = find(old, trimmed(head[:size]), Level.WHITE_SPACE)
        if len(places) == 1:
            return places[0].start
        if not places:
            return None
    return None


def _is_stub(lines: Sequence[str], index: int, known: Collection[str]) -> bool:
    """Whether dots are the body of a definition that the program does not have, as in a protocol."""
    if lines[index].strip() != "...":
        return False
    above = next((line.strip() for line in reversed(lines[:index]) if line.strip()), "")
    return above.startswith(_HEADS) and above not in known


def _stripped_end(lines: list[str]) -> list[str]:
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return lines


def _stripped_start(lines: list[str]) -> list[str]:
    """The lines without blank ones first: those of the gap are there already."""
    while lines and not lines[0].strip():
        lines = lines[1:]
    return lines
