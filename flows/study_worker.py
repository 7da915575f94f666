"""A process of a study: does one run after the other for its parent, and so starts and imports but once.

It reads a JSON object a line from standard input: ``{"terms": {…}}`` for a run, ``{"stop": true}`` for a
graceful end of the one under way. To standard output it writes ``{"evaluations": n}`` as the run goes on,
``{"notice": …}``, and in the end ``{"ended": {…}}`` or ``{"failed": …}``. When its input ends, because its
parent has let go of it or died, it pauses the run under way and ends.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from archive.run import RunState
from flows.compose import execute
from flows.events import Evaluated, Event, Finished, Notice, Started
from flows.terms import Terms
from problems.errors import CambrianError

__all__ = ["main", "serve"]

Say: TypeAlias = Callable[[Mapping[str, object]], None]

_EVERY = 0.5
"""Seconds between two lines on how far a run has come."""


def main() -> None:
    """Serve the parent over standard input and output."""
    # What a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)
    # Ctrl-C in a terminal and the end of a service reach all processes; only the parent decides what becomes
    # of the runs, and when it is gone the input ends. Handled, not ignored: a sandbox would inherit that.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)

    def say(line: Mapping[str, object]) -> None:
        answers.write(json.dumps(line) + "\n")

    async def work() -> None:
        lines = asyncio.StreamReader(limit=1 << 20)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), sys.stdin
        )
        await serve(lines, say)

    asyncio.run(work())


async def serve(lines: asyncio.StreamReader, say: Say) -> None:
    """Do what the lines ask for, one run at a time, until there are no more."""
    stop = asyncio.Event()
    jobs: asyncio.Queue[Terms | None] = asyncio.Queue()

    async def listen() -> None:
        while line := await lines.readline():
            asked: dict[str, Any] = json.loads(line)
            if "terms" in asked:
                jobs.put_nowait(Terms.from_dict(asked["terms"]))
            else:
                stop.set()
        stop.set()
        jobs.put_nowait(None)

    listener = asyncio.create_task(listen())
    try:
        while (terms := await jobs.get()) is not None:
            say(await _done(terms, say, stop))
    finally:
        listener.cancel()


async def _done(terms: Terms, say: Say, stop: asyncio.Event) -> dict[str, object]:
    """Carry out one run; trouble that ends it becomes a line for the parent."""
    watch = _Watch(say)
    try:
        summary = await execute(terms, watch, stop=stop)
    except CambrianError as error:
        return {"failed": str(error)}
    return {
        "ended": {
            "evaluations": summary.evaluations,
            "finished": summary.run.state is RunState.FINISHED,
            "trouble": watch.trouble,
        }
    }


class _Watch:
    """Tells the parent how far the run has come, not too often."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._said = 0.0
        self.trouble = ""

    def __call__(self, event: Event) -> None:
        match event:
            case Notice():
                self._say({"notice": event.text})
            case Started():
                self._say({"evaluations": event.evaluations})
            case Evaluated() if time.monotonic() - self._said >= _EVERY:
                self._said = time.monotonic()
                self._say({"evaluations": event.evaluations})
            case Finished():
                self.trouble = event.trouble
            case _:
                pass


if __name__ == "__main__":
    main()
