"""What all archives do alike: cells that hold elites, whatever makes them and whoever may stay in one."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from archive.cell import Cell, Elite, Outcome, Placement
from archive.lattice import Geometry
from archive.program import ProgramId
from problems.problem import Objective

__all__ = ["Holding"]


class Holding(ABC):
    """Elites of one island by cell; a kind of archive says who stays in a cell (`_keep`).

    Not thread-safe; one owner.

    Args:
        geometry: cells over the descriptors; owned by this archive.
        objective: the main one, says which fitness is better.
        further: number of further objectives that each program must have; None for any.
        island: number put on every elite.
    """

    def __init__(
        self, *, geometry: Geometry, objective: Objective, further: int | None = None, island: int = 0
    ) -> None:
        self._geometry = geometry
        self._objective = objective
        self._further = further
        self._island = island
        self._cells: dict[Cell, tuple[Elite, ...]] = {}
        self._order: list[Cell] = []
        self._line: list[tuple[Elite, ...]] = []
        self._count = 0
        self._sorted: tuple[Elite, ...] | None = None

    @abstractmethod
    def _keep(self, elites: Sequence[Elite]) -> tuple[Elite, ...]:
        """Those of one cell that stay, at least one, the best in the main objective first.

        Of equals the first given one stays.
        """

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Elite]:
        return iter(self.elites)

    @property
    def elites(self) -> tuple[Elite, ...]:
        """All elites by cell, whatever the order of their arrival; in a cell as in `members`."""
        if self._sorted is None:
            self._sorted = tuple(chain.from_iterable(self._line))
        return self._sorted

    @property
    def size(self) -> int:
        """Number of cells, filled or not; it never changes."""
        return self._geometry.size

    @property
    def coverage(self) -> float:
        """Share of the cells that hold an elite, 0 to 1."""
        return len(self._cells) / self.size

    @property
    def best(self) -> Elite | None:
        """The elite of greatest main utility; the first cell's among equals; None when empty."""
        return max(self.elites, key=self._utility, default=None)

    def qd_score(self, floor: float) -> float:
        """Sum over the filled cells of their best main utility above `floor`, the worst that counts."""
        return math.fsum(self._utility(held[0]) - floor for held in self._cells.values())

    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Present edges of each axis, in units of the declared range: (0, 1) when never stretched."""
        return self._geometry.ranges()

    def members(self, cell: Cell) -> tuple[Elite, ...]:
        """The elites of a cell, the best in the main objective first; empty where there is none."""
        return self._cells.get(cell, ())

    def locate(self, descriptors: Sequence[float]) -> Cell | None:
        """The cell of these values; None where one lies outside the present ranges.

        Raises:
            ValueError: a value is not finite, or there are not as many values as axes.
        """
        return self._geometry.locate(descriptors)

    def recall(self, elites: Iterable[Elite]) -> None:
        """Stretch the ranges as when these elites were stored with their cells; it must be empty."""
        self._geometry.recall(elites)

    def add(
        self,
        program: ProgramId,
        *,
        fitness: float,
        descriptors: Sequence[float],
        objectives: Sequence[float] = (),
    ) -> Placement:
        """Offer a valid program; adding the same again changes nothing.

        NEW in an empty cell, REFUSED where it does not stay, else IMPROVED, also where it is no better in the
        main objective; `improvement` is its gain in the main objective alone.

        Args:
            program: id.
            fitness: finite, in the objective's own units.
            descriptors: one finite value an axis; a value outside the range stretches it.
            objectives: finite utilities of further objectives, larger is better; kept with the elite.

        Raises:
            ValueError: a number is not finite, or there are too few or too many of them. Nothing was changed.
        """
        if not math.isfinite(fitness):
            raise ValueError(f"fitness must be finite, got {fitness!r}")
        further = tuple(float(value) for value in objectives)
        if self._further is not None and len(further) != self._further:
            raise ValueError(f"expected {self._further} further objectives, got {len(further)}")
        if not all(map(math.isfinite, further)):
            raise ValueError(f"further objectives must be finite, got {further!r}")
        values = tuple(float(value) for value in descriptors)
        moved = self._geometry.make_room(values)
        if moved:
            self._reindex()
        elite = Elite(
            program=program,
            cell=self._inside(values),
            fitness=float(fitness),
            descriptors=values,
            island=self._island,
            objectives=further,
        )
        return self._offer(elite, reindexed=moved)

    def _offer(self, elite: Elite, *, reindexed: bool) -> Placement:
        before = self.members(elite.cell)
        after = self._keep((*before, elite))
        if elite not in after or elite in before:
            return Placement(outcome=Outcome.REFUSED, cell=elite.cell, reindexed=reindexed)
        self._put(elite.cell, after)
        if not before:
            return Placement(outcome=Outcome.NEW, cell=elite.cell, reindexed=reindexed)
        return Placement(
            outcome=Outcome.IMPROVED,
            cell=elite.cell,
            improvement=max(self._utility(elite) - self._utility(before[0]), 0.0),
            displaced=next((one.program for one in before if one not in after), None),
            reindexed=reindexed,
        )

    def _put(self, cell: Cell, held: tuple[Elite, ...]) -> None:
        # Kept in order, for sorting ten thousand cells takes longer than all else of a turn.
        place = bisect_left(self._order, cell)
        if cell in self._cells:
            self._line[place] = held
        else:
            self._order.insert(place, cell)
            self._line.insert(place, held)
        self._count += len(held) - len(self.members(cell))
        self._cells[cell] = held
        self._sorted = None

    def _reindex(self) -> None:
        """Every cell again from the elites of the old ones."""
        merged: dict[Cell, list[Elite]] = {}
        for elite in self.elites:
            cell = self._inside(elite.descriptors)
            merged.setdefault(cell, []).append(replace(elite, cell=cell))
        self._cells = {cell: self._keep(elites) for cell, elites in merged.items()}
        self._order = sorted(self._cells)
        self._line = [self._cells[cell] for cell in self._order]
        self._count = sum(map(len, self._line))
        self._sorted = None

    def _inside(self, descriptors: Sequence[float]) -> Cell:
        """The cell of values that have one, for room was made and what was inside stays inside."""
        cell = self.locate(descriptors)
        assert cell is not None
        return cell

    def _utility(self, elite: Elite) -> float:
        return self._objective.utility(elite.fitness)
