"""The processes that this one started."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

__all__ = ["end_children"]


async def end_children(seconds: float) -> None:
    """Asks them to end by SIGTERM and waits until they have, at most so many seconds."""
    deadline = time.monotonic() + seconds
    asked = _child_processes()
    for child in asked:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)
    while asked & _child_processes() and time.monotonic() < deadline:
        await asyncio.sleep(0.1)


def _child_processes() -> set[int]:
    """Ids of the processes that this one started; empty where the system does not tell (only Linux does)."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(child) for children in lists for child in children.read_text().split()}
