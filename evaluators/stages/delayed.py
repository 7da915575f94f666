"""`delayed`: a metric that arrives after the evaluation, and what stands in for it until then."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypeAlias

from archive.evaluation import StageResult, StageState
from archive.program import ProgramId
from evaluators.failure import one_line
from evaluators.stage import Product, StageInput
from evaluators.stages.options import text
from problems.problem import StageSpec

__all__ = ["REPORTED", "Delayed", "Reported", "with_report"]

Reported: TypeAlias = Callable[[ProgramId, str], Awaitable[float | None]]
"""``reported(program, metric) -> value``: what was reported for a program, None where nothing was yet."""

REPORTED: Final = "reported"
"""Metric beside the delayed one: 1 where its value was reported, 0 where the proxy stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delayed:
    """Gives a metric as it was reported, else its proxy, else nothing (SKIPPED).

    Options:
        metric: name of the metric.
        proxy: ``STAGE.METRIC`` that stands in for it (none).

    Metrics: the metric, and ``reported``.
    """

    spec: StageSpec
    reported: Reported | None = None
    version: ClassVar[int] = 1

    def material(self, work: StageInput) -> bytes | None:
        """None: a value may be reported at any time."""
        return None

    @property
    def metric(self) -> str:
        return text(self.spec, "metric", "")

    @property
    def proxy(self) -> tuple[str, str] | None:
        """Stage and metric of the proxy."""
        if self.spec.options.get("proxy") is None:
            return None
        owner, _, metric = text(self.spec, "proxy", "").partition(".")
        return owner, metric

    async def run(self, work: StageInput) -> Product:
        waiting = StageResult(stage=self.spec.id, state=StageState.SKIPPED)
        value = None if self.reported is None else await self.reported(work.program.id, self.metric)
        if value is not None:
            return Product(result=with_report(waiting, self.spec, value))
        if self.proxy is None:
            note = f"{self.metric} is not reported yet, and has no proxy"
            return Product(result=replace(waiting, note=one_line(note)))
        owner, metric = self.proxy
        product = work.products.get(owner)
        found = product.result.metrics.get(metric) if product is not None else None
        if found is None:
            note = f"{self.metric} is not reported yet, and its proxy {owner}.{metric} is not there"
            return Product(result=replace(waiting, note=one_line(note)))
        note = f"{self.metric} is not reported yet; {owner}.{metric} stands in for it"
        return Product(
            result=replace(
                waiting,
                state=StageState.PASSED,
                metrics={self.metric: found, REPORTED: 0.0},
                note=one_line(note),
            )
        )


def with_report(result: StageResult, spec: StageSpec, value: float) -> StageResult:
    """The result of a `delayed` stage once its value is known; who may see it stays as it was.

    Args:
        result: of the stage, whatever its state.
        spec: of the stage.
        value: what was reported.

    Raises:
        ValueError: it is not finite, or the stage is of another kind.
    """
    if spec.uses != "delayed":
        raise ValueError(f"stage {spec.id} is a {spec.uses}; a value is reported for a delayed one")
    if not math.isfinite(value):
        raise ValueError(f"{value} was reported for {text(spec, 'metric', '')}; a finite number is expected")
    metrics = {text(spec, "metric", ""): float(value), REPORTED: 1.0}
    return replace(result, state=StageState.PASSED, verdict=None, metrics=metrics, note="", cached=False)
