"""How a stage gets its work done: from the cache, or once its pool has room."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from evaluators.cache import StageCache, is_lasting, key_of
from evaluators.graph import Node
from evaluators.stage import Product, StageInput

__all__ = ["Workshop"]


class Workshop:
    """Runs stages, for all evaluations of a pipeline together."""

    def __init__(self, *, pools: Mapping[str, int], cache: StageCache | None) -> None:
        """Open the pools.

        Args:
            pools: width of each pool, at least 1.
            cache: what stages found before; None to find all anew. It is not closed here.
        """
        self._pools = {name: asyncio.Semaphore(width) for name, width in pools.items()}
        self._cache = cache
        self._seconds: dict[str, _Mean] = {}

    async def work(self, node: Node, work: StageInput) -> Product:
        """The product of a stage. What was found before costs no place in a pool and no sandbox.

        Raises:
            SandboxUnavailable: the machine failed, and the sandbox gave up trying.
            CambrianError: from the stage.
        """
        key = self._key(node, work)
        if key is not None and self._cache is not None:
            known = await self._cache.get(key)
            if known is not None:
                return node.mark(replace(known, result=replace(known.result, cached=True)))
        pool = self._pools.get(node.stage.spec.pool or "")
        # A stage waits here, before it asks for a slot of its sandbox, so that others can use that.
        async with pool or contextlib.nullcontext():
            product = await self._measured(node, work)
        if key is not None and self._cache is not None and is_lasting(product.result):
            await self._cache.put(key, product)
        return product

    def _key(self, node: Node, work: StageInput) -> str | None:
        if self._cache is None:
            return None
        material = node.stage.material(work)
        return None if material is None else key_of(node.recipe, material)

    async def _measured(self, node: Node, work: StageInput) -> Product:
        mean = self._seconds.setdefault(node.stage.spec.id, _Mean())
        began = time.monotonic()
        product = await node.stage.run(replace(work, expected_seconds=mean.value))
        product = node.mark(product, seconds=time.monotonic() - began)
        # What was run was measured by the sandbox, without the time spent waiting for it.
        mean.add(product.result.seconds)
        return product


@dataclass(slots=True)
class _Mean:
    """Of numbers as they come; 0 before the first."""

    value: float = 0.0
    count: int = 0

    def add(self, number: float) -> None:
        self.count += 1
        self.value += (number - self.value) / self.count
