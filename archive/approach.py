"""How plans of one approach did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archive.attempt import AttemptState

__all__ = ["TRIED", "Trials", "counted"]

TRIED = frozenset({AttemptState.DONE, AttemptState.DUPLICATE, AttemptState.FAILED})
"""States of attempts that say something of their plan. One that was ABANDONED speaks of the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """What came of the plans that followed an approach.

    Attributes:
        plans: those whose attempts have ended, given up ones aside.
        improved: those of them that improved a cell.
    """

    plans: int = 0
    improved: int = 0

    @property
    def worth(self) -> float:
        """Mean of the Beta posterior, from a uniform prior, of the chance that a plan improves; in (0, 1)."""
        return (self.improved + 1) / (self.plans + 2)


def counted(plans: Iterable[tuple[str, bool]]) -> Mapping[str, Trials]:
    """Trials by approach, in the order of the names.

    Args:
        plans: approach of each (empty where its planner named none, which counts for nothing) and whether
            its attempt improved a cell.
    """
    tallies: dict[str, list[int]] = {}
    for approach, improved in plans:
        if approach:
            tally = tallies.setdefault(approach, [0, 0])
            tally[0] += 1
            tally[1] += improved
    return {name: Trials(plans=made, improved=better) for name, (made, better) in sorted(tallies.items())}
