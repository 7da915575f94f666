"""The port to a sandbox: untrusted bytes go in, untrusted bytes come out.

Whose fault is it? A failing program is a value (`ExecResult`); a failing sandbox is an exception.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from problems.errors import CambrianError

__all__ = [
    "Command",
    "Ending",
    "ExecResult",
    "Limits",
    "Policy",
    "Posture",
    "PostureError",
    "Sandbox",
    "SandboxError",
    "SandboxUnavailable",
    "SandboxUnfit",
    "SlotsLost",
]


class SandboxError(CambrianError):
    """The machine, not the program, failed. Never becomes a verdict."""


class SandboxUnavailable(SandboxError):
    """No sandbox could run the program now, however often it was tried. The attempt waits for better days."""


class SandboxUnfit(SandboxUnavailable):
    """What keeps the sandbox from starting here does not pass by itself: another try would find the same."""


class SlotsLost(SandboxUnavailable):
    """Slots failed one after the other under the same command, while others could be had.

    The command is the likely cause (a program that has the kernel kill what supervises it, say), but a
    likelihood is no verdict: its attempt is given up, and the caller goes on with others.
    """


class PostureError(SandboxError):
    """The self-test found the sandbox weaker than it must be; it refuses to serve."""


class Policy(StrEnum):
    """What a program may do besides computing."""

    COMPUTE = "compute"
    """Threads, no processes."""
    PROCESSES = "processes"
    """May fork and execute, within the limit of processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Walls around one execution.

    Attributes:
        seconds: wall time, enforced by the supervisor and again, longer, by the host.
        memory_mib: address space.
        result_bytes: most bytes of the returned value.
        output_bytes: most bytes of standard output and error together.
        scratch_mib: size of the writable folder; 0 for none.
        processes: most threads and processes at a time.
    """

    seconds: float = 10.0
    memory_mib: int = 512
    result_bytes: int = 1 << 20
    output_bytes: int = 64 << 10
    scratch_mib: int = 16
    processes: int = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One function call in a fresh child.

    Attributes:
        files: path (relative, no ``..``) to bytes; the only files the child has of its own.
        module: path of the file to load, a key of `files`.
        function: name called in it.
        arguments: encoded arguments, see `evaluators.values`: JSON of ``{"args": […], "kwargs": {…}}``.
        limits: walls.
        policy: what the program may do.
        seed: of the random generators, set in the child before the program is loaded.
        expected_seconds: how long it will take, by experience; 0 where there is none. It decides nothing but
            the order of a long queue, see `Sandbox`.
    """

    files: Mapping[str, bytes]
    module: str
    function: str
    arguments: bytes = b'{"args": [], "kwargs": {}}'
    limits: Limits = field(default_factory=Limits)
    policy: Policy = Policy.COMPUTE
    seed: int = 0
    expected_seconds: float = 0.0


class Ending(StrEnum):
    """How an execution ended, as the supervisor saw it. The program has no say in it."""

    RETURNED = "returned"
    """The function returned and a value of the allowed size was written. Says nothing of its worth."""
    RAISED = "raised"
    """An exception, or no such function, or a value that has no encoding; see `ExecResult.stderr`."""
    DIED = "died"
    """Ended by a signal or an exit, without a value."""
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    OUTPUT_LIMIT = "output_limit"
    RESULT_LIMIT = "result_limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecResult:
    """What came out. Every byte of `result` and `stderr` is the program's and is not to be believed.

    Attributes:
        ending: how it ended.
        result: encoded value, to be decoded by `evaluators.values.decode` and nothing else.
        stderr: the tail of standard output and error, at most 4,000 characters, control characters escaped.
        seconds: wall time, by the supervisor's clock.
        cpu_seconds: user and system time.
        peak_mib: peak resident memory.
        exit_code: of the child; negative for a signal; None when unknown.
    """

    ending: Ending
    result: bytes = b""
    stderr: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mib: float = 0.0
    exit_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posture:
    """What the self-test found.

    Attributes:
        kind: ``docker`` or ``process``.
        holds: protections in force, each in a few words.
        lacks: protections not in force, each in a few words with what could happen.
        facts: what was measured (uid, capabilities, seccomp mode, …), name to text.
    """

    kind: str
    holds: tuple[str, ...]
    lacks: tuple[str, ...]
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_full(self) -> bool:
        """Whether nothing is lacking: a model's programs may run without being asked about."""
        return not self.lacks


class Sandbox(Protocol):
    """Runs programs, each in a fresh child that shares nothing with the ones before it.

    Concurrent `run` calls are queued on the slots. An instance serves one role: candidates and scorers
    never share a slot, so that nothing a scorer knows was ever where a candidate runs.
    """

    @property
    def identity(self) -> str:
        """What decides a result besides the command, such as ``docker sha256:…`` (the image's id).

        Known once the sandbox is started; the same for two sandboxes in which every deterministic program
        does the same. It goes into provenance and into the keys of the stage cache.
        """

    async def start(self) -> Posture:
        """Bring up the slots and run the self-test.

        Raises:
            SandboxUnavailable: no slot could be started.
            PostureError: the self-test found what must not be.
        """

    async def run(self, command: Command) -> ExecResult:
        """Execute a command; cancelling the call kills the program within 2 s.

        A slot that fails under a command is no fault of the program's, so the sandbox itself runs the command
        again on another one, at most twice, and waits for an engine that went away.

        Raises:
            SlotsLost: three slots failed under this command.
            SandboxUnavailable: the sandbox failed, not the program, and trying again did not help.
        """

    async def close(self) -> None:
        """Kill everything and leave no process, container or file behind. May be called twice."""
