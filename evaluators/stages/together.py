"""`sandbox.trusted_together`: an evaluator that imports the program itself, in one process with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import ClassVar, Final

from archive.evaluation import StageResult, Verdict
from evaluators.failure import ScorerError, clip, describe, one_line, verdict_of
from evaluators.features import parse
from evaluators.sandbox import Command, ExecResult, Limits, Sandbox
from evaluators.stage import Product, StageInput
from evaluators.stages.driven import Driver, encoded, result
from evaluators.stages.options import limits_of, policy_of, text
from evaluators.values import Malformed, Value, decode, encode_arguments
from problems.problem import Json, Problem, StageSpec
from problems.sources import imports

__all__ = ["SandboxTogether"]

_DRIVER: Final = Driver("together")
_LIMITS: Final = Limits(seconds=60.0, memory_mib=1024, scratch_mib=64)
_METRICS: Final = 200
_ARTIFACTS: Final = 16
_ARTIFACT_CHARACTERS: Final = 4000
_NAME_CHARACTERS: Final = 100
_NOTE: Final = "program and scorer shared one process, where a program can forge its score"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxTogether:
    """Calls ``evaluate(path)`` of a trusted file that imports the program at `path`, both in one child.

    For evaluators written for other systems. They run in the sandbox for candidates, which keeps the host
    safe; it cannot keep the score honest, for a program can change anything in its own process. Where a
    scorer can judge a value instead, `sandbox.call` and `sandbox.score` are to be preferred.

    The file and the Python files that it imports lie beside the program's files in the scratch folder, as in
    the problem's folder; no other trusted file is there.

    ``evaluate`` returns a mapping, or an object with ``metrics`` and perhaps ``artifacts``. Numbers are
    metrics (truth values count 1 and 0), texts artifacts; anything else is left out, and the note names it. A
    number that is not finite makes the program INVALID.

    Options:
        file: path of the trusted file.
        function: called with the absolute path of the program's main file (evaluate).
        seconds: wall time (60).
        memory_mib: address space (1024).
        policy: ``compute`` or ``processes`` (compute).
        scratch_mib: size of the folder (64).

    Raises `ScorerError` from `run` when what the function returns holds no metrics.
    """

    spec: StageSpec
    sandbox: Sandbox
    problem: Problem
    files: Mapping[str, bytes] = field(init=False)
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        """Find the files that the evaluator is made of.

        Raises:
            ScorerError: the file is missing or is no Python.
        """
        if self.file not in self.problem.trusted:
            known = ", ".join(sorted(self.problem.trusted)) or "none"
            raise self._error(
                f"the evaluator of stage {self.spec.id} is missing (trusted files: {known})",
                f"put the file into {self.problem.folder}",
            )
        try:
            object.__setattr__(self, "files", _closure(self.file, self.problem.trusted))
        except SyntaxError as error:
            raise self._error(f"line {error.lineno}: {error.msg}", "mend the syntax") from None

    @property
    def file(self) -> str:
        return text(self.spec, "file", "evaluator.py")

    @property
    def function(self) -> str:
        return text(self.spec, "function", "evaluate")

    def material(self, work: StageInput) -> bytes | None:
        files = hashlib.sha256()
        for path, content in sorted(self.files.items()):
            for part in (path.encode(), content):
                files.update(len(part).to_bytes(8, "big") + part)
        program = (self._main(work), work.program.id)
        parts = (self.sandbox.identity, _DRIVER.digest, files.hexdigest(), *program, work.seed)
        return json.dumps(parts).encode()

    async def run(self, work: StageInput) -> Product:
        program = encoded(work.program)
        if program is None:
            why = "the source has a lone surrogate and cannot be stored as UTF-8"
            return Product(result=result(self.spec.id, verdict=Verdict.REFUSED, note=why))
        limits = limits_of(self.spec, _LIMITS)
        files = {**self.files, **program}
        driver = _DRIVER.beside(files)
        ended = await self.sandbox.run(
            Command(
                files={**files, driver: _DRIVER.source},
                module=driver,
                function="run",
                arguments=encode_arguments((self.file, self.function, self._main(work))),
                limits=limits,
                policy=policy_of(self.spec),
                seed=work.seed,
                expected_seconds=work.expected_seconds,
            )
        )
        verdict = verdict_of(ended.ending)
        if verdict is not None:
            return self._fail(verdict, f"{self.function}() {describe(ended, limits)}", ended)
        try:
            report = decode(ended.result, max_bytes=limits.result_bytes)
        except Malformed as error:
            return self._fail(Verdict.FAILED, f"the answer is no plain value: {error}", ended)
        return self._read(report, ended)

    def _main(self, work: StageInput) -> str:
        """The first file that the problem names, as long as the program has it."""
        first = next(iter(self.problem.initial), "")
        return first if first in work.program.sources else work.program.main

    def _read(self, report: Value, ended: ExecResult) -> Product:
        fields = report if isinstance(report, dict) else {}
        kind = fields.get("kind", "")
        if isinstance(kind, str) and kind:
            raise self._error(
                f"{self.function}() returned {one_line(kind, 80)}, which holds no metrics",
                "return a mapping of metric name to number, or an object with such metrics",
            )
        odd, ignored = _names(fields.get("odd")), _names(fields.get("ignored"))
        if odd:
            why = f"{self.function}() returned numbers that are not finite: {', '.join(odd)}"
            return self._fail(Verdict.INVALID, why, ended)
        numbers = fields.get("metrics")
        metrics: dict[str, float] = {}
        for name, value in list(numbers.items())[:_METRICS] if isinstance(numbers, dict) else ():
            if type(value) is float and 0 < len(name) <= _NAME_CHARACTERS and name.isprintable():
                metrics[name] = value
            else:
                ignored.append(name)
        shown = ", ".join(ignored)
        note = f"{_NOTE}; left out, for they are neither numbers nor texts: {shown}" if shown else _NOTE
        found = result(self.spec.id, note=note, said=ended.stderr, metrics=metrics, ended=ended)
        return Product(result=_with_artifacts(found, fields.get("artifacts")))

    def _fail(self, verdict: Verdict, why: str, ended: ExecResult) -> Product:
        return Product(result=result(self.spec.id, verdict=verdict, note=why, said=ended.stderr, ended=ended))

    def _error(self, fault: str, remedy: str) -> ScorerError:
        return ScorerError(file=self.file, fault=fault, remedy=remedy)


def _closure(file: str, trusted: Mapping[str, str]) -> dict[str, bytes]:
    """A trusted file and those that it imports, directly or through one another.

    Raises:
        SyntaxError: the file itself is no Python.
    """
    beside = PurePosixPath(file).parent
    found: dict[str, bytes] = {}
    left = [file]
    while left:
        path = left.pop()
        found[path] = trusted[path].encode()
        try:
            modules = list(imports(parse(trusted[path])))
        except SyntaxError:
            if path == file:
                raise
            continue  # its import fails in the sandbox, where the message says more
        wanted = [str(beside / f"{module}.py") for module in modules]
        left += [name for name in dict.fromkeys(wanted) if name in trusted and name not in found]
    return found


def _names(value: Json) -> list[str]:
    """At most ten names from a report, made fit for a note."""
    names = value if isinstance(value, list) else []
    return [clip(str(name), 40) for name in names[:10]]


def _with_artifacts(found: StageResult, artifacts: Json) -> StageResult:
    texts = dict(found.artifacts)
    for name, value in list(artifacts.items())[:_ARTIFACTS] if isinstance(artifacts, dict) else ():
        if isinstance(value, str):
            texts[one_line(name, _NAME_CHARACTERS)] = clip(value, _ARTIFACT_CHARACTERS)
    return replace(found, artifacts=texts)
