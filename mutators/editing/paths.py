"""Which file of the program a line of an answer names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mutators.editing.edit import EditError

__all__ = ["known", "named"]

_LABEL = re.compile(
    r"^[\s#*/;%<!>`-]*(?:file|path|filename|file[ _]?path)[*`]*\s*[:=][*`\"'\s]*"
    r"([^\s`*\"']+)[`*\"':,\s]*(?:-->|\*/)?\s*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[`*\"']([^\s`*\"']+\.\w+)[`*\"']")
_LONGEST = 300


def known(name: str, paths: Sequence[str]) -> str | None:
    """The file of the program that a name means: the same path, or one whose end it is; None when unclear."""
    name = name.strip().strip("\"'`*").replace("\\", "/").rstrip(":,")
    for short in (name, name.removeprefix("./"), re.sub(r"^[ab]/", "", name)):
        if short in paths:
            return short
    ends = [path for path in paths if path.endswith("/" + name) or name.endswith("/" + path)]
    return ends[0] if len(ends) == 1 else None


def named(line: str, paths: Sequence[str]) -> str | None:
    """The file that a line between blocks names, if it does.

    A program of one file has no name in what models are shown, so any name means that file.

    Raises:
        EditError: it says ``file:`` and names none of several files.
    """
    if len(line) > _LONGEST:
        return None
    bare = line.strip().strip("#*`:/<>!-; \t\"'")
    if bare in paths:
        return bare
    if match := _LABEL.match(line):
        if (path := known(match[1], paths)) is not None:
            return path
        if len(paths) == 1:
            return None
        raise EditError(f"The program has no file {match[1]!r}; its files are: {', '.join(paths)}.")
    quoted = {known(name, paths) for name in _QUOTED.findall(line)} - {None}
    return quoted.pop() if len(quoted) == 1 else None
