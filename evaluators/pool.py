"""Warm slots kept ready: queueing, recycling, a standby, and a self-test of every slot."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from evaluators.libraries import libraries
from evaluators.posture import Promise, judge, probe_command
from evaluators.sandbox import (
    Command,
    ExecResult,
    Limits,
    Posture,
    PostureError,
    SandboxError,
    SandboxUnavailable,
)
from evaluators.slot import Slot, fits

__all__ = ["STANDBY_AFTER", "Launcher", "SlotPool"]

_TRIES = 3
_PAUSE = 0.3  # seconds before a failed start is tried again

STANDBY_AFTER = 5
"""Commands after which a slot is kept in reserve; whoever runs a few only need not pay for its start."""


class Launcher(Protocol):
    """Starts supervisors of one kind."""

    async def launch(self, room: Limits, preload: Sequence[str]) -> tuple[Slot, Promise]:
        """A slot that has greeted, with room for commands up to `room`, and what it promises to be.

        Its supervisor has loaded the modules of `preload` that there are.

        Raises:
            SandboxUnavailable: it did not start.
        """

    async def close(self) -> None:
        """Remove what all slots share. Every slot is closed by then."""


class SlotPool:
    """Runs commands on at most `slots` slots at a time. Belongs to one event loop."""

    def __init__(
        self, launcher: Launcher, *, slots: int, jobs_per_slot: int = 500, seconds_per_slot: float = 600.0
    ) -> None:
        if slots < 1:
            raise ValueError(f"expected at least one slot, got {slots}")
        self._launcher = launcher
        self._slots = slots
        self._jobs_per_slot = jobs_per_slot
        self._seconds_per_slot = seconds_per_slot
        self._room = Limits()
        self._preload: set[str] = set()  # what programs so far have used: a new slot comes with it
        self._free = asyncio.Semaphore(slots)
        self._idle: list[tuple[Slot, Limits]] = []
        self._standby: asyncio.Task[tuple[Slot, Limits]] | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Task[Any]] = set()
        self._started = False
        self._closed = False
        self._served = 0

    async def start(self) -> Posture:
        """Bring up one slot and test it, then the others. See `Sandbox.start`."""
        self._started = True
        try:
            first, posture = await self._launch_tested(self._room)
            self._idle.append((first, self._room))
            others = [self._launch_tested(self._room) for _ in range(self._slots - 1)]
            failures: list[BaseException] = []
            for outcome in await asyncio.gather(*others, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    failures.append(outcome)
                else:
                    self._idle.append((outcome[0], self._room))
            if failures:
                raise failures[0]
        except BaseException:
            await self.close()
            raise
        return posture

    async def run(self, command: Command) -> ExecResult:
        """Run a command on the next free slot. See `Sandbox.run`."""
        if self._closed or not self._started:
            raise SandboxUnavailable(
                "the sandbox is not started" if not self._closed else "the sandbox is closed"
            )
        _check(command)
        self._preload.update(libraries(command))
        async with self._free:
            slot, room = await self._take(command.limits)
            task = asyncio.ensure_future(slot.run(command))
            self._running.add(task)
            try:
                return await task
            except asyncio.CancelledError:
                if self._closed and not _is_cancelled():
                    raise SandboxUnavailable("the sandbox was closed while the command ran") from None
                raise
            finally:
                self._running.discard(task)
                self._give_back(slot, room)
                self._served += 1
                if self._served == STANDBY_AFTER:
                    self._order_standby()

    async def close(self) -> None:
        """End every slot. May be called twice."""
        self._closed = True
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=2.0)
        if self._standby is not None:
            standby, self._standby = self._standby, None
            standby.cancel()
            with contextlib.suppress(asyncio.CancelledError, SandboxError):
                self._idle.append(await standby)
        idle, self._idle = self._idle, []
        await asyncio.gather(*(slot.close() for slot, _ in idle), return_exceptions=True)
        while self._background:
            await asyncio.wait(list(self._background))
        await self._launcher.close()

    async def _take(self, limits: Limits) -> tuple[Slot, Limits]:
        if not fits(limits, self._room):
            self._room = _larger(limits, self._room)
        while self._idle:
            slot, room = self._idle.pop()
            old = time.monotonic() - slot.born > self._seconds_per_slot
            if fits(limits, room) and not old:
                return slot, room
            self._in_background(slot.close())
        if self._standby is not None:
            standby, self._standby = self._standby, None
            with contextlib.suppress(SandboxUnavailable):  # a failed standby is made up for by a new start
                slot, room = await self._claim(standby)
                self._order_standby()
                if fits(limits, room):
                    return slot, room
                self._in_background(slot.close())
        slot, _ = await self._launch_tested(self._room)
        self._order_standby()
        return slot, self._room

    async def _claim(self, standby: asyncio.Task[tuple[Slot, Limits]]) -> tuple[Slot, Limits]:
        try:
            return await asyncio.shield(standby)
        except asyncio.CancelledError:
            if self._standby is None and not self._closed:
                self._standby = standby
            else:
                self._in_background(_close_when_ready(standby))
            raise

    def _give_back(self, slot: Slot, room: Limits) -> None:
        if slot.must_go or self._closed or slot.jobs >= self._jobs_per_slot:
            self._in_background(slot.close())
        else:
            self._idle.append((slot, room))

    def _order_standby(self) -> None:
        if self._standby is None and not self._closed:
            self._standby = asyncio.create_task(self._make_standby())
            self._standby.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def _make_standby(self) -> tuple[Slot, Limits]:
        room = self._room
        slot, _ = await self._launch_tested(room)
        return slot, room

    async def _launch_tested(self, room: Limits) -> tuple[Slot, Posture]:
        """Start a slot and see that it is what it says; a start that fails is tried again.

        Raises:
            SandboxUnavailable: no try succeeded.
            PostureError: at once.
        """
        failure = SandboxUnavailable("not tried")
        for number in range(_TRIES):
            if number:
                await asyncio.sleep(_PAUSE * number)
            try:
                return await self._launch_once(room)
            except PostureError:
                raise
            except SandboxUnavailable as error:
                failure = error
        raise SandboxUnavailable(f"no slot could be started in {_TRIES} tries: {failure}") from failure

    async def _launch_once(self, room: Limits) -> tuple[Slot, Posture]:
        if self._closed:
            raise SandboxUnavailable("the sandbox is closed")
        slot, promise = await self._launcher.launch(room, sorted(self._preload))
        try:
            # Not kept for all slots: an engine that is killed would leave it behind.
            with tempfile.TemporaryDirectory(prefix="cambrian-probe-") as folder:
                Path(folder).chmod(0o755)
                posture = judge(await slot.run(probe_command(Path(folder))), promise)
        except BaseException:
            await asyncio.shield(slot.close())
            raise
        slot.jobs = 0
        return slot, posture

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _is_cancelled() -> bool:
    """Whether somebody cancelled the calling task itself, not something it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _close_when_ready(standby: asyncio.Task[tuple[Slot, Limits]]) -> None:
    with contextlib.suppress(SandboxError):
        slot, _ = await standby
        await slot.close()


def _larger(limits: Limits, room: Limits) -> Limits:
    return replace(
        room,
        memory_mib=max(limits.memory_mib, room.memory_mib),
        scratch_mib=max(limits.scratch_mib, room.scratch_mib),
        processes=max(limits.processes, room.processes),
    )


def _check(command: Command) -> None:
    """A wrong command is the caller's mistake, so it is a ValueError."""
    if command.module not in command.files:
        raise ValueError(f"module {command.module!r} is not among the files {sorted(command.files)}")
    for name in command.files:
        parts = name.split("/")
        if name.startswith("/") or "\0" in name or any(part in ("", ".", "..") for part in parts):
            raise ValueError(f"expected a relative path without '..', found {name!r}")
    limits = command.limits
    if not (
        limits.seconds > 0 and limits.memory_mib > 0 and limits.processes > 0 and limits.scratch_mib >= 0
    ):
        raise ValueError(f"limits must be positive: {limits}")
