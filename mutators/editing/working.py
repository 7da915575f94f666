"""One file while edits are applied to it: its lines, and which of them are still those of the program."""

from __future__ import annotations

from collections.abc import Sequence

from mutators.editing.places import Change

__all__ = ["Working"]


class Working:
    """Lines of a file, each with its index in the file as it was; None for a line that an edit wrote.

    Line ends are kept line by line; a new line gets those of most lines of the file.

    Args:
        text: of the file.
    """

    def __init__(self, text: str) -> None:
        self._closed = text.endswith("\n")
        raw = text.split("\n")
        if self._closed or raw == [""]:
            raw.pop()
        self._raw = tuple(raw)
        self._end = "\r" if 2 * sum(line.endswith("\r") for line in raw) > len(raw) else ""
        self._lines = raw
        self.origin: list[int | None] = list(range(len(raw)))
        self.original = tuple(line.removesuffix("\r") for line in raw)

    @property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return [line.removesuffix("\r") for line in self._lines]

    @property
    def text(self) -> str:
        return self._joined(self._lines)

    def with_changes(self, changes: Sequence[Change]) -> str:
        """The text after some changes, which stay apart."""
        return self._joined(self._changed(changes)[0])

    def change(self, changes: Sequence[Change]) -> None:
        """Makes the changes, which stay apart."""
        self._lines, self.origin = self._changed(changes)

    def untouched(self, start: int, end: int) -> bool:
        """Whether lines of the file as it was stand there, none taken out or put between."""
        spots = self.origin[start:end]
        return all(spot is not None and spot == (spots[0] or 0) + i for i, spot in enumerate(spots))

    def moved(self, changes: Sequence[Change]) -> list[Change] | None:
        """Changes of the file as it was, where its lines stand now; None where they are gone."""
        where = {spot: index for index, spot in enumerate(self.origin) if spot is not None}
        made = []
        for change in changes:
            if change.start < change.end:
                spots = [where.get(i) for i in range(change.start, change.end)]
                first = spots[0]
                if first is None or spots != list(range(first, first + len(spots))):
                    return None
                start, end = first, first + len(spots)
            else:
                above = where.get(change.start - 1, -1 if change.start == 0 else None)
                below = where.get(
                    change.start, len(self._lines) if change.start == len(self.original) else None
                )
                if above is None or below is None or below != above + 1:
                    return None
                start = end = below
            made.append(Change(start=start, end=end, lines=change.lines))
        return made

    def _changed(self, changes: Sequence[Change]) -> tuple[list[str], list[int | None]]:
        lines, origin = list(self._lines), list(self.origin)
        for change in sorted(changes, key=lambda change: change.start, reverse=True):
            lines[change.start : change.end] = [line + self._end for line in change.lines]
            origin[change.start : change.end] = [None] * len(change.lines)
        return lines, origin

    def _joined(self, lines: Sequence[str]) -> str:
        text = "\n".join(lines)
        if not self._closed and lines and lines[-1].endswith("\r") and self._raw[-1:] != (lines[-1],):
            return text.removesuffix("\r")
        return text + "\n" if lines and (self._closed or not self._raw) else text
