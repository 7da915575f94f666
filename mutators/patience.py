"""Asking again where that can help: waits with jitter, what an endpoint asks to wait, and when to give up."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import NoReturn

from archive.ledger import CallStatus
from mutators.breaker import Breaker
from mutators.limits import Limits
from mutators.model import Model, ModelUnreachable, Reply, Request
from mutators.trouble import Trouble

__all__ = ["Patience", "Patient"]

_JITTER = random.SystemRandom()
"""Apart from all seeded streams: waits of processes that failed together must differ."""
_BILLED = 3
"""Tries of one call that may have been billed and brought nothing; more would burn money on errors."""
_CHARACTERS = 4
"""Of a prompt for each token, to guess how much of a limit on tokens a request takes."""
_LIKELY = 1000
"""Tokens of an answer, for the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to go on asking an endpoint that fails.

    Attributes:
        attempts: most tries of one call, at least 1.
        seconds: no wait begins that would end later than this after the call began. An outage of a minute
            is waited out.
        stranger: the same, while no connection was ever had: then the address is wrong rather than the
            server down, and a person waits for the message.
        hurry: the same, where another model can be asked instead.
        first: the wait before the second try is a random part of this, in seconds; it is doubled for each
            further one.
        longest: most seconds of one such wait; a Retry-After of the endpoint is not bound by it.
    """

    attempts: int = 20
    seconds: float = 150.0
    stranger: float = 5.0
    hurry: float = 4.0
    first: float = 0.5
    longest: float = 15.0


class Patient(Model):
    """One member of an ensemble that is asked again where that can help.

    Waits are drawn from the whole range from 0 to a bound that doubles ("full jitter"), so that calls that
    failed together come back one by one. Belongs to one event loop.

    Args:
        model: makes one try of a call, and tells of trouble in its reply.
        name: of the model, for messages.
        url: where it is asked, for messages; without secrets.
        key: name of the variable with its key, for messages.
        patience: bounds of the retries.
        breaker: of the endpoint; None for one of its own.
        limits: what may be asked; None for no limits.
        sleep: waits so many seconds.
        clock: seconds, monotonic.
        jitter: uniform numbers in [0, 1).
    """

    def __init__(
        self,
        model: Model,
        *,
        name: str,
        url: str,
        key: str = "OPENAI_API_KEY",
        patience: Patience | None = None,
        breaker: Breaker | None = None,
        limits: Limits | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = _JITTER.random,
    ) -> None:
        self._model = model
        self._name = name
        self._url = url
        self._key = key
        self._patience = patience or Patience()
        self._breaker = breaker or Breaker(clock=clock)
        self._limits = limits or Limits(clock=clock, sleep=sleep)
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._met = False
        self._quiet_until = 0.0

    async def complete(self, request: Request) -> Reply:
        began, tries, billed = self._clock(), 0, 0
        while True:
            async with self._limits.place():
                await self._admitted(request, began=began, tries=tries)
                reply = await self._try(request)
            trouble = reply.trouble
            if trouble is None:
                self._met = True
                return replace(reply, extra={**reply.extra, "tries": str(tries + 1)})
            self._met = self._met or trouble.connected
            if trouble.status is CallStatus.UNSUPPORTED:
                continue  # bounded by the number of parameters that can be given up
            tries += 1
            billed += trouble.billed
            if not trouble.again and not trouble.fatal:
                return replace(reply, extra={**reply.extra, "tries": str(tries)})
            wait = self._wait(trouble, tries=tries)
            if not trouble.again or tries >= self._patience.attempts or billed >= _BILLED:
                self._give_up(trouble, began=began, tries=tries)
            if self._passed(began, wait, request):
                self._give_up(trouble, began=began, tries=tries)
            if trouble.wait is not None:
                # The endpoint asked one call to wait; the others would be turned away as well.
                self._quiet_until = max(self._quiet_until, self._clock() + wait)
            elif self._breaker.wait() == 0:
                await self._sleep(wait)

    async def close(self) -> None:
        await self._model.close()

    async def _try(self, request: Request) -> Reply:
        """One try, which the breaker and the limits hear of."""
        probe = self._breaker.begin()
        try:
            size = sum(len(message.content) for message in request.messages)
            slip = await self._limits.enter(size // _CHARACTERS + _LIKELY)
            reply = await self._model.complete(request)
        except BaseException:
            if probe:
                self._breaker.let_go()
            raise
        slip.tokens = reply.usage.tokens_in + reply.usage.tokens_out
        self._breaker.note(reply.trouble, probe=probe)
        return reply

    async def _admitted(self, request: Request, *, began: float, tries: int) -> None:
        """Wait until the endpoint wants to be asked.

        Raises:
            ModelUnreachable: it is down, and has been for as long as the call may take.
        """
        while True:
            if (quiet := self._quiet_until - self._clock()) > 0:
                await self._sleep(quiet)
                # They do not all come back at the same moment.
                await self._sleep(self._patience.first * self._jitter())
            wait, trouble = self._breaker.wait(), self._breaker.trouble
            if trouble is None or wait == 0:
                return
            hopeless = trouble.fatal and not trouble.again
            due = 0.0 if math.isinf(wait) else wait
            if request.hurry or hopeless or self._passed(began, due, request):
                self._give_up(trouble, began=began, tries=tries)
            await (self._breaker.settled() if math.isinf(wait) else self._sleep(wait))

    def _wait(self, trouble: Trouble, *, tries: int) -> float:
        """Seconds before the next try."""
        if trouble.wait is not None:
            return trouble.wait
        return min(self._patience.longest, self._patience.first * 2.0 ** (tries - 1)) * self._jitter()

    def _passed(self, began: float, wait: float, request: Request) -> bool:
        """Whether a wait would end later than a call may take."""
        patience = self._patience
        bound = patience.seconds if self._met else patience.stranger
        if request.hurry:
            bound = min(bound, patience.hurry)
        return self._clock() - began + wait > bound

    def _give_up(self, trouble: Trouble, *, began: float, tries: int) -> NoReturn:
        often = f" ({tries} tries in {self._clock() - began:.0f} s)" if tries > 1 else ""
        raise ModelUnreachable(
            f"Model {self._name!r} was asked at {self._url}{often}; {trouble.what}. "
            + trouble.advice(self._key)
        )
