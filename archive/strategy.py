"""Strategies: how the next parent is chosen. Baselines stand beside the real one, under one protocol.

Published studies find simple baselines competitive with evolution, so users must be able to try them on
their own problem with one flag.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np

from archive.attempt import Plan
from archive.inspirations import inspire
from archive.island import Archipelago
from archive.population import Island
from archive.program import ProgramId

__all__ = ["STRATEGIES", "BestOfN", "Draw", "HillClimb", "MapElites", "RandomElite", "Strategy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What a strategy chose.

    Attributes:
        island: the child will belong to it; parent and inspirations come from it alone.
        parent: program to change.
        inspirations: other programs to show, best first.
        plan: what is to be done to the parent, where that is decided already; None for the planner to say.
    """

    island: int
    parent: ProgramId
    inspirations: tuple[ProgramId, ...] = ()
    plan: Plan | None = None


class Strategy(Protocol):
    """Chooses parents. It may read the archive, never change it.

    It is made anew whenever a run is begun or resumed, with the keywords ``seed`` (id of the initial program)
    and ``inspirations`` (programs to show beside the parent). It keeps nothing from one draw to the next, and
    every random decision comes from the generator handed in, which belongs to one attempt, so that the same
    archive, number and generator give the same draw: a resumed run draws what it would have drawn. Nothing is
    awaited in a draw, and turns wait for it, so it is quick. All of this is tested for the built-in ones
    in ``tests/archive/strategy_contract.py``, which a strategy of a user's can be put through as well.
    """

    def draw(self, archive: Archipelago, *, number: int, rng: np.random.Generator) -> Draw:
        """Choose for attempt `number`, from 1.

        Args:
            archive: every island holds at least one elite.
            number: of the attempt; attempts are drawn in this order, and several may be under way.
            rng: of this attempt alone.

        Returns:
            Parent and inspirations that are all elites of the island, the parent not among the inspirations
            and none of them twice. The initial program may be the parent though it is no elite any more.
        """
        ...


class MapElites:
    """The search's own selection over the elites of the islands in turn; inspirations from distant cells.

    Args:
        inspirations: programs shown beside the parent.
    """

    def __init__(self, *, seed: ProgramId, inspirations: int = 2) -> None:
        del seed  # every strategy is built alike; this one starts from whatever the archive holds
        self._inspirations = inspirations

    def draw(self, archive: Archipelago, *, number: int, rng: np.random.Generator) -> Draw:
        island = _turn(archive, number)
        elites = island.archive.elites
        probabilities = island.probabilities()
        parent = elites[int(rng.choice(len(elites), p=probabilities))]
        others = inspire(elites, parent, probabilities=probabilities, count=self._inspirations, rng=rng)
        utility = archive.objective.utility
        shown = sorted(others, key=lambda elite: -utility(elite.fitness))
        return Draw(
            island=island.number, parent=parent.program, inspirations=tuple(elite.program for elite in shown)
        )


class RandomElite:
    """Uniform choice among the elites: the archive without selection pressure."""

    def __init__(self, *, seed: ProgramId, inspirations: int = 2) -> None:
        del seed
        self._inspirations = inspirations

    def draw(self, archive: Archipelago, *, number: int, rng: np.random.Generator) -> Draw:
        island = _turn(archive, number)
        elites = island.archive.elites
        order = rng.permutation(len(elites))[: self._inspirations + 1]
        parent, *others = (elites[int(index)].program for index in order)
        return Draw(island=island.number, parent=parent, inspirations=tuple(others))


class HillClimb:
    """Sequential refinement: always the best program of all."""

    def __init__(self, *, seed: ProgramId, inspirations: int = 0) -> None:
        del seed, inspirations  # refinement looks at one program only

    def draw(self, archive: Archipelago, *, number: int, rng: np.random.Generator) -> Draw:
        del number, rng
        best = archive.best
        if best is None:
            raise ValueError("the archive is empty; a seed must be placed before the first draw")
        return Draw(island=best.island, parent=best.program)


class BestOfN:
    """Independent samples: always the seed. What a model does without any evolution."""

    def __init__(self, *, seed: ProgramId, inspirations: int = 0) -> None:
        del inspirations
        self._seed = seed

    def draw(self, archive: Archipelago, *, number: int, rng: np.random.Generator) -> Draw:
        del rng
        return Draw(island=_turn(archive, number).number, parent=self._seed)


Maker = Callable[..., Strategy]
STRATEGIES: Mapping[str, Maker] = MappingProxyType(
    {
        "map_elites": MapElites,
        "best_of_n": BestOfN,
        "hill_climb": HillClimb,
        "random_elite": RandomElite,
    }
)
"""Strategies by the name a problem uses; each is called with `seed` and `inspirations`."""


def _turn(archive: Archipelago, number: int) -> Island:
    """Islands take turns by attempt, so that each gets the same share whatever finishes first."""
    return archive.islands[(number - 1) % len(archive.islands)]
