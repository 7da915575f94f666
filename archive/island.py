"""Islands: sub-populations with archives of their own, that exchange elites now and then."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from archive.cell import Elite, Outcome, Placement
from archive.evaluation import Evaluation
from archive.grid import GridArchive
from archive.program import ProgramId
from archive.selection import (
    PATIENCE,
    Credit,
    Heat,
    Vector,
    boltzmann,
    credit_of,
    ranks,
    solve_temperature,
    target_share,
)
from problems.problem import Descriptor, Objective

__all__ = ["Archipelago", "Island", "Migrant", "Standing"]

_UNTRIED = credit_of(Credit())


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrant:
    """A copy of a reference: an elite of one island offered to another, and what became of it there."""

    elite: Elite
    source: int
    placement: Placement


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What selection remembers beside the elites; kept by the store, so that a resumed run draws alike.

    Attributes:
        credits: program to what its children achieved; programs without children may be left out.
        stalls: island to its evaluations since its last improvement.
    """

    credits: Mapping[ProgramId, Credit]
    stalls: Mapping[int, int]


class Island:
    """One sub-population: its archive, and the temperature its parents are drawn at."""

    def __init__(self, *, number: int, descriptors: Sequence[Descriptor], objective: Objective) -> None:
        self.number = number
        self.archive = GridArchive(descriptors=descriptors, objective=objective, island=number)
        self.since_improvement = 0
        self._axes = tuple(descriptors)
        self._objective = objective
        self._solved: tuple[tuple[Elite, ...], float, Heat, Vector] | None = None

    def clear(self) -> None:
        """Make it an island to which nobody ever came."""
        self.archive = GridArchive(descriptors=self._axes, objective=self._objective, island=self.number)
        self.since_improvement = 0

    def heat(self) -> Heat:
        """Present temperature and its reasons; a cold default for an empty island."""
        return self._solve()[0]

    def probabilities(self, worths: Mapping[ProgramId, float]) -> Vector:
        """Probability of each elite, in the order of `archive.elites`, to be drawn as a parent.

        Args:
            worths: program to `credit_of` its credit; a program that is left out has no children yet.
        """
        heat, z = self._solve()
        credit = np.array([worths.get(elite.program, _UNTRIED) for elite in self.archive.elites])
        return boltzmann(z, temperature=heat.temperature, credit=credit)

    def diversity(self) -> float:
        """Mean over the axes of the entropy of the elites' bins, scaled to [0, 1] by its maximum."""
        elites = self.archive.elites
        if len(elites) < 2 or not self._axes:
            return 0.0
        return float(
            np.mean([_evenness(Counter(elite.cell[i] for elite in elites)) for i in range(len(self._axes))])
        )

    def _solve(self) -> tuple[Heat, Vector]:
        elites = self.archive.elites
        if self._solved is not None and self._solved[0] is elites:
            diversity = self._solved[2].diversity
        else:
            diversity = self.diversity()
        share = target_share(diversity=diversity, since_improvement=self.since_improvement)
        if self._solved is not None and self._solved[0] is elites and self._solved[1] == share:
            return self._solved[2], self._solved[3]
        z = ranks([self._objective.utility(elite.fitness) for elite in elites])
        temperature = solve_temperature(z, effective=max(1.0, share * len(elites))) if elites else 1.0
        stall = min(1.0, self.since_improvement / PATIENCE)
        heat = Heat(diversity=diversity, stall=stall, share=share, temperature=temperature)
        self._solved = (elites, share, heat, z)
        return heat, z


