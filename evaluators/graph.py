"""The DAG of a problem: which stages are ready, and one pass through them for one program."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from types import MappingProxyType
from typing import Final, TypeAlias

from archive.evaluation import StageResult, StageState
from archive.program import Program
from evaluators.appraisal import by_stage
from evaluators.failure import one_line
from evaluators.provenance import recipe_of
from evaluators.stage import Product, Stage, StageInput
from problems.gates import Gate
from problems.problem import Visibility

__all__ = ["Graph", "Node", "Work", "passed"]

_LOG: Final = logging.getLogger(__name__)
_PATIENCE: Final = 1.8
"""Seconds that a cancelled stage has to end; sandboxes promise to kill within 2."""
_NOTHING: Final[Mapping[str, Product]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A stage in the graph.

    Attributes:
        stage: what does the work.
        recipe: see `evaluators.provenance.recipe_of`.
        gate: its condition; None for always.
    """

    stage: Stage
    recipe: str
    gate: Gate | None

    @classmethod
    def of(cls, stage: Stage) -> Node:
        gate = None if stage.spec.when is None else Gate.parse(stage.spec.when)
        return cls(stage=stage, recipe=recipe_of(stage), gate=gate)

    def mark(self, product: Product, seconds: float = 0.0) -> Product:
        """The product with what only the graph knows of it: whose it is, who may see it, how long it took."""
        result = replace(
            product.result,
            stage=self.stage.spec.id,
            private=self.stage.spec.visibility is Visibility.PRIVATE,
            seconds=product.result.seconds or seconds,
        )
        return replace(product, result=result)


Work: TypeAlias = Callable[[Node, StageInput], Awaitable[Product]]
"""Does the work of one node."""


class Graph:
    """The stages of a problem and what they need.

    Attributes:
        nodes: by id, in the problem's order.
        ancestors: ids of all the stages that a stage stands on, directly or through others, by its id.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        """Take the stages of a checked problem, in its order.

        Raises:
            GateError: a gate cannot be read.
            graphlib.CycleError: the stages need each other.
        """
        self.nodes: Mapping[str, Node] = {stage.spec.id: Node.of(stage) for stage in stages}
        order = TopologicalSorter(_edges(self.nodes)).static_order()
        self.ancestors: dict[str, frozenset[str]] = {}
        for id_ in order:
            needs = self.nodes[id_].stage.spec.needs
            self.ancestors[id_] = frozenset(needs).union(*(self.ancestors[need] for need in needs))

    async def walk(
        self,
        program: Program,
        seed: int,
        work: Work,
        *,
        known: Mapping[str, Product] = _NOTHING,
        only: Collection[str] | None = None,
    ) -> dict[str, Product]:
        """One pass through the stages, each as soon as what it needs is there.

        When it is cancelled or a stage raises, all stages under way are cancelled and waited for.

        Args:
            program: the candidate.
            seed: of this replica.
            work: does the work of a node.
            known: products that are taken as they are.
            only: ids of the stages to run; None for all.

        Returns:
            Products by id, in the order they ended.

        Raises:
            CambrianError: from `work`.
        """
        chosen = {id_: node for id_, node in self.nodes.items() if only is None or id_ in only}
        graph = TopologicalSorter(_edges(chosen))
        graph.prepare()
        places = {id_: place for place, id_ in enumerate(self.nodes)}
        products: dict[str, Product] = {}
        running: dict[asyncio.Future[Product], str] = {}
        try:
            while graph.is_active():
                for id_ in graph.get_ready():
                    ready = known.get(id_) or self._skip(id_, products)
                    if ready is not None:
                        products[id_] = ready
                        graph.done(id_)
                        continue
                    needed = {need: products[need] for need in self.ancestors[id_]}
                    given = StageInput(program=program, products=needed, seed=seed)
                    running[asyncio.ensure_future(work(chosen[id_], given))] = id_
                if running:
                    ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    # Of those that ended at once, the problem's order decides: a set has none.
                    for task in sorted(ended, key=lambda one: places[running[one]]):
                        id_ = running.pop(task)
                        products[id_] = task.result()
                        graph.done(id_)
        finally:
            await _stop(running)
        return products

    def _skip(self, id_: str, products: Mapping[str, Product]) -> Product | None:
        """The product of a stage that is not to run, or None when it is."""
        node = self.nodes[id_]
        results = [product.result for product in products.values()]
        failed = [need for need in node.stage.spec.needs if not passed(products[need])]
        if failed:
            note = f"needs {failed[0]}, which did not pass"
        elif node.gate is not None and not node.gate.open(by_stage(results)):
            note = self._closed(node.gate, results)
        else:
            return None
        return node.mark(
            Product(result=StageResult(stage=id_, state=StageState.SKIPPED, note=one_line(note)))
        )

    def _closed(self, gate: Gate, results: Sequence[StageResult]) -> str:
        """Why a stage did not run. Notes go into prompts, where a bound on a private metric would tell it."""
        private = {result.stage for result in results if result.private}
        if any(stage in private for stage, _ in gate.names):
            return "its gate is closed"
        return f"its gate is closed: {gate.text}"


def passed(product: Product | None) -> bool:
    """Whether there is a product of a stage that passed."""
    return product is not None and product.result.state is StageState.PASSED


def _edges(nodes: Mapping[str, Node]) -> dict[str, tuple[str, ...]]:
    return {id_: node.stage.spec.needs for id_, node in nodes.items()}


async def _stop(running: Mapping[asyncio.Future[Product], str]) -> None:
    """Cancel stages and wait until they have ended, within bounds: a caller that is cancelled must return."""
    if not running:
        return
    for task in running:
        task.cancel()
        task.add_done_callback(_retrieve)
    _, left = await asyncio.wait(running, timeout=_PATIENCE)
    for task in left:
        _LOG.warning("stage %s has not ended %.1f s after it was cancelled", running[task], _PATIENCE)


def _retrieve(task: asyncio.Future[Product]) -> None:
    """Take note of an exception that nobody asks for any more, so that asyncio does not report it."""
    if not task.cancelled():
        task.exception()
