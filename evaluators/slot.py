"""The engine's end of a slot: hands a command to the supervisor and reads what comes back.

Two pipes belong to each job and are read here, bounded, while it runs; the supervisor never touches them.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import math
import os
import re
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from evaluators.drain import Drain
from evaluators.libraries import libraries
from evaluators.sandbox import Command, Ending, ExecResult, Limits, Policy, SandboxUnavailable, SandboxUnfit

__all__ = ["Slot", "escape", "fits"]

_MESSAGE = 1 << 16
_GRACE = 5.0  # seconds beyond the limit of the command for killing, cleaning and answering
_RAISED, _OUT_OF_MEMORY = 81, 82  # as in harness/child.py
_IMPORT_GRACE = 20.0  # more seconds when the supervisor may have to load a library first
_TAIL = 4000
_LARGE = 4 << 20  # bytes of source that are not worth copying on the event loop
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
# Control characters but tab and newline, marks that reorder or hide text, and surrogates.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class _Report:
    """The supervisor's answer, see `_run` in harness/supervisor.py."""

    why: str
    setup: str
    code: int | None
    seconds: float
    cpu_seconds: float
    peak_kib: int
    strays: int
    oom_kills: int
    dirt: str


class Slot:
    """One supervisor, running one command at a time.

    Attributes:
        jobs: commands run so far.
        born: monotonic seconds of its start.
        must_go: why it may not run another command; empty while it may.
    """

    def __init__(
        self,
        control: socket.socket,
        *,
        stop: Callable[[], Awaitable[None]],
        bytes_per_second: float = math.inf,
    ) -> None:
        """Take over a connected socket.

        Args:
            control: its other end is the supervisor's, or carried to it.
            stop: ends the supervisor and waits until it is gone.
            bytes_per_second: what the way to the supervisor carries at the least; a job waits that much
                longer for its answer.
        """
        control.setblocking(False)
        self._control = control
        self._stop = stop
        self._bytes_per_second = bytes_per_second
        self._loaded: set[str] = set()
        self.jobs = 0
        self.born = time.monotonic()
        self.must_go = ""

    async def greet(
        self, settings: Mapping[str, object], *, preload: Sequence[str] = (), seconds: float = 30.0
    ) -> None:
        """Send the settings, with modules to load ahead, and wait for readiness.

        Raises:
            SandboxUnavailable: the supervisor failed, with its words.
            SandboxUnfit: and it will fail again.
        """
        message = json.dumps({**settings, "preload": list(preload)}).encode()
        answer = await self._exchange(message, seconds=seconds)
        if "ready" not in answer:
            kind = SandboxUnfit if answer.get("for_good") is True else SandboxUnavailable
            raise kind(f"the supervisor did not start: {answer.get('failed', 'no reason given')}")
        self._loaded.update(preload)

    async def run(self, command: Command) -> ExecResult:
        """Run a command.

        Raises:
            SandboxUnavailable: the slot failed; `must_go` is set.
        """
        self.jobs += 1
        try:
            return await self._run(command)
        except BaseException:
            self.must_go = self.must_go or "a job was not finished in order"
            raise

    @property
    def is_gone(self) -> bool:
        """Whether the supervisor has left, or speaks unasked; to be looked at between commands."""
        try:
            self._control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    async def close(self) -> None:
        """End the supervisor and all that it runs."""
        self.must_go = self.must_go or "closed"
        self._control.close()
        await self._stop()

    async def _run(self, command: Command) -> ExecResult:
        preload = [name for name in libraries(command) if name not in self._loaded]
        grace = _GRACE + (_IMPORT_GRACE if preload else 0.0) + self._seconds_of_way(command)
        source = await _source(command)
        result_read, result_write = os.pipe2(os.O_CLOEXEC)
        output_read, output_write = os.pipe2(os.O_CLOEXEC)
        handed_on = (source, result_write, output_write)
        try:
            with (
                Drain(result_read, limit=command.limits.result_bytes, over=self._kill_job) as result,
                Drain(
                    output_read, limit=command.limits.output_bytes, over=self._kill_job, tail=4 * _TAIL
                ) as output,
            ):
                try:
                    self._send_job(command, handed_on, preload)
                finally:
                    for fd in handed_on:
                        os.close(fd)
                report = _parse(await self._answer(command.limits.seconds + grace))
                self._loaded.update(preload)
                result.finish()
                output.finish()
        finally:
            os.close(result_read)
            os.close(output_read)
        return self._conclude(command, report, result=result, output=output)

    def _seconds_of_way(self, command: Command) -> float:
        limits = command.limits
        most = limits.result_bytes + limits.output_bytes + _source_bytes(command)
        return most / self._bytes_per_second

    def _send_job(self, command: Command, descriptors: tuple[int, ...], preload: list[str]) -> None:
        job = {**asdict(command.limits), "policy": command.policy.value, "preload": preload}
        try:
            socket.send_fds(self._control, [json.dumps(job).encode()], list(descriptors))
        except OSError as error:
            raise SandboxUnavailable(f"the slot is gone: {error}") from error

    async def _exchange(self, message: bytes, *, seconds: float) -> dict[str, object]:
        try:
            self._control.send(message)
        except OSError as error:
            raise SandboxUnavailable(f"the slot is gone: {error}") from error
        return await self._answer(seconds)

    async def _answer(self, seconds: float) -> dict[str, object]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                raw = await loop.sock_recv(self._control, _MESSAGE)
        except TimeoutError:
            raise SandboxUnavailable(f"the supervisor was silent for {seconds:.1f} s") from None
        except OSError as error:
            raise SandboxUnavailable(f"the slot is gone: {error}") from error
        if not raw:
            raise SandboxUnavailable("the supervisor ended")
        try:
            answer = json.loads(raw)
        except ValueError as error:
            raise SandboxUnavailable("the supervisor broke the protocol") from error
        if not isinstance(answer, dict):
            raise SandboxUnavailable("the supervisor broke the protocol")
        return answer

    def _kill_job(self) -> None:
        with contextlib.suppress(OSError):  # a slot that is gone shows in its missing answer
            self._control.send(b"K")

    def _conclude(self, command: Command, report: _Report, *, result: Drain, output: Drain) -> ExecResult:
        if report.setup:
            raise SandboxUnavailable(f"a child could not be set up: {report.setup[:300]}")
        ending = _ending(report, result=result, output=output)
        strays = report.strays if command.policy is Policy.COMPUTE else 0
        if ending is Ending.TIMED_OUT or report.oom_kills > 0 or report.dirt or strays:
            self.must_go = report.dirt or f"{ending.value}, {strays} stray processes"
        return ExecResult(
            ending=ending,
            result=bytes(result.data) if ending is Ending.RETURNED else b"",
            stderr=escape(bytes(output.data)),
            seconds=report.seconds,
            cpu_seconds=report.cpu_seconds,
            peak_mib=report.peak_kib / 1024,
            exit_code=report.code,
        )


