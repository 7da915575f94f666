"""Several models as one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from mutators.model import Model, ModelUnreachable, Reply, Request
from problems.problem import ModelSpec

__all__ = ["Ensemble"]


class Ensemble(Model):
    """Draws a member for each call, by weight among those that serve its purpose.

    The draw depends on the request alone (seed, attempt, purpose, ordinal). When the drawn member cannot be
    reached the next ones in the order of the list are asked, those that were out of reach a moment ago last.
    A purpose that no member serves is served by all, and so is a request that names none of those that do.

    Args:
        members: specification and model, at least one; weights are 0 or more, all 0 counts as all equal.
        cooldown: seconds for which a member that was out of reach is asked last.
        clock: seconds, monotonic.

    Raises:
        ValueError: there are no members.
    """

    def __init__(
        self,
        members: Sequence[tuple[ModelSpec, Model]],
        *,
        cooldown: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not members:
            raise ValueError("an ensemble needs at least one model")
        self._members = tuple(members)
        self._cooldown = cooldown
        self._clock = clock
        self._back = [0.0] * len(self._members)

    async def complete(self, request: Request) -> Reply:
        errors = []
        for index in self._order(request):
            try:
                return await self._members[index][1].complete(request)
            except ModelUnreachable as error:
                self._back[index] = self._clock() + self._cooldown
                errors.append(error)
        if len(errors) == 1:
            raise errors[0]
        raise ModelUnreachable("\n".join(str(error) for error in errors))

    async def close(self) -> None:
        for _, model in self._members:
            await model.close()

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
        first = draw.choices(range(len(serving)), weights if sum(weights) > 0 else None)[0]
        order = serving[first:] + serving[:first]
        now = self._clock()
        return sorted(order, key=lambda i: self._back[i] > now)
