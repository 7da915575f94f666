"""Edits without markers: between tags, as JSON, or in fenced blocks under words such as *Replace with*."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mutators.answers import Fenced, fenced_blocks
from mutators.editing.edit import Edit, EditError
from mutators.editing.paths import known, named

__all__ = ["json_edits", "json_programs", "labelled_edits", "tagged_edits"]

_PAIRS = (
    ("search", "replace"), ("old_string", "new_string"), ("old_str", "new_str"), ("old_code", "new_code"),
    ("old_text", "new_text"), ("find", "replace"), ("original", "updated"), ("original", "replacement"),
    ("original_code", "updated_code"), ("search", "replacement"), ("before", "after"), ("old", "new"),
    ("original", "modified"), ("original", "new"), ("find", "replacement"), ("find", "replace_with"),
    ("search_block", "replace_block"), ("old_content", "new_content"), ("search", "replace_with"),
)  # fmt: skip
_PATHS = ("path", "file", "file_path", "filepath", "filename")
_PROGRAMS = (
    "code", "program", "new_code", "content", "source", "new_program", "updated_code", "full_code",
)  # fmt: skip
_OLD = r"(?:search(?: for)?|find|original|old|before|current|existing|replace this|from)"
_NEW = (
    r"(?:replace(?:ment)?(?: (?:it )?(?:with|by))?|with this|with|new|after|updated|modified|changed|to|"
    r"improved)"
)
_REST = r"(?:[ _](?:code|block|text|lines?|version|section|snippet|part|this))*"
_LABEL = re.compile(
    rf"^[\s#*_>\-\d.)(]*(?:(?P<old>{_OLD})|(?P<new>{_NEW})){_REST}[\s*_`]*:?[\s*_]*$", re.IGNORECASE
)
_MOST = 300


def tagged_edits(answer: str, paths: Sequence[str]) -> tuple[Edit, ...]:
    """Edits as ``<search>…</search><replace>…</replace>`` and the like, in order; empty without any."""
    found: list[tuple[int, Edit]] = []
    for old, new in _PAIRS:
        pattern = (
            rf"<{old}>(?P<old>(?:(?!<{old}>).)*?)</{old}>\s*(?:<!--.*?-->\s*)?"
            rf"<{new}>(?P<new>(?:(?!<{new}>).)*?)</{new}>"
        )
        if f"<{old}>" not in answer.lower():
            continue
        for match in re.finditer(pattern, answer, re.IGNORECASE | re.DOTALL):
            path = _path_before(answer[max(0, match.start() - 400) : match.start()], paths)
            edit = Edit(path=path, search=_inside(match["old"]), replace=_inside(match["new"]))
            found.append((match.start(), edit))
    opened = sum(answer.lower().count(f"<{old}>") for old in {old for old, _ in _PAIRS})
    if found and len({start for start, _ in found}) < opened:
        raise EditError("An edit of the answer is not finished.")
    return tuple(edit for _, edit in sorted(found, key=lambda item: item[0]))


def json_edits(answer: str, paths: Sequence[str]) -> tuple[Edit, ...]:
    """Edits as JSON objects with an old and a new text, in order; none when there are none."""
    return tuple(edit for value in _values(answer) for edit in _in_value(value, None, paths))


def json_programs(answer: str, paths: Sequence[str]) -> dict[str | None, str]:
    """Whole files in a JSON object: path (None for the only one) to text; empty when there are none."""
    for value in _values(answer):
        if not isinstance(value, dict):
            continue
        files = value.get("files")
        listed = files if isinstance(files, dict) else value
        by_path = {known(k, paths): v for k, v in listed.items() if isinstance(v, str) and known(k, paths)}
        if by_path:
            return dict(by_path)
        for key in _PROGRAMS:
            text = value.get(key)
            if isinstance(text, str) and "\n" in text.strip():
                return {None: text}
    return {}


def labelled_edits(answer: str, paths: Sequence[str]) -> tuple[Edit, ...]:
    """Edits as two fenced blocks in a row, the first under *search* or *before*."""
    edits: list[Edit] = []
    path: str | None = None
    waiting: Fenced | None = None
    for block in fenced_blocks(answer):
        label = _LABEL.match(block.before)
        if label is not None and label["old"]:
            waiting = block
        elif waiting is not None and (label is not None or not block.before) and block.closed:
            edits.append(Edit(path=path, search=waiting.text, replace=block.text))
            waiting = None
        else:
            waiting = None
            path = named(block.before, paths) or path
    return tuple(edits)


def _inside(text: str) -> str:
    """The text between two tags as lines, without the line breaks and the fence that only set it off."""
    text = re.sub(r"^\s*<!\[CDATA\[(.*)\]\]>\s*$", r"\1", text, flags=re.DOTALL)
    text = re.sub(r"\A[ \t]*\n", "", text)
    lines = text.split("\n")
    if lines and not lines[-1].strip():
        lines.pop()
    if len(lines) >= 2 and lines[0].lstrip().startswith("```") and lines[-1].strip() == "```":
        lines = lines[1:-1]
    if "&lt;" in text and "<" not in text:
        lines = [html.unescape(line) for line in lines]
    return "".join(line + "\n" for line in lines)


def _path_before(text: str, paths: Sequence[str]) -> str | None:
    """The file that the tags or lines just before an edit name."""
    text = text[text.lower().rfind("</") if "</edit>" in text.lower() else 0 :]
    names = re.findall(r"<(?:path|file|file_path|filename)>\s*([^<\n]+?)\s*</", text)
    names += re.findall(r"\b(?:path|file|name|file_path)=[\"']([^\"'\n]+)[\"']", text)
    for name in reversed(names):
        if (path := known(name, paths)) is not None:
            return path
    if names and len(paths) > 1:
        raise EditError(f"The program has no file {names[-1]!r}; its files are: {', '.join(paths)}.")
    for line in reversed(text.split("\n")[-4:]):
        if line.strip() and (path := named(line, paths)) is not None:
            return path
    return None


def _values(answer: str) -> Iterator[Any]:
    """JSON objects and lists of an answer, outermost ones."""
    decoder = json.JSONDecoder(strict=False)
    at = 0
    for _ in range(_MOST):
        match = re.compile(r"[{\[]\s*[\"{\[]").search(answer, at)
        if match is None:
            return
        try:
            value, at = decoder.raw_decode(answer, match.start())
        except (ValueError, RecursionError):
            at = match.start() + 1
            continue
        yield value


def _in_value(value: Any, path: str | None, paths: Sequence[str], depth: int = 0) -> Iterator[Edit]:  # noqa: ANN401  # any JSON value
    if depth > 5:
        return
    if isinstance(value, list):
        for item in value:
            yield from _in_value(item, path, paths, depth + 1)
    elif isinstance(value, dict):
        path = _path_in(value, paths) or path
        for old, new in _PAIRS:
            if isinstance(value.get(old), str) and isinstance(value.get(new), str):
                yield Edit(path=path, search=_ended(value[old]), replace=_ended(value[new]))
                return
        for item in value.values():
            if isinstance(item, list | dict):
                yield from _in_value(item, path, paths, depth + 1)


def _path_in(value: Mapping[str, Any], paths: Sequence[str]) -> str | None:
    names = [value[key] for key in _PATHS if isinstance(value.get(key), str)]
    if not names:
        return None
    path = known(names[0], paths)
    if path is None and len(paths) > 1:
        raise EditError(f"The program has no file {names[0]!r}; its files are: {', '.join(paths)}.")
    return path


def _ended(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return text if not text or text.endswith("\n") else text + "\n"
