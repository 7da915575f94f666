"""A sandbox without walls, for tests of what stands around one, and the smallest problem that uses it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import time
import traceback
from pathlib import Path

import numpy as np

from archive.program import Program
from evaluators.sandbox import Command, Ending, ExecResult, Posture, SandboxUnavailable
from problems.problem import Direction, Objective, Problem, StageSpec

HONEST = "def solve(n):\n    return [0.5] * n\n"
SCORE = "def score(output, context):\n    return {'total': sum(output)}\n"

LINT = StageSpec(id="lint", uses="static.python")
RUN = StageSpec(id="run", uses="sandbox.call", needs=("lint",), options={"inputs": {"n": 4}})
JUDGED = StageSpec(id="score", uses="sandbox.score", needs=("run",), options={"file": "score.py"})


class InProcess:
    """Implements `Sandbox` by running the program here. Ending by time or memory is raised by name.

    Attributes:
        commands: every command that was run, in order.
        most: the most commands that were under way at a time.
        outages: runs that are still to fail as if the machine had.
        delay: seconds that each run takes.
    """

    def __init__(self, *, outages: int = 0, delay: float = 0.0) -> None:
        self.commands: list[Command] = []
        self.outages = outages
        self.delay = delay
        self.most = 0
        self.cancelled = 0
        self._under_way = 0

    @property
    def identity(self) -> str:
        return "in process"

    async def start(self) -> Posture:
        return Posture(kind="process", holds=(), lacks=("everything",))

    async def run(self, command: Command) -> ExecResult:
        self.commands.append(command)
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            await asyncio.sleep(self.delay)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self._under_way -= 1
        if self.outages > 0:
            self.outages -= 1
            raise SandboxUnavailable("no slot")
        return _execute(command)

    async def close(self) -> None:
        return


def _execute(command: Command) -> ExecResult:
    began = time.perf_counter()
    ending, result, stderr = Ending.RETURNED, b"", ""
    names: dict[str, object] = {"__name__": command.module.removesuffix(".py"), "raw": Raw}
    try:
        exec(compile(command.files[command.module], command.module, "exec"), names)
        message = json.loads(command.arguments, object_hook=_array)
        value = names[command.function](*message["args"], **message["kwargs"])
        result = value.frame if isinstance(value, Raw) else _frame(value)
    except TimeoutError:
        ending = Ending.TIMED_OUT
    except MemoryError:
        ending = Ending.OUT_OF_MEMORY
    except SystemExit:
        ending = Ending.DIED
    except Exception:  # noqa: BLE001  # whatever a program raises is an ending
        ending, stderr = Ending.RAISED, traceback.format_exc()
    return ExecResult(
        ending=ending, result=result, stderr=stderr, seconds=time.perf_counter() - began, peak_mib=1.0
    )


class Raw:
    """Returned by a program that writes the bytes of its result itself."""

    def __init__(self, frame: bytes) -> None:
        self.frame = frame


def _array(found):
    if "__npy__" not in found:
        return found
    return np.load(io.BytesIO(base64.b64decode(found["__npy__"])), allow_pickle=False)


def _frame(value: object) -> bytes:
    """What an honest child writes; no check is made here, so that those of the reader are tested."""
    if isinstance(value, np.ndarray):
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, value)
        return b"n" + buffer.getvalue()
    return b"j" + json.dumps(value, allow_nan=False).encode()


def program(text: str = HONEST) -> Program:
    return Program.of("python", {"initial.py": text})


def problem(*, stages=(LINT, RUN, JUDGED), score: str | None = SCORE, **changes) -> Problem:
    trusted = changes.pop("trusted", {}) | ({} if score is None else {"score.py": score})
    facts = {
        "name": "small",
        "statement": "Return numbers with a large sum.",
        "language": "python",
        "entrypoint": "solve",
        "initial": {"initial.py": HONEST},
        "trusted": trusted,
        "objective": Objective(metric="total", direction=Direction.MAXIMIZE),
        "descriptors": (),
        "stages": tuple(stages),
        "folder": Path("small"),
        "digest": "d" * 64,
    }
    return Problem(**(facts | changes))
