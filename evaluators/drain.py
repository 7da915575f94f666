"""Bounded reading of what a program writes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

__all__ = ["Drain"]


class Drain:
    """Reads a pipe on the event loop as bytes come, up to a limit.

    Attributes:
        data: what was read; with `tail`, only about the last so many bytes of it.
        is_over: whether more than the limit came.
    """

    def __init__(self, fd: int, *, limit: int, over: Callable[[], None], tail: int | None = None) -> None:
        self._fd = fd
        self._limit = limit
        self._over = over
        self._tail = tail
        self._seen = 0
        self._watching = False
        self.data = bytearray()
        self.is_over = False
        os.set_blocking(fd, False)

    def __enter__(self) -> Drain:
        asyncio.get_running_loop().add_reader(self._fd, self._step)
        self._watching = True
        return self

    def __exit__(self, *_: object) -> None:
        self._unwatch()

    def finish(self) -> None:
        """Take what is left; never waits, as a stray process may hold the other end."""
        while not self.is_over and self._step():
            continue

    def _step(self) -> bool:
        """Read once; whether there may be more."""
        try:
            chunk = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return False
        if not chunk:
            self._unwatch()
            return False
        self._seen += len(chunk)
        self.data += chunk
        if self._tail is not None and len(self.data) > 2 * self._tail:
            del self.data[: -self._tail]
        if self._seen > self._limit and not self.is_over:
            self.is_over = True
            self._unwatch()
            self._over()
        return True

    def _unwatch(self) -> None:
        if self._watching:
            asyncio.get_running_loop().remove_reader(self._fd)
            self._watching = False
