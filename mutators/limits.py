"""How much may be asked of a model: requests and tokens in any minute, and calls at a time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["Limits", "Slip"]

_MINUTE = 60.0


class Slip:
    """One request in the log; `tokens` is set to what it came to when that is known."""

    __slots__ = ("began", "tokens")

    def __init__(self, began: float, tokens: int) -> None:
        self.began = began
        self.tokens = tokens


class Limits:
    """Lets requests through in the order they came, so many in any window of a minute.

    In no 60 seconds more than `requests` begin; nor do requests begin whose tokens, as far as they are known,
    sum up to more than `tokens`, except a single one that is larger by itself. Belongs to one event loop.

    Args:
        requests: a minute; None for no limit.
        tokens: a minute, of requests and answers together; None for no limit.
        concurrency: calls at a time; None for no limit.
        clock: seconds, monotonic.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        *,
        requests: int | None = None,
        tokens: int | None = None,
        concurrency: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._requests = requests
        self._tokens = tokens
        self._places = asyncio.Semaphore(concurrency) if concurrency else None
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._log: deque[Slip] = deque()

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One of the calls at a time."""
        if self._places is None:
            yield
        else:
            async with self._places:
                yield

    async def enter(self, tokens: int) -> Slip:
        """Wait until a request may begin.

        Args:
            tokens: that it is likely to take, its answer included.
        """
        if self._requests is None and self._tokens is None:
            return Slip(self._clock(), tokens)
        async with self._turn:  # first come, first served
            while (wait := self._wait(tokens)) > 0:
                await self._sleep(wait)
            slip = Slip(self._clock(), tokens)
            self._log.append(slip)
            return slip

    def _wait(self, tokens: int) -> float:
        """Seconds until the oldest requests in the way are a minute old."""
        now = self._clock()
        while self._log and now - self._log[0].began >= _MINUTE:
            self._log.popleft()
        until = now
        if self._requests is not None and len(self._log) >= self._requests:
            until = self._log[len(self._log) - self._requests].began + _MINUTE
        if self._tokens is not None:
            over = tokens + sum(slip.tokens for slip in self._log) - self._tokens
            for slip in self._log:
                if over <= 0:
                    break
                over -= slip.tokens
                until = max(until, slip.began + _MINUTE)
        return until - now
