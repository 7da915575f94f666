"""A model whose answers are in the ledger before anyone uses them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from archive.ledger import Call, CallStatus, Usage
from archive.store import Store
from mutators.budget import Hold, Wall
from mutators.model import Model, ModelUnreachable, Reply, Request
from mutators.prices import Prices
from problems.problem import ModelSpec

__all__ = ["Ledgered", "digest", "prompt_text"]


_OPEN = "under way, or cut off by the end of the process; counts at its worst case"


def _now() -> datetime:
    return datetime.now(UTC)


class Ledgered(Model):
    """One member of an ensemble, with ledger and wall around it.

    A call that was answered before (same run, attempt, purpose, ordinal) is not made again, whichever member
    answered it; the prompt may have changed since, the answer was paid for all the same. Calls outside of
    attempts therefore need ordinals of their own. A call that may cost something is in the store at its worst
    case before it is made, and stays so when the endpoint may have billed it without saying what.

    Args:
        model: who is asked.
        spec: what it is called and costs.
        store: where calls are booked.
        run: id of the run.
        wall: what may be spent.
        answered: last attempt that may have answers from before; later ones are not looked up. None for all.
        prices: dollars for tokens.
        booked: is told of each call that was made, when it is in the store.
        clock: aware UTC.
    """

    def __init__(
        self,
        model: Model,
        *,
        spec: ModelSpec,
        store: Store,
        run: str,
        wall: Wall,
        prices: Prices,
        answered: int | None = None,
        booked: Callable[[Request, Reply], None] | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._model = model
        self._spec = spec
        self._store = store
        self._run = run
        self._wall = wall
        self._prices = prices
        self._answered = answered
        self._booked = booked or _nobody
        self._clock = clock

    async def complete(self, request: Request) -> Reply:
        if self._answered is None or request.attempt <= self._answered:
            paid = await self._store.find_call(self._run, request.attempt, request.purpose, request.ordinal)
            if paid is not None:
                return _again(paid)
        worst = self._prices.worst_case(request, self._spec)
        async with await self._wall.reserve(worst) as hold:
            opened = await self._open(request, hold)
            try:
                reply = await self._model.complete(request)
            except ModelUnreachable as error:
                reply = _unreachable(self._spec.name, str(error))
                hold.dollars = 0.0
                await self._book(request, reply, opened)
                raise
            if not reply.counted or (reply.trouble is not None and reply.trouble.billed):
                reply = replace(reply, usage=replace(reply.usage, dollars=worst))
            hold.dollars = reply.usage.dollars
            await self._book(request, reply, opened)
        return reply

    async def close(self) -> None:
        await self._model.close()

    async def _open(self, request: Request, hold: Hold) -> int | None:
        """Book the call at its worst case, so that it is not forgotten when this process ends meanwhile.

        What costs nothing need not be remembered.
        """
        if hold.worst <= 0:
            return None
        status, usage = CallStatus.OPEN, Usage(dollars=hold.worst)
        nothing = Reply(text="", model=self._spec.name, status=status, usage=usage, error=_OPEN)
        try:
            return await self._store.open_call(self._call(request, nothing))
        except BaseException:
            hold.dollars = 0.0  # nothing was asked
            raise

    async def _book(self, request: Request, reply: Reply, opened: int | None) -> None:
        await self._store.record_call(self._call(request, reply), opened=opened)
        self._booked(request, reply)

    def _call(self, request: Request, reply: Reply) -> Call:
        prompt = prompt_text(request)
        seen = reply.status is not CallStatus.OPEN and (reply.trouble is None or not reply.trouble.again)
        return Call(
            run=self._run,
            attempt=request.attempt,
            purpose=request.purpose,
            ordinal=request.ordinal,
            model=reply.model,
            request=digest(request, prompt),
            # What is asked again in a moment need not be kept twice.
            prompt=prompt if seen else "",
            response=reply.text,
            status=reply.status,
            usage=reply.usage,
            latency=reply.latency,
            error=reply.error,
            at=self._clock(),
        )


def _nobody(request: Request, reply: Reply) -> None:
    """Is told of what was booked, and does nothing."""


def prompt_text(request: Request) -> str:
    """The messages as JSON text, in ASCII, so that no character of a prompt is one a database refuses."""
    return json.dumps([[m.role, m.content] for m in request.messages])


def digest(request: Request, prompt: str) -> str:
    """SHA-256 of all that decides the answer: messages, schema and seed.

    Args:
        request: the request.
        prompt: its `prompt_text`.
    """
    rest = json.dumps([request.schema and dict(request.schema), request.seed], sort_keys=True)
    return hashlib.sha256(f"{prompt}\n{rest}".encode()).hexdigest()


def _again(call: Call) -> Reply:
    return Reply(
        text=call.response,
        model=call.model,
        status=call.status,
        usage=call.usage,
        latency=call.latency,
        error=call.error,
        extra={"from": "ledger"},
    )


def _unreachable(model: str, error: str) -> Reply:
    return Reply(text="", model=model, status=CallStatus.UNREACHABLE, error=" ".join(error.split()))
