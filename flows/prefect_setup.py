"""Where Prefect runs: the API a run is recorded with, or a local server when there is none.

Import this before anything of Prefect: Prefect decides about its telemetry while it is imported.

Run as a program (``python -P -m flows.prefect_setup FD``) it is the local server itself.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import IO

import httpx

from flows.settings import child_environment, set_default
from problems.errors import CambrianError

# Prefect sends a usage event on import from a terminal unless this is set; a user's own choice stands.
set_default("DO_NOT_TRACK", "1")

from prefect.settings import (  # noqa: E402  # Prefect reads the variable while it is imported
    get_current_settings,
    temporary_settings,
)

__all__ = [
    "STANDARD_API",
    "PrefectUnavailable",
    "prefect_api",
    "prefect_server",
    "quiet_console",
    "standing_api",
]

STANDARD_API = "http://127.0.0.1:4200/api"
"""Where `prefect server start` answers unless told otherwise."""

_START_SECONDS = (
    90.0  # a fresh database is migrated first: 13 s measured, several times that on a busy machine
)
_PROBE_SECONDS = 3.0


class PrefectUnavailable(CambrianError):
    """Prefect can neither be reached nor started; the message says how to go on."""


@asynccontextmanager
async def prefect_api(say: Callable[[str], None]) -> AsyncIterator[str]:
    """Gives Prefect an API for the time of the context, and keeps its log off the terminal.

    Takes, in this order: the configured API (``PREFECT_API_URL`` or the Prefect profile), a server on
    `STANDARD_API`, a local server of this process, which stays up until the process ends.

    Args:
        say: told in one line when a local server has to be started, since that takes 5 to 15 s.

    Yields:
        The address of the API.

    Raises:
        PrefectUnavailable: the configured API does not answer, or the local server did not come up.
    """
    url = await asyncio.to_thread(standing_api)
    if url is None:
        if not _local_server.is_up:
            say("Starting a local Prefect server to record the run (about 10 s; --no-prefect goes without)")
        url = await _local_server.start()
    with temporary_settings({"api.url": url}), quiet_console():
        yield url


@contextmanager
def prefect_server() -> Iterator[str]:
    """Gives Prefect the API of a lasting server, which schedules and workers need.

    Yields:
        The address of the API.

    Raises:
        PrefectUnavailable: no server answers.
    """
    url = standing_api()
    if url is None:
        raise PrefectUnavailable(
            f"Schedules need a Prefect server, and none answers at {STANDARD_API}. "
            "Start one with `prefect server start`, or set PREFECT_API_URL to one that runs."
        )
    with temporary_settings({"api.url": url}), quiet_console():
        yield url


@contextmanager
def quiet_console() -> Iterator[None]:
    """Keeps Prefect's log lines off the terminal; they still go to its API."""
    from prefect.logging.handlers import PrefectConsoleHandler

    named = (logging.getLogger(name) for name in list(logging.root.manager.loggerDict))
    consoles = {
        handler: handler.level
        for logger in (logging.root, *named)
        for handler in logger.handlers
        if isinstance(handler, PrefectConsoleHandler)
    }
    for handler in consoles:
        handler.setLevel(logging.CRITICAL + 1)
    # It hands over the last events while the process ends, long after this context, and counts them aloud.
    logging.getLogger("EventsWorker").setLevel(logging.ERROR)
    try:
        yield
    finally:
        for handler, level in consoles.items():
            handler.setLevel(level)


def standing_api() -> str | None:
    """The configured API, else a server on the standard port, else None."""
    configured = get_current_settings().api.url
    if configured is None:
        return STANDARD_API if _answers(STANDARD_API) else None
    if not _answers(configured):
        raise PrefectUnavailable(
            f"Prefect is set to use {configured}, and nothing answers there. Start it with "
            "`prefect server start`, correct or unset PREFECT_API_URL, or run with --no-prefect."
        )
    return configured


def _answers(url: str) -> bool:
    """Whether a Prefect API answers. Prefect Cloud refuses the bare request, which is an answer too."""
    try:
        response = httpx.get(f"{url}/health", timeout=_PROBE_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
    if url == STANDARD_API:
        return response.status_code == httpx.codes.OK and response.text == "true"
    return response.status_code < httpx.codes.INTERNAL_SERVER_ERROR


class _LocalServer:
    """A Prefect server of this process alone, on a free loopback port, with Prefect's usual database.

    It stands in a session of its own, so that Ctrl-C in the terminal stops the run and not the server
    that records how the run ended. It ends by itself when its standard input closes, that is when this
    process is gone, however it ended.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._url = ""

    @property
    def is_up(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self) -> str:
        """Starts it unless it runs; waits until it answers and returns its address."""
        if self.is_up:
            return self._url
        try:
            with tempfile.TemporaryFile() as log:
                process = self._launch(log)
                try:
                    await self._wait_for_answer(process, log)
                except BaseException:
                    process.kill()
                    process.wait()
                    raise
        except OSError as error:
            raise _no_server(str(error)) from error
        self._process = process
        return self._url

    async def _wait_for_answer(self, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not await asyncio.to_thread(_answers, self._url):
            if process.poll() is not None or time.monotonic() > deadline:
                log.seek(0)
                said = _cause(log.read().decode(errors="replace"))
                raise _no_server(said or f"no answer within {_START_SECONDS:.0f} s")
            await asyncio.sleep(0.1)

    def _launch(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Hands the server a bound socket, so that no other process can take the port in between."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as bound:
            bound.bind(("127.0.0.1", 0))
            self._url = f"http://127.0.0.1:{bound.getsockname()[1]}/api"
            return subprocess.Popen(
                # -P: a folder named `flows` or `problems` where the user stands must not be imported.
                [sys.executable, "-P", "-m", "flows.prefect_setup", str(bound.fileno())],
                env=child_environment(
                    **{
                        **get_current_settings().to_environment_variables(exclude_unset=True),
                        "PREFECT__SERVER_EPHEMERAL": "1",
                        "PREFECT__SERVER_FINAL": "1",
                        "PREFECT_UI_ENABLED": "0",
                        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                    }
                ),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(bound.fileno(),),
                start_new_session=True,
            )


def _cause(log: str) -> str:
    """The last exception in a server's log, else its last line; empty when it said nothing."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"[\w.]+(Error|Exception): ", line)]
    return (errors or lines or [""])[-1].rstrip(".")


def _no_server(reason: str) -> PrefectUnavailable:
    return PrefectUnavailable(
        f"The local Prefect server did not start: {reason}. "
        "Run with --no-prefect to go without Prefect; nothing else changes."
    )


_local_server = _LocalServer()


def _serve(descriptor: int) -> None:
    """Serves Prefect's API on a bound socket until standard input closes."""
    import uvicorn

    def follow_parent() -> None:
        # Read from the descriptor: a thread inside a buffered read aborts the interpreter when it exits.
        while os.read(0, 1024):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow_parent, daemon=True).start()
    config = uvicorn.Config(
        "prefect.server.api.server:create_app", factory=True, log_level="error", lifespan="on"
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
