"""What to tell a model whose edit found no place: the lines most like those it searched for."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from mutators.editing.edit import Edit

__all__ = ["nearest"]

_SHOWN_LINES = 12
_COMPARED = 2000


def nearest(edit: Edit, sources: Mapping[str, str]) -> str:
    """The lines most like the search, numbered as in the program."""
    search = [line.strip()[:200] for line in edit.search.split("\n") if line.strip()]
    wanted = set(search)
    best: tuple[int, float, str, int] = (0, -1.0, "", 0)
    for path, text in sources.items():
        if edit.path not in (None, path):
            continue
        lines = [line.strip()[:200] for line in text.split("\n")[:_COMPARED]]
        hits = [line in wanted for line in lines]
        for at in range(len(lines)):
            equal = sum(hits[at : at + min(len(search), 50)])
            if equal >= best[0] and lines[at]:
                # Equal lines decide, likeness of the first line breaks ties.
                like = difflib.SequenceMatcher(None, lines[at], search[0]).ratio()
                best = max(best, (equal, like, path, at), key=lambda place: place[:2])
    _, _, path, at = best
    if not path:
        return "(the file is empty)"
    shown = sources[path].split("\n")[at : at + min(len(search) + 2, _SHOWN_LINES)]
    text = "\n".join(f"{at + offset + 1:5d} | {line.rstrip()[:200]}" for offset, line in enumerate(shown))
    return f"{path}\n{text}" if len(sources) > 1 else text
