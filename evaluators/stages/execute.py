"""`sandbox.call`: calls the program's entrypoint where it can harm nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar, Final

from archive.evaluation import StageResult, StageState, Verdict
from evaluators.failure import clip, describe, one_line, verdict_of
from evaluators.sandbox import Command, ExecResult, Limits, Sandbox
from evaluators.stage import Product, StageInput
from evaluators.stages.options import inputs_of, limits_of, policy_of
from evaluators.values import Malformed, decode, encode_arguments
from problems.problem import StageSpec

__all__ = ["SandboxCall"]

_OUTPUT_CHARACTERS: Final = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCall:
    """Calls ``entrypoint(**inputs)`` in a sandbox for candidates; its product's value is what it returned.

    Options:
        inputs: keyword arguments of the call (none).
        seconds: wall time (10).
        memory_mib: address space (512).
        policy: ``compute`` or ``processes`` (compute).
        scratch_mib: size of the writable folder (16).

    Metrics: ``seconds`` and ``cpu_seconds``, ``peak_mib``, by the supervisor's measurement.
    Artifacts: ``output``, the tail of what the program printed, when it printed anything.
    """

    spec: StageSpec
    sandbox: Sandbox
    entrypoint: str
    module: str | None = None
    version: ClassVar[int] = 1

    def material(self, work: StageInput) -> bytes | None:
        parts = (self.sandbox.identity, self.entrypoint, self._home(work), work.program.id, work.seed)
        return json.dumps(parts).encode()

    async def run(self, work: StageInput) -> Product:
        limits = limits_of(self.spec, Limits())
        try:
            files = {path: text.encode() for path, text in work.program.sources.items()}
        except UnicodeEncodeError:
            why = "the source has a lone surrogate and cannot be stored as UTF-8"
            return Product(result=self._result(StageState.FAILED, Verdict.REFUSED, why, None))
        result = await self.sandbox.run(
            Command(
                files=files,
                module=self._home(work),
                function=self.entrypoint,
                arguments=encode_arguments((), inputs_of(self.spec)),
                limits=limits,
                policy=policy_of(self.spec),
                seed=work.seed,
                expected_seconds=work.expected_seconds,
            )
        )
        verdict = verdict_of(result.ending)
        if verdict is not None:
            why = f"{self.entrypoint}() {describe(result, limits)}"
            return Product(result=self._result(StageState.FAILED, verdict, why, result))
        try:
            value = decode(result.result, max_bytes=limits.result_bytes)
        except Malformed as error:
            why = f"{self.entrypoint}() returned what is no plain value: {error}"
            return Product(result=self._result(StageState.FAILED, Verdict.FAILED, why, result))
        return Product(result=self._result(StageState.PASSED, None, "", result), value=value)

    def _home(self, work: StageInput) -> str:
        """The file that defines the entrypoint; the first where none is named or the program has lost it."""
        module = self.module or ""
        return module if module in work.program.sources else work.program.main

    def _result(
        self, state: StageState, verdict: Verdict | None, note: str, result: ExecResult | None
    ) -> StageResult:
        if result is None:
            return StageResult(stage=self.spec.id, state=state, verdict=verdict, note=one_line(note))
        output = clip(result.stderr.strip()[-_OUTPUT_CHARACTERS:], _OUTPUT_CHARACTERS)
        return StageResult(
            stage=self.spec.id,
            state=state,
            verdict=verdict,
            metrics={
                "seconds": result.seconds,
                "cpu_seconds": result.cpu_seconds,
                "peak_mib": result.peak_mib,
            },
            artifacts={"output": output} if output else {},
            note=one_line(note),
            seconds=result.seconds,
        )
