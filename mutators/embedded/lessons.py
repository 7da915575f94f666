"""Draws a plain lesson from what a prompt says about a finished turn."""

from __future__ import annotations

import json
import re

from mutators.embedded.operators.catalogue import named
from mutators.embedded.prompt import Prompt

__all__ = ["lesson"]

_SIDE = (
    r"^[ \t]*{word}:[ \t]*verdict[ \t]+(\w+)"
    r"(?:,[ \t]*([^,=\n]{{1,80}}?)[ \t]*=[ \t]*([+-]?[\d.]+(?:e[+-]?\d+)?))?"
)
_BEFORE = re.compile(_SIDE.format(word="before"), re.IGNORECASE | re.MULTILINE)
_AFTER = re.compile(_SIDE.format(word="after"), re.IGNORECASE | re.MULTILINE)
_MINIMIZE = re.compile(r"^objective:[ \t]*minimi[sz]e\b", re.IGNORECASE | re.MULTILINE)


def lesson(prompt: Prompt) -> str:
    """JSON with ``kind`` and ``lesson``: what was tried and what came of it, without an explanation.

    It reads the lines ``Objective:``, ``Before:`` and ``After:`` and the plan. What is not there is not
    made up.
    """
    prose = "\n".join(one.prose for one in prompt.sections)
    tried = _tried(prompt.plan)
    before, after = _BEFORE.search(prose), _AFTER.search(prose)
    if after is None:
        return _json("exploration", f"{tried} was tried; the prompt does not say what came of it.")
    if after[1].lower() != "valid":
        return _json("mistake", f"{tried} led to a program that was not valid ({after[1].lower()}).")
    old, new = _number(before[3] if before else None), _number(after[3])
    if old is None or new is None:
        return _json("exploration", f"{tried} led to a valid program; there are no two values to compare.")
    change = f"{after[2]} from {old:.6g} to {new:.6g}"
    gain = old - new if _MINIMIZE.search(prose) else new - old
    if gain > 0:
        return _json("insight", f"{tried} improved {change}.")
    if gain < 0:
        return _json("exploration", f"{tried} worsened {change}.")
    return _json("exploration", f"{tried} left {after[2]} at {old:.6g}.")


def _tried(plan: str) -> str:
    """The plan's step in its own words where it is one of the editor's."""
    step = named(plan)
    if step is None:
        return "The planned change"
    words = step.words.strip().rstrip(".")[:200]
    return words[:1].upper() + words[1:]


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _json(kind: str, text: str) -> str:
    return json.dumps({"kind": kind, "lesson": text})
