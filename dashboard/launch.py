"""Starting the dashboard's server, on this machine only."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.parse import urlencode

from flows.settings import child_environment
from problems.errors import CambrianError

__all__ = ["DB_VARIABLE", "DashboardError", "Server", "launch", "serve"]

DB_VARIABLE = "CAMBRIAN_DB"
"""Environment variable with the database's URL. A command line would show its password to every user."""

_APP = Path(__file__).with_name("app.py")
_LOOPBACK = "127.0.0.1"
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
_OPTIONS = {
    "server.headless": "true",
    "server.address": _LOOPBACK,
    # Against pages elsewhere that point a name of theirs at this machine (DNS rebinding).
    "server.allowedHosts": _LOOPBACK,
    "server.fileWatcherType": "none",
    "browser.gatherUsageStats": "false",
    "browser.serverAddress": _LOOPBACK,
    "client.toolbarMode": "viewer",
    "logger.hideWelcomeMessage": "true",
    "runner.magicEnabled": "false",
}


class DashboardError(CambrianError):
    """The dashboard cannot be started as asked."""


@dataclass(frozen=True, slots=True)
class Server:
    """A dashboard that answers.

    Attributes:
        address: what to open in a browser.
        process: the server's process.
    """

    address: str
    process: subprocess.Popen[bytes]


def launch(
    db_url: str,
    *,
    host: str = _LOOPBACK,
    port: int = 8501,
    open_browser: bool = False,
    run: str | None = None,
    announce: Callable[[str], None] | None = None,
) -> int:
    """Serve the dashboard until it ends or is interrupted (SIGINT, SIGTERM).

    Args:
        db_url: SQLAlchemy URL of the database.
        host: address to bind to; only this machine's own.
        port: TCP port; 0 for any free one.
        open_browser: whether to open the address in the user's browser.
        run: id or name of the run to show first; the newest without it.
        announce: is called with the address once the dashboard answers.

    Returns:
        Exit code: 0 after an interruption, else that of the server.

    Raises:
        DashboardError: another host was asked for, the port is taken, or the server did not start.
    """
    try:
        with _sigterm_interrupts(), serve(db_url, host=host, port=port, run=run) as server:
            if announce is not None:
                announce(server.address)
            if open_browser:
                webbrowser.open(server.address)
            return server.process.wait()
    except KeyboardInterrupt:
        return 0


@contextmanager
def serve(
    db_url: str, *, host: str = _LOOPBACK, port: int = 8501, run: str | None = None
) -> Iterator[Server]:
    """A dashboard that answers, stopped when the context ends. Arguments and errors as for `launch`."""
    port = _usable(host, port)
    root = f"http://{_LOOPBACK}:{port}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            # -P keeps the working folder, which may hold a `problems/` of the user's, off the import path.
            [sys.executable, "-P", "-m", "streamlit", "run", str(_APP), f"--server.port={port}"]
            + [f"--{name}={value}" for name, value in _OPTIONS.items()],
            env=child_environment(**{DB_VARIABLE: db_url}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
        )
        try:
            _await(process, root, log)
            yield Server(f"{root}/?{urlencode({'run': run})}" if run else root, process)
        finally:
            _stop(process)


def _usable(host: str, port: int) -> int:
    if host not in (_LOOPBACK, "localhost"):
        raise DashboardError(
            f"the dashboard has no access control yet and so refuses to be reachable at {host}; "
            f"leave out the host, and reach {_LOOPBACK} from elsewhere through an SSH tunnel"
        )
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except (OSError, OverflowError) as error:
            raise DashboardError(
                f"port {port} cannot be used ({error}); a dashboard may be open there already, "
                "or choose another port (0 takes any free one)"
            ) from error
        return int(probe.getsockname()[1])


def _await(process: subprocess.Popen[bytes], root: str, log: IO[bytes]) -> None:
    # A proxy in the environment must not be asked for an address on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with opener.open(f"{root}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    log.seek(0)
    said = log.read(100_000).decode(errors="replace").strip().splitlines()[-5:]
    how = "did not answer in time" if process.poll() is None else f"ended with code {process.returncode}"
    raise DashboardError("\n".join([f"the dashboard's server {how}", *said]))


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM end a server as Ctrl-C does; by default it would leave the child behind."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
