r"""Boltzmann selection of parents among the elites of one island.

.. math:: p_i \propto \exp(z_i / T) \cdot c_i^a

with `z` the elites' ranks scaled to [0, 1] (equal fitness, equal rank), `T` the temperature, `c` the credit
and `a` its power, which rises with the heat. Ranks make the law invariant under any increasing change of the
fitness, shift and scale among them. The temperature is not set but solved for: it is the one at which the
effective number of parents, the exponential of the entropy of `p` without credit, meets a target. The target
is greedy while the island's best improves at its own pace, and grows towards most of the elites as that
stalls or diversity is lost. One draw in ten (`BEST_SHARE`) goes to the best elite however hot the island is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "BEST_SHARE",
    "FIRST_PACE",
    "Credit",
    "Heat",
    "boltzmann",
    "credit_of",
    "credit_power",
    "effective_number",
    "heat_of",
    "new_pace",
    "parents_wanted",
    "ranks",
    "solve_temperature",
    "stall_of",
    "wear",
]

Vector = npt.NDArray[np.float64]

_COLDEST, _HOTTEST = 1e-3, 1e3
BEST_SHARE = 0.1
"""Share of the draws that a hot island leaves to its best, or one that found its slope late would lose it."""
FIRST_PACE = 10.0
"""Evaluations that an island is taken to need for a new best before it has shown how many."""
_PATIENCE, _SHORTEST = 10.0, 20.0
"""Paces, and evaluations at least, without a new best after which an island counts as wholly stalled."""
_COUNTS = 0.003
"""Gain of the best, in units of its distance from the median elite, that is no mere polish."""
_CROWDING = 0.5
"""Heat of an island that improves but whose elites all lie together."""
_STEPS = 64
"""Steps of the heat, so that the temperature need not be solved for again after every evaluation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What the children of a program achieved.

    Attributes:
        children: children evaluated.
        improved: of these, children that were new in their cell or improved it.
    """

    children: int = 0
    improved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Heat:
    """Why the temperature is what it is.

    Attributes:
        diversity: evenness of the elites over the bins of the axes, 0 to 1.
        stall: 0 just after a new best, 1 when none that counts came for long by the island's own pace.
        level: 0, greedy, to 1: what follows from both.
        parents: target for the effective number of parents, from 1 to the number of elites.
        temperature: solved for.
    """

    diversity: float
    stall: float
    level: float
    parents: float
    temperature: float


def ranks(utilities: Sequence[float] | Vector) -> Vector:
    """Ranks of the utilities scaled to [0, 1]; equal values share the mean of their ranks.

    Args:
        utilities: shape (n,), finite, larger is better.

    Returns:
        Shape (n,); all 0.5 when every utility is the same.
    """
    values = np.asarray(utilities, dtype=np.float64)
    if len(values) < 2:
        return np.full(len(values), 0.5)
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    upper = np.cumsum(counts)
    mean_rank = upper - (counts + 1) / 2
    scaled: Vector = mean_rank[inverse] / (len(values) - 1)
    return scaled


def boltzmann(z: Vector, *, temperature: float, credit: Vector | None = None) -> Vector:
    """Probabilities of being drawn.

    Args:
        z: shape (n,), scaled fitness, n at least 1.
        temperature: positive; small is greedy, large is uniform.
        credit: shape (n,), positive and bounded; None for equal credit.

    Returns:
        Shape (n,), positive or zero, sum 1, monotone in `z` at equal credit.
    """
    weights = np.exp((z - z.max()) / temperature)
    if credit is not None:
        weights = weights * credit
    probabilities: Vector = weights / weights.sum()
    return probabilities


def effective_number(probabilities: Vector) -> float:
    """Exponential of the Shannon entropy: n for n equal probabilities, 1 for a certainty."""
    positive = probabilities[probabilities > 0]
    return float(np.exp(-(positive * np.log(positive)).sum()))


def solve_temperature(z: Vector, *, effective: float) -> float:
    """Temperature at which the effective number of parents is `effective`.

    The entropy `H` of the weights rises with the logarithm of the temperature by the variance of ``z / T``,
    so Newton's steps find it, within a bracket that halves wherever one of them would leave it.

    Returns:
        Between 1e-3 and 1e3; the nearer end where the target cannot be met (ties at the top, say).
    """
    low, high = math.log(_COLDEST), math.log(_HOTTEST)
    below = z - z.max()
    goal = math.log(effective)
    place = (low + high) / 2
    for _ in range(60):
        scaled = below / math.exp(place)
        weights = np.exp(scaled)
        total = float(weights.sum())
        mean = float(weights @ scaled) / total
        # Entropy of p = w / total with log w = scaled.
        entropy = math.log(total) - mean
        if entropy < goal:
            low = place
        else:
            high = place
        slope = float(weights @ (scaled - mean) ** 2) / total
        step = place + (goal - entropy) / slope if slope > 1e-9 else math.inf
        previous, place = place, step if low < step < high else (low + high) / 2
        if abs(place - previous) < 1e-6:
            break
    return math.exp(place)


def new_pace(pace: float, *, gap: int) -> float:
    """Moving mean of the evaluations that an island needs for a new best, after one that took `gap`."""
    return 0.8 * pace + 0.2 * gap


def wear(weariness: float, *, gain: float, spread: float) -> float:
    """Evaluations without progress that remain after a new best: none where it gained enough, else a part.

    Who polishes what it has gains ever less and finds nothing else, so a small gain rests the island only in
    proportion. All is taken in units of the elites' own spread; the units of the fitness do not matter.

    Args:
        weariness: evaluations before it.
        gain: utility of the new best above that of the old one; infinite for the first.
        spread: utility of the new best above the median of the elites, 0 or more.
    """
    enough = _COUNTS * spread
    return weariness * (1.0 - min(1.0, gain / enough)) if enough > 0 else 0.0


def stall_of(*, weariness: float, pace: float) -> float:
    """How far an island is stalled, 0 to 1: by its own pace, for a hard problem improves more seldom.

    New elites do not count: to fill cells is no progress, and early on nearly every child fills one.

    Args:
        weariness: evaluations of the island since its best improved by as much as counts.
        pace: what it needed between improvements of its best, in the mean.
    """
    return min(1.0, weariness / max(_SHORTEST, _PATIENCE * pace))


def heat_of(*, diversity: float, stall: float) -> float:
    """From 0, greedy, to 1: rises as the island stalls and as its diversity falls; both are 0 to 1.

    The loss of diversity counts by its square, for one that is nearly whole is no reason to leave the best.
    """
    heat = 1.0 - (1.0 - stall) * (1.0 - _CROWDING * (1.0 - diversity) ** 2)
    return round(heat * _STEPS) / _STEPS


def parents_wanted(elites: int, *, heat: float, coldest: float, hottest: float) -> float:
    """Target for the effective number of parents, by geometric steps from the coldest to the hottest.

    Args:
        elites: number of elites, at least 1.
        heat: 0 to 1.
        coldest: share of the elites at heat 0; however small, one is a parent.
        hottest: share of the elites at heat 1.
    """
    least, most = max(1.0, coldest * elites), max(1.0, hottest * elites)
    return math.exp((1.0 - heat) * math.log(least) + heat * math.log(most))


def credit_of(credit: Credit) -> float:
    """Posterior mean of "a child improves a cell" under Beta(2, 2), times a bounded offspring penalty.

    The penalty halves the weight of a parent after about thirty children, so that a good parent is left
    for its neighbours in time; both factors stay within (0, 1].
    """
    mean = (credit.improved + 2) / (credit.children + 4)
    return mean / math.sqrt(1 + credit.children / 10)


def credit_power(heat: float) -> float:
    """Power of the credit at a heat of 0 to 1: the cold choice is left to fitness, the hot one is curious.

    A stalled island that drew its elites evenly would draw those again and again that nothing came of; what
    leads out of a dead end is most often a program that was not tried yet.
    """
    return max(0.25, 2.0 * heat)
