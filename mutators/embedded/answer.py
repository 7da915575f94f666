"""The forms of an answer: a plan, SEARCH/REPLACE blocks, a whole program."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from mutators.embedded.source import Splice

__all__ = ["Hunk", "as_blocks", "as_program", "hunks", "plan_json"]

_MARKS = re.compile(r"^(<{5,}|={5,}|>{5,})", re.MULTILINE)
_TICKS = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Hunk:
    """Whole lines to find and what takes their place; both end in a line break or at the end of the text."""

    search: str
    replace: str


def plan_json(
    *, idea: str, steps: Sequence[str], expects: str, rejected: Sequence[str], risk: str, approach: str
) -> str:
    """A plan the way a planner is asked for it, the chosen idea first among its outlines."""
    outlines = [{"idea": each, "expects": expects, "risk": risk} for each in (idea, *rejected)]
    return json.dumps(
        {
            "outlines": outlines,
            "choice": 1,
            "approach": approach,
            "reason": "",
            "idea": idea,
            "steps": list(steps),
            "expects": expects,
        }
    )


def as_program(text: str, language: str) -> str:
    """The whole program in a fence longer than any run of backticks inside."""
    longest = max((len(run) for run in _TICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    end = "" if text.endswith("\n") else "\n"
    return f"{fence}{language}\n{text}{end}{fence}\n"


def as_blocks(text: str, splices: Sequence[Splice]) -> str | None:
    """SEARCH/REPLACE blocks that lead from a text to the spliced one; None where lines look like markers."""
    made = hunks(text, splices)
    if any(_MARKS.search(side) for one in made for side in (one.search, one.replace)):
        return None
    return "\n".join(
        f"<<<<<<< SEARCH\n{_ended(one.search)}=======\n{_ended(one.replace)}>>>>>>> REPLACE\n" for one in made
    )


def hunks(text: str, splices: Sequence[Splice]) -> list[Hunk]:
    """Smallest runs of whole lines that hold the splices, each found once in the text.

    Lines of context are added until the search text occurs once and neither side is blank; hunks that meet
    are joined. So they can be applied one after the other, or all to the original text.
    """
    page = _Page(text)
    ordered = sorted(splices, key=lambda one: (one.start, one.end))
    runs: list[tuple[int, int, list[Splice]]] = []
    for one in ordered:
        first, last = page.lines(one)
        if runs and first <= runs[-1][1]:
            low, high, inside = runs.pop()
            runs.append((low, max(high, last), [*inside, one]))
        else:
            runs.append((first, last, [one]))
    widened: list[tuple[int, int, list[Splice]]] = []
    for low, high, inside in runs:
        start, end, held = low, high, inside
        while True:
            start, end = page.widened(start, end, held)
            if not widened or start >= widened[-1][1]:
                break
            before = widened.pop()
            start, end, held = before[0], max(end, before[1]), [*before[2], *held]
        widened.append((start, end, held))
    made = [page.hunk(*run) for run in widened]
    if _applied(text, made) == page.replaced(0, len(page.starts) - 1, ordered):
        return made
    # A replacement reads like a later search text: one hunk for all of it is always exact.
    return [page.hunk(*page.widened(widened[0][0], widened[-1][1], ordered), ordered)]


class _Page:
    """A text by lines. Line ranges are ``[first, last)``."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.kept = _split(text)
        self.starts = [0]
        for line in self.kept:
            self.starts.append(self.starts[-1] + len(line))

    def lines(self, splice: Splice) -> tuple[int, int]:
        """The lines a splice touches, those it would join included; none for new lines between two others."""
        count = len(self.kept)
        first = min(bisect_right(self.starts, splice.start) - 1, count)
        fresh = self.starts[first] == splice.start
        ended = splice.text.endswith("\n") or (fresh and not splice.text)
        if splice.start == splice.end and fresh and ended:
            return first, first
        last = bisect_right(self.starts, splice.end) - 1
        if self.starts[last] < splice.end or not ended or last == first:
            last += 1
        return min(first, max(count - 1, 0)), min(last, count)

    def replaced(self, first: int, last: int, splices: Sequence[Splice]) -> str:
        """The lines after the splices, which lie inside them."""
        parts: list[str] = []
        at = self.starts[first]
        for one in splices:
            parts += (self.text[at : one.start], one.text)
            at = one.end
        return "".join((*parts, self.text[at : self.starts[last]]))

    def widened(self, first: int, last: int, splices: Sequence[Splice]) -> tuple[int, int]:
        """The range with as many lines before and after it as make it unmistakable."""
        low, high = first, last
        new = self.replaced(low, high, splices)
        if new and not new.endswith("\n"):
            high = min(high + 1, len(self.kept))  # what is left of the last line joins the next one
        reach = 1
        while not self._clear(low, high, splices) and (low > 0 or high < len(self.kept)):
            if (first - low <= high - last and low > 0) or high >= len(self.kept):
                low = max(low - reach, 0)
            else:
                high = min(high + reach, len(self.kept))
            # A line at a time while it is cheap; a long run of equal lines is left in leaps.
            reach = max(1, (high - low) // 8)
        return low, high

    def _clear(self, low: int, high: int, splices: Sequence[Splice]) -> bool:
        search = self.text[self.starts[low] : self.starts[high]].rstrip("\n")
        if not search.strip() or not self.replaced(low, high, splices).strip():
            return False
        return self.text.find(search, self.text.find(search) + 1) < 0

    def hunk(self, first: int, last: int, splices: Sequence[Splice]) -> Hunk:
        return Hunk(self.text[self.starts[first] : self.starts[last]], self.replaced(first, last, splices))


def _split(text: str) -> list[str]:
    """Lines with their breaks. Unlike `str.splitlines`, form feeds and the like are no breaks."""
    lines = text.split("\n")
    ended = [line + "\n" for line in lines[:-1]]
    return [*ended, lines[-1]] if lines[-1] else ended


def _applied(text: str, made: Sequence[Hunk]) -> str | None:
    """The text after one hunk after the other; None where one no longer has a single place."""
    for one in made:
        if text.count(one.search) != 1:
            return None
        text = text.replace(one.search, one.replace, 1)
    return text


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
