"""A run carried out for the command line: watched, and stopped by Ctrl-C without losing anything."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

from flows.cli.text import run_command

if TYPE_CHECKING:
    from archive.run import Summary
    from flows.events import Event, Observer
    from flows.terms import Terms

__all__ = ["Watched", "drive"]


class Watched:
    """Hands events on, and knows which run it is when it has to be told how to go on with it."""

    def __init__(self, observe: Observer, db: str | None) -> None:
        self._observe = observe
        self._db = db
        self._run: str | None = None
        self._evaluations = 0

    def __call__(self, event: Event) -> None:
        from flows.events import Evaluated, Started

        match event:
            case Started():
                self._run, self._evaluations = event.run.name, event.evaluations
            case Evaluated():
                self._evaluations = event.evaluations
            case _:
                pass
        self._observe(event)

    @property
    def has_evaluated(self) -> bool:
        """Whether anything would be lost by beginning again."""
        return self._evaluations > 0

    def how_to_go_on(self) -> str:
        """One line for a run that was cut off; another where there is no run yet."""
        if self._run is None:
            return "Stopped before the run began."
        return (
            f"Run {self._run} is paused: `{run_command(self._run, self._db)('resume')}` goes on where it was."
        )


async def drive(terms: Terms, watched: Watched, *, prefect: bool) -> Summary:
    """The run, with Ctrl-C once for a graceful end and twice for an end at once."""
    from problems.errors import CambrianError

    stop = asyncio.Event()
    task = asyncio.create_task(
        _under_prefect(terms, watched, stop) if prefect else _alone(terms, watched, stop)
    )

    def interrupt() -> None:
        if stop.is_set():
            task.cancel()
            return
        _say("Stopping after the turns under way (once more to stop at once) …")
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        _say(watched.how_to_go_on())
        sys.exit(130)
    except CambrianError:
        if watched.has_evaluated:
            _say(watched.how_to_go_on())
        raise


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def _alone(terms: Terms, observe: Observer, stop: asyncio.Event) -> Summary:
    from flows.compose import execute

    return await execute(terms, observe, stop=stop)


async def _under_prefect(terms: Terms, observe: Observer, stop: asyncio.Event) -> Summary:
    from flows.evolution import run_under_prefect

    return await run_under_prefect(terms, observe, stop=stop)
