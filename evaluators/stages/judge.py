"""`model.judge`: a language model's opinion of a program, as one more metric."""

from __future__ import annotations

import asyncio
import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from archive.evaluation import StageResult, StageState
from evaluators.failure import one_line
from evaluators.sandbox import SandboxError
from evaluators.stage import Product, StageInput
from evaluators.stages.options import number, text, texts
from problems.errors import CambrianError
from problems.problem import StageSpec

__all__ = ["Judge", "JudgeError", "ModelJudge", "agreement"]


class Judge(Protocol):
    """Gives an opinion on a program."""

    async def __call__(
        self,
        rubric: str,
        program_text: str,
        metrics: Mapping[str, float],
        *,
        number: int = 0,
        model: str | None = None,
    ) -> float:
        """The opinion.

        Args:
            rubric: what to judge by.
            program_text: the program.
            metrics: public ones, by ``STAGE.METRIC``.
            number: which of several judges it is, from 0; each is asked by itself.
            model: who is to be asked; None for whoever serves.
        """
        ...


class JudgeError(CambrianError):
    """A judge that the problem cannot do without gave no usable opinion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJudge:
    """Asks one or several judges how well a program meets a rubric. The mark is the median of their opinions.

    It is the objective only where the problem says so: an opinion can be talked round.

    Without an answer the program is not to blame: the stage is SKIPPED when it is optional, and the error
    goes on to the caller when it is not.

    Options:
        rubric: what to judge by, in words.
        metric: name of the metric that the mark becomes (judge).
        judges: how many are asked (1). With several there is a second metric, ``METRIC_agreement``, see
            `agreement`.
        models: names of the models they are, in turn; empty for whichever serves.
        decides: whether the mark may be the objective (false).
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

    @property
    def judges(self) -> int:
        return int(number(self.spec, "judges", 1))

    @property
    def decides(self) -> bool:
        return self.spec.options.get("decides") is True

    async def run(self, work: StageInput) -> Product:
        try:
            opinions = await self._ask(work)
        except SandboxError:
            raise
        except CambrianError as error:
            if not self.spec.optional:
                raise
            note = one_line(f"the judge gave no opinion: {error}")
            return Product(result=StageResult(stage=self.spec.id, state=StageState.SKIPPED, note=note))
        metrics = {self.metric: statistics.median(opinions)}
        if len(opinions) > 1:
            metrics[f"{self.metric}_agreement"] = agreement(opinions)
        return Product(result=StageResult(stage=self.spec.id, state=StageState.PASSED, metrics=metrics))

    async def _ask(self, work: StageInput) -> list[float]:
        if self.judge is None:
            raise JudgeError(f"stage {self.spec.id} needs a model and none is at hand; configure one")
        metrics = {
            f"{product.result.stage}.{name}": value
            for product in work.products.values()
            if not product.result.private
            for name, value in product.result.metrics.items()
        }
        rubric, names = text(self.spec, "rubric", ""), texts(self.spec, "models")
        opinions = await asyncio.gather(
            *(
                self.judge(
                    rubric,
                    work.program.text,
                    metrics,
                    number=at,
                    model=names[at % len(names)] if names else None,
                )
                for at in range(self.judges)
            )
        )
        for opinion in opinions:
            if not math.isfinite(opinion):
                raise JudgeError(f"the judge of stage {self.spec.id} answered {opinion}, not a finite number")
        return [float(opinion) for opinion in opinions]


def agreement(opinions: Sequence[float]) -> float:
    """How far several judges agree: 1 less the mean absolute difference between two of them, over all pairs.

    Args:
        opinions: at least two, each from 0 to 1.
    """
    apart = [abs(one - other) for one, other in itertools.combinations(opinions, 2)]
    return 1.0 - sum(apart) / len(apart)
