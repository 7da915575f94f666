"""The kinds of selection: how likely each elite of an island is to be drawn as a parent.

Every kind gives a base weight that depends on the elites alone, so that it is computed once for each change
of the archive, and a worth that depends on what a program's children achieved. The probability is
proportional to their product. A worth is positive and bounded, so it can never decide alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from archive.fronting import crowding, front_ranks, novelty
from archive.selection import BEST_SHARE, Credit, Vector, boltzmann, credit_of, credit_power, ranks
from problems.search import SelectionSpec

__all__ = [
    "Boltzmann",
    "Crowd",
    "Curiosity",
    "Pareto",
    "Selection",
    "Tournament",
    "Uniform",
    "curiosity_of",
    "make_selection",
    "tournament",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The elites of an island as selection sees them.

    Attributes:
        z: shape (n,), ranks of the fitness scaled to [0, 1], larger is better; n is at least 1.
        further: shape (n, m), utilities of the further objectives; m is 0 where there are none. Given to
            ``pareto`` alone, as `descriptors` are; empty for others.
        descriptors: shape (n, d), stored values of the axes; d is 0 where there are none.
    """

    z: Vector
    further: Vector
    descriptors: Vector


class Selection(Protocol):
    """How parents are chosen. It holds no state: the same crowd and temperature give the same weights.

    Laws of every kind, tested for all of them: a shift or a positive scale of all fitness changes nothing,
    nor does the depth in the lineage, nor a program that is not valid; equal elites of equal worth are
    equally likely; minimizing is maximizing the negative.
    """

    @property
    def best_share(self) -> float:
        """Share of the draws, 0 to 1, that goes to the best elites whatever the rest of the law says."""
        ...

    def base(self, crowd: Crowd, *, temperature: float) -> Vector:
        """Weights of the elites without their worth.

        Args:
            crowd: the elites.
            temperature: of the island, see `archive.selection`; only ``boltzmann`` pays heed to it.

        Returns:
            Shape (n,), 0 or more, sum 1.
        """
        ...

    def worth(self, credit: Credit) -> float:
        """Factor of a parent whose children achieved this; positive, at most 1."""
        ...

    def power(self, heat: float) -> float:
        """Power of the worths at a heat of the island from 0 to 1; positive."""
        ...


class Boltzmann:
    """By rank at a temperature that adapts, see `archive.selection`."""

    best_share: float = BEST_SHARE

    def base(self, crowd: Crowd, *, temperature: float) -> Vector:
        return boltzmann(crowd.z, temperature=temperature)

    def worth(self, credit: Credit) -> float:
        return credit_of(credit)

    def power(self, heat: float) -> float:
        return credit_power(heat)


class Tournament:
    """The best of some entrants that are drawn uniformly, with replacement; equals share their chance.

    Args:
        size: entrants, at least 1; 1 is uniform choice.
    """

    best_share: float = 0.0

    def __init__(self, *, size: int = 3) -> None:
        if size < 1:
            raise ValueError(f"expected a tournament of at least 1 entrant, got {size}")
        self._size = size

    def base(self, crowd: Crowd, *, temperature: float) -> Vector:
        del temperature
        return tournament(crowd.z, size=self._size)

    def worth(self, credit: Credit) -> float:
        del credit
        return 1.0

    def power(self, heat: float) -> float:
        del heat
        return 1.0


class Uniform:
    """Every elite alike: no pressure but the archive's own."""

    best_share: float = 0.0

    def base(self, crowd: Crowd, *, temperature: float) -> Vector:
        del temperature
        return np.full(len(crowd.z), 1 / len(crowd.z))

    def worth(self, credit: Credit) -> float:
        del credit
        return 1.0

    def power(self, heat: float) -> float:
        del heat
        return 1.0


class Pareto:
    """Binary tournament by front, and within a front by crowding (Deb and others, "NSGA-II", 2002).

    Fronts are taken over the fitness and the further objectives; without any, over fitness and novelty, so
    that a lonely elite competes with a good one. All are taken as ranks, so their units do not matter.
    """

    best_share: float = 0.0

    def base(self, crowd: Crowd, *, temperature: float) -> Vector:
        del temperature
        if crowd.further.shape[1]:
            others = [ranks(column) for column in crowd.further.T]
        else:
            others = [ranks(novelty(crowd.descriptors))]
        values = np.column_stack([crowd.z, *others])
        fronts = front_ranks(values)
        lonely = crowding(values, fronts)
        # An earlier front is better; the crowding only orders within one, for its rank is below 1.
        return tournament(ranks(lonely) * 0.5 - fronts, size=2)

    def worth(self, credit: Credit) -> float:
        del credit
        return 1.0

    def power(self, heat: float) -> float:
        del heat
        return 1.0


class Curiosity:
    """By what became of a program's children, whatever its own fitness (Cully and Demiris, 2018)."""

    best_share: float = 0.0

    def base(self, crowd: Crowd, *, temperature: float) -> Vector:
        del temperature
        return np.full(len(crowd.z), 1 / len(crowd.z))

    def worth(self, credit: Credit) -> float:
        return curiosity_of(credit)

    def power(self, heat: float) -> float:
        del heat
        return 1.0


def make_selection(spec: SelectionSpec) -> Selection:
    """The selection that is asked for.

    Raises:
        ValueError: the kind is unknown.
    """
    match spec.kind:
        case "boltzmann":
            return Boltzmann()
        case "tournament":
            return Tournament(size=spec.size)
        case "uniform":
            return Uniform()
        case "pareto":
            return Pareto()
        case "curiosity":
            return Curiosity()
        case _:
            kinds = "boltzmann, tournament, uniform, pareto, curiosity"
            raise ValueError(f"expected a selection of kind {kinds}, found {spec.kind!r}; name one of them")


def tournament(scores: Vector, *, size: int) -> Vector:
    """Chance of each to be the best of `size` uniform draws with replacement.

    With `l` and `u` the shares of those that are worse, and worse or equal, a group of equals wins with
    probability ``u**size - l**size`` and shares it.

    Args:
        scores: shape (n,), larger is better, n at least 1.
        size: draws, at least 1.

    Returns:
        Shape (n,), sum 1, monotone in the scores.
    """
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    upper = np.cumsum(counts) / len(scores)
    lower = upper - counts / len(scores)
    each: Vector = (upper**size - np.maximum(lower, 0.0) ** size) / counts
    chances: Vector = each[inverse] / each[inverse].sum()
    return chances


_FLOOR = 0.05
_SLOPE = 4.0


def curiosity_of(credit: Credit) -> float:
    """Curiosity: rises with each child that enters the archive, falls half as much with each that does not.

    The sum is squeezed by a logistic into [0.05, 1], so no history is ever without hope or without end.
    """
    score = credit.improved - 0.5 * (credit.children - credit.improved)
    return _FLOOR + (1 - _FLOOR) * 0.5 * (1 + math.tanh(score / (2 * _SLOPE)))
