"""Programs become evaluations: passes through the DAG, as many as it takes, and what they say together."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from archive.evaluation import Evaluation, StageResult, StageState, Verdict
from archive.program import Program
from evaluators.appraisal import Results, appraise, merge, with_replicas
from evaluators.cache import StageCache
from evaluators.failure import ScorerError, one_line
from evaluators.graph import Graph, Node, passed
from evaluators.provenance import Identified, Origin
from evaluators.racing import is_enough
from evaluators.stage import Product, Stage, StageInput
from evaluators.stages.score import SandboxScore
from evaluators.workshop import Workshop
from problems.kinds import JUDGES, STATIC
from problems.problem import Problem

__all__ = ["Pipeline"]

_ONCE: Final = STATIC | JUDGES
"""Kinds whose answer is kept for all replicas: one cannot change, the other costs money."""


class Pipeline:
    """Evaluates programs under one problem. Many evaluations may be under way at a time.

    A scorer that breaks stops the caller with a `ScorerError` until the first program is found valid: the
    fault is the scorer's. From then on `trust_scorer` is set, and a scorer that breaks over a program's
    output makes that program INVALID, for a program must not be able to stop a run. A problem without an
    initial program has nothing honest to begin with: there the caller sets it from the start.

    Each replica has a seed of its own, made from the run's seed, the program's id and its number: noise is
    then independent between programs, and no program can be fitted to one fixed sequence of seeds, at the
    price that a difference of two programs varies more than with common random numbers (the same seeds for
    all of them).

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
        cache: StageCache | None = None,
        candidates: Identified | None = None,
        scorers: Identified | None = None,
    ) -> None:
        """Take the stages of a checked problem.

        Args:
            problem: the problem; `evaluators.compose` checks it.
            stages: one for each of the problem's declarations.
            trust_scorer: True when a program was found valid before (a run that is resumed).
            cache: what stages found before, closed by the caller; None to find all anew.
            candidates: the sandbox where programs run, for provenance.
            scorers: the sandbox where trusted files run, for provenance.

        Raises:
            GateError: a gate cannot be read.
            graphlib.CycleError: the stages need each other.
        """
        self.problem = problem
        self.trust_scorer = trust_scorer
        self._graph = Graph(stages)
        self._workshop = Workshop(pools=problem.pools, cache=cache)
        self._origin = Origin(stages, candidates=candidates, scorers=scorers)

    async def evaluate(self, program: Program, seed: int, *, rival: float | None = None) -> Evaluation:
        """Run the program through the DAG, as often as the problem repeats it while it stays valid.

        Cancelling the call cancels every stage under way, and returns within 2 s.

        Args:
            program: the candidate.
            seed: of the run; each replica gets one of its own from this, the program's id and its number.
            rival: fitness, in the objective's units, that the program has to beat to matter; None where there
                is none. Replicas stop early for a program that is surely worse.

        Raises:
            SandboxUnavailable: the machine failed, and its sandbox gave up trying. No verdict was found.
            ScorerError: the scorer is broken, see above.
            CambrianError: a judge that is not optional did not answer.
        """
        began = time.monotonic()
        replicas: list[Results] = []
        fitness: list[float] = []
        known: Mapping[str, Product] = {}
        while True:
            number = len(replicas)
            products = await self._graph.walk(program, _seed(seed, program, number), self._work, known=known)
            replicas.append(tuple(product.result for product in products.values()))
            evaluation = self._appraise(program, replicas[-1])
            if evaluation.fitness is None:
                # One replica that fails sinks the program: an average over successes would reward luck.
                break
            fitness.append(evaluation.fitness)
            if is_enough(fitness, self.problem.repeat, objective=self.problem.objective, rival=rival):
                break
            known = {id_: product for id_, product in products.items() if self._is_kept(id_)}
        if evaluation.is_valid and self.problem.repeat.times > 1:
            evaluation = self._appraise(program, merge(self.problem, replicas))
            evaluation = with_replicas(self.problem, evaluation, fitness)
        self.trust_scorer = self.trust_scorer or evaluation.is_valid
        return replace(
            evaluation,
            seconds=time.monotonic() - began,
            provenance=self._origin.provenance(seed, replicas=len(replicas)),
        )

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
        for id_, node in self._graph.nodes.items():
            if isinstance(node.stage, SandboxScore) and node.stage.draws:
                first, needed = _seed(seed, program, 0), self._graph.ancestors[id_]
                products = await self._graph.walk(program, first, self._work, only=needed)
                if not all(passed(products.get(need)) for need in needed):
                    return None
                return await node.stage.picture(StageInput(program=program, products=products, seed=first))
        return None

    async def _work(self, node: Node, work: StageInput) -> Product:
        try:
            return await self._workshop.work(node, work)
        except ScorerError as error:
            if not self.trust_scorer:
                raise
            note = one_line(f"{error.file} cannot judge this output: {error.fault}")
        # Not kept in the cache: whether the scorer or the program is to blame is for each run to say.
        return node.mark(
            Product(
                result=StageResult(
                    stage=node.stage.spec.id, state=StageState.FAILED, verdict=Verdict.INVALID, note=note
                )
            )
        )

    def _appraise(self, program: Program, results: Results) -> Evaluation:
        return appraise(self.problem, program, results, trust_scorer=self.trust_scorer)

    def _is_kept(self, id_: str) -> bool:
        return self._graph.nodes[id_].stage.spec.uses in _ONCE


def _seed(seed: int, program: Program, replica: int) -> int:
    """32 bits, the most that numpy's legacy generator takes."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{program.id}:{replica}".encode()).digest()[:4], "big")
