"""Texts that stand in an answer without a fence, and whether a text is a whole program."""

from __future__ import annotations

import re

from mutators.editing.python import broken, names

__all__ = ["bare", "lines_of", "partial_why"]

_LONGEST_GUESS = 100_000
_START = re.compile(
    r"^(?:import |from \w|def |async def |class |@\w|#|\"\"\"|'''|[A-Za-z_]\w* *(?::[^=]+)?= ?)"
)
_DEFINES = re.compile(
    r"^(?:[\w:<>,&*\[\]]{1,80}[ \t]{1,8}){0,6}?"
    r"(?:fn|func|function|class|struct|enum|trait|type|interface|sub|proc|module)?[ \t]*\b(\w+)[ \t]*[({<]"
)


def bare(text: str, before: str, *, python: bool) -> str | None:
    """An answer without fences, or the stretch of it that is nothing but the program."""
    text = text.strip("\n") + "\n"
    if not python:
        kin = lines_of(before)
        return (
            text
            if kin and 2 * len(kin & lines_of(text)) >= len(kin) and partial_why(text, before, None) == ""
            else None
        )
    if not broken(text):
        return text if names(text) & names(before) else None
    lines = text.split("\n") if len(text) <= _LONGEST_GUESS else []
    starts = [i for i, line in enumerate(lines) if _START.match(line)][:20]
    ends = [
        i
        for i in range(len(lines), 0, -1)
        if lines[i - 1].strip() and (i == len(lines) or not lines[i].strip())
    ][:40]
    for start in starts:
        for end in ends:
            body = "\n".join(lines[start:end]) + "\n"
            if end > start and not broken(body) and names(before) and names(before) <= names(body):
                return body
    return None


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
    if entrypoint is not None and entrypoint in set(re.findall(r"\w+", before)) and entrypoint not in words:
        return f"it lacks {entrypoint}"
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


def _defined(text: str) -> set[str]:
    """Names that lines at the margin seem to define, in languages with braces."""
    found = (
        _DEFINES.match(line)
        for line in text.split("\n")
        if line[:1].strip() and not line.startswith(("#", "//", "}"))
    )
    return {match[1] for match in found if match} - {"if", "for", "while", "switch", "return"}
