"""What an edit is, and what comes of applying one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from problems.errors import CambrianError

__all__ = ["Edit", "EditError", "Edited"]


class EditError(CambrianError):
    """A model's answer cannot be applied to the program. The message is fit to be shown to the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """Replace some lines by others; each of the texts is empty or ends with a line break.

    Attributes:
        path: file of the program; None when the answer named none.
        search: lines to be found.
        replace: lines to put in their place.
        line: number of the first line of the search in the program as it was, from 1; None when the answer
            did not say. Models count badly, so it only ever decides between places that match anyway.
        section: a line above the place, as the head of a hunk quotes it; empty when there is none.
    """

    path: str | None
    search: str
    replace: str
    line: int | None = None
    section: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """A program after an answer.

    Attributes:
        sources: path to text.
        note: how tolerantly the answer was read; empty when it was applied to the letter.
    """

    sources: Mapping[str, str]
    note: str = ""
