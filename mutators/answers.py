"""Reading what models write around what was asked for: reasoning, fences, prose, JSON that is almost JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

__all__ = ["MOST", "Fenced", "fenced_blocks", "find_object", "first_prose", "one_line", "without_reasoning"]

_TAGS = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis"
_TAG = re.compile(rf"(?P<line>^[ \t]*)?<(?P<end>/?)(?P<name>{_TAGS})>[ \t]*", re.IGNORECASE | re.MULTILINE)
_CHANNEL = re.compile(r"<\|(?:return|end|start|im_end|eot_id)\|>")
_OTHER = re.compile(
    r"(?P<end>\[/THINK\]|◁/think▷|</seed:think>|</antThinking>|<\|end_of_thought\|>|<\\think>|</ think>)"
    r"|(?P<done><\|/(?:think|thinking)\|>)"
    r"|(?:\[THINK\]|◁think▷|<seed:think>|<antThinking>|<\|begin_of_thought\|>|<\|(?:think|thinking)\|>)"
)
_OPENING = re.compile(r"^ {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*)$")
MOST = 400_000
"""Characters of an answer that are read; more than any model writes on purpose."""
_MOST_OBJECTS = 200
_MOST_CLOSINGS = 9


def without_reasoning(text: str) -> str:
    """The answer without its reasoning, also when the opening tag was part of the prompt.

    It errs on a program that has such a tag at the beginning of a line: that part is lost, and the edit then
    fails; it is not applied wrongly.
    """
    text = _tagged(text[:MOST].replace("\r\n", "\n"))
    kept: list[str] = []
    at = 0
    opened: re.Match[str] | None = None
    for tag in _TAG.finditer(text):
        if not tag["end"]:
            if opened is None and tag["line"] is not None:
                opened = tag
        elif opened is None:
            # The opening tag was part of the prompt: all that came before is reasoning.
            kept, at = [], tag.end()
        elif tag["name"].lower() == opened["name"].lower():
            kept.append(text[at : opened.start()])
            at, opened = tag.end(), None
    if opened is not None:
        others = [tag for tag in _TAG.finditer(text, opened.end()) if tag["end"]]
        if len(others) == 1:
            # It is closed by the name of another tag, and by nothing else.
            kept, at, opened = [*kept, text[at : opened.start()]], others[0].end(), None
    # Reasoning that never ends takes the rest with it.
    return "".join([*kept, text[at : opened.start() if opened else len(text)]])


def _tagged(text: str) -> str:
    """The answer with other marks of reasoning as tags, and of several channels only the final one."""
    if "<|channel|>final" in text:
        text = text.rsplit("<|channel|>final", 1)[1].partition("<|message|>")[2]
        return _CHANNEL.sub("", text)
    return _OTHER.sub(lambda mark: "</think>" if mark["end"] or mark["done"] else "<think>", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fenced:
    """One fenced block of an answer.

    Attributes:
        tag: what stands behind the opening fence, lower case, first word; empty when nothing does.
        text: the lines inside, each with its line break.
        before: the last line with content before the fence; empty when there is none.
        closed: whether the fence was closed.
        info: all that stands behind the opening fence.
        longer: the block as it would be if a later fence closed it, shortest first.
        above: all words between this block and the one before it, or the beginning.
    """

    tag: str
    text: str
    before: str
    closed: bool
    info: str = ""
    longer: tuple[str, ...] = ()
    above: str = ""


@lru_cache(maxsize=4)
def fenced_blocks(text: str) -> tuple[Fenced, ...]:
    """All fenced blocks in their order, as Markdown reads them."""
    lines = text.split("\n")
    found = []
    index, before, behind = 0, "", 0
    while index < len(lines):
        opening = _OPENING.match(lines[index])
        if opening is None:
            before = lines[index].strip() or before
            index += 1
            continue
        ends = _closings(lines, index + 1, opening[1])
        end = ends[0] if ends else len(lines)
        found.append(
            Fenced(
                tag=(opening[2].split() or [""])[0].lower(),
                text=_joined(lines[index + 1 : end]),
                before=before,
                closed=bool(ends),
                info=opening[2].strip(),
                longer=tuple(_joined(lines[index + 1 : later]) for later in ends[1:]),
                above="\n".join(lines[behind:index]),
            )
        )
        before = ""
        index = behind = end + 1
    return tuple(found)


def find_object(text: str, keys: Collection[str]) -> Mapping[str, Any] | None:
    """The first JSON object in the text that has one of these keys; None when there is none."""
    decoder = json.JSONDecoder(strict=False)
    at = text.find("{")
    for _ in range(_MOST_OBJECTS):
        if at < 0:
            break
        try:
            value, _ = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict) and any(key in value for key in keys):
            return value
        at = text.find("{", at + 1)
    return _salvaged(text, keys)


def first_prose(text: str) -> str:
    """The first line that is words: not in a fence, not markup, not a heading or the rest of broken JSON."""
    fence = ""
    for line in text.split("\n"):
        mark = _OPENING.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
            continue
        words = line.strip().strip("*_#>-= \t").strip()
        if not fence and len(re.findall(r"[^\W\d_]", words)) >= 3 and words[0] not in '{}[]<"':
            return words
    return ""


def one_line(value: object, limit: int = 300) -> str:
    """Text as one printable line of at most `limit` characters; a list becomes one line too."""
    if isinstance(value, list | tuple):
        value = "; ".join(str(item) for item in value)
    words = " ".join(str(value if value is not None else "")[: 20 * limit].split())
    if not words.isprintable():
        words = "".join(char if char.isprintable() else "�" for char in words)
    return words if len(words) <= limit else words[: limit - 1] + "…"


def _closings(lines: list[str], start: int, fence: str) -> list[int]:
    """The first lines that could close a fence; the very first one does."""
    closing = re.compile(rf"^ {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    return list(islice((i for i in range(start, len(lines)) if closing.match(lines[i])), _MOST_CLOSINGS))


def _joined(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)


def _salvaged(text: str, keys: Collection[str]) -> Mapping[str, Any] | None:
    """Strings of a broken object (cut off, a comma too many), read key by key."""
    return dict(_strings(text, keys)) or None


def _strings(text: str, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    for key in keys:
        match = re.search(rf'"{re.escape(key)}"\s*:\s*"((?:[^"\\]|\\.)*)', text, re.DOTALL)
        if match and match[1].strip():
            try:
                yield key, str(json.loads(f'"{match[1]}"', strict=False))
            except ValueError:
                yield key, match[1]
