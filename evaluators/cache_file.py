"""The stage cache in one SQLite file, which several processes may use at a time.

One thread of this process owns the connection. It takes requests in batches, answers what was asked, and then
writes what is new in one transaction, so the event loop hands things over and never waits for a disk. What is
new is gathered for a moment first; a process that is killed loses no more than that moment.

It is only a cache. A file that is damaged is set aside beside its place and begun anew; one that cannot be
used (written by a newer version, locked for long, read-only, another user's) is left alone; either is said
once, as a warning, and a run goes on as if nothing were known.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from evaluators.cache import pack, unpack
from evaluators.cache_table import Table, Unusable
from evaluators.stage import Product

__all__ = ["FileCache"]

_LOG: Final = logging.getLogger(__name__)
_BATCH: Final = 512
"""Most requests in one transaction: an answer waits for no more than these to be written."""
_BACKLOG: Final = 2048
"""Requests in the queue from which on a `put` waits until they are done."""
_LINGER: Final = 0.05
"""Seconds for which products are gathered before the thread is woken for them, for that costs most."""
_GATHERED: Final = 128
"""Products that are handed over at once."""
_LULL: Final = 1.0
"""Seconds without a request after which the times of last use are written down."""
_PATIENCE: Final = 10.0
"""Seconds for an answer, and for the end; a disk that takes longer is no longer waited for."""


class FileCache:
    """Implements `StageCache` with a file.

    Entries that were used longest ago make room when the file is full. A folder that is made for the file is
    its owner's alone (0700), and so is the file (0600): results of private stages are in it.
    """

    def __init__(self, path: Path, *, max_bytes: int = 1 << 30) -> None:
        """Prepare; the file is opened by the first request.

        Args:
            path: of the file; missing folders above it are made.
            max_bytes: most bytes of entries and index together, at least 64 KiB.
        """
        self._table = Table(path, max_bytes=max(max_bytes, 64 << 10))
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._gathered: dict[str, Product] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    async def get(self, key: str) -> Product | None:
        if self._is_closed:
            return None
        if key in self._gathered:
            self._hand_over()
        return await self._ask(key)

    async def put(self, key: str, product: Product) -> None:
        if self._is_closed:
            return
        self._gathered[key] = product
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LINGER, self._hand_over)
        if len(self._gathered) >= _GATHERED:
            self._hand_over()
            if self._requests.qsize() >= _BACKLOG:
                # More than the disk takes would fill the memory: an answer comes when all before it is done.
                await self._ask(key)

    async def close(self) -> None:
        """Write down the rest; a disk that does not come round within 10 s is no longer waited for."""
        self._hand_over()
        self._is_closed = True
        if self._thread is not None:
            self._requests.put(None)
            thread, self._thread = self._thread, None
            await asyncio.to_thread(thread.join, _PATIENCE)

    def _hand_over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for key, product in self._gathered.items():
            self._send(_Request(key=key, product=product))
        self._gathered = {}

    async def _ask(self, key: str) -> Product | None:
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._send(_Request(key=key, answer=answer))
        if self._is_closed:
            return None
        try:
            async with asyncio.timeout(_PATIENCE):
                return await answer
        except TimeoutError:
            self._give_up(f"no answer within {_PATIENCE:g} s")
            return None

    def _send(self, request: _Request) -> None:
        if self._is_closed:
            return
        if self._thread is None:
            worker = _Worker(self._table, self._requests)
            thread = threading.Thread(target=worker.work, name="stage-cache", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # no more threads are to be had
                self._give_up(str(error))
                return
            self._thread = thread
        self._requests.put(request)

    def _give_up(self, why: str) -> None:
        if not self._is_closed:
            self._is_closed = True
            _LOG.warning("the stage cache is not used any more: %s (%s)", why, self._table.path)


_Answer: TypeAlias = "asyncio.Future[Product | None]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """A question that waits for an answer, or with a product something to keep."""

    key: str
    product: Product | None = None
    answer: _Answer | None = None


class _Worker:
    """What the thread does."""

    def __init__(self, table: Table, requests: queue.SimpleQueue[_Request | None]) -> None:
        self._table = table
        self._requests = requests
        self._is_usable = True

    def work(self) -> None:
        """Serve until None comes."""
        is_open = True
        while is_open:
            batch, is_open = self._batch()
            try:
                self._serve(batch)
            except Exception as error:  # noqa: BLE001  # the outermost turn: callers must get an answer
                self._give_up(f"{type(error).__name__}: {error}")
            finally:
                _answer(batch)
        self._guarded(self._table.close)

    def _batch(self) -> tuple[list[_Request], bool]:
        """The next requests, and whether more may come; none after a lull."""
        batch: list[_Request] = []
        try:
            request = self._requests.get(timeout=_LULL if self._table.touched else None)
            while True:
                if request is None:
                    return batch, False
                batch.append(request)
                if len(batch) == _BATCH:
                    return batch, True
                request = self._requests.get_nowait()
        except queue.Empty:
            return batch, True

    def _serve(self, batch: Sequence[_Request]) -> None:
        """Answer what was asked, then write."""
        fresh: dict[str, bytes] = {}
        asked: list[tuple[_Request, Product | None]] = []
        for request in batch:
            if request.product is not None:
                packed = pack(request.key, request.product) if self._is_usable else None
                if packed is not None:
                    fresh[request.key] = packed
            else:
                asked.append((request, self._find(request.key, fresh)))
        _tell(asked)
        if fresh or not batch:
            self._guarded(lambda: self._table.write(fresh))

    def _find(self, key: str, fresh: dict[str, bytes]) -> Product | None:
        found: list[bytes | None] = [fresh.get(key)]
        if found[0] is None and self._is_usable:
            self._guarded(lambda: found.append(self._table.read(key)))
        return None if found[-1] is None else unpack(key, found[-1])

    def _guarded(self, action: Callable[[], object]) -> None:
        if not self._is_usable:
            return
        try:
            action()
        except Unusable as error:
            self._give_up(str(error))
        except (sqlite3.Error, OSError) as error:
            self._give_up(str(error))

    def _give_up(self, why: str) -> None:
        if self._is_usable:
            self._is_usable = False
            self._table.touched.clear()
            _LOG.warning("the stage cache is not used any more: %s (%s)", why, self._table.path)


def _tell(asked: Sequence[tuple[_Request, Product | None]]) -> None:
    """Give the event loops their answers, with one call a loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Answer, Product | None]]] = {}
    for request, product in asked:
        if request.answer is not None:
            by_loop.setdefault(request.answer.get_loop(), []).append((request.answer, product))
    for loop, answers in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, answers)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            continue


def _answer(batch: Sequence[_Request]) -> None:
    """Nothing, for whoever still waits: something went wrong with the question."""
    _tell([(request, None) for request in batch])


def _settle(answers: Sequence[tuple[_Answer, Product | None]]) -> None:
    for answer, product in answers:
        if not answer.done():  # answered already, or its asker was cancelled
            answer.set_result(product)
