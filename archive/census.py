"""What selection asks of the elites of an island, kept up as they change."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from archive.cell import Cell, Elite
from archive.program import ProgramId
from archive.selection import Vector

__all__ = ["Census"]


class Census:
    """Utilities, worths and bins of the elites of an island, in the order of its archive.

    To look all of that up again for ten thousand elites after every change would take longer than the rest
    of a turn, so a single change is followed where it lies.

    Args:
        elites: all of them, by cell; no two in one cell where `follow` is to be used.
        utility: of an elite.
        worth: of a program as a parent.
        bins: where an elite lies on each axis.
        axes: bins that each axis declares.

    Attributes:
        elites: as given, with what changed since.
        utilities: shape (n,), of the elites.
        worths: shape (n,), of the elites.
    """

    def __init__(
        self,
        elites: tuple[Elite, ...],
        *,
        utility: Callable[[Elite], float],
        worth: Callable[[ProgramId], float],
        bins: Callable[[Elite], Sequence[int]],
        axes: Sequence[int],
    ) -> None:
        self._utility, self._worth, self._bins, self._axes = utility, worth, bins, tuple(axes)
        self.elites = elites
        self.utilities: Vector = np.array([utility(each) for each in elites], dtype=np.float64)
        self.worths: Vector = np.array([worth(each.program) for each in elites], dtype=np.float64)
        self._cells: dict[ProgramId, Cell] = {each.program: each.cell for each in elites}
        self._counts = [Counter(column) for column in zip(*map(bins, elites), strict=True)] if elites else []
        self._diversity: float | None = None

    def follow(self, elites: tuple[Elite, ...], cell: Cell) -> None:
        """Take up that a cell got another elite, or its first one.

        Args:
            elites: all after the change.
            cell: where it happened, one elite a cell.
        """
        place = bisect_left(elites, cell, key=lambda each: each.cell)
        now = elites[place]
        if len(elites) == len(self.elites):
            before = self.elites[place]
            self._count(before, -1)
            self._cells.pop(before.program, None)
            self.utilities[place], self.worths[place] = self._utility(now), self._worth(now.program)
        else:
            self.utilities = np.insert(self.utilities, place, self._utility(now))
            self.worths = np.insert(self.worths, place, self._worth(now.program))
        self._cells[now.program] = cell
        self._count(now, 1)
        self.elites, self._diversity = elites, None

    def note(self, program: ProgramId) -> None:
        """Take up that the worth of a program changed; it need not be an elite."""
        cell = self._cells.get(program)
        if cell is None:
            return
        place = bisect_left(self.elites, cell, key=lambda each: each.cell)
        # In a front, several share the cell.
        while self.elites[place].program != program:
            place += 1
        self.worths[place] = self._worth(program)

    @property
    def diversity(self) -> float:
        """Mean over the axes of the entropy of the elites' bins, scaled to [0, 1] by its maximum.

        Axes of a single bin do not count; without any other, and with fewer than two elites, it is 0.
        """
        if self._diversity is None:
            axes = zip(self._counts, self._axes, strict=False) if len(self.elites) > 1 else ()
            found = [_evenness(counts, bins=bins) for counts, bins in axes if bins > 1]
            self._diversity = float(np.mean(found)) if found else 0.0
        return self._diversity

    def _count(self, elite: Elite, number: int) -> None:
        bins = self._bins(elite)
        if not self._counts:
            self._counts = [Counter() for _ in bins]
        for counts, where in zip(self._counts, bins, strict=True):
            counts[where] += number
            if not counts[where]:
                del counts[where]


def _evenness(counts: Mapping[int, int], *, bins: int) -> float:
    """Entropy of the counts over that of elites as even as so many can be in so many bins."""
    total = sum(counts.values())
    entropy = -math.fsum(n / total * math.log(n / total) for n in counts.values())
    return entropy / math.log(min(total, max(bins, len(counts))))
