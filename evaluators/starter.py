"""Starting slots: each is tested before it serves, and an engine that went away is waited for."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from evaluators.outage import PATIENCE, Outage
from evaluators.owner import clear, owned_folder
from evaluators.posture import Promise, judge, probe_command
from evaluators.sandbox import Limits, Posture, SandboxUnavailable, SandboxUnfit
from evaluators.slot import Slot

__all__ = ["Launcher", "Starter"]

_TRIES = 3
_PAUSE = 0.3  # seconds before a failed start is tried again
_PROBE_PREFIX = "cambrian-probe-"


class Launcher(Protocol):
    """Starts supervisors of one kind."""

    async def launch(self, room: Limits, preload: Sequence[str]) -> tuple[Slot, Promise]:
        """A slot that has greeted, with room for commands up to `room`, and what it promises to be.

        Its supervisor has loaded the modules of `preload` that there are.

        Raises:
            SandboxUnavailable: it did not start.
        """

    async def is_back(self) -> bool:
        """Whether what slots are started by is there now. Answers within about a second, never raises."""

    async def close(self) -> None:
        """Remove what all slots share. Every slot is closed by then."""


class Starter:
    """Starts tested slots with one launcher.

    Attributes:
        has_seen_outage: whether the engine was ever found away by a patient start.
    """

    def __init__(
        self, launcher: Launcher, *, patience: float = PATIENCE, say: Callable[[str], None] | None = None
    ) -> None:
        self._launcher = launcher
        self._outage = Outage(launcher.is_back, patience=patience, say=say)
        self._is_clear = False

    @property
    def has_seen_outage(self) -> bool:
        return self._outage.count > 0

    async def start(self, room: Limits, preload: Collection[str], *, patient: bool) -> tuple[Slot, Posture]:
        """Start a slot and see that it is what it says; a start that fails is tried again.

        Args:
            room: what commands may need at most.
            preload: modules to load ahead.
            patient: whether to wait for an engine that is away; tries during an outage do not count.

        Raises:
            SandboxUnavailable: no try succeeded, or the engine did not come back.
            PostureError, SandboxUnfit: at once.
        """
        tries = 0
        while True:
            if patient:
                await self._outage.wait()
            outages = self._outage.count
            try:
                started = await self._try(room, preload)
            except SandboxUnfit:
                raise
            except SandboxUnavailable as failure:
                if patient and await self._outage.notice(outages):
                    continue
                tries += 1
                if tries == _TRIES:
                    raise SandboxUnavailable(
                        f"no slot could be started in {_TRIES} tries: {failure}"
                    ) from failure
                await asyncio.sleep(_PAUSE * tries)
            else:
                self._outage.over()
                return started

    async def close(self) -> None:
        """Stop waiting for anything. Every start has ended by then."""
        await self._outage.close()
        await self._launcher.close()

    async def _try(self, room: Limits, preload: Collection[str]) -> tuple[Slot, Posture]:
        if not self._is_clear:
            self._is_clear = True
            await asyncio.to_thread(clear, _PROBE_PREFIX)
        slot, promise = await self._launcher.launch(room, sorted(preload))
        try:
            # Not kept for all slots: the less there is when this process is killed, the less is left behind.
            folder = owned_folder(_PROBE_PREFIX, mode=0o755)
            try:
                posture = judge(await slot.run(probe_command(folder)), promise)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        except BaseException:
            await asyncio.shield(slot.close())
            raise
        slot.jobs = 0
        return slot, posture
