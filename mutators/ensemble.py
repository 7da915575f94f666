"""Several models as one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from archive.ledger import Purpose
from mutators.bandit import Bandit
from mutators.model import Model, ModelUnreachable, Reply, Request
from problems.problem import ModelSpec

__all__ = ["Ensemble"]

_BY_WORTH = frozenset({Purpose.PLAN, Purpose.EXECUTE})
"""Purposes whose worth shows in what an attempt improves."""


class Ensemble(Model):
    """Draws a member for each call, among those that serve its purpose: by weight, or by what they brought.

    The draw depends on the request (seed, attempt, purpose, ordinal) and, with a bandit, on what plans and
    programs of the members have brought so far. When the drawn member cannot be reached the next ones in the
    order of the list are asked, those that were out of reach a moment ago last; when none can, they are asked
    once more with all the patience they have.
    A purpose that no member serves is served by all, and so is a request that names none of those that do.

    Args:
        members: specification and model, at least one; weights are 0 or more, all 0 counts as all equal.
        bandit: what the members brought; None to draw by weight alone.
        cooldown: seconds for which a member that was out of reach is asked last.
        clock: seconds, monotonic.

    Raises:
        ValueError: there are no members.
    """

    def __init__(
        self,
        members: Sequence[tuple[ModelSpec, Model]],
        *,
        bandit: Bandit | None = None,
        cooldown: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not members:
            raise ValueError("an ensemble needs at least one model")
        self._members = tuple(members)
        self._bandit = bandit
        self._cooldown = cooldown
        self._clock = clock
        self._back = [0.0] * len(self._members)

    async def complete(self, request: Request) -> Reply:
        order = self._order(request)
        if len(order) > 1:
            hurried = replace(request, hurry=True)
            for index in order:
                try:
                    return self._noted(request, await self._members[index][1].complete(hurried))
                except ModelUnreachable:
                    self._back[index] = self._clock() + self._cooldown
        # Nobody else is left, so now the outage is waited out.
        errors = []
        for index in order:
            try:
                return self._noted(request, await self._members[index][1].complete(request))
            except ModelUnreachable as error:
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        raise ModelUnreachable("\n".join(str(error) for error in errors))

    async def close(self) -> None:
        for _, model in self._members:
            await model.close()

    def _noted(self, request: Request, reply: Reply) -> Reply:
        if self._bandit is not None and reply.extra.get("from") == "ledger":
            self._bandit.recall(request.purpose, reply.model, attempt=request.attempt)
        return reply

    def _order(self, request: Request) -> list[int]:
        """Members to ask, the drawn one first."""
        role = request.purpose.value
        serving = [i for i, (spec, _) in enumerate(self._members) if not spec.roles or role in spec.roles]
        serving = serving or list(range(len(self._members)))
        named = [i for i in serving if self._members[i][0].name in request.models]
        serving = named or serving
        if len(serving) == 1:
            return serving
        weights = [self._members[i][0].weight for i in serving]
        draw = random.Random(f"{request.seed}:{request.attempt}:{role}:{request.ordinal}")
        if self._bandit is not None and request.purpose in _BY_WORTH:
            names = [self._members[i][0].name for i in serving]
            first = self._bandit.draw(request.purpose, names, weights, draw)
        else:
            first = draw.choices(range(len(serving)), weights if sum(weights) > 0 else None)[0]
        order = serving[first:] + serving[:first]
        now = self._clock()
        return sorted(order, key=lambda i: self._back[i] > now)
