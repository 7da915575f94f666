"""A run that is going on beside whoever watches over it, and the latest that is known of it."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from archive.run import Summary
from flows.events import Event, Improved, Notice, Observer, Progress, Started
from flows.terms import Terms

__all__ = ["GRACE_SECONDS", "Execute", "Search", "sigterm_stops"]

GRACE_SECONDS = 20.0
"""How long a run may take to stop by itself; a Prefect worker kills the process after 30 s."""


class Execute(Protocol):
    """Carries out a run; `flows.compose.execute` is the real one."""

    async def __call__(
        self, terms: Terms, observe: Observer, *, stop: asyncio.Event | None = None
    ) -> Summary:
        """Runs until a wall, the target or `stop`; a stopped run is left resumable."""
        ...


class Search:
    """A run that is going on, and the latest that is known of it.

    The run is a task of its own: a cancelled flow can then ask it to stop and wait until it has.
    """

    def __init__(self, terms: Terms, observe: Observer, *, execute: Execute, stop: asyncio.Event) -> None:
        self.terms = terms
        self.stop = stop
        self.recorded = False
        self.started: Started | None = None
        self.progress: Progress | None = None
        self.improvements: list[Improved] = []
        self.unsaid: list[str] = []
        self._observe = observe
        self.task = asyncio.create_task(self._run(execute))

    async def settle(self) -> None:
        """Asks the run to stop and waits for it, at most `GRACE_SECONDS`; then cancels it.

        A run that was asked before is cancelled at once: whoever asks twice is in a hurry.
        """
        patience = 0.0 if self.stop.is_set() else GRACE_SECONDS
        self.stop.set()
        _, late = await asyncio.wait({self.task}, timeout=patience)
        if late:
            self.task.cancel()
            await asyncio.wait(late, timeout=GRACE_SECONDS)

    def tell(self, text: str) -> None:
        """One line for the person who watches."""
        self._observe(Notice(text=text))

    def how_to_go_on(self) -> str:
        """What became of a run that was stopped for want of Prefect."""
        if self.started is None:
            return ""
        name = self.started.run.name
        return f" The run {name} had begun and is paused: `cambrian resume {name} --no-prefect` goes on."

    async def _run(self, execute: Execute) -> Summary:
        return await execute(self.terms, self._note, stop=self.stop)

    def _note(self, event: Event) -> None:
        match event:
            case Started():
                self.started = event
            case Progress():
                self.progress = event
            case Improved():
                self.improvements.append(event)
                self.unsaid.append(f"Best {event.fitness:.10g} after {event.evaluations} ({event.operator})")
            case Notice():
                self.unsaid.append(event.text)
            case _:
                pass
        self._observe(event)


@contextmanager
def sigterm_stops(stop: asyncio.Event) -> Iterator[threading.Event]:
    """Turns SIGTERM into `stop` for the time of the context.

    Prefect's own handler raises out of the event loop, which leaves no time to close a run.

    Yields:
        Set when the signal came. Outside the main thread, where no signal arrives, it never is.
    """
    terminated = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield terminated
        return
    loop = asyncio.get_running_loop()

    def terminate(_number: int, _frame: FrameType | None) -> None:
        terminated.set()
        loop.call_soon_threadsafe(stop.set)

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield terminated
    finally:
        signal.signal(signal.SIGTERM, before)
