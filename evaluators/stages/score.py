"""`sandbox.score`: a trusted file judges what the program returned, where the program never ran."""

from __future__ import annotations

import ast
import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

import numpy as np
import numpy.typing as npt

from archive.evaluation import StageResult, StageState, Verdict
from evaluators.failure import ScorerError, clip, describe, one_line
from evaluators.features import parse
from evaluators.sandbox import Command, Ending, ExecResult, Limits, Sandbox
from evaluators.stage import Product, StageInput
from evaluators.stages.options import inputs_of, limits_of, text, told_of
from evaluators.values import Malformed, Value, decode, encode_arguments
from problems.problem import Json, Problem, StageSpec

__all__ = ["SandboxScore"]

_SCORE: Final = "score"
_PICTURE: Final = "picture"
_LIMITS: Final = Limits(seconds=30.0, memory_mib=1024)
_PICTURE_BYTES: Final = 16 << 20
_ARTIFACTS: Final = 16
_ARTIFACT_CHARACTERS: Final = 4000
_NAME_CHARACTERS: Final = 100
_INVALID: Final = "for an output that is not worth a number return {'valid': False, 'reason': ...}"
# What Python's json says in the child about a number that JSON does not have.
_NOT_FINITE: Final = "Out of range float values are not JSON compliant"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxScore:
    """Calls ``score(output, context)`` of a trusted file, in a sandbox that never holds a program.

    `output` is what the program's `sandbox.call` returned; with several calls among the stages it needs, a
    mapping from their ids to their values.
    `context` holds ``inputs`` (those of the call, then those of this stage over them), ``seed`` and
    ``entrypoint``. The seed is the scorer's own, and so are its random numbers: they follow from the seed of
    the replica and the trusted files, which no program sees, so that none can draw them before it answers.

    ``score`` returns a mapping from metric to finite number. Two keys are not metrics: ``artifacts`` (name
    to short text), and ``valid``: false there, with a text under ``reason``, makes the program INVALID.
    The file may also define ``picture(output, context)``, see `picture`.

    Options:
        file: path of the trusted file.
        inputs: laid over the inputs of the call (none).
        seconds: wall time (30).
        memory_mib: address space (1024).

    Raises `ScorerError` from `run` wherever the file, not the program, looks broken.
    """

    spec: StageSpec
    sandbox: Sandbox
    problem: Problem
    calls: tuple[StageSpec, ...]
    names: frozenset[str] = field(init=False)
    trusted: str = field(init=False)
    version: ClassVar[int] = 2

    def __post_init__(self) -> None:
        """Read what the file defines, so that a scorer that cannot work is refused before any program runs.

        Raises:
            ScorerError: the file is missing, is no Python or defines no ``score``.
        """
        source = self.problem.trusted.get(self.file)
        if source is None:
            known = ", ".join(sorted(self.problem.trusted)) or "none"
            raise self._error(
                f"the scorer of stage {self.spec.id} is missing (trusted files: {known})",
                f"put the file into {self.problem.folder}",
            )
        try:
            names = _defined(parse(source))
        except SyntaxError as error:
            raise self._error(f"line {error.lineno}: {error.msg}", "mend the syntax") from None
        if _SCORE not in names and "*" not in names:
            raise self._error("defines no function score", "define score(output, context) -> dict")
        object.__setattr__(self, "names", names)
        files = json.dumps(sorted(self.problem.trusted.items()))
        object.__setattr__(self, "trusted", hashlib.sha256(files.encode()).hexdigest())

    @property
    def file(self) -> str:
        return text(self.spec, "file", "score.py")

    @property
    def draws(self) -> bool:
        """Whether the file defines ``picture``."""
        return _PICTURE in self.names

    def material(self, work: StageInput) -> bytes | None:
        """None for an output that cannot be handed to the scorer."""
        try:
            arguments = self._arguments(work)
        except Malformed:
            return None
        return json.dumps((self.sandbox.identity, self.trusted, work.seed)).encode() + arguments

    async def run(self, work: StageInput) -> Product:
        result = await self._call(_SCORE, work, limits_of(self.spec, _LIMITS))
        if isinstance(result, Product):
            return result
        return Product(result=replace(self._read(result), seconds=result.seconds))

    async def picture(self, work: StageInput) -> npt.NDArray[np.uint8] | None:
        """What ``picture(output, context)`` draws, uint8 of shape (height, width, 3); None where it cannot.

        Raises:
            ScorerError: it raised, or returned anything else.
            SandboxUnavailable: the machine failed.
        """
        if not self.draws:
            return None
        limits = replace(limits_of(self.spec, _LIMITS), result_bytes=_PICTURE_BYTES)
        result = await self._call(_PICTURE, work, limits)
        if isinstance(result, Product):
            return None
        value = self._value(_PICTURE, result, limits)
        if not (isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3):
            raise self._error(
                f"picture() returned {_what(value)}", "return a uint8 array of (height, width, 3)"
            )
        if value.shape[2] != 3 or 0 in value.shape:
            raise self._error(f"picture() returned the shape {value.shape}", "return (height, width, 3)")
        return value.astype(np.uint8)

    async def _call(self, function: str, work: StageInput, limits: Limits) -> ExecResult | Product:
        try:
            arguments = self._arguments(work)
        except Malformed as error:
            return self._fail(Verdict.FAILED, f"the output cannot be handed to the scorer: {error}")
        return await self.sandbox.run(
            Command(
                files={path: source.encode() for path, source in self.problem.trusted.items()},
                module=self.file,
                function=function,
                arguments=arguments,
                limits=limits,
                seed=self._seed(work),
                expected_seconds=work.expected_seconds,
            )
        )

    def _arguments(self, work: StageInput) -> bytes:
        output, inputs = self._output(work)
        context: dict[str, Json] = {
            "inputs": inputs | inputs_of(self.spec),
            "seed": self._seed(work),
            "entrypoint": self.problem.entrypoint,
        }
        return encode_arguments((output, context))

    def _seed(self, work: StageInput) -> int:
        """32 bits, the most that numpy's legacy generator takes."""
        parts = f"{work.seed}:{self.file}:{self.trusted}"
        return int.from_bytes(hashlib.sha256(parts.encode()).digest()[:4], "big")

    def _output(self, work: StageInput) -> tuple[Value, dict[str, Json]]:
        """What is scored, and the inputs it was made from."""
        if len(self.calls) == 1:
            return work.products[self.calls[0].id].value, told_of(self.calls[0])
        # An array inside a mapping is a value among arguments, though none a program could return.
        values: Any = {call.id: work.products[call.id].value for call in self.calls}
        return values, {call.id: told_of(call) for call in self.calls}

    def _value(self, function: str, result: ExecResult, limits: Limits) -> Value:
        if result.ending is Ending.RAISED and _NOT_FINITE in result.stderr:
            raise self._error(f"{function}() returned NaN or an infinity", _INVALID)
        if result.ending is not Ending.RETURNED:
            where = re.findall(rf'File "[^"]*{re.escape(self.file)}", line (\d+)', result.stderr)
            line = f" (line {where[-1]})" if where else ""
            fault = f"{function}() {describe(result, limits)}{line}"
            raise self._error(fault, f"mend it; {_INVALID}")
        try:
            size = limits.result_bytes
            return decode(result.result, max_bytes=size, max_items=size)
        except Malformed as error:
            fault = f"{function}() returned what is no plain value: {error}"
            raise self._error(fault, f"return finite numbers; {_INVALID}") from None

    def _read(self, result: ExecResult) -> StageResult:
        value = self._value(_SCORE, result, limits_of(self.spec, _LIMITS))
        if not isinstance(value, dict):
            raise self._error(f"score() returned {_what(value)}", "return a dict of metric name to number")
        valid = value.get("valid", True)
        if not isinstance(valid, bool):
            raise self._error(f"score() returned {_what(valid)} under 'valid'", "return True or False there")
        artifacts = self._artifacts(value.get("artifacts", {}))
        if not valid:
            reason = value.get("reason")
            note = (
                one_line(reason)
                if isinstance(reason, str) and reason.strip()
                else "the scorer gave no reason"
            )
            return replace(self._fail(Verdict.INVALID, note).result, artifacts=artifacts)
        metrics = {
            name: self._metric(name, number)
            for name, number in value.items()
            if name not in ("valid", "reason", "artifacts")
        }
        return StageResult(stage=self.spec.id, state=StageState.PASSED, metrics=metrics, artifacts=artifacts)

    def _metric(self, name: str, value: Json) -> float:
        if not name or len(name) > _NAME_CHARACTERS or not name.isprintable():
            raise self._error(f"score() returned a metric called {name[:40]!r}", "give metrics short names")
        if not isinstance(value, int | float):
            fault = f"score() returned {_what(value)} for the metric {name!r}"
            raise self._error(fault, "return a number, or put texts under 'artifacts'")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._error(
                f"score() returned {name!r} beyond the range of floats", "return a finite number"
            )
        return number

    def _artifacts(self, value: Json) -> Mapping[str, str]:
        if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
            raise self._error(
                "score() returned 'artifacts' that are no texts by name", "return dict[str, str]"
            )
        kept = list(value.items())[:_ARTIFACTS]
        return {
            one_line(name, _NAME_CHARACTERS): clip(str(part), _ARTIFACT_CHARACTERS) for name, part in kept
        }

    def _fail(self, verdict: Verdict, note: str) -> Product:
        return Product(
            result=StageResult(
                stage=self.spec.id, state=StageState.FAILED, verdict=verdict, note=one_line(note)
            )
        )

    def _error(self, fault: str, remedy: str) -> ScorerError:
        return ScorerError(file=self.file, fault=fault, remedy=remedy)


def _defined(tree: ast.Module) -> frozenset[str]:
    """Names bound at the top of a module, also inside ``if`` and ``try``; ``*`` for a star import."""
    names: set[str] = set()
    left: list[ast.AST] = list(tree.body)
    while left:
        node = left.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
            continue  # what is bound inside is not the module's
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        left.extend(ast.iter_child_nodes(node))
    return frozenset(names)


def _what(value: Value) -> str:
    """The kind of a value, in words for a message."""
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} and shape {value.shape}"
    kinds = {type(None): "nothing", bool: "a truth value", str: "text", list: "a list", dict: "a mapping"}
    return kinds.get(type(value), "a number")
