"""What one answer of the corpus is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["HOPELESS", "RECOVERABLE", "WELL_FORMED", "Case", "changed"]

WELL_FORMED, RECOVERABLE, HOPELESS = "well-formed", "recoverable", "hopeless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An answer, and the program it must lead to.

    Attributes:
        name: in a few words.
        kind: well-formed, recoverable or hopeless.
        sources: the program before, path to text.
        answer: what a model wrote.
        after: the program it must lead to; None where it must be a miss.
        language: of the program.
        entrypoint: function the program must define.
    """

    name: str
    kind: str
    sources: Mapping[str, str]
    answer: str
    after: Mapping[str, str] | None
    language: str = "python"
    entrypoint: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def changed(sources: Mapping[str, str], *edits: tuple[str, str], path: str | None = None) -> dict[str, str]:
    """The program with stretches of its text replaced, each of which it has exactly once."""
    after = dict(sources)
    for old, new in edits:
        (where,) = [p for p in after if path in (None, p) and after[p].count(old)]
        assert after[where].count(old) == 1, f"the case itself is not clear: {old!r}"
        after[where] = after[where].replace(old, new)
    return after
