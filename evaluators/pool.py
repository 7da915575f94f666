"""Warm slots kept ready: queueing, recycling, reserves, outages, and a self-test of every slot."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, NamedTuple

from evaluators.libraries import libraries
from evaluators.outage import PATIENCE
from evaluators.queue import Turns
from evaluators.sandbox import (
    Command,
    ExecResult,
    Limits,
    Posture,
    SandboxUnavailable,
    SlotsLost,
)
from evaluators.slot import Slot, fits
from evaluators.starter import Launcher, Starter

__all__ = ["STANDBY_AFTER", "SlotPool"]

_RERUNS = 2  # of a command whose slot failed: the program may be what makes it fail

STANDBY_AFTER = 5
"""Commands after which a slot is kept in reserve; whoever runs a few only need not pay for its start."""


class _Made(NamedTuple):
    slot: Slot
    room: Limits


class SlotPool:
    """Runs commands on at most `slots` slots at a time. Belongs to one event loop.

    A slot that is lost is replaced at once, and one more is kept in reserve, from the moment that this pays:
    after `STANDBY_AFTER` commands, after an outage, or from the start where each slot serves once only.
    """

    def __init__(
        self,
        launcher: Launcher,
        *,
        slots: int,
        jobs_per_slot: int = 500,
        seconds_per_slot: float = 600.0,
        room: Limits | None = None,
        patience: float = PATIENCE,
        say: Callable[[str], None] | None = None,
    ) -> None:
        """Prepare; nothing is started yet.

        Args:
            launcher: starts the slots.
            slots: commands run at a time, at least 1.
            jobs_per_slot: commands after which a slot is replaced.
            seconds_per_slot: age at which a slot is replaced.
            room: what commands are expected to need at most, the usual limits unless given. One that needs
                more gets a new slot with more room, and so do those after it.
            patience: seconds to wait for an engine that went away after the start, with nothing failing.
            say: told when it went, and when it is back.
        """
        if slots < 1:
            raise ValueError(f"expected at least one slot, got {slots}")
        self._starter = Starter(launcher, patience=patience, say=say)
        self._slots = slots
        self._jobs_per_slot = jobs_per_slot
        self._seconds_per_slot = seconds_per_slot
        self._turns = Turns(slots)
        self._room = room or Limits()
        self._preload: set[str] = set()  # what programs so far have used: a new slot comes with it
        self._idle: list[_Made] = []
        self._coming: list[asyncio.Task[_Made]] = []  # slots being started, or started and not taken yet
        self._background: set[asyncio.Task[None]] = set()
        self._running: set[asyncio.Task[ExecResult]] = set()
        self._busy = 0  # slots that serve, or are being taken to serve
        self._started = False
        self._closed = False
        self._served = 0

    async def start(self) -> Posture:
        """Bring up one slot and test it, then the others. See `Sandbox.start`."""
        self._started = True
        try:
            first, posture = await self._starter.start(self._room, (), patient=False)
            self._idle.append(_Made(first, self._room))
            others = [self._order(patient=False) for _ in range(self._slots - 1)]
            self._coming += others
            self._idle += await asyncio.gather(*others)
            self._coming.clear()
        except BaseException:
            await self.close()
            raise
        self._refill()
        return posture

    async def run(self, command: Command) -> ExecResult:
        """Run a command on the next free slot, again when that slot fails. See `Sandbox.run`."""
        if self._closed or not self._started:
            raise SandboxUnavailable(
                "the sandbox is not started" if not self._closed else "the sandbox is closed"
            )
        _check(command)
        self._preload.update(libraries(command))
        task = asyncio.create_task(self._serve(command))
        self._running.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self._closed and not _is_cancelled():
                raise SandboxUnavailable("the sandbox was closed while the command ran") from None
            raise
        finally:
            self._running.discard(task)

    async def close(self) -> None:
        """End every slot. May be called twice."""
        self._closed = True
        self._turns.close("the sandbox is closed")
        for task in list(self._running):
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        coming, self._coming = self._coming, []
        for order in coming:
            order.cancel()
        for made in await asyncio.gather(*coming, return_exceptions=True):
            if isinstance(made, _Made):
                self._idle.append(made)
        idle, self._idle = self._idle, []
        await asyncio.gather(*(slot.close() for slot, _ in idle), return_exceptions=True)
        while self._background:
            await asyncio.wait(list(self._background))
        await self._starter.close()

    async def _serve(self, command: Command) -> ExecResult:
        try:
            async with self._turns.turn(command.expected_seconds):
                return await self._run_somewhere(command)
        finally:
            self._served += 1
            self._refill()

    async def _run_somewhere(self, command: Command) -> ExecResult:
        """Run a command; again on a new slot when one fails, which no program can bring about unpunished.

        Raises:
            SlotsLost: three slots failed under it.
            SandboxUnavailable: none could be had.
        """
        failure: SandboxUnavailable | None = None
        for _ in range(1 + _RERUNS):
            slot, room = await self._take(command.limits, fresh=failure is not None)
            try:
                return await slot.run(command)
            except SandboxUnavailable as error:
                failure = error
            finally:
                self._give_back(_Made(slot, room))
        raise SlotsLost(
            f"{1 + _RERUNS} slots failed one after the other under the same command: {failure}"
        ) from failure

    async def _take(self, limits: Limits, *, fresh: bool) -> _Made:
        """A slot with room for `limits`; a `fresh` one was not started before this call.

        An older one may be about to die of what the one before it died of.
        """
        if not fits(limits, self._room):
            self._room = _larger(limits, self._room)
        self._busy += 1
        try:
            made = None if fresh else await self._take_old(limits)
            if made is None:
                order = self._order(patient=True)
                self._coming.append(order)
                made = await self._claim(order)
        except BaseException:
            self._busy -= 1
            raise
        if fresh:
            self._bury_idle()
        self._refill()
        return made

    async def _take_old(self, limits: Limits) -> _Made | None:
        """An idle slot, or else one that is being started; those that will not do are closed."""
        while self._idle:
            made = self._idle.pop()
            is_old = time.monotonic() - made.slot.born > self._seconds_per_slot
            if fits(limits, made.room) and not is_old and not made.slot.is_gone:
                return made
            self._in_background(made.slot.close())
        while self._coming:
            order = min(self._coming, key=lambda one: not one.done())
            with contextlib.suppress(SandboxUnavailable):  # made up for by a new start
                made = await self._claim(order)
                if fits(limits, made.room) and not made.slot.is_gone:
                    return made
                self._in_background(made.slot.close())
        return None

    async def _claim(self, order: asyncio.Task[_Made]) -> _Made:
        """Take an ordered slot as one's own; one who is cancelled leaves it to others."""
        self._coming.remove(order)
        try:
            return await asyncio.shield(order)
        except asyncio.CancelledError:
            self._coming.append(order)
            raise

    def _give_back(self, made: _Made) -> None:
        slot = made.slot
        # Not by turns: one that was just handed on holds no slot yet, and will want this one.
        surplus = len(self._idle) + self._busy > self._slots
        self._busy -= 1
        if slot.must_go or self._closed or surplus or slot.jobs >= self._jobs_per_slot:
            self._in_background(slot.close())
        else:
            self._idle.append(made)

    def _bury_idle(self) -> None:
        """Close idle slots that have died with the one that was just replaced."""
        for made in [one for one in self._idle if one.slot.is_gone]:
            self._idle.remove(made)
            self._in_background(made.slot.close())

    def _refill(self) -> None:
        """Order what is missing to have every place served, and one in reserve, once that pays."""
        pays = self._served >= STANDBY_AFTER or self._jobs_per_slot == 1 or self._starter.has_seen_outage
        if pays and not self._closed:
            there = self._busy + len(self._idle) + len(self._coming)
            self._coming += [self._order(patient=True) for _ in range(self._slots + 1 - there)]

    def _order(self, *, patient: bool) -> asyncio.Task[_Made]:
        order = asyncio.create_task(self._make(self._room, patient=patient))
        order.add_done_callback(lambda task: task.cancelled() or task.exception())
        return order

    async def _make(self, room: Limits, *, patient: bool) -> _Made:
        slot, _ = await self._starter.start(room, self._preload, patient=patient)
        return _Made(slot, room)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _is_cancelled() -> bool:
    """Whether somebody cancelled the calling task itself, not something it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


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
