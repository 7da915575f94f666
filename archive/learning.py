"""When a run learns its projection again, and what it keeps in mind until it has done so for the last time.

A refit changes every cell, and a program that had lost its cell may be the best of its new one. So all who
came to an island since it began are remembered, until `archive.learned.LAST` programs were learned from; an
archive then needs its elites alone, as any other does. Both can be found again from the store
(`Store.history`), so a resumed run learns what, and when, it would have learned.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archive.cell import Elite
from archive.learned import LAST, Projection, Vector, is_learned, learn, learned_from
from archive.program import ProgramId
from archive.rescoring import Contender, of_each_program
from problems.problem import Descriptor

__all__ = ["Learning", "is_complete", "learns"]


def learns(axes: Sequence[Descriptor]) -> bool:
    """Whether an archive over these axes has a projection to learn."""
    return any(map(is_learned, axes))


def is_complete(history: Sequence[Contender]) -> bool:
    """Whether no more will be learned after these, so that who came to an island does not matter any more."""
    return len({each.program for each in history}) >= LAST


class Learning:
    """What a run has learned so far. With no learned axis there is nothing to learn, and it keeps nothing.

    Args:
        axes: of the archive.

    Attributes:
        projection: the present one; None until there are enough programs, and where no axis is learned.
    """

    def __init__(self, axes: Sequence[Descriptor]) -> None:
        self.projection: Projection | None = None
        self._axes = tuple(axes)
        self._is_over = not learns(axes)
        self._rows: dict[ProgramId, Vector] = {}
        self._arrivals: list[Elite] = []

    def see(self, program: ProgramId, descriptors: Sequence[float]) -> bool:
        """Take up a valid program before it is placed; True when the projection is another one now.

        Args:
            program: id; one that was seen before changes nothing.
            descriptors: as stored.
        """
        if self._is_over or program in self._rows:
            return False
        self._rows[program] = tuple(map(float, descriptors))
        if learned_from(len(self._rows)) != len(self._rows):
            return False
        self.projection = learn(self._axes, self._rows.values())
        return True

    def arrive(self, elite: Elite) -> None:
        """Remember who came to an island: each that was placed there, whether it became an elite or not."""
        if not self._is_over:
            self._arrivals.append(elite)

    def leave(self, island: int) -> None:
        """Forget who came to an island, for it begins anew."""
        self._arrivals = [each for each in self._arrivals if each.island != island]

    def arrivals(self, island: int) -> Sequence[Elite]:
        """Who came to an island since it began, in order; none after everything was learned."""
        return [each for each in self._arrivals if each.island == island]

    def settle(self) -> None:
        """Forget what will not be asked for again; to be called after the islands were built anew."""
        if len(self._rows) >= LAST:
            self._is_over = True
            self._rows, self._arrivals = {}, []

    def recall(self, history: Iterable[Contender]) -> None:
        """Be as after these, in the order they came; nothing was seen before."""
        came = tuple(history)
        self._rows = dict(of_each_program(came))
        self.projection = learn(self._axes, self._rows.values())
        self._arrivals = [
            Elite(
                program=each.program,
                cell=(),
                fitness=each.fitness,
                descriptors=each.descriptors,
                island=each.island,
                objectives=each.objectives,
            )
            for each in came
            if not each.has_left
        ]
        self.settle()
