"""Which models can be had here: do they answer with the keys at hand, what do they cost, how did they do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from archive.ledger import ModelUse, Purpose, Usage
from flows.models import Choice, endpoint_of, is_embedded, key_for
from flows.settings import Settings, SettingsError
from mutators.chat import served_models, shown_url
from mutators.model import ModelUnreachable
from mutators.prices import Prices
from mutators.recorded import recorded_run
from problems.problem import ModelSpec

__all__ = ["Offer", "offers"]

_BUILT_IN = "built in"
_SECONDS = 10.0
"""A person waits for the list."""
_OPENS_AT = 5
"""Failures in a row at which a run leaves an endpoint alone for a while, see `mutators.breaker`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One model.

    Attributes:
        spec: as the problem or the environment names it.
        url: where it is asked, without secrets, or that it is built in.
        input_price: dollars a million tokens of requests; None where no price is known.
        output_price: dollars a million tokens of answers; None likewise.
        answers: whether its endpoint lists it with the key at hand; None where it was not asked.
        found: what the endpoint said, or why it was not asked.
        calls: made to it in all runs of the archive, tries included.
        answered: those of them that brought an answer.
        usage: of all of them.
        seconds: sum of their latencies.
        attempts: in which it was asked for a program, at least once.
        improved: those of these attempts that improved a cell.
        failing: newest calls in a row that its endpoint could not serve.
    """

    spec: ModelSpec
    url: str
    input_price: float | None
    output_price: float | None
    answers: bool | None
    found: str
    calls: int
    answered: int
    usage: Usage
    seconds: float
    attempts: int
    improved: int
    failing: int

    @property
    def breaker(self) -> str:
        """How a run would have left it: ``closed``, ``open``, or ``unknown`` where it was never called."""
        if not self.calls:
            return "unknown"
        return "open" if self.failing >= _OPENS_AT else "closed"


async def offers(
    choice: Choice, *, settings: Settings, uses: Sequence[ModelUse], ask: bool
) -> tuple[Offer, ...]:
    """The models of a choice, in its order.

    Args:
        choice: the models.
        settings: the environment.
        uses: what calls came to, of all runs.
        ask: whether endpoints are asked what they serve; that costs nothing.
    """
    prices = Prices()
    found = await asyncio.gather(*(_found(spec, choice, settings, ask=ask) for spec in choice.specs))
    made = []
    for spec, (answers, text) in zip(choice.specs, found, strict=True):
        its = [use for use in uses if use.model == spec.name]
        wrote = [use for use in its if use.purpose is Purpose.EXECUTE]
        made.append(
            Offer(
                spec=spec,
                url=_BUILT_IN if is_embedded(spec) else shown_url(endpoint_of(spec, choice)),
                input_price=prices.a_million(spec, into=True),
                output_price=prices.a_million(spec, into=False),
                answers=answers,
                found=text,
                calls=sum(use.calls for use in its),
                answered=sum(use.answered for use in its),
                usage=sum((use.usage for use in its), Usage()),
                seconds=sum(use.seconds for use in its),
                attempts=sum(use.attempts for use in wrote),
                improved=sum(use.improved for use in wrote),
                failing=max((use.failing for use in its), default=0),
            )
        )
    return tuple(made)


async def _found(
    spec: ModelSpec, choice: Choice, settings: Settings, *, ask: bool
) -> tuple[bool | None, str]:
    """Whether a model answers, and what was found."""
    if is_embedded(spec):
        return True, _BUILT_IN
    if recorded_run(spec.name) is not None:
        return None, "recorded answers"
    if not ask:
        return None, "not asked"
    try:
        key = key_for(spec, choice, settings)
        names = await served_models(base_url=endpoint_of(spec, choice), api_key=key, timeout=_SECONDS)
    except (ModelUnreachable, SettingsError) as error:
        return False, str(error)
    if spec.name in names:
        return True, "listed"
    return False, f"not among the {len(names)} models that are listed"
