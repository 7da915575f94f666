"""The rounds in which a turn carries its plan out: one program, then two, then three."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archive.attempt import Candidate
from mutators.mutator import Context
from problems.problem import Objective

__all__ = ["best_of", "is_better", "places"]


def places(rounds: int) -> Iterator[tuple[int, int]]:
    """Round and slot of every program that a turn may make, in order, both from 0.

    Args:
        rounds: most rounds; each has a slot more than the one before.
    """
    return ((number, slot) for number in range(rounds) for slot in range(number + 1))


def best_of(candidates: Sequence[Candidate], objective: Objective) -> Candidate:
    """The one of several candidates, at least one, that a turn is judged by: the best, else the last."""
    valid = [(one.evaluation.fitness, one) for one in candidates if one.evaluation is not None]
    worth = [(objective.utility(fitness), one) for fitness, one in valid if fitness is not None]
    return max(worth, key=lambda pair: pair[0])[1] if worth else candidates[-1]


def is_better(candidate: Candidate, context: Context) -> bool:
    """Whether a candidate is better than the turn's parent."""
    after = None if candidate.evaluation is None else candidate.evaluation.fitness
    before = context.parent.evaluation.fitness
    utility = context.problem.objective.utility
    return after is not None and (before is None or utility(after) > utility(before))
