"""Where a live run takes up what was reported of its programs; see `flows.delayed`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from archive.island import Archipelago
from archive.program import ProgramId
from archive.rescoring import Rescored
from archive.run import Run
from archive.store import Store
from flows.delayed import delayed_metrics, revision_of, told
from flows.restoring import renew
from problems.problem import Problem

__all__ = ["Desk"]


class Desk:
    """Where a live run takes reports up, and where placements wait meanwhile. Belongs to one event loop.

    Args:
        run: the run.
        problem: with a delayed stage.
        store: where reports are.
        archive: of the run, renewed when a program was scored again.
        tell: told of each program that was scored again, with a line for the log; empty where the run knew.
    """

    def __init__(
        self,
        *,
        run: Run,
        problem: Problem,
        store: Store,
        archive: Archipelago,
        tell: Callable[[ProgramId, str], None],
    ) -> None:
        self._run = run
        self._metrics = frozenset(delayed_metrics(problem))
        self._revision = revision_of(problem)
        self._store = store
        self._archive = archive
        self._tell = tell
        self._serial: int | None = None
        self._early: set[ProgramId] = set()
        self._due: set[ProgramId] = set()
        self._placing = 0
        self._closed = False
        self._changed = asyncio.Condition()
        self._one = asyncio.Lock()

    @asynccontextmanager
    async def placing(self, program: ProgramId) -> AsyncIterator[None]:
        """The time from placing a program until it is recorded; begins when no reports are being taken up."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._closed)
            self._placing += 1
        try:
            yield
        finally:
            self._placing -= 1
            if program in self._early:
                self._early.discard(program)
                self._due.add(program)
            async with self._changed:
                self._changed.notify_all()

    async def take_up(self) -> bool:
        """Score again what was reported since the last time; whether anything was.

        What is reported of a program that this run does not know is kept in mind until it is placed here: it
        may be under evaluation, or come with an evaluation of another run from before the report.

        Raises:
            StoreError: the database failed.
        """
        async with self._one:
            resuming = self._serial is None
            reports = await self._store.reports(self._serial or 0)
            new = (report.program for report in reports if report.metric in self._metrics)
            due = sorted(self._due.union(new))
            rescored = await self._rescore(due) if due else None
            # Only now, so that a call that was cut short leaves them to the next one.
            self._serial = reports[-1].serial if reports else self._serial or 0
            self._due.difference_update(due)
        if rescored is None or not rescored.changes:
            return False
        for change in rescored.changes:
            # As a rule whoever reported has changed the store already, and it is news to this process alone.
            is_news = not resuming or change.before != change.after
            self._tell(change.after.program, told(change, rescored) if is_news else "")
        return True

    async def _rescore(self, programs: Sequence[ProgramId]) -> Rescored:
        async with self._nobody_placing():
            rescored = await self._store.rescore(self._run.id, programs, self._revision)
            self._early.update(rescored.unknown)
            best = self._archive.best
            if rescored.changes:
                await renew(self._store, self._run.id, self._archive, self._revision)
        # The store may have been rescored already; for this process the best was another one until now.
        return replace(rescored, best_before=None if best is None else best.program)

    @asynccontextmanager
    async def _nobody_placing(self) -> AsyncIterator[None]:
        async with self._changed:
            self._closed = True
            try:
                await self._changed.wait_for(lambda: self._placing == 0)
            except BaseException:
                self._closed = False
                self._changed.notify_all()
                raise
        try:
            yield
        finally:
            self._closed = False
            async with self._changed:
                self._changed.notify_all()
