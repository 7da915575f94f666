"""The wall of dollars against a server's own count, through failures and real kills."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from archive.sql.store import open_store
from tests.tools.model_server import Fault, ModelServer, answer, serving, wire
from tests.tools.spender import LIMIT, PRICE, RUN, WORST_TOKENS

ROOT = Path(__file__).parent.parent.parent
WORKERS = 16
PATIENCE = 240.0
"""Seconds; a loaded machine takes long to start a process."""
EVERY = 24
"""Requests in which each kind of failure comes once: too far apart to open the breaker."""


def script(number: int, body: Any) -> Fault:
    """Answers of nearly the longest length after random waits, and one request in six fails in some way."""
    draw = random.Random(number)
    usage = {"prompt_tokens": 10, "completion_tokens": draw.randint(WORST_TOKENS - 10, WORST_TOKENS)}
    full, wait = answer("x", usage=usage), draw.uniform(0.02, 0.3)
    if number == 15:
        # Once only: a machine so slow that this takes a second makes the ledger count what was not billed.
        return Fault(drop="before", billed=False)
    match number % EVERY:
        case 3:
            return wire("slow down", status=429, retry_after=0.02)
        case 9:
            return wire("down", status=503)
        case 15:
            return Fault(body=full, delay=1.1, drop="before")
        case 21:
            return Fault(body=full, delay=wait, drop="middle")
    return Fault(body=full, delay=wait)


async def test_sixteen_workers_two_kills_and_failures_spend_the_budget_and_never_pass_it(
    tmp_path: Path,
) -> None:
    """Broken by hand: not booking a call before it is made passes the wall by what was under way when killed.

    The server holds its answers back until it has a request of each worker, and bills them after the kill:
    the most that can be spent and not be heard of.
    """
    async with serving(script) as server:
        for cents in (25, 55):
            process = _start(tmp_path, server)
            await _until(process, lambda n=cents: _spent(server) > n / 100)
            server.hold()
            await _until(process, lambda: server.under_way == WORKERS)
            await _kill(process)
            server.release()
            await _until(None, lambda: server.under_way == 0)
        await _end(tmp_path, server)
        booked, spent = await _booked(tmp_path), _spent(server)
    assert spent <= booked + 1e-9 <= LIMIT + 2e-9
    assert spent >= 0.97 * LIMIT


async def test_kills_at_any_moment_leave_nothing_out_that_a_server_bills(tmp_path: Path) -> None:
    """What was booked and not sent when the kill came counts in the ledger alone, which is the safe side."""
    async with serving(script) as server:
        for requests in (20, 45):
            process = _start(tmp_path, server)
            await _until(process, lambda n=requests: len(server.bodies) >= n)
            await _kill(process)
            await _until(None, lambda: server.under_way == 0)
        await _end(tmp_path, server)
        booked, spent = await _booked(tmp_path), _spent(server)
    assert spent <= booked + 1e-9 <= LIMIT + 2e-9
    assert booked >= 0.97 * LIMIT


def _spent(server: ModelServer) -> float:
    """Dollars by the server's own bill."""
    return server.tokens_out * PRICE / 1e6


async def _booked(folder: Path) -> float:
    """Dollars by the ledger."""
    store = open_store(folder / "wall.db")
    totals = await store.totals(RUN)
    await store.close()
    return totals.usage.dollars


def _start(folder: Path, server: ModelServer) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.tools.spender", str(folder / "wall.db"), server.url]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


async def _kill(process: subprocess.Popen[bytes]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    await asyncio.to_thread(process.wait)
    assert process.returncode == -signal.SIGKILL


async def _end(folder: Path, server: ModelServer) -> None:
    """Take the run up once more and let it spend what is left."""
    last = _start(folder, server)
    await _until(None, lambda: last.poll() is not None)
    assert last.returncode == 0


async def _until(process: subprocess.Popen[bytes] | None, holds: Callable[[], bool]) -> None:
    """Wait until it holds; the server goes on meanwhile, and the process, where there is one, must too."""
    async with asyncio.timeout(PATIENCE):
        while not holds():
            assert process is None or process.poll() is None, "the process ended by itself"
            await asyncio.sleep(0.002)
