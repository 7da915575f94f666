"""Counters of a run as the loop sees them, and the walls they are held against."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from archive.store import Totals
from flows.clock import Clock
from problems.problem import Budget

__all__ = ["Tally"]

_FRUITLESS = 300
"""Turns in a row without an evaluation after which going on would only cost."""


@dataclass(kw_only=True)
class Tally:
    """What has been done, continued from what the store counted before.

    Attributes:
        budget: walls.
        clock: for durations.
        evaluations: programs evaluated, duplicates excepted.
        in_flight: turns that may still lead to an evaluation.
        attempts: turns drawn; also the number of the last one.
        duplicates: proposals known already.
        repeats: by likeness (``same``, ``alike``, ``near``), proposals that were like a known program, since
            this process took up the run; those that were near were evaluated and are no duplicates.
        redraws: times a model was asked again because of that, since then.
        failures: verdict to number.
        fruitless: turns in a row that led to no evaluation.
        lost: programs in a row that no slot of the sandbox outlived.
    """

    budget: Budget
    clock: Clock
    evaluations: int = 0
    in_flight: int = 0
    attempts: int = 0
    duplicates: int = 0
    repeats: Counter[str] = field(default_factory=Counter)
    redraws: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    fruitless: int = 0
    lost: int = 0
    _began: float = 0.0
    _seconds_before: float = 0.0
    _evaluations_before: int = 0

    @classmethod
    def resumed(cls, totals: Totals, *, budget: Budget, clock: Clock) -> Tally:
        """The tally of a run that has come so far already; all zero for a fresh one."""
        return cls(
            budget=budget,
            clock=clock,
            evaluations=totals.evaluations,
            attempts=totals.attempts,
            duplicates=totals.duplicates,
            _began=clock.monotonic(),
            _seconds_before=totals.seconds,
            _evaluations_before=totals.evaluations,
        )

    @property
    def seconds_here(self) -> float:
        """Wall time this process has worked on the run."""
        return self.clock.monotonic() - self._began

    @property
    def seconds(self) -> float:
        """Wall time worked on the run, by all processes so far."""
        return self._seconds_before + self.seconds_here

    @property
    def seconds_left(self) -> float | None:
        """Until the wall on minutes; None without one."""
        return None if self.budget.minutes is None else self.budget.minutes * 60 - self.seconds

    @property
    def rate(self) -> float:
        """Evaluations a second since this process took up the run."""
        return (self.evaluations - self._evaluations_before) / max(self.seconds_here, 1e-9)

    @property
    def is_full(self) -> bool:
        """Whether another turn could pass the wall on evaluations, those in flight included."""
        limit = self.budget.evaluations
        return limit is not None and self.evaluations + self.in_flight >= limit

    @property
    def is_spent(self) -> bool:
        """Whether the wall on evaluations is reached."""
        return self.budget.evaluations is not None and self.evaluations >= self.budget.evaluations

    @property
    def has_room(self) -> bool:
        """Whether a turn in flight may evaluate one more program, beside what the others may."""
        limit = self.budget.evaluations
        return limit is None or self.evaluations + self.in_flight <= limit

    @property
    def is_stuck(self) -> bool:
        """Whether turns lead nowhere any more (only duplicates and answers that cannot be applied)."""
        return self.fruitless >= _FRUITLESS

    def eta_seconds(self, dollars: float) -> float | None:
        """Until the nearest wall at the present pace; None when no wall can be foreseen.

        Args:
            dollars: spent so far.
        """
        left: list[float] = []
        if self.seconds_left is not None:
            left.append(self.seconds_left)
        if self.budget.evaluations is not None and self.rate > 0:
            left.append((self.budget.evaluations - self.evaluations) / self.rate)
        if self.budget.dollars is not None and dollars > 0 and self.seconds > 0:
            left.append((self.budget.dollars - dollars) / (dollars / self.seconds))
        return max(0.0, min(left)) if left else None
