"""SEARCH/REPLACE blocks: read from an answer, and put into a program.

The door to what `mutators.editing` does for edits between markers; `mutators.reading` chooses among all the
ways in which an answer can say a change.
"""

from __future__ import annotations

from collections.abc import Sequence

from mutators.answers import without_reasoning
from mutators.editing.applying import apply_edits
from mutators.editing.edit import Edit, Edited, EditError
from mutators.editing.markers import has_markers, marked_edits

__all__ = ["Edit", "EditError", "Edited", "apply_edits", "has_edits", "parse_edits"]


def has_edits(answer: str) -> bool:
    """Whether an answer (without its reasoning) means to be SEARCH/REPLACE blocks."""
    return has_markers(answer)


def parse_edits(answer: str, paths: Sequence[str]) -> tuple[Edit, ...]:
    """The edits of an answer, in order.

    Args:
        answer: what the model wrote.
        paths: files of the program.

    Raises:
        EditError: there is none, one is broken or cut off, or it names a file that is not there.
    """
    edits = marked_edits(without_reasoning(answer), paths)
    if not edits:
        raise EditError("The answer holds no SEARCH/REPLACE block.")
    return edits
