"""What every kind of archive can do, and how one is made.

Laws of every kind, tested for all of them in ``tests/archive/laws``: adding the same again changes nothing;
the best fitness of a cell does not depend on the order of adding; the best program offered is never lost; a
number that is not finite never enters, and fitness has no bounds; a refusal changes nothing but the ranges;
elites come in an order of their own; minimizing is maximizing the negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from archive.cell import Cell, Elite, Placement
from archive.centroids import Nearest
from archive.fronts import FrontArchive
from archive.lattice import Geometry, Lattice
from archive.learned import LearnedCells, Projection, is_learned
from archive.program import ProgramId
from archive.single import SingleArchive
from problems.problem import Descriptor, Objective
from problems.search import ArchiveSpec

__all__ = ["KINDS", "Archive", "make_archive"]

KINDS = ("grid", "cvt", "pareto")
"""Every kind that `make_archive` knows."""


class Archive(Protocol):
    """Elites of one island by cell. Not thread-safe; one owner.

    Its elites as they stand give it again: a new archive of the same making that was told of them by
    `recall`, and to which they are then added in any order.
    """

    def __len__(self) -> int:
        """Number of elites; more than the filled cells where cells hold fronts."""
        ...

    def __iter__(self) -> Iterator[Elite]:
        """The elites, in the order of `elites`."""
        ...

    @property
    def elites(self) -> tuple[Elite, ...]:
        """All elites by cell, and within a cell the best first; the same object until something changes."""
        ...

    @property
    def size(self) -> int:
        """Number of cells, filled or not, at least 1; it never changes."""
        ...

    @property
    def coverage(self) -> float:
        """Share of the cells that hold an elite, 0 to 1."""
        ...

    @property
    def best(self) -> Elite | None:
        """The elite of greatest utility; the first cell's among equals; None when empty."""
        ...

    def qd_score(self, floor: float) -> float:
        """Sum over the filled cells of their best utility above `floor`, the worst utility that counts."""
        ...

    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Present edges of each axis, in units of the declared range: (0, 1) when never stretched."""
        ...

    def members(self, cell: Cell) -> tuple[Elite, ...]:
        """The elites of a cell, the best of the objective first; empty where there are none.

        A member's number here is its place in the stored front.
        """
        ...

    def locate(self, descriptors: Sequence[float]) -> Cell | None:
        """The cell of these values; None where one lies outside the present ranges.

        Raises:
            ValueError: a value is not finite, or there are not as many values as axes.
        """
        ...

    def recall(self, elites: Iterable[Elite]) -> None:
        """Stretch the ranges as when these elites were stored with their cells; the archive must be empty.

        To be asked before stored elites are added again: their values alone do not always say how far a
        range was stretched, for who stretched it may have lost the cell since. Their cells do.

        Raises:
            ValueError: an elite does not have as many descriptors as there are axes.
        """
        ...

    def add(
        self,
        program: ProgramId,
        *,
        fitness: float,
        descriptors: Sequence[float],
        objectives: Sequence[float] = (),
    ) -> Placement:
        """Offer a valid program.

        Args:
            program: id.
            fitness: finite, in the objective's own units.
            descriptors: one finite value an axis.
            objectives: finite utilities (larger is better) of the further objectives, in the problem's order.

        Raises:
            ValueError: a number is not finite, or there are too few or too many of them. Nothing was changed.
        """
        ...


def make_archive(
    spec: ArchiveSpec,
    *,
    descriptors: Sequence[Descriptor],
    objective: Objective,
    objectives: Sequence[Objective] = (),
    island: int = 0,
    projection: Projection | None = None,
) -> Archive:
    """An empty archive of the kind that is asked for.

    Args:
        spec: kind and number of cells.
        descriptors: axes; with none, the archive has a single cell. With a learned one among them,
            descriptors of programs end in features (see `archive.learned`).
        objective: says which fitness is better.
        objectives: further objectives; only ``pareto`` decides by them.
        island: number put on every elite.
        projection: gives the values of learned axes, for as long as the archive lives.

    Raises:
        ValueError: the kind is unknown, or the number of cells is less than 1.
    """
    if spec.kind not in KINDS:
        raise ValueError(
            f"expected an archive of kind {', '.join(KINDS)}, found {spec.kind!r}; name one of them"
        )
    geometry = _cells(spec, tuple(descriptors))
    if any(map(is_learned, descriptors)):
        geometry = LearnedCells(descriptors, cells=geometry, projection=projection)
    if spec.kind == "pareto":
        return FrontArchive(geometry=geometry, objective=objective, further=len(objectives), island=island)
    return SingleArchive(geometry=geometry, objective=objective, island=island)


def _cells(spec: ArchiveSpec, descriptors: Sequence[Descriptor]) -> Geometry:
    return Nearest(descriptors, cells=spec.cells) if spec.kind == "cvt" else Lattice(descriptors)
