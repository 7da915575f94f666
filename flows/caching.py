"""What stages found before, kept in the user's cache folder and shared by all runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from evaluators.cache import StageCache
from evaluators.cache_file import FileCache
from evaluators.sandbox import Posture
from flows.settings import Settings

__all__ = ["open_cache"]


@asynccontextmanager
async def open_cache(settings: Settings, posture: Posture) -> AsyncIterator[StageCache | None]:
    """The stage cache that the environment asks for, closed in the end; None when it is off.

    It is off as well in a sandbox whose programs can write to the user's files: they could put results there.
    """
    path = settings.cache_file
    if path is None or posture.facts.get("host_writable") != "false":
        yield None
        return
    cache = FileCache(path)
    try:
        yield cache
    finally:
        await cache.close()
