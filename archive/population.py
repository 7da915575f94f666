"""One sub-population: its archive, and how its parents are drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from archive.cell import Elite, Outcome, Placement
from archive.census import Census
from archive.learned import Projection, axis_values
from archive.niches import Archive, make_archive
from archive.program import ProgramId
from archive.selecting import Crowd, make_selection
from archive.selection import (
    FIRST_PACE,
    Credit,
    Heat,
    Vector,
    heat_of,
    new_pace,
    parents_wanted,
    ranks,
    solve_temperature,
    stall_of,
    wear,
)
from problems.problem import Descriptor, Objective
from problems.search import Search

__all__ = ["Island"]

_FAR = 1e9
"""Ranges from the declared one beyond which places are not told apart."""


class Island:
    """One sub-population: its archive, and how its parents are drawn.

    Attributes:
        archive: its elites.
        since_improvement: its evaluations since one of them entered the archive.
        since_best: its evaluations since one of them beat its best.
        pace: moving mean of its evaluations between two such improvements.
        weariness: its evaluations since its best improved by as much as counts.
        epoch: how often it was renewed.
        renewed_at: evaluations of the run when it was renewed last; 0 when it never was.
        summit: greatest utility among its elites; minus infinity when it has none.
        projection: gives the values of learned axes; None where there are none, or nothing was learned yet.
    """

    def __init__(
        self,
        *,
        number: int,
        descriptors: Sequence[Descriptor],
        objective: Objective,
        objectives: Sequence[Objective] = (),
        search: Search | None = None,
    ) -> None:
        search = search or Search()
        self.number = number
        self._spec = search.selection_of(number)
        self._selection = make_selection(self._spec)
        self._objective = objective
        self._axes = tuple(descriptors)
        self._objectives = tuple(objectives)
        self._kind = search.archive
        self._worths: dict[ProgramId, float] = {}
        self._census: Census | None = None
        self._solved: _Solved | None = None
        self.epoch = 0
        self.renewed_at = 0
        self.projection: Projection | None = None
        self.clear()

    def clear(self) -> None:
        """Make it an island to which nobody ever came."""
        self.refill((), projection=self.projection)
        self.since_improvement = 0
        self.since_best = 0
        self.pace = FIRST_PACE
        self.weariness = 0.0
        self.summit = -math.inf

    def refill(self, arrivals: Iterable[Elite], *, projection: Projection | None) -> None:
        """Empty the archive, and place under this projection all who came to the island, in their order."""
        self.projection = projection
        self._census = None
        self.archive: Archive = make_archive(
            self._kind,
            descriptors=self._axes,
            objective=self._objective,
            objectives=self._objectives,
            island=self.number,
            projection=projection,
        )
        for each in arrivals:
            self.archive.add(
                each.program,
                fitness=each.fitness,
                descriptors=each.descriptors,
                objectives=each.objectives,
            )

    def forget(self) -> None:
        """Forget every credit."""
        self._worths.clear()
        self._census = self._solved = None

    def offer(self, elite: Elite) -> Placement:
        """Add a valid program to the archive; island and cell of `elite` do not matter."""
        placement = self.archive.add(
            elite.program,
            fitness=elite.fitness,
            descriptors=elite.descriptors,
            objectives=elite.objectives,
        )
        if placement.reindexed or self._kind.kind == "pareto":
            self._census = None
        if placement.outcome is not Outcome.REFUSED:
            if self._census is not None and placement.cell is not None:
                self._census.follow(self.archive.elites, placement.cell)
            self.summit = max(self.summit, self._objective.utility(elite.fitness))
        return placement

    def count(self, placement: Placement, *, before: float) -> None:
        """Count one evaluation of this island, with what became of it and the `summit` before it."""
        improved = placement.outcome is not Outcome.REFUSED
        self.since_improvement = 0 if improved else self.since_improvement + 1
        self.since_best += 1
        self.weariness += 1
        if self.summit > before:
            self.pace = new_pace(self.pace, gap=self.since_best)
            self.since_best = 0
            spread = self.summit - float(np.median(self._elites().utilities))
            self.weariness = wear(self.weariness, gain=self.summit - before, spread=spread)

    def heat(self) -> Heat:
        """Present temperature and its reasons; a cold default for an empty island."""
        return self._solve().heat

    def note(self, program: ProgramId, credit: Credit) -> None:
        """Take up what the children of a program achieved."""
        self._worths[program] = self._selection.worth(credit)
        if self._census is not None:
            self._census.note(program)

    def probabilities(self) -> Vector:
        """Probability of each elite, in the order of `archive.elites`, to be drawn as a parent.

        Returns:
            Shape (n,), sum 1; empty for an empty island.
        """
        solved = self._solve()
        power = self._selection.power(solved.heat.level)
        weights = solved.base * (solved.census.worths if power == 1.0 else solved.census.worths**power)
        share = self._selection.best_share if solved.elites else 0.0
        probabilities: Vector = weights * ((1.0 - share) / weights.sum())
        if share > 0:
            utilities = solved.census.utilities
            best = np.flatnonzero(utilities == utilities.max())
            probabilities[best] += share / len(best)
        return probabilities

    def _elites(self) -> Census:
        if self._census is None:
            untried = self._selection.worth(Credit())
            self._census = Census(
                self.archive.elites,
                utility=lambda elite: self._objective.utility(elite.fitness),
                worth=lambda program: self._worths.get(program, untried),
                bins=self._bins,
                axes=[axis.bins for axis in self._axes],
            )
        return self._census

    def _bins(self, elite: Elite) -> tuple[int, ...]:
        """Where it lies on each axis; where cells have centroids and no bins, in the declared ones."""
        if self._kind.kind != "cvt":
            return elite.cell
        places = (axis.position(value) for axis, value in zip(self._axes, self._values(elite), strict=True))
        return tuple(
            math.floor(min(max(place, -_FAR), _FAR) * axis.bins)
            for place, axis in zip(places, self._axes, strict=True)
        )

    def _values(self, elite: Elite) -> tuple[float, ...]:
        return axis_values(self._axes, elite.descriptors, self.projection)

    def _solve(self) -> _Solved:
        """The weights of the present elites, computed again only where elites or target changed."""
        census, last = self._elites(), self._solved
        elites = census.elites
        stall = stall_of(weariness=self.weariness, pace=self.pace)
        level = heat_of(diversity=census.diversity, stall=stall)
        same = last is not None and last.census is census and last.elites is elites
        if last is not None and same and last.heat.level == level:
            return last
        wanted = parents_wanted(
            max(1, len(elites)), heat=level, coldest=self._spec.coldest, hottest=self._spec.hottest
        )
        crowd = last.crowd if last is not None and same else self._crowd(census)
        temperature, base = 1.0, np.empty(0)
        if elites:
            temperature = solve_temperature(crowd.z, effective=wanted)
            base = self._selection.base(crowd, temperature=temperature)
        heat = Heat(
            diversity=census.diversity, stall=stall, level=level, parents=wanted, temperature=temperature
        )
        self._solved = _Solved(census=census, elites=elites, crowd=crowd, heat=heat, base=base)
        return self._solved

    def _crowd(self, census: Census) -> Crowd:
        # Of ten thousand elites these take longer than the rest of a turn, and one kind asks for them.
        asked = census.elites if self._spec.kind == "pareto" else ()
        n = len(asked)
        return Crowd(
            z=ranks(census.utilities),
            further=np.array([elite.objectives for elite in asked], dtype=np.float64).reshape(
                n, -1 if n else 0
            ),
            descriptors=np.array([self._values(elite) for elite in asked], dtype=np.float64).reshape(
                n, -1 if n else 0
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Solved:
    """What an island worked out for its present elites and heat."""

    census: Census
    elites: tuple[Elite, ...]
    crowd: Crowd
    heat: Heat
    base: Vector
