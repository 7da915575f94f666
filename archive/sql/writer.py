"""One thread that writes, and shares each commit among all who wait for one."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from archive.sql.engine import checkpoint, explained, is_passing, patiently
from archive.sql.quick import Quick
from archive.store import StoreError

__all__ = ["Writer"]

T = TypeVar("T")

_MOST = 256
"""Writes in one transaction; bounds what a failure makes run again."""
_CHECKPOINT_EVERY = 500
"""Writes at once after which the thread brings SQLite's log into the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job(Generic[T]):
    work: Callable[[Connection], T]
    durable: bool
    future: asyncio.Future[T]
    loop: asyncio.AbstractEventLoop


class _Sign(Enum):
    """What the thread is asked to do beside writing."""

    CHECKPOINT = "checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    job: _Job[Any]
    value: Any = None
    error: BaseException | None = None


class Writer:
    """Executes writes in the order they are handed in, and returns each after its commit.

    On SQLite a write that need not outlast a power cut is executed at once, in the caller's thread, while no
    other waits and the file is not locked: it takes some 0.1 ms, and handing it to another core and back cost
    more than that in measurements. Everything else goes to the thread.

    Writes that arrive while another transaction is on its way go into the next one together: one sync to the
    disk serves all of them. A write that fails takes nothing of the others with it. A work may run more than
    once before it is committed; it must depend on the connection alone.
    """

    def __init__(self, engine: Engine, durable: Engine, url: URL, *, at_once: Quick | None = None) -> None:
        self._engine = engine
        self._at_once = at_once
        self._unchecked = 0
        self._durable = durable
        self._url = url
        self._queue: SimpleQueue[_Job[Any] | _Sign | None] = SimpleQueue()
        self._closed = False
        # A daemon: an interpreter that ends without `close` must not hang; what was acknowledged is safe.
        self._thread = threading.Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Connection], T], *, durable: bool = False) -> T:
        """What `work` returns, after its transaction was committed.

        A caller that is cancelled meanwhile does not take the write back.

        Args:
            work: the write.
            durable: whether it must outlast a power cut; see `writing_engine`.

        Raises:
            StoreError: the database refused it, or could not be used for too long.
        """
        if self._closed:
            raise StoreError("the store is closed")
        if self._at_once is not None and not durable and self._queue.empty():
            try:
                with self._at_once.begin(writing=True) as connection:
                    value = work(connection)
            except (sqlite3.Error, SQLAlchemyError):
                pass  # locked, or refused: the thread waits for the lock, or finds out why
            else:
                self._note_written()
                # Others must get their turn, as they would if this had waited for the thread.
                await asyncio.sleep(0)
                return value
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Job(work=work, durable=durable, future=future, loop=loop))
        return await future

    def close(self) -> None:
        """Commit what was handed in, then end. Blocks; may be called again."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _note_written(self) -> None:
        self._unchecked += 1
        if self._unchecked >= _CHECKPOINT_EVERY:
            self._unchecked = 0
            self._queue.put(_Sign.CHECKPOINT)

    def _serve(self) -> None:
        while (job := self._queue.get()) is not None:
            if job is _Sign.CHECKPOINT:
                # A log that could not be brought in now is brought in by the next one.
                with contextlib.suppress(SQLAlchemyError, sqlite3.Error):
                    checkpoint(self._engine)
                continue
            jobs, last = self._with_all_waiting(job)
            self._settle(self._outcomes(jobs))
            if last:
                return

    def _with_all_waiting(self, job: _Job[Any]) -> tuple[list[_Job[Any]], bool]:
        jobs = [job]
        while len(jobs) < _MOST:
            try:
                more = self._queue.get_nowait()
            except Empty:
                break
            if more is None:
                return jobs, True
            if more is not _Sign.CHECKPOINT:
                jobs.append(more)
        return jobs, False

    def _outcomes(self, jobs: Sequence[_Job[Any]]) -> Sequence[_Outcome]:
        try:
            try:
                return patiently(lambda: self._together(jobs), url=self._url)
            except StoreError as error:
                if len(jobs) == 1 or isinstance(error.__cause__, OperationalError):
                    raise
                # One is at fault. A savepoint is two more statements a write, so only now are they used.
                return patiently(lambda: self._apart(jobs), url=self._url)
        except Exception as error:  # noqa: BLE001  outermost turn of the thread: the callers get it, the thread goes on
            return [_Outcome(job=job, error=error) for job in jobs]

    def _together(self, jobs: Sequence[_Job[Any]]) -> Sequence[_Outcome]:
        with self._engine_for(jobs).begin() as connection:
            return [_Outcome(job=job, value=job.work(connection)) for job in jobs]

    def _apart(self, jobs: Sequence[_Job[Any]]) -> Sequence[_Outcome]:
        outcomes = []
        with self._engine_for(jobs).begin() as connection:
            for job in jobs:
                try:
                    with connection.begin_nested():
                        outcomes.append(_Outcome(job=job, value=job.work(connection)))
                except StoreError as error:
                    outcomes.append(_Outcome(job=job, error=error))
                except SQLAlchemyError as error:
                    if is_passing(error) or isinstance(error, OperationalError):
                        # The whole transaction is lost, not only this write.
                        raise
                    outcomes.append(_Outcome(job=job, error=explained(error, self._url)))
        return outcomes

    def _engine_for(self, jobs: Sequence[_Job[Any]]) -> Engine:
        return self._durable if any(job.durable for job in jobs) else self._engine

    @staticmethod
    def _settle(outcomes: Sequence[_Outcome]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
        for outcome in outcomes:
            by_loop.setdefault(outcome.job.loop, []).append(outcome)
        for loop, its in by_loop.items():
            # A loop that was closed has nobody left to tell.
            if not loop.is_closed():
                loop.call_soon_threadsafe(_tell, its)


def _tell(outcomes: Sequence[_Outcome]) -> None:
    for outcome in outcomes:
        future = outcome.job.future
        if future.done():
            continue
        if outcome.error is not None:
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.value)