def escape(raw: bytes) -> str:
    """The last 4,000 characters of a program's output, with nothing that could steer a terminal or a page."""
    text = raw.decode("utf-8", "backslashreplace")[-_TAIL:]
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)[-_TAIL:]


def _ending(report: _Report, *, result: Drain, output: Drain) -> Ending:
    if result.is_over:
        return Ending.RESULT_LIMIT
    if output.is_over:
        return Ending.OUTPUT_LIMIT
    if report.why == "time":
        return Ending.TIMED_OUT
    if report.code == 0 and result.data:
        return Ending.RETURNED
    # Where nobody counts what the kernel kills, a program killed by nobody else may have been its victim.
    uncounted = report.oom_kills < 0 and report.why == "exit" and report.code == -signal.SIGKILL
    if report.code == _OUT_OF_MEMORY or report.oom_kills > 0 or uncounted:
        return Ending.OUT_OF_MEMORY
    return Ending.RAISED if report.code == _RAISED else Ending.DIED


def _parse(answer: Mapping[str, object]) -> _Report:
    wanted: dict[str, tuple[type, ...]] = {
        "why": (str,), "setup": (str,), "code": (int, type(None)), "seconds": (float, int),
        "cpu_seconds": (float, int), "peak_kib": (int,), "strays": (int,), "oom_kills": (int,),
        "dirt": (str,),
    }  # fmt: skip
    for name, kinds in wanted.items():
        if name not in answer or not isinstance(answer[name], kinds):
            raise SandboxUnavailable(f"the supervisor broke the protocol: {name} is {answer.get(name)!r}")
    return _Report(**{name: answer[name] for name in wanted})  # type: ignore[arg-type]  # checked one line above


async def _source(command: Command) -> int:
    """A sealed memory file with everything the child needs; the caller closes it."""
    if _source_bytes(command) > _LARGE:
        writing = asyncio.ensure_future(asyncio.to_thread(_write_source, command))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:  # the thread goes on, and what it opens must be closed
            writing.add_done_callback(lambda done: os.close(done.result()))
            raise
    return _write_source(command)


def _source_bytes(command: Command) -> int:
    return sum(map(len, command.files.values())) + len(command.arguments)


def _write_source(command: Command) -> int:
    header = json.dumps(
        {
            "files": [[name, len(content)] for name, content in command.files.items()],
            "module": command.module,
            "function": command.function,
            "seed": command.seed,
        }
    ).encode()
    fd = os.memfd_create("source", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        for part in (len(header).to_bytes(4, "big") + header, *command.files.values(), command.arguments):
            view = memoryview(part)
            while view:
                view = view[os.write(fd, view) :]
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
    except BaseException:
        os.close(fd)
        raise
    return fd


def fits(limits: Limits, other: Limits) -> bool:
    """Whether a slot made for `other` has room for a command with `limits`."""
    return (
        limits.memory_mib <= other.memory_mib
        and limits.scratch_mib <= other.scratch_mib
        and limits.processes <= other.processes
    )
