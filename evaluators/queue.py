"""Who runs next when there are more commands than slots."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from evaluators.sandbox import SandboxUnavailable

__all__ = ["OVERTAKEN_SECONDS", "Turns"]

OVERTAKEN_SECONDS = 30.0
"""How long a command may see younger ones go first."""

_SHORT = 2  # waiting commands a place, up to which they go in the order of their coming


class Turns:
    """Lets at most `places` callers in at a time. Belongs to one event loop.

    Who came first goes first while at most two for each place are waiting. In a longer queue the longest
    goes first: a long command begun last would keep one slot busy when all others have run dry (Graham 1969,
    "Bounds on multiprocessing timing anomalies": at most 4/3 of the best possible end, against 2 for any
    order). Among equals, and for those of unknown length, who came first. Nobody waits behind younger ones
    for more than `OVERTAKEN_SECONDS`; after that he is the next.

    A place that becomes free is handed to one waiting caller, so nobody can slip in between, and a caller
    that is cancelled with the place already his hands it on.

    Attributes:
        taken: places in use.
    """

    def __init__(self, places: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._places = places
        self._clock = clock
        self._waiting: dict[int, _Waiting] = {}  # in the order of their coming
        self._comers = 0
        self._closed = ""
        self.taken = 0

    @contextlib.asynccontextmanager
    async def turn(self, expected_seconds: float = 0.0) -> AsyncIterator[None]:
        """Hold a place; wait for one first.

        Args:
            expected_seconds: how long the place will be held, as far as known; 0 where it is not.

        Raises:
            SandboxUnavailable: `close` was called before a place was free.
        """
        await self._enter(expected_seconds)
        try:
            yield
        finally:
            self._leave()

    def close(self, reason: str) -> None:
        """Turn everyone away who waits or comes from now on; those who hold a place keep it."""
        self._closed = reason
        waiting, self._waiting = self._waiting, {}
        for one in waiting.values():
            if not one.called.done():
                one.called.set_exception(SandboxUnavailable(reason))

    async def _enter(self, expected_seconds: float) -> None:
        if self._closed:
            raise SandboxUnavailable(self._closed)
        if self.taken < self._places:  # then nobody waits: places are handed on, not given up
            self.taken += 1
            return
        number, self._comers = self._comers, self._comers + 1
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = _Waiting(called, expected_seconds, self._clock())
        try:
            await called
        except asyncio.CancelledError:
            self._waiting.pop(number, None)
            if called.done() and not called.cancelled() and called.exception() is None:
                self._leave()
            raise

    def _leave(self) -> None:
        while self._waiting:
            called = self._waiting.pop(self._next()).called
            if not called.done():  # a cancelled caller may not have had the time to leave the queue
                called.set_result(None)
                return
        self.taken -= 1

    def _next(self) -> int:
        oldest = next(iter(self._waiting))
        is_short = len(self._waiting) <= _SHORT * self._places
        if is_short or self._clock() - self._waiting[oldest].since >= OVERTAKEN_SECONDS:
            return oldest
        return max(self._waiting, key=lambda number: self._waiting[number].expected_seconds)


@dataclass(frozen=True, slots=True)
class _Waiting:
    called: asyncio.Future[None]
    expected_seconds: float
    since: float
