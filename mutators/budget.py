"""The wall around what a run may spend."""

from __future__ import annotations

import asyncio
from types import TracebackType

from problems.errors import CambrianError

__all__ = ["BudgetExhausted", "Hold", "Wall"]


class BudgetExhausted(CambrianError):
    """The wall was reached before the call was made; the call was not made."""


class Wall:
    """Dollars spent and dollars held for calls in flight; together they never pass the limit.

    What is held for a call is its worst case. The overshoot is zero as long as no call costs more than what
    was held for it. Belongs to one event loop.

    Args:
        limit: dollars; None for no wall.
        spent: dollars the ledger holds already, so that a resumed run goes on from there.
    """

    def __init__(self, limit: float | None, spent: float = 0.0) -> None:
        self._limit = limit
        self._spent = spent
        self._held = 0.0
        self._flights = 0
        self._changed = asyncio.Condition()

    @property
    def spent(self) -> float:
        """Dollars spent for good."""
        return self._spent

    @property
    def held(self) -> float:
        """Dollars held for calls in flight."""
        return self._held

    async def reserve(self, worst: float) -> Hold:
        """Hold dollars for a call, after waiting for calls in flight whose unused part may make room.

        Args:
            worst: dollars the call cannot exceed, 0 or more.

        Raises:
            BudgetExhausted: there is no room, and none can come free.
        """
        if self._limit is None:
            return self._hold(worst)
        async with self._changed:
            while self._spent + self._held + worst > self._limit:
                if not self._flights or self._spent + worst > self._limit:
                    raise BudgetExhausted(
                        f"The next call may cost ${worst:.4f}; of the budget of ${self._limit:.2f}, "
                        f"${self._spent:.4f} is spent. Resume with a larger --dollars to go on."
                    )
                await self._changed.wait()
            return self._hold(worst)

    async def settle(self, hold: Hold, dollars: float) -> None:
        """Book what a call cost, and give the rest of its hold back."""
        self._flights -= 1
        # A sum of floats does not return to zero by itself; with nothing in flight nothing is held.
        self._held = max(0.0, self._held - hold.worst) if self._flights else 0.0
        self._spent += dollars
        async with self._changed:
            self._changed.notify_all()

    def _hold(self, worst: float) -> Hold:
        self._held += worst
        self._flights += 1
        return Hold(self, worst)


class Hold:
    """Dollars held for one call, as a context: on leaving it is settled at `dollars`.

    `dollars` begins at the worst case, so that a call that was cut off counts as paid for.
    """

    __slots__ = ("_wall", "dollars", "worst")

    def __init__(self, wall: Wall, worst: float) -> None:
        self._wall = wall
        self.worst = worst
        self.dollars = worst

    async def __aenter__(self) -> Hold:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._wall.settle(self, self.dollars)
