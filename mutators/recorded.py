"""Answers that another run has paid for, in place of a model."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archive.ledger import CallStatus
from archive.store import Store
from mutators.model import Model, ModelUnreachable, Reply, Request

__all__ = ["PREFIX", "RecordedModel", "recorded_run"]

PREFIX = "recorded:"
"""A model of this name followed by the id or name of a run gives that run's answers again."""


def recorded_run(model: str) -> str | None:
    """The run whose answers a model of this name gives; None for any other model."""
    return model.removeprefix(PREFIX) if model.startswith(PREFIX) else None


class RecordedModel(Model):
    """Gives what was answered to the call of the same attempt, purpose and ordinal, whatever is asked now.

    A call that brought no answer then brings none now, so what followed from that follows again. Nothing is
    paid: the tokens are those of then, the dollars 0.

    Args:
        store: holds the run.
        run: the run, by id or name.
    """

    def __init__(self, *, store: Store, run: str) -> None:
        self._store = store
        self._key = run
        self._origin: _Origin | None = None

    async def complete(self, request: Request) -> Reply:
        """The recorded answer, or a refusal where none came.

        Raises:
            ModelUnreachable: the run has no such attempt; its answers are used up.
            UnknownRun: there is no such run.
        """
        origin = self._origin
        if origin is None:
            run = (await self._store.find_run(self._key)).id
            totals = await self._store.totals(run)
            origin = self._origin = _Origin(run=run, attempts=totals.attempts)
        if request.attempt > origin.attempts:
            raise ModelUnreachable(
                f"the recorded answers of run {self._key} end with attempt {origin.attempts}; "
                "`cambrian resume RUN --model NAME` goes on with a model"
            )
        call = await self._store.find_call(origin.run, request.attempt, request.purpose, request.ordinal)
        if call is None:
            asked = f"{request.purpose.value} {request.ordinal} of attempt {request.attempt}"
            return Reply(
                text="",
                model=f"{PREFIX}{self._key}",
                status=CallStatus.REFUSED,
                error=f"no answer was recorded for {asked}",
            )
        return Reply(
            text=call.response,
            model=call.model,
            status=call.status,
            usage=replace(call.usage, dollars=0.0),
            error=call.error,
        )

    async def close(self) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """A run whose answers are given: its id, and the number of its last attempt."""

    run: str
    attempts: int
