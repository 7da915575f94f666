"""The DAG at work: stages run as soon as what they need is there, and the results become an `Evaluation`."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from archive.evaluation import Evaluation, StageResult, StageState, Verdict
from archive.program import Program
from evaluators.appraisal import Results, appraise, by_stage, merge, sinking
from evaluators.failure import ScorerError, one_line
from evaluators.sandbox import SandboxUnavailable
from evaluators.stage import Product, Stage, StageInput
from evaluators.stages.score import SandboxScore
from problems.gates import Gate
from problems.problem import Problem, Visibility

__all__ = ["Pipeline"]

_RETRIES: Final = 2
_ONCE: Final = frozenset({"static.python", "model.judge"})
"""Kinds whose answer is kept for all replicas: one cannot change, the other costs money."""


class Pipeline:
    """Evaluates programs under one problem. Many evaluations may be under way at a time.

    A scorer that breaks stops the caller with a `ScorerError` until the first program is found valid: the
    fault is the scorer's. From then on `trust_scorer` is set, and a scorer that breaks over a program's
    output makes that program INVALID, for a program must not be able to stop a run. A problem without an
    initial program has nothing honest to begin with: there the caller sets it from the start.

    Attributes:
        problem: what is asked.
        trust_scorer: whether a program, not the scorer, is blamed when the scorer breaks.
    """

    def __init__(
        self,
        problem: Problem,
        stages: Sequence[Stage],
        *,
        trust_scorer: bool = False,
        retry_delay: float = 0.2,
    ) -> None:
        """Take the stages of a checked problem.

        Args:
            problem: the problem; `evaluators.compose` checks it.
            stages: one for each of the problem's declarations.
            trust_scorer: True when a program was found valid before (a run that is resumed).
            retry_delay: seconds before the first retry of a stage whose machine failed; twice for the second.

        Raises:
            GateError: a gate cannot be read.
            graphlib.CycleError: the stages need each other.
        """
        self.problem = problem
        self.trust_scorer = trust_scorer
        self._retry_delay = retry_delay
        self._nodes = {stage.spec.id: _Node.of(stage) for stage in stages}
        order = tuple(
            TopologicalSorter(
                {id_: node.stage.spec.needs for id_, node in self._nodes.items()}
            ).static_order()
        )
        self._ancestors: dict[str, frozenset[str]] = {}
        for id_ in order:
            needs = self._nodes[id_].stage.spec.needs
            self._ancestors[id_] = frozenset(needs).union(*(self._ancestors[need] for need in needs))

    async def evaluate(self, program: Program, seed: int, *, rival: float | None = None) -> Evaluation:
        """Run the program through the DAG, as often as the problem repeats it while it stays valid.

        Args:
            program: the candidate.
            seed: of the run; each replica gets one of its own from this, the program's id and its number.
            rival: fitness, in the objective's units, that the program has to beat to matter; None where there
                is none. Replicas stop early for a program that is surely worse.

        Raises:
            SandboxUnavailable: the machine failed three times at one stage. No verdict was found.
            ScorerError: the scorer is broken, see above.
            CambrianError: a judge that is not optional did not answer.
        """
        began = time.monotonic()
        replicas: list[Results] = []
        known: dict[str, Product] = {}
        for number in range(max(1, self.problem.repeat.times)):
            products = await self._replica(program, _seed(seed, program, number), known=known)
            replicas.append(tuple(product.result for product in products.values()))
            evaluation = self._appraise(program, replicas[-1])
            if not evaluation.is_valid:
                # One replica that fails sinks the program: an average over successes would reward luck.
                return replace(evaluation, seconds=time.monotonic() - began)
            known = {id_: product for id_, product in products.items() if self._is_kept(id_)}
        if len(replicas) > 1:
            evaluation = self._appraise(program, merge(self.problem, replicas))
        self.trust_scorer = self.trust_scorer or evaluation.is_valid
        return replace(evaluation, seconds=time.monotonic() - began)

    async def picture(self, program: Program, seed: int) -> npt.NDArray[np.uint8] | None:
        """Run the program once more and let the trusted file draw what it returned.

        The seed is that of the first replica of `evaluate`.

        Returns:
            uint8 of shape (height, width, 3), or None when no trusted file defines ``picture`` or the program
            did not get as far.

        Raises:
            ScorerError: ``picture`` raised or returned anything else.
            SandboxUnavailable: the machine failed.
        """
        for id_, node in self._nodes.items():
            if isinstance(node.stage, SandboxScore) and node.stage.draws:
                first = _seed(seed, program, 0)
                products = await self._replica(program, first, only=self._ancestors[id_])
                if not all(_passed(products.get(need)) for need in self._ancestors[id_]):
                    return None
                return await node.stage.picture(StageInput(program=program, products=products, seed=first))
        return None

    async def _replica(
        self,
        program: Program,
        seed: int,
        *,
        known: Mapping[str, Product] = MappingProxyType({}),
        only: Collection[str] | None = None,
    ) -> dict[str, Product]:
        """One pass through the DAG, or through the stages `only`; products in the order they ended."""
        chosen = (
            self._nodes if only is None else {id_: self._nodes[id_] for id_ in self._nodes if id_ in only}
        )
        graph = TopologicalSorter({id_: node.stage.spec.needs for id_, node in chosen.items()})
        graph.prepare()
        places = {id_: place for place, id_ in enumerate(self._nodes)}
        products: dict[str, Product] = {}
        running: dict[asyncio.Task[Product], str] = {}
        try:
            while graph.is_active():
                for id_ in graph.get_ready():
                    ready = known.get(id_) or self._skip(id_, products)
                    if ready is not None:
                        products[id_] = ready
                        graph.done(id_)
                        continue
                    needed = {need: products[need] for need in self._ancestors[id_]}
                    work = StageInput(program=program, products=needed, seed=seed)
                    running[asyncio.create_task(self._work(chosen[id_], work))] = id_
                if running:
                    ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    # Of those that ended at once, the problem's order decides: a set has none.
                    for task in sorted(ended, key=lambda one: places[running[one]]):
                        id_ = running[task]
                        products[id_] = task.result()
                        del running[task]
                        graph.done(id_)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return products

    def _skip(self, id_: str, products: Mapping[str, Product]) -> Product | None:
        """The product of a stage that is not to run, or None when it is."""
        node = self._nodes[id_]
        results = [product.result for product in products.values()]
        failed = [need for need in node.stage.spec.needs if not _passed(products[need])]
        sunk = sinking(self.problem, results)
        if failed:
            note = f"needs {failed[0]}, which did not pass"
        elif sunk is not None:
            note = f"{sunk.stage} did not pass"
        elif node.gate is not None and not node.gate.open(by_stage(results)):
            note = f"its gate is closed: {node.gate.text}"
        else:
            return None
        return node.mark(
            Product(result=StageResult(stage=id_, state=StageState.SKIPPED, note=one_line(note)))
        )

    async def _work(self, node: _Node, work: StageInput) -> Product:
        began = time.monotonic()
        try:
            product = await self._retried(node.stage, work)
        except ScorerError as error:
            if not self.trust_scorer:
                raise
            product = Product(
                result=StageResult(
                    stage=node.stage.spec.id,
                    state=StageState.FAILED,
                    verdict=Verdict.INVALID,
                    note=one_line(f"{error.file} cannot judge this output: {error.fault}"),
                )
            )
        return node.mark(product, seconds=time.monotonic() - began)

    async def _retried(self, stage: Stage, work: StageInput) -> Product:
        delay = self._retry_delay
        for _ in range(_RETRIES):
            try:
                return await stage.run(work)
            except SandboxUnavailable:
                await asyncio.sleep(delay)
                delay *= 2
        return await stage.run(work)

    def _appraise(self, program: Program, results: Results) -> Evaluation:
        return appraise(self.problem, program, results, trust_scorer=self.trust_scorer)

    def _is_kept(self, id_: str) -> bool:
        return self._nodes[id_].stage.spec.uses in _ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """A stage in the graph, and its condition if it has one."""

    stage: Stage
    gate: Gate | None

    @classmethod
    def of(cls, stage: Stage) -> _Node:
        return cls(stage=stage, gate=None if stage.spec.when is None else Gate.parse(stage.spec.when))

    def mark(self, product: Product, seconds: float = 0.0) -> Product:
        """The product with what only the pipeline knows of it: who may see it, and how long it took."""
        result = replace(
            product.result,
            private=self.stage.spec.visibility is Visibility.PRIVATE,
            seconds=product.result.seconds or seconds,
        )
        return replace(product, result=result)


def _passed(product: Product | None) -> bool:
    return product is not None and product.result.state is StageState.PASSED


def _seed(seed: int, program: Program, replica: int) -> int:
    """32 bits, the most that numpy's legacy generator takes."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{program.id}:{replica}".encode()).digest()[:4], "big")
