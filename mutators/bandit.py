"""Which of several models is asked: the one that promises most improvement for a dollar.

Thompson sampling: each model's share of attempts that improve a cell is drawn from its posterior, a Beta
distribution over successes and failures with one of each to begin with (Thompson 1933; Chapelle and Li,
An Empirical Evaluation of Thompson Sampling, 2011), and divided by what an attempt has cost with it.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from archive.ledger import ModelUse, Purpose

__all__ = ["Arm", "Bandit"]

_CHEAPEST = 0.05
"""Of the dearest model's cost: what a cheaper one counts with at least, for an evaluation costs too."""
_UNDER_WAY = 10_000
"""Attempts that are remembered until it is known what they came to."""


@dataclass(slots=True, kw_only=True)
class Arm:
    """What one model has done in one role.

    Attributes:
        attempts: that asked it.
        improved: those of them that improved a cell.
        dollars: all that its calls cost, failed ones included.
    """

    attempts: int = 0
    improved: int = 0
    dollars: float = 0.0


@dataclass(slots=True)
class _Asked:
    """Who was asked in an attempt, and whether it has improved a cell."""

    arms: set[tuple[Purpose, str]] = field(default_factory=set)
    improved: bool = False


class Bandit:
    """Experience with models by role, and draws from it.

    Its state is what the ledger and the births of a run say (see `Store.uses`), so a resumed run goes on with
    the same. An attempt that is under way counts as one that has not improved anything yet.

    Args:
        uses: what the store says when the run is taken up.
    """

    def __init__(self, uses: Iterable[ModelUse] = ()) -> None:
        self._arms = {
            (use.purpose, use.model): Arm(
                attempts=use.attempts, improved=use.improved, dollars=use.usage.dollars
            )
            for use in uses
        }
        self._asked: OrderedDict[int, _Asked] = OrderedDict()

    def arm(self, purpose: Purpose, model: str) -> Arm:
        """Experience with a model in a role."""
        return self._arms.setdefault((purpose, model), Arm())

    def note(self, purpose: Purpose, model: str, *, attempt: int, dollars: float) -> None:
        """A model was asked in an attempt, and that cost something."""
        arm = self.arm(purpose, model)
        arm.dollars += dollars
        if attempt < 1:
            return
        asked = self._of(attempt)
        if (purpose, model) not in asked.arms:
            asked.arms.add((purpose, model))
            arm.attempts += 1
            arm.improved += asked.improved

    def recall(self, purpose: Purpose, model: str, *, attempt: int) -> None:
        """A model's answer of an attempt was found in the ledger: it is counted already."""
        self._of(attempt).arms.add((purpose, model))

    def credit(self, attempt: int) -> None:
        """An attempt improved a cell; said again of the same attempt, it changes nothing."""
        asked = self._of(attempt)
        if not asked.improved:
            asked.improved = True
            for purpose, model in asked.arms:
                self.arm(purpose, model).improved += 1

    def draw(
        self, purpose: Purpose, names: Sequence[str], weights: Sequence[float], rng: random.Random
    ) -> int:
        """Index of the model to ask.

        Args:
            purpose: its role.
            names: of the models, at least one.
            weights: of the models, 0 or more: the draw of each is multiplied by it.
            rng: random numbers; a Beta for each model is taken from it.
        """
        arms = [self.arm(purpose, name) for name in names]
        costs = self._costs(arms)
        drawn = [
            weight * rng.betavariate(1 + arm.improved, 1 + max(0, arm.attempts - arm.improved)) / cost
            for arm, cost, weight in zip(arms, costs, weights, strict=True)
        ]
        return max(range(len(drawn)), key=drawn.__getitem__)

    def _of(self, attempt: int) -> _Asked:
        asked = self._asked.setdefault(attempt, _Asked())
        if len(self._asked) > _UNDER_WAY:
            self._asked.popitem(last=False)
        return asked

    @staticmethod
    def _costs(arms: Sequence[Arm]) -> list[float]:
        """Dollars of an attempt with each, on a scale of which only the ratios count; above 0.

        One attempt at the mean price of all stands for what is not known of a model yet.
        """
        attempts = sum(arm.attempts for arm in arms)
        mean = sum(arm.dollars for arm in arms) / attempts if attempts else 0.0
        costs = [(arm.dollars + mean) / (arm.attempts + 1) for arm in arms]
        floor = _CHEAPEST * max(costs)
        return [max(cost, floor) for cost in costs] if floor > 0 else [1.0] * len(costs)
