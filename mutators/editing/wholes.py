"""Texts that stand in an answer without a fence, and whether a text is a whole program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from mutators.editing.edit import EditError
from mutators.editing.python import broken, fault, names

__all__ = ["LONGEST_GUESS", "bare", "lines_of", "partial_why"]

LONGEST_GUESS = 100_000
"""Characters of the longest text that is parsed again and again for what it may mean."""
_MOST_PARSES = 40
_MOST_PARSED = 1_000_000
_START = re.compile(
    r"^(?:import |from \w|def |async def |class |@\w|#|\"\"\"|'''|[A-Za-z_]\w* *(?::[^=]+)?= ?)"
)
_DEFINES = re.compile(
    r"^(?:[\w:<>,&*\[\]]{1,80}[ \t]{1,8}){0,6}?"
    r"(?:fn|func|function|class|struct|enum|trait|type|interface|sub|proc|module)?[ \t]*\b(\w+)[ \t]*[({<]"
)


def bare(text: str, before: str, *, python: bool) -> str | None:
    """An answer without fences, or the stretch of it that is nothing but the program.

    Raises:
        EditError: it has several such stretches that differ from each other and from the program.
    """
    text = text.strip("\n") + "\n"
    if not python:
        kin = lines_of(before)
        return (
            text
            if kin and 2 * len(kin & lines_of(text)) >= len(kin) and partial_why(text, before, None) == ""
            else None
        )
    if len(text) > LONGEST_GUESS or not names(before):
        return None
    if not broken(text):
        return text if names(text) & names(before) else None
    found = [body for body in _stretches(text.split("\n")) if names(before) <= names(body)]
    fresh = [body for body in found if body.strip() != before.strip()] or found[:1]
    if len({body.strip() for body in fresh}) > 1:
        raise EditError("The answer holds several programs; give one, in a fenced block.")
    return fresh[0] if fresh else None


def _stretches(lines: Sequence[str]) -> Iterator[str]:
    """Stretches of Python between words, each as long as it can be, from a start to an end by a blank line.

    Where a stretch is broken the parser says, and no longer one that begins there can be whole.
    """
    ends = [
        i for i in range(1, len(lines) + 1) if lines[i - 1].strip() and not "".join(lines[i : i + 1]).strip()
    ]
    parses = parsed = 0
    behind = 0
    for start, line in enumerate(lines):
        if start < behind or not _START.match(line):
            continue
        limit = len(lines)
        while (end := max((i for i in ends if start < i <= limit), default=None)) is not None:
            body = "\n".join(lines[start:end]) + "\n"
            parses, parsed = parses + 1, parsed + len(body)
            if parses > _MOST_PARSES or parsed > _MOST_PARSED:
                return
            at = fault(body)
            if at is None:
                yield _without_words(body)
                behind = end
                break
            limit = start + min(at, end - start) - 1


def _without_words(body: str) -> str:
    """The stretch without lone words at its end, which are Python by accident."""
    lines = body.rstrip("\n").split("\n")
    while lines and (not lines[-1].strip() or re.fullmatch(r"[A-Za-z]\w*", lines[-1])):
        lines.pop()
    return "\n".join(lines) + "\n"


def partial_why(body: str, before: str, entrypoint: str | None) -> str:
    """Why a text in a language that is not parsed is no whole program; empty when nothing is against it."""
    full = [line for line in body.split("\n") if line.strip()]
    was = [line for line in before.split("\n") if line.strip()]
    if full and was and full[0][:1] in (" ", "\t") and was[0][:1] not in (" ", "\t"):
        return "it begins in the middle"
    for left, right in ("{}", "()", "[]"):
        if body.count(left) != body.count(right) and before.count(left) == before.count(right):
            return f"it has {body.count(left)} of {left} and {body.count(right)} of {right}"
    words = set(re.findall(r"\w+", body))
    if why := _lacks(body, before, entrypoint):
        return why
    missing = sorted(_defined(before) - _defined(body))
    used = [name for name in missing if name in words]
    if used:
        return f"it uses {used[0]} and does not define it"
    if len(missing) > 0 and _defined(body) and _defined(body) < _defined(before) and "main" in missing:
        return "it lacks main"
    return ""


def lines_of(text: str) -> frozenset[str]:
    """The lines of a text without their indentation, and without empty ones."""
    return frozenset(line.strip() for line in text.split("\n") if line.strip())


def _lacks(body: str, before: str, entrypoint: str | None) -> str:
    """What a text has nothing of that belongs to the whole; prose may be put in other words throughout."""
    if (
        entrypoint is not None
        and entrypoint in set(re.findall(r"\w+", before))
        and not re.search(rf"\b{re.escape(entrypoint)}\b", body)
    ):
        return f"it lacks {entrypoint}"
    if re.search(r"[;{]$", before, re.MULTILINE):
        heads = _heads(before)
        size, was = (sum(bool(line.strip()) for line in text.split("\n")) for text in (body, before))
        short = 10 * size < 8 * was
        lacks = short and len(heads) > 1 and not heads & lines_of(body)
        return f"it has nothing of {min(heads)[:60]!r} and the like" if lacks else ""
    gaps = set(re.findall(r"\{\w+\}", before))
    return f"it lacks {min(gaps)}" if gaps and not gaps & set(re.findall(r"\{\w+\}", body)) else ""


def _heads(text: str) -> frozenset[str]:
    """Lines at the margin that belong to the whole: what it imports, its package, its constants."""
    return frozenset(
        line.strip()
        for line in text.split("\n")
        if line[:1].strip() and line[0] not in "})]#/*-" and not line.rstrip().endswith(("{", "(", ":"))
    ) | frozenset(line.strip() for line in text.split("\n") if line.startswith("#include"))


def _defined(text: str) -> set[str]:
    """Names that lines at the margin seem to define, in languages with braces."""
    found = (
        _DEFINES.match(line)
        for line in text.split("\n")
        if line[:1].strip() and not line.startswith(("#", "//", "}"))
    )
    return {match[1] for match in found if match} - {"if", "for", "while", "switch", "return"}
