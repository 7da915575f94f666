"""Attacks on problems whose programs print their value (`sandbox.command`), whatever their language.

The program itself is left out: what an attack returns goes to the scorer as if the last step had printed it.
A program could do the same, for the report of its driver is worth no more than its own word.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from evaluators.sandbox import Command, Ending, ExecResult, Limits, Posture, Sandbox
from evaluators.values import Malformed, Value, decode, encode_arguments

__all__ = ["FORGE", "MODULE", "Forger", "printed"]

FORGE: Final = "forge"
"""Function that an attack on such a problem defines; it is given ``feed``, the text on standard input."""
MODULE: Final = "attack.py"
_DRIVEN: Final = "run"
_LIMITS: Final = Limits(seconds=1.0)


class Forger:
    """Implements `Sandbox` by another one, in which an attack runs in the place of every driven program."""

    def __init__(self, sandbox: Sandbox, source: str) -> None:
        """Take the sandbox and the attack's text."""
        self._sandbox = sandbox
        self._source = source.encode()

    @property
    def identity(self) -> str:
        return self._sandbox.identity

    async def start(self) -> Posture:
        return await self._sandbox.start()

    async def run(self, command: Command) -> ExecResult:
        feeds = _feeds(command)
        if feeds is None:
            return await self._sandbox.run(command)
        outputs = []
        for feed in feeds:
            found = await self._sandbox.run(
                Command(
                    files={MODULE: self._source},
                    module=MODULE,
                    function=FORGE,
                    arguments=encode_arguments((), {"feed": feed}),
                    limits=_LIMITS,
                    seed=command.seed,
                )
            )
            if found.ending is not Ending.RETURNED:
                return found
            outputs.append(base64.b64encode(_printable(found.result)).decode())
        steps = json.loads(command.arguments)["args"][0]
        report = {"ended": "passed", "step": len(steps) - 1, "outputs": outputs, "said": ""}
        return ExecResult(ending=Ending.RETURNED, result=b"j" + json.dumps(report).encode())

    async def close(self) -> None:
        await self._sandbox.close()


def printed(command: Command, result: ExecResult) -> Iterator[tuple[Command, Value]]:
    """What a driven program printed: for each standard input a call as an attack will get it, and the value.

    Nothing for a command that is not driven. Output that is no JSON is a text.
    """
    feeds = _feeds(command)
    if feeds is None or result.ending is not Ending.RETURNED:
        return
    try:
        report = decode(result.result, max_bytes=command.limits.result_bytes)
    except Malformed:
        return
    outputs = report.get("outputs") if isinstance(report, dict) else None
    for feed, output in zip(feeds, outputs if isinstance(outputs, list) else [], strict=False):
        try:
            raw = base64.b64decode(str(output), validate=True)
            value: Value = _value(raw)
        except (binascii.Error, UnicodeDecodeError):
            continue
        call = replace(
            command,
            files={},
            module=MODULE,
            function=FORGE,
            arguments=encode_arguments((), {"feed": feed}),
        )
        yield call, value


def _feeds(command: Command) -> list[str] | None:
    """Texts for standard input, when the command runs the driver of `sandbox.command`; else None."""
    arguments = json.loads(command.arguments).get("args", [])
    if command.function != _DRIVEN or len(arguments) != 4 or not isinstance(arguments[1], list):
        return None
    return [str(feed) for feed in arguments[1]]


def _value(raw: bytes) -> Value:
    try:
        return decode(b"j" + raw, max_bytes=len(raw) + 1)
    except Malformed:
        return raw.decode()


def _printable(frame: bytes) -> bytes:
    """What a program would print to hand on the value of a frame."""
    if frame[:1] == b"j":
        return frame[1:]
    try:
        value = decode(frame)
    except Malformed:
        return b""
    return json.dumps(value.tolist() if isinstance(value, np.ndarray) else value).encode()
