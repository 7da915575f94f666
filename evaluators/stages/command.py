"""`sandbox.command`: builds and runs a program of any language where it can harm nothing."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from archive.evaluation import Verdict
from evaluators.failure import ScorerError, clip, describe, one_line, verdict_of
from evaluators.sandbox import Command, Ending, ExecResult, Limits, Sandbox
from evaluators.stage import Product, StageInput
from evaluators.stages.driven import Driver, encoded, result
from evaluators.stages.options import cases_of, inputs_of, limits_of, number, policy_of, text
from evaluators.values import Malformed, Value, decode, encode_arguments
from problems.problem import Json, StageSpec

__all__ = ["SandboxCommand"]

_DRIVER: Final = Driver("steps")
_OUTPUT_BYTES: Final = 1 << 20
_LIMITS: Final = Limits(
    seconds=60.0, memory_mib=1024, scratch_mib=64, result_bytes=_OUTPUT_BYTES * 4 // 3 + (64 << 10)
)
_PROBE: Final = Limits(seconds=10.0)
_ERROR: Final = re.compile(r"(?:^|[\s:])(?:fatal )?error(?:\[\w+\]|\s\w+)?:", re.IGNORECASE)
_MEMORY: Final = re.compile(
    r"\b(?:bad_alloc|MemoryError|out of memory|cannot allocate memory|virtual memory exhausted)\b",
    re.IGNORECASE,
)
_REPLACED: Final = "the program put something else in the place of its output"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCommand:
    """Runs commands in a folder that holds the program's files; its product's value is what the last printed.

    No shell reads the commands, and their environment is made from nothing: PATH, HOME, TMPDIR, LANG,
    OMP_NUM_THREADS and CAMBRIAN_SEED, the seed of the replica. A driver of ours starts them from inside the
    sandbox. It has the rights of the program and no more credit: an exit code other than zero is a failure,
    an exit code of zero is nothing at all, and the output is a value that a `sandbox.score` must judge.

    Cases share the folder, so a program can leave notes for its next case; it is for the scorer to ask what
    cannot be answered that way.

    Options:
        steps: commands, each a list of words; one that fails is the end of the program.
        inputs: given to the last step on standard input, as one JSON document (none).
        stdin: text for standard input instead (none).
        cases: the last step runs once for each; a mapping is laid over the inputs, a text is standard input
            itself. The value is then the list of outputs (none).
        output: ``json``, one JSON document, decoded like the value of a call; ``text``, UTF-8 as it is
            (json). At most 1 MiB, all cases together.
        seconds: wall time of all steps together (60).
        memory_mib: address space of each process (1024).
        scratch_mib: size of the folder (64).
        processes: most processes and threads at a time (32).

    Metrics: ``seconds``, ``cpu_seconds`` and ``peak_mib`` of all steps, by the supervisor's measurement.
    Artifacts: ``output``, what the failed or the last step wrote to standard error.

    Raises `ScorerError` from `run` when the sandbox has no such executable as a step names: that is a fault
    of the problem or its image, asked again in a sandbox without any program before it is believed.
    """

    spec: StageSpec
    sandbox: Sandbox
    version: ClassVar[int] = 1

    def material(self, work: StageInput) -> bytes | None:
        return json.dumps((self.sandbox.identity, _DRIVER.digest, work.program.id, work.seed)).encode()

    async def run(self, work: StageInput) -> Product:
        files = encoded(work.program)
        if files is None:
            why = "the source has a lone surrogate and cannot be stored as UTF-8"
            return Product(result=result(self.spec.id, verdict=Verdict.REFUSED, note=why))
        limits = replace(
            limits_of(self.spec, _LIMITS), processes=int(number(self.spec, "processes", _LIMITS.processes))
        )
        arguments = encode_arguments((self._steps, self._feeds(), _OUTPUT_BYTES, work.seed))
        ended = await self._drive("run", arguments, files=files, limits=limits, work=work)
        verdict = verdict_of(ended.ending)
        if verdict is not None:
            # The driver raises nothing by itself, so an exception is a full folder or a process too many.
            why = f"the program {describe(ended, limits)}"
            return self._product(ended, verdict, why, ended.stderr)
        try:
            report = decode(ended.result, max_bytes=limits.result_bytes)
        except Malformed:
            report = None
        return await self._read(report, ended)

    @property
    def _steps(self) -> list[Json]:
        steps = self.spec.options.get("steps")
        return list(steps) if isinstance(steps, list | tuple) else []

    def _feeds(self) -> list[Json]:
        """Standard input of each run of the last step."""
        stdin, inputs, cases = self.spec.options.get("stdin"), inputs_of(self.spec), cases_of(self.spec)
        if isinstance(stdin, str):
            return [stdin]
        return [case if isinstance(case, str) else json.dumps(case) for case in cases or [inputs]]

    async def _drive(
        self,
        function: str,
        arguments: bytes,
        *,
        files: Mapping[str, bytes],
        limits: Limits,
        work: StageInput | None = None,
    ) -> ExecResult:
        path = _DRIVER.beside(files)
        return await self.sandbox.run(
            Command(
                files={**files, path: _DRIVER.source},
                module=path,
                function=function,
                arguments=arguments,
                limits=limits,
                policy=policy_of(self.spec),
                seed=work.seed if work else 0,
                expected_seconds=work.expected_seconds if work else 0.0,
            )
        )

    async def _read(self, report: Value, ended: ExecResult) -> Product:
        """What the report of the driver comes to; whatever it could not have said is the program's doing."""
        fields = report if isinstance(report, dict) else {}
        place, said, outputs = fields.get("step"), fields.get("said"), fields.get("outputs")
        steps = self._steps
        if not (type(place) is int and 0 <= place < len(steps) and isinstance(said, str)):
            return self._product(ended, Verdict.FAILED, _REPLACED)
        step = f"step {place + 1} ({clip(' '.join(map(str, _words(steps[place]))), 60)})"
        what = fields.get("ended")
        if what == "missing":
            await self._blame(_words(steps[place])[0])
            return self._product(ended, Verdict.FAILED, f"{step} was not found, though it is there")
        if what == "passed" and isinstance(outputs, list) and len(outputs) == len(self._feeds()):
            return self._passed(outputs, step, said, ended)
        verdict = Verdict.FAILED
        if what == "too long":
            why = f"{step} printed more than {_OUTPUT_BYTES:,} bytes"
        else:
            end, cause = one_line(str(fields.get("why", _REPLACED)), 200), _cause(said)
            # Only the program can tell: what ended it was an error of its own, an abort, or the kernel.
            if _MEMORY.search(said) or end == "was ended by signal 9":
                verdict = Verdict.OUT_OF_MEMORY
            why = f"{step} {end}: {cause}" if cause else f"{step} {end}"
        return self._product(ended, verdict, why, said)

    def _passed(self, outputs: list[Json], step: str, said: str, ended: ExecResult) -> Product:
        try:
            values = [self._value(output) for output in outputs]
        except Malformed as error:
            why = f"{step} printed what is no {text(self.spec, 'output', 'json')}: {error}"
            return self._product(ended, Verdict.FAILED, why, said)
        value: Value = values if cases_of(self.spec) else values[0]
        return replace(self._product(ended, None, "", said), value=value)

    def _value(self, output: Json) -> Json:
        try:
            raw = base64.b64decode(output if isinstance(output, str) else "", validate=True)
        except ValueError:
            raise Malformed(_REPLACED) from None
        if text(self.spec, "output", "json") == "json":
            value = decode(b"j" + raw, max_bytes=_OUTPUT_BYTES + 1)
            return value if isinstance(value, dict | list | str | int | float) else None
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise Malformed(f"not UTF-8 at byte {error.start:,}") from None

    async def _blame(self, executable: Json) -> None:
        """Ask a sandbox that holds no program whether the executable is missing indeed.

        Raises:
            ScorerError: it is.
        """
        probe = await self._drive("look", encode_arguments(([executable],)), files={}, limits=_PROBE)
        if probe.ending is Ending.RETURNED and decode(probe.result) == [False]:
            raise ScorerError(
                file="problem.yaml",
                fault=f"stage {self.spec.id} runs {executable!r}, which the sandbox {self.sandbox.identity} "
                "does not have",
                remedy="name an image that has it in evaluation.image, or install it on this machine",
            )

    def _product(self, ended: ExecResult, verdict: Verdict | None, note: str, said: str = "") -> Product:
        metrics = {
            "seconds": ended.seconds,
            "cpu_seconds": ended.cpu_seconds,
            "peak_mib": ended.peak_mib,
        }
        return Product(
            result=result(self.spec.id, verdict=verdict, note=note, said=said, metrics=metrics, ended=ended)
        )


def _words(step: Json) -> list[Json]:
    return step if isinstance(step, list) and step else [""]


def _cause(said: str) -> str:
    """The first line that a compiler marks as an error, for the others follow from it; else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    wrong = [line for line in lines if _ERROR.search(line)]
    return one_line((wrong or lines[-1:] or [""])[0], 500)