class Archipelago:
    """All islands of a run: the archive in memory, a view of the store.

    Args:
        descriptors: axes of every island's grid.
        objective: says which fitness is better.
        islands: number of islands, at least 1.
    """

    def __init__(self, *, descriptors: Sequence[Descriptor], objective: Objective, islands: int = 1) -> None:
        if islands < 1:
            raise ValueError(f"expected at least 1 island, got {islands}")
        self.objective = objective
        self.islands = tuple(
            Island(number=number, descriptors=descriptors, objective=objective) for number in range(islands)
        )
        self.credits: dict[ProgramId, Credit] = {}
        self.worths: dict[ProgramId, float] = {}
        self._best: Elite | None = None

    @property
    def best(self) -> Elite | None:
        """The best elite of all islands; the first that reached its fitness among equals."""
        return self._best

    def elites(self) -> tuple[Elite, ...]:
        """Elites of all islands, by island and cell."""
        return tuple(elite for island in self.islands for elite in island.archive.elites)

    def restore(self, elites: Iterable[Elite], standing: Standing) -> None:
        """Rebuild the view from what the store kept; the archive must be empty."""
        for elite in elites:
            archive = self.islands[elite.island].archive
            archive.add(elite.program, fitness=elite.fitness, descriptors=elite.descriptors)
            self._note_best(elite)
        for program, credit in standing.credits.items():
            self._set_credit(program, credit)
        for number, stall in standing.stalls.items():
            self.islands[number].since_improvement = stall

    def renew(self, elites: Iterable[Elite], standing: Standing) -> None:
        """Forget everything and rebuild the view from what the store keeps now."""
        for island in self.islands:
            island.clear()
        self.credits.clear()
        self.worths.clear()
        self._best = None
        self.restore(elites, standing)

    def add(self, evaluation: Evaluation, *, island: int, parent: ProgramId | None = None) -> Placement:
        """Place an evaluated program on an island and credit its parent.

        An evaluation that is not valid is REFUSED without touching any archive.

        Args:
            evaluation: what the program was found to be worth.
            island: number of the island.
            parent: program to credit; None for a seed.
        """
        home = self.islands[island]
        placement = Placement(outcome=Outcome.REFUSED)
        if evaluation.is_valid and evaluation.fitness is not None:
            placement = home.archive.add(
                evaluation.program, fitness=evaluation.fitness, descriptors=evaluation.descriptors
            )
            record = self._note_best(
                Elite(
                    program=evaluation.program,
                    cell=placement.cell or (),
                    fitness=evaluation.fitness,
                    descriptors=evaluation.descriptors,
                    island=island,
                )
            )
            placement = replace(placement, record=record)
        improved = placement.outcome is not Outcome.REFUSED
        home.since_improvement = 0 if improved else home.since_improvement + 1
        if parent is not None:
            before = self.credits.get(parent, Credit())
            self._set_credit(
                parent, Credit(children=before.children + 1, improved=before.improved + int(improved))
            )
        return placement

    def migrate(self) -> tuple[Migrant, ...]:
        """Offer each island's best elite to the next island of the ring; those taken are returned.

        All are offered as they stood before the first of them moved, so no program travels two islands
        at once.
        """
        if len(self.islands) < 2:
            return ()
        travellers = [(island.number, island.archive.best) for island in self.islands]
        return tuple(
            migrant
            for source, elite in travellers
            if elite is not None
            and (migrant := self.settle(elite, source=source, island=(source + 1) % len(self.islands)))
        )

    def settle(self, elite: Elite, *, source: int, island: int) -> Migrant | None:
        """Offer an elite to an island; None when it was not taken or is there already."""
        archive = self.islands[island].archive
        placement = archive.add(elite.program, fitness=elite.fitness, descriptors=elite.descriptors)
        if placement.outcome is Outcome.REFUSED or placement.cell is None:
            return None
        copy = replace(elite, island=island, cell=placement.cell)
        return Migrant(elite=copy, source=source, placement=placement)

    def _set_credit(self, program: ProgramId, credit: Credit) -> None:
        self.credits[program] = credit
        self.worths[program] = credit_of(credit)

    def _note_best(self, elite: Elite) -> bool:
        utility = self.objective.utility
        if self._best is not None and utility(elite.fitness) <= utility(self._best.fitness):
            return False
        self._best = elite
        return True


def _evenness(counts: Counter[int]) -> float:
    total = sum(counts.values())
    entropy = -math.fsum(n / total * math.log(n / total) for n in counts.values())
    return entropy / math.log(total)
