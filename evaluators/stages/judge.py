"""`model.judge`: a language model's opinion of a program, as one more metric."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from archive.evaluation import StageResult, StageState
from evaluators.failure import one_line
from evaluators.sandbox import SandboxError
from evaluators.stage import Product, StageInput
from evaluators.stages.options import text
from problems.errors import CambrianError
from problems.problem import StageSpec

__all__ = ["Judge", "JudgeError", "ModelJudge"]

Judge: TypeAlias = Callable[[str, str, Mapping[str, float]], Awaitable[float]]
"""``judge(rubric, program_text, metrics) -> opinion``; `metrics` are public, by ``STAGE.METRIC``."""


class JudgeError(CambrianError):
    """A judge that the problem cannot do without gave no usable opinion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJudge:
    """Asks a model how well a program meets a rubric. Never the objective: an opinion can be talked round.

    Without an answer the program is not to blame: the stage is SKIPPED when it is optional, and the error
    goes on to the caller when it is not.

    Options:
        rubric: what to judge by, in words.
        metric: name of the metric that the opinion becomes (judge).
    """

    spec: StageSpec
    judge: Judge | None
    version: ClassVar[int] = 1

    def material(self, work: StageInput) -> bytes | None:
        """None: another model, or the same one asked again, may be of another opinion."""
        return None

    @property
    def metric(self) -> str:
        return text(self.spec, "metric", "judge")

    async def run(self, work: StageInput) -> Product:
        try:
            opinion = await self._ask(work)
        except SandboxError:
            raise
        except CambrianError as error:
            if not self.spec.optional:
                raise
            note = one_line(f"the judge gave no opinion: {error}")
            return Product(result=StageResult(stage=self.spec.id, state=StageState.SKIPPED, note=note))
        return Product(
            result=StageResult(stage=self.spec.id, state=StageState.PASSED, metrics={self.metric: opinion})
        )

    async def _ask(self, work: StageInput) -> float:
        if self.judge is None:
            raise JudgeError(f"stage {self.spec.id} needs a model and none is at hand; configure one")
        metrics = {
            f"{product.result.stage}.{name}": value
            for product in work.products.values()
            if not product.result.private
            for name, value in product.result.metrics.items()
        }
        opinion = await self.judge(text(self.spec, "rubric", ""), work.program.text, metrics)
        if not math.isfinite(opinion):
            raise JudgeError(f"the judge of stage {self.spec.id} answered {opinion}, not a finite number")
        return float(opinion)
