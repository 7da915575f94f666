"""A circuit breaker: an endpoint that is down is left alone, and looked for by one call at a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from enum import StrEnum

from mutators.trouble import Trouble

__all__ = ["Breaker", "BreakerState"]


class BreakerState(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """One call is on its way to see whether the endpoint is back; the others wait for what it finds."""


class Breaker:
    """Counts failures in a row of one endpoint, and opens when there are too many.

    Whoever gets 0 from `wait` calls `begin`, then asks, and tells what came of it by `note`; a probe of which
    nothing can be told ends by `let_go`. Belongs to one event loop.

    Args:
        threshold: failures in a row after which it opens, at least 1.
        first: seconds for which it opens the first time; doubled for each probe that fails.
        longest: most seconds at a time.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        *,
        threshold: int = 5,
        first: float = 2.0,
        longest: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold = threshold
        self._first = first
        self._longest = longest
        self._clock = clock
        self._failures = 0
        self._pauses = 0
        self._until: float | None = None
        self._probe: asyncio.Event | None = None
        self.trouble: Trouble | None = None
        """The newest failure while it is not closed."""

    @property
    def state(self) -> BreakerState:
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self._probe is None else BreakerState.HALF_OPEN

    def wait(self) -> float:
        """Seconds until a call may be tried, 0 for now; infinite while a probe is on its way."""
        if self._until is None:
            return 0.0
        if self._probe is not None:
            return float("inf")
        return max(0.0, self._until - self._clock())

    def begin(self) -> bool:
        """A call is made; tells whether it is the probe, which it is when the breaker is open."""
        if self._until is None:
            return False
        self._probe = asyncio.Event()
        return True

    async def settled(self) -> None:
        """Wait until the probe on its way has told something."""
        if self._probe is not None:
            await self._probe.wait()

    def note(self, trouble: Trouble | None, *, probe: bool) -> None:
        """What became of a call.

        Args:
            trouble: None for an answer of any kind.
            probe: what `begin` told.
        """
        if trouble is None or not trouble.status.is_outage:
            self._failures = self._pauses = 0
            self._until = self.trouble = None
        else:
            self._failures += 1
            hopeless = trouble.fatal and not trouble.again
            # Calls that were under way when it opened say nothing new about how long to wait.
            if hopeless or probe or (self._until is None and self._failures >= self._threshold):
                pause = self._longest if hopeless else min(self._longest, self._first * 2.0**self._pauses)
                self._pauses += 1
                self._until = self._clock() + pause
            if self._until is not None:
                self.trouble = trouble
        if probe:
            self.let_go()

    def let_go(self) -> None:
        """The probe is over; if it found nothing out, another one may be made."""
        if self._probe is not None:
            self._probe.set()
            self._probe = None
