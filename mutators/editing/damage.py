"""What happens to program text on its way through a model and a chat page, undone.

Each repair is tried only where the text as it stands does not fit, and only one that changes something.
"""

from __future__ import annotations

import html
import itertools
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence

__all__ = ["escaped", "repaired", "repairs", "without_fence"]

_NUMBERED = re.compile(r"^[ \t]*(?:L(?:ine )?)?(\d{1,5})(?:[ \t]*[|:│┃→][ \t]?|\t|[ \t]*\.[ \t])(.*)$")
_BARE_NUMBER = re.compile(r"^[ \t]*(\d{1,5})(?:[ \t]*[|:│┃→.]?[ \t]*)$")
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{2,5}|#x[0-9a-fA-F]{2,4});")
_TYPOGRAPHY = (
    dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"')
    | dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
    | dict.fromkeys("\u2013\u2014\u2212\u2010\u2011", "-")
    | dict.fromkeys("\u00a0\u202f\u2009", " ")
    | dict.fromkeys("\u200b\u200c\u200d\ufeff\u2060", "")
)
_ALIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421"
    "\u0422\u0423\u0425\u0391\u0392\u0395\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "aeopcyxijsdABEKMHOPCTYXABEHIKMNOPTYXo",
)
_WORD = re.compile(r"\w+")
_TYPED = str.maketrans(_TYPOGRAPHY)
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[\w+-]*[ \t]*$")
_STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`")
_ESCAPED = re.compile(r"\\([_*\[\]#`<>])")


def repairs(search: Sequence[str], replace: Sequence[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    """Other readings of an edit's halves: what was undone, the search, the replacement."""
    for name, undo in _UNDOING:
        old = undo(search)
        if old is None or not any(line.strip() for line in old):
            continue
        new = undo(replace) if name != "signs of a diff" else _unsigned(replace, "+ ")
        yield name, old, list(replace) if new is None else new


def without_fence(lines: Sequence[str]) -> list[str]:
    """The lines without a fence at either end, for a program that has none."""
    kept = [index for index, line in enumerate(lines) if line.strip()]
    if kept and _FENCE.match(lines[kept[-1]]):
        lines = lines[: kept.pop()]
    if kept and _FENCE.match(lines[kept[0]]):
        lines = lines[kept[0] + 1 :]
    return list(lines)


def escaped(before: str, text: str) -> bool:
    """Whether the signs of a text were written as HTML entities on the way: it has some outside of quotes."""
    if _ENTITY.search(before) or re.search(r"[<>]", text) or re.search(r"&(?!#?\w+;)", text):
        return False
    return bool(_ENTITY.search(_STRING.sub("", text)))


def repaired(text: str) -> Iterator[tuple[str, str]]:
    """Other readings of a whole program: what was undone, and the text."""
    lines = text.split("\n")
    for name, undo in (*_UNDOING, ("indentation of the whole", _dedented)):
        made = undo(lines) if name != "signs of a diff" else _unsigned(lines, "+")
        if made is not None:
            yield name, "\n".join(made)


def _without_numbers(lines: Sequence[str]) -> list[str] | None:
    """The lines without line numbers, where all that have content begin with one and they rise."""
    made, numbers = [], []
    for line in lines:
        match = _NUMBERED.match(line) or _BARE_NUMBER.match(line)
        if match is None:
            if line.strip():
                return None
            made.append(line)
            continue
        numbers.append(int(match[1]))
        made.append(match[2] if len(match.groups()) > 1 else "")
    rising = all(a < b for a, b in itertools.pairwise(numbers))
    return made if numbers and rising else None


def _unescaped(lines: Sequence[str]) -> list[str] | None:
    if not any(_ENTITY.search(line) for line in lines):
        return None
    return [_ENTITY.sub(lambda match: html.unescape(match[0]), line).replace("\u00a0", " ") for line in lines]


def _typed(lines: Sequence[str]) -> list[str] | None:
    made = [line.translate(_TYPED) for line in lines]
    return made if made != list(lines) else None


def _latin(lines: Sequence[str]) -> list[str] | None:
    """The lines with Latin letters for the Cyrillic and Greek ones in words that have Latin ones too."""
    made = [_WORD.sub(_one_script, line) for line in lines]
    return made if made != list(lines) else None


def _one_script(word: re.Match[str]) -> str:
    made = word[0].translate(_ALIKE)
    mixed = re.search(r"[A-Za-z]", word[0]) and made.isascii()
    return made if mixed else word[0]


def _unquoted(lines: Sequence[str]) -> list[str] | None:
    """The lines without the mark of a quotation before each of them."""
    if not all(line.startswith(">") for line in lines if line.strip()) or not any(lines):
        return None
    return [re.sub(r"^>[ ]?", "", line) for line in lines]


def _unmarked(lines: Sequence[str]) -> list[str] | None:
    made = [_ESCAPED.sub(r"\1", line) for line in lines]
    return made if made != list(lines) else None


def _minus(lines: Sequence[str]) -> list[str] | None:
    return _unsigned(lines, "- ")


def _unsigned(lines: Sequence[str], signs: str) -> list[str] | None:
    """The lines without a diff's sign before each of them."""
    full = [line for line in lines if line.strip()]
    if not full or any(line[0] not in signs for line in full) or all(line[0] == " " for line in full):
        return None
    return [line[1:] for line in lines]


def _dedented(lines: Sequence[str]) -> list[str] | None:
    made = textwrap.dedent("\n".join(lines)).split("\n")
    return made if made != list(lines) else None


_UNDOING: tuple[tuple[str, Callable[[Sequence[str]], list[str] | None]], ...] = (
    ("line numbers", _without_numbers),
    ("HTML entities", _unescaped),
    ("typographic signs", _typed),
    ("letters of another script", _latin),
    ("signs of a diff", _minus),
    ("quotation marks", _unquoted),
    ("escapes of Markdown", _unmarked),
)
