"""Islands: sub-populations with archives of their own, that exchange elites now and then."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from archive.cell import Elite, Outcome, Placement
from archive.evaluation import Evaluation
from archive.learning import Learning
from archive.population import Island
from archive.program import ProgramId
from archive.rescoring import Contender
from archive.selection import Credit
from archive.standing import IslandState, Migrant, Standing
from archive.topology import routes
from problems.problem import Descriptor, Objective
from problems.search import Search

__all__ = ["Archipelago"]

_NEVER = Credit()


class Archipelago:
    """All islands of a run: the archive in memory, a view of the store.

    Args:
        descriptors: axes of every island's archive.
        objective: says which fitness is better.
        islands: number of islands, at least 1.
        objectives: further objectives.
        search: kinds of archive and selection, topology and renewal; the defaults where it is left out.
    """

    def __init__(
        self,
        *,
        descriptors: Sequence[Descriptor],
        objective: Objective,
        islands: int = 1,
        objectives: Sequence[Objective] = (),
        search: Search | None = None,
    ) -> None:
        if islands < 1:
            raise ValueError(f"expected at least 1 island, got {islands}")
        self.objective = objective
        self.search = search or Search()
        self.islands = tuple(
            Island(
                number=number,
                descriptors=descriptors,
                objective=objective,
                objectives=objectives,
                search=self.search,
            )
            for number in range(islands)
        )
        self.credits: dict[ProgramId, Credit] = {}
        self.learning = Learning(descriptors)
        self._axes = tuple(descriptors)
        self._best: Elite | None = None
        self._moved: set[int] = set()

    @property
    def best(self) -> Elite | None:
        """The best elite of all islands; the first that reached its fitness among equals."""
        return self._best

    def elites(self) -> tuple[Elite, ...]:
        """Elites of all islands, by island and cell."""
        return tuple(elite for island in self.islands for elite in island.archive.elites)

    def restore(
        self,
        elites: Iterable[Elite],
        standing: Standing,
        states: Iterable[IslandState] = (),
        history: Iterable[Contender] = (),
    ) -> None:
        """Rebuild the view from what the store kept; the archive must be empty.

        Args:
            elites: of all islands.
            standing: credits and stalls.
            states: of islands where any was kept; their stalls go before those of `standing`, which know
                nothing of renewals.
            history: all who came to the islands, where axes are learned; see `Store.history`.
        """
        kept = tuple(elites)
        self.learning.recall(history)
        for island in self.islands:
            island.refill((), projection=self.learning.projection)
            # Values alone do not always say how far a range was stretched; the stored cells do.
            island.archive.recall(elite for elite in kept if elite.island == island.number)
        for elite in kept:
            self.islands[elite.island].offer(elite)
            self._note_best(elite)
        here = {(elite.island, elite.program, elite.cell) for elite in self.elites()}
        stored = {(elite.island, elite.program, elite.cell) for elite in kept}
        self._moved = {island for island, _, _ in here ^ stored}
        for program, credit in standing.credits.items():
            self._note_credit(program, credit)
        for number, stall in standing.stalls.items():
            self.islands[number].since_improvement = stall
        for state in states:
            island = self.islands[state.island]
            island.epoch, island.renewed_at = state.epoch, state.renewed_at
            island.since_improvement = state.stall
            island.since_best, island.pace = state.since_best, state.pace
            island.weariness = state.weariness

    def renew(self, elites: Iterable[Elite], standing: Standing, history: Iterable[Contender] = ()) -> None:
        """Forget every elite and credit, and rebuild the view from what the store keeps now."""
        states = [self.state(island.number) for island in self.islands]
        for island in self.islands:
            island.clear()
            island.forget()
        self.credits.clear()
        self._best = None
        self.restore(elites, standing, states, history)

    def add(
        self,
        evaluation: Evaluation,
        *,
        island: int,
        parent: ProgramId | None = None,
        objectives: Sequence[float] = (),
    ) -> Placement:
        """Place an evaluated program on an island and credit its parent.

        An evaluation that is not valid is REFUSED without touching any archive.

        Args:
            evaluation: what the program was found to be worth.
            island: number of the island.
            parent: program to credit; None for a seed.
            objectives: utilities of the further objectives.
        """
        home = self.islands[island]
        before = home.summit
        placement = Placement(outcome=Outcome.REFUSED)
        if evaluation.is_valid and evaluation.fitness is not None:
            elite = Elite(
                program=evaluation.program,
                cell=(),
                fitness=evaluation.fitness,
                descriptors=evaluation.descriptors,
                island=island,
                objectives=tuple(objectives),
            )
            relearned = self._learn_from(elite)
            placement = home.offer(elite)
            self.learning.arrive(elite)
            placement = replace(placement, reindexed=placement.reindexed or relearned)
            record = self._note_best(replace(elite, cell=placement.cell or ()))
            placement = replace(placement, record=record)
        home.count(placement, before=before)
        if parent is not None:
            known = self.credits.get(parent, _NEVER)
            improved = known.improved + int(placement.outcome is not Outcome.REFUSED)
            self._note_credit(parent, Credit(children=known.children + 1, improved=improved))
        return placement

    def state(self, number: int) -> IslandState:
        """What an island remembers beside its elites, by its number."""
        island = self.islands[number]
        return IslandState(
            island=number,
            epoch=island.epoch,
            renewed_at=island.renewed_at,
            stall=island.since_improvement,
            since_best=island.since_best,
            pace=island.pace,
            weariness=island.weariness,
        )

    def take_moved(self) -> frozenset[int]:
        """Islands whose elites have other cells than the store knows, since this was asked last.

        Those on which an evaluation was placed that says so itself may be left out.
        """
        moved, self._moved = frozenset(self._moved), set()
        return moved

    def migrate(self, rng: np.random.Generator | None = None) -> tuple[Migrant, ...]:
        """Offer each island's best elites along the routes of the topology; those taken are returned.

        All are offered as they stood before the first of them moved, so no program travels two islands
        at once. An island that has a program already does not take it again.

        Args:
            rng: decides on the routes of the ``random`` topology; may be left out with others.
        """
        rng = rng or np.random.default_rng(0)
        roads = routes(self.search.topology, islands=len(self.islands), rng=rng)
        offers = {source: self._foremost(source) for source, _ in roads}
        return tuple(
            migrant
            for source, target in roads
            for elite in offers[source]
            if (migrant := self.settle(elite, source=source, island=target))
        )

    def settle(self, elite: Elite, *, source: int, island: int) -> Migrant | None:
        """Offer an elite to an island; None when it was not taken or is there already."""
        placement = self.islands[island].offer(elite)
        if placement.reindexed:
            # Also where it is refused: who stretched a range may have been worse than its new neighbours.
            self._moved.add(island)
        if placement.outcome is Outcome.REFUSED or placement.cell is None:
            return None
        copy = replace(elite, island=island, cell=placement.cell)
        self.learning.arrive(copy)
        return Migrant(elite=copy, source=source, placement=placement)

    def is_stagnant(self, number: int) -> bool:
        """Whether an island is to begin anew, for it went without an improvement for too long.

        The island that alone has the best fitness of the run is never stagnant, so that no renewal loses it.
        """
        island = self.islands[number]
        if not 0 < self.search.stagnation <= island.since_improvement:
            return False
        others = [other.summit for other in self.islands if other.number != number and len(other.archive)]
        return bool(others) and max(others) >= island.summit

    def begin_anew(
        self, number: int, *, evaluations: int, rng: np.random.Generator, founder: Elite | None = None
    ) -> tuple[Migrant, ...]:
        """Empty an island and give it new founders; gives them with the islands they came from.

        ``reset`` takes one elite of each other island, drawn as that island draws its parents; ``spawn``
        takes the `founder`, or where there is none one elite of one other island, any alike.

        Args:
            number: of the island.
            evaluations: of the run so far.
            rng: makes the draws.
            founder: the initial program; used by ``spawn``.
        """
        others = [other for other in self.islands if other.number != number and len(other.archive)]
        if self.search.renewal == "spawn" and founder is not None:
            founders = [founder]
        elif self.search.renewal == "spawn":
            elites = others[int(rng.integers(len(others)))].archive.elites
            founders = [elites[int(rng.integers(len(elites)))]]
        else:
            founders = [
                other.archive.elites[int(rng.choice(len(other.archive), p=other.probabilities()))]
                for other in others
            ]
        island = self.islands[number]
        island.clear()
        self.learning.leave(number)
        island.epoch, island.renewed_at = island.epoch + 1, evaluations
        arrived = (self.settle(elite, source=elite.island, island=number) for elite in founders)
        return tuple(migrant for migrant in arrived if migrant is not None)

    def _learn_from(self, elite: Elite) -> bool:
        """Take up a valid program; True when every cell is another one, all islands being built anew."""
        if not self.learning.see(elite.program, elite.descriptors):
            return False
        for island in self.islands:
            arrivals = self.learning.arrivals(island.number)
            island.refill(arrivals, projection=self.learning.projection)
            self._moved.add(island.number)
        self.learning.settle()
        return True

    def _foremost(self, number: int) -> list[Elite]:
        """The elites that an island offers, best first; the first cell's among equals."""
        utility = self.objective.utility
        elites = self.islands[number].archive.elites
        return heapq.nlargest(self.search.migrants, elites, key=lambda elite: utility(elite.fitness))

    def _note_credit(self, program: ProgramId, credit: Credit) -> None:
        self.credits[program] = credit
        for island in self.islands:
            island.note(program, credit)

    def _note_best(self, elite: Elite) -> bool:
        utility = self.objective.utility
        if self._best is not None and utility(elite.fitness) <= utility(self._best.fitness):
            return False
        self._best = elite
        return True
