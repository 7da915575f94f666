"""When two programs do the same although their texts differ: a digest of the normalized syntax tree.

Two programs of one fingerprint behave alike wherever the behaviour is what is looked at: what they return,
print, raise and cost. They may differ in layout, comments, bare strings such as docstrings, annotations that
nothing evaluates or reads, and in the names of local variables. They may also differ in every number that is
counted on the text itself (lines, characters, names), in line numbers, and in the words of a traceback.

It is a heuristic that errs to one side. Programs that do the same for a deeper reason are told apart, and so
are those where a difference might be seen at run time: a program that can read names (``locals()``, a caught
error's message) keeps its names, and one that can read source or frames (``inspect``, ``eval``, ``open``) has
no fingerprint at all. That costs an evaluation. Taken for the same by mistake are only programs that look at
their own text in a way that no word of `archive.seen` shows; nobody writes that by accident.
"""

from __future__ import annotations

import ast
import hashlib
import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from archive.normal_form import normal_form
from archive.program import Program, ProgramId

__all__ = ["MOST_CHARACTERS", "fingerprint"]

MOST_CHARACTERS: Final = 100_000
"""Characters of all sources together beyond which there is no fingerprint: they would take 50 ms and more."""

_VERSION: Final = b"1"
_SUFFIX: Final = ".py"
_COOKIE: Final = re.compile(r"^[ \t\f]*#.*?coding[:=]", re.MULTILINE)
_REMEMBERED: Final = 256


def fingerprint(program: Program) -> str | None:
    """SHA-256 in hexadecimal of what decides what a program does; see the module for what that leaves out.

    None, which is like no other program's: for a language other than Python, for sources that are no Python,
    too long, nested too deeply or in an encoding of their own, and for a program that can read its own text.
    Takes no longer than reading the source twice, and never raises.
    """
    return _remembered(_Key(id=program.id, program=program))


@dataclass(frozen=True, slots=True, eq=False)
class _Key:
    """A program that is found again by its id."""

    id: ProgramId
    program: Program

    def __hash__(self) -> int:
        return hash(self.id)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.id == other.id


@lru_cache(maxsize=_REMEMBERED)
def _remembered(key: _Key) -> str | None:
    # Asked for before the evaluation and again when the program is kept.
    program = key.program
    if program.language != "python" or sum(map(len, program.sources.values())) > MOST_CHARACTERS:
        return None
    digest = hashlib.sha256(_VERSION)
    for path, text in program.sources.items():
        form: str | None = text
        if path.endswith(_SUFFIX) or len(program.sources) == 1:
            form = _form(text)
        if form is None:
            return None
        for part in (path, form):
            raw = part.encode("utf-8", "surrogatepass")
            digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.hexdigest()


def _form(text: str) -> str | None:
    cookie = _COOKIE.search(text)
    if cookie is not None and text.count("\n", 0, cookie.start()) < 2:
        return None
    try:
        return normal_form(_parsed(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _parsed(text: str) -> ast.Module:
    if "\\" not in text:
        return ast.parse(text)
    with warnings.catch_warnings():
        # A doubtful escape in a program is a warning of its own, not of the process that reads it.
        warnings.simplefilter("ignore")
        return ast.parse(text)
