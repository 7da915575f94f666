"""Whether the next turn tunes constants or asks a model: by what each brought lately, for what it cost."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Bandit"]

_MEMORY = 60.0
"""Turns after which a gain counts 1/e: constants that gave all they had are soon left alone."""
_BORROWED = 5.0
"""Turns that each arm is taken to have had at the rate of both together, so that neither is judged by one."""
_LEAST = 0.05
_MOST = 0.95
"""Each arm keeps a twentieth of the turns, or nobody would notice that it pays again."""


@dataclass(slots=True)
class _Arm:
    gain: float = 0.0
    turns: float = 0.0


@dataclass(slots=True)
class Bandit:
    """A two-armed bandit that matches the share of an arm to the square of what it yields for its cost.

    A yield is by how much the run's best rose per turn. Only the ratio of the two yields is used, so adding
    to every fitness or multiplying it changes nothing. Without any gain both have half of
    the turns.
    """

    _tuning: _Arm = field(default_factory=_Arm)
    _asking: _Arm = field(default_factory=_Arm)

    def note(self, *, tuned: bool, gain: float) -> None:
        """Count one turn.

        Args:
            tuned: whether it tuned constants.
            gain: by how much the best rose with it, in utility, 0 or more.
        """
        for arm in (self._tuning, self._asking):
            arm.gain *= 1 - 1 / _MEMORY
            arm.turns *= 1 - 1 / _MEMORY
        arm = self._tuning if tuned else self._asking
        arm.gain += gain
        arm.turns += 1

    def share(self, *, price: float) -> float:
        """Share of the turns that are to tune, 0 to 1.

        Args:
            price: of a turn that asks a model, where one that tunes costs 1.
        """
        total = self._tuning.gain + self._asking.gain
        if not total > 0:
            return 0.5
        common = total / (self._tuning.turns + self._asking.turns)
        tuning = _rate(self._tuning, common)
        asking = _rate(self._asking, common) / price
        # Both divided by the greater one: gains may be too small, or too large, to be squared.
        top = max(tuning, asking)
        tuning, asking = tuning / top, asking / top
        return min(max(tuning**2 / (tuning**2 + asking**2), _LEAST), _MOST)


def _rate(arm: _Arm, common: float) -> float:
    return (arm.gain + _BORROWED * common) / (arm.turns + _BORROWED)
