"""Waiting together for an engine that went away: one asks, a few times a second, and not for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from evaluators.sandbox import SandboxUnavailable

__all__ = ["PATIENCE", "Outage"]

PATIENCE = 600.0
"""Seconds that slots wait for an engine that went away: time enough to restart or to update it."""

_PROBE_PAUSE = 0.25


class Outage:
    """Whether the engine behind all slots is away; a circuit breaker.

    Whoever fails to start a slot asks `notice`. While the engine is away `wait` waits, and nobody troubles it
    with starts. An outage ends with the first slot that was started, see `over`: an engine that answers but
    starts nothing, or comes and goes, does not get the patience anew.
    """

    def __init__(
        self,
        is_back: Callable[[], Awaitable[bool]],
        *,
        patience: float = PATIENCE,
        say: Callable[[str], None] | None = None,
    ) -> None:
        """Begin with an engine that is there.

        Args:
            is_back: whether the engine answers; never raises, nor takes long.
            patience: seconds to wait for it.
            say: told once when the engine is found away, and once when it is back.
        """
        self._is_back = is_back
        self._patience = patience
        self._say = say or (lambda _: None)
        self._since: float | None = None
        self._probing: asyncio.Task[None] | None = None
        self.count = 0

    async def notice(self, since: int) -> bool:
        """After a start that failed: whether the engine is to blame, or was; then `wait` before the next.

        Args:
            since: `count` before the start.
        """
        if self.count == since and await self._is_back() and self.count == since:
            return False
        if self.count == since:
            self.count += 1
            if self._since is None:
                self._since = time.monotonic()
                self._say(f"the Docker engine is away; waiting for it up to {_spoken(self._patience)}")
            self._probing = asyncio.create_task(self._probe(self._since))
            self._probing.add_done_callback(self._end_probing)
        return True

    async def wait(self) -> None:
        """Return when the engine answers; at once while it was not found away.

        Raises:
            SandboxUnavailable: it did not come back in time.
        """
        if self._probing is not None:
            await asyncio.shield(self._probing)

    def over(self) -> None:
        """A slot was started."""
        if self._since is not None and self._probing is None:
            self._say(f"the Docker engine is back after {_spoken(time.monotonic() - self._since)}")
            self._since = None

    async def close(self) -> None:
        """Stop asking."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait([self._probing])

    async def _probe(self, since: float) -> None:
        while True:
            if time.monotonic() - since > self._patience:
                raise SandboxUnavailable(
                    f"the Docker engine has been away for {_spoken(time.monotonic() - since)}; start it "
                    "(systemctl start docker) and resume: no program was blamed for it"
                )
            await asyncio.sleep(_PROBE_PAUSE)
            if await self._is_back():
                return

    def _end_probing(self, task: asyncio.Task[None]) -> None:
        self._probing = None
        if not task.cancelled():
            task.exception()  # seen: nobody may be waiting any more


def _spoken(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} minutes"
