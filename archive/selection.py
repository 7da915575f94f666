r"""Boltzmann selection of parents among the elites of one island.

.. math:: p_i \propto \exp(z_i / T) \cdot c_i

with `z` the elites' ranks scaled to [0, 1] (equal fitness, equal rank), `T` the temperature and `c` the
credit. Ranks make the law invariant under any increasing change of the fitness, shift and scale among
them. The temperature is not set but solved for: it is the one at which the effective number of parents,
the exponential of the entropy of `p` without credit, meets a target share of the elites. The share rises when
the archive loses diversity and when improvement stalls, and falls with progress.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "PATIENCE",
    "Credit",
    "Heat",
    "boltzmann",
    "credit_of",
    "effective_number",
    "ranks",
    "solve_temperature",
    "target_share",
]

Vector = npt.NDArray[np.float64]

_COLDEST, _HOTTEST = 1e-3, 1e3
PATIENCE = 60
"""Evaluations of an island without an improvement after which it counts as wholly stalled."""


_STEPS = 16
"""Steps between the coldest and the hottest target share."""


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
        stall: 0 just after an improvement, 1 after `PATIENCE` evaluations without one.
        share: target share of the elites, 0 to 1.
        temperature: solved for.
    """

    diversity: float
    stall: float
    share: float
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
    """Temperature at which the effective number of parents is `effective`, by bisection in log space.

    Returns:
        Between 1e-3 and 1e3; the nearer end where the target cannot be met (ties at the top, say).
    """
    low, high = math.log(_COLDEST), math.log(_HOTTEST)
    below = z - z.max()
    goal = math.log(effective)
    # 24 halvings of 13.8 leave the temperature known to one part in a million.
    for _ in range(24):
        middle = (low + high) / 2
        scaled = below / math.exp(middle)
        weights = np.exp(scaled)
        total = float(weights.sum())
        # Entropy of p = w / total with log w = scaled.
        entropy = math.log(total) - float(weights @ scaled) / total
        if entropy < goal:
            low = middle
        else:
            high = middle
    return math.exp(high)


def target_share(
    *, diversity: float, since_improvement: int, coldest: float = 0.08, hottest: float = 0.6
) -> float:
    """Share of the elites that should effectively be parents.

    Args:
        diversity: 0 to 1; the less there is, the hotter.
        since_improvement: evaluations of the island since its last improvement; the more, the hotter.
        coldest: share when diverse and improving.
        hottest: share when wholly stalled.
    """
    stall = min(1.0, since_improvement / PATIENCE)
    calm = (1.0 - stall) * (0.5 + 0.5 * diversity)
    # In steps, so that the temperature need not be solved for again after every evaluation.
    heat = math.ceil((1.0 - calm) * _STEPS) / _STEPS
    return coldest + (hottest - coldest) * heat


def credit_of(credit: Credit) -> float:
    """Posterior mean of "a child improves a cell" under Beta(2, 2), times a bounded offspring penalty.

    The penalty halves the weight of a parent after about thirty children, so that a good parent is left
    for its neighbours in time; both factors stay within (0, 1], so credit can never decide alone.
    """
    mean = (credit.improved + 2) / (credit.children + 4)
    return mean / math.sqrt(1 + credit.children / 10)
