"""`static.text`: what can be said of a program of any language before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from archive.evaluation import StageResult, StageState, Verdict
from evaluators.failure import one_line
from evaluators.features import text_features
from evaluators.stage import Product, StageInput
from evaluators.stages.driven import encoded
from evaluators.stages.options import number, texts
from problems.problem import StageSpec

__all__ = ["StaticText"]

_MAX_BYTES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticText:
    """Refuses programs that are too long or hold a forbidden text; measures the others.

    Options:
        max_bytes: most bytes of all the source together, as UTF-8 (100,000).
        forbid: texts that must not stand anywhere in the program, comments included, such as ``#include
            <thread>`` or ``system(``. They are looked for as they are, upper and lower case apart. This keeps
            models from habits the problem does not want; it is no wall, for the sandbox is there for that.

    Metrics: ``lines``, ``code_lines`` and ``characters``, see `evaluators.features`.
    """

    spec: StageSpec
    version: ClassVar[int] = 1

    def material(self, work: StageInput) -> bytes | None:
        return work.program.id.encode()

    async def run(self, work: StageInput) -> Product:
        limit = int(number(self.spec, "max_bytes", _MAX_BYTES))
        files = encoded(work.program)
        if files is None:
            return self._refuse("the source has a lone surrogate and cannot be stored as UTF-8")
        size = sum(map(len, files.values()))
        if size > limit:
            return self._refuse(f"the source has {size:,} bytes, at most {limit:,} are allowed")
        for path, source in work.program.sources.items():
            for forbidden in texts(self.spec, "forbid"):
                place = source.find(forbidden)
                if place >= 0:
                    line = source.count("\n", 0, place) + 1
                    return self._refuse(f"{path}, line {line}: {forbidden!r} must not be used")
        measured = text_features(work.program)
        return Product(result=StageResult(stage=self.spec.id, state=StageState.PASSED, metrics=measured))

    def _refuse(self, why: str) -> Product:
        return Product(
            result=StageResult(
                stage=self.spec.id, state=StageState.FAILED, verdict=Verdict.REFUSED, note=one_line(why)
            )
        )
