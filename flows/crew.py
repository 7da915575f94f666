"""The processes of a study: runs are handed out to them, one to each at a time."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from flows.settings import child_environment
from flows.terms import Terms

__all__ = ["Crew", "Standing", "command_line", "cores"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far the work has come.

    Attributes:
        finished: runs that are finished.
        runs: all there are to do.
        evaluations: programs evaluated for them, in runs that are resumed also those before.
        seconds: since the work began.
        eta_seconds: until it ends at the present pace; None before anything is known.
        doing: names of the runs under way.
    """

    finished: int
    runs: int
    evaluations: int
    seconds: float
    eta_seconds: float | None
    doing: tuple[str, ...]


class Crew:
    """Does runs in processes of its own.

    Args:
        jobs: terms of the runs, in order; each has a name and a number of evaluations.
        processes: how many work at a time.
        progress: told how far it has come, after every message of a process.
        say: told of what a person should read, each line once.
        told: lines that were said already.
        command: starts a process that serves over its standard streams as `flows.study_worker` does.
    """

    def __init__(
        self,
        jobs: Sequence[Terms],
        *,
        processes: int,
        progress: Callable[[Standing], None],
        say: Callable[[str], None],
        told: Sequence[str] = (),
        command: Sequence[str] | None = None,
    ) -> None:
        self._left = deque(jobs)
        self._total = len(jobs)
        self._wanted = sum(job.evaluations or 0 for job in jobs)
        self._width = min(processes, len(jobs))
        self._progress = progress
        self._say = say
        self._command = command_line() if command is None else tuple(command)
        self._processes: list[asyncio.subprocess.Process] = []
        self._doing: dict[str, int] = {}
        self._told = set(told)
        self._finished = 0
        self._made = 0
        self._resumed = 0
        self._troubles: list[str] = []
        self._stopping = False

    @property
    def troubles(self) -> tuple[str, ...]:
        """What kept runs from being finished, other than a stop."""
        return tuple(self._troubles)

    async def work(self, stop: asyncio.Event) -> None:
        """Until all is done, a run fails, or `stop` is set; runs under way are then paused, to be resumed.

        When a run fails, no other is begun and those under way are finished: what failed it (a model that
        went away, a sandbox that does not start) would most often fail the next one too.
        """
        self._began = time.monotonic()
        watch = asyncio.create_task(self._watch(stop))
        try:
            await asyncio.gather(*(self._hand_out() for _ in range(self._width)))
        finally:
            watch.cancel()
            for process in self._processes:
                with suppress(ProcessLookupError):
                    process.kill()
            await asyncio.gather(*(process.wait() for process in self._processes))

    async def _watch(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._stopping = True
        for process in self._processes:
            _send(process, {"stop": True})

    async def _hand_out(self) -> None:
        """One process and its runs, one after the other."""
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Out of reach of signals to the whole group, also while it is still starting.
            start_new_session=True,
            # The runs share the cores; threads of a library for each core would only be in their way.
            env=child_environment(OMP_NUM_THREADS="1"),
            limit=1 << 20,
        )
        self._processes.append(process)
        while self._left and not self._stopping and not self._troubles:
            job = self._left.popleft()
            name = job.name or ""
            self._doing[name] = 0
            _send(process, {"terms": job.to_dict()})
            await self._follow(process, name)
            self._made += self._doing.pop(name)
            self._tell()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()

    async def _follow(self, process: asyncio.subprocess.Process, name: str) -> None:
        """Listen to a process until it has ended its run."""
        assert process.stdout is not None
        begun = False
        while line := await process.stdout.readline():
            told = json.loads(line)
            if "evaluations" in told:
                if not begun:
                    self._resumed += told["evaluations"]
                    begun = True
                self._doing[name] = told["evaluations"]
                self._tell()
            elif "notice" in told:
                self._pass_on(told["notice"])
            elif "failed" in told:
                self._troubles.append(f"{name}: {told['failed']}")
                return
            else:
                self._end(name, told["ended"])
                return
        self._troubles.append(f"{name}: its process ended unexpectedly (exit code {await process.wait()})")

    def _end(self, name: str, ended: dict[str, object]) -> None:
        made = ended["evaluations"]
        assert isinstance(made, int)
        self._doing[name] = made
        if ended["finished"]:
            self._finished += 1
        elif not self._stopping:
            self._troubles.append(f"{name}: {ended['trouble'] or 'paused before its end'}")

    def _pass_on(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self._say(text)

    def _tell(self) -> None:
        seconds = time.monotonic() - self._began
        evaluations = self._made + sum(self._doing.values())
        here = evaluations - self._resumed
        left = self._wanted - evaluations
        self._progress(
            Standing(
                finished=self._finished,
                runs=self._total,
                evaluations=evaluations,
                seconds=seconds,
                eta_seconds=left * seconds / here if here > 0 else None,
                doing=tuple(self._doing),
            )
        )


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def command_line() -> tuple[str, ...]:
    """Starts a process of a study."""
    # -P: a file of the folder the user stands in must not stand in for a library's.
    return (sys.executable, "-P", "-m", "flows.study_worker")


def _send(process: asyncio.subprocess.Process, line: dict[str, object]) -> None:
    """A line to a process; one that has ended is told nothing."""
    if process.stdin is not None and not process.stdin.is_closing():
        process.stdin.write((json.dumps(line) + "\n").encode())
