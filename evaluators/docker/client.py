"""The one place that speaks to a Docker engine. Every call has a time limit and runs off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import docker
import docker.errors
import docker.utils
import requests.exceptions
from docker.types import LogConfig, Mount, Ulimit

from evaluators.docker.profile import profile
from evaluators.owner import is_dead, owner
from evaluators.sandbox import SandboxUnavailable

__all__ = [
    "BUILD_SECONDS",
    "LABEL",
    "Engine",
    "container_options",
    "reap",
    "remove",
]

LABEL = "cambrian.sandbox"
BUILD_SECONDS = 3600.0
_PING_SECONDS = 2.0
_ANSWER_SECONDS = 1.0
_CALL_SECONDS = 30.0
_REMOVAL_SECONDS, _REMOVAL_PAUSE = 5.0, 0.02
_LOCAL_URL = "http+docker://localhost"  # what the library makes of unix:// and of no DOCKER_HOST
_HARNESS_FOLDER = "/run/cambrian"
_T = TypeVar("_T")


class Engine:
    """Containers of one Docker engine, found the way the ``docker`` command finds it."""

    def __init__(self, *, seconds: float = _CALL_SECONDS) -> None:
        """Prepare; `seconds` is how long the engine may be silent in a call."""
        self._client: Any = None
        self._seconds = seconds
        self._where: dict[str, Any] | None = None

    def connect(self) -> None:
        """Reach the engine within 2 s. Blocking.

        Raises:
            SandboxUnavailable: there is none, with the reason.
        """
        if self._client is not None:
            return
        with _translated("reach the Docker engine (is it running, and may this user use it?)"):
            quick = self._open(_PING_SECONDS)
            try:
                quick.ping()
            finally:
                quick.close()
            self._client = self._open(self._seconds)

    async def call(self, what: str, work: Callable[[Any], _T]) -> _T:
        """Do `work` with the client in a thread.

        Raises:
            SandboxUnavailable: the engine refused or was silent for 35 s; `what` says what was asked of it.
        """

        def blocking() -> _T:
            self.connect()
            with _translated(what):
                return work(self._client)

        try:
            async with asyncio.timeout(_CALL_SECONDS + 5.0):
                return await asyncio.to_thread(blocking)
        except TimeoutError:
            raise SandboxUnavailable(f"could not {what}: the Docker engine was silent") from None

    async def answers(self) -> bool:
        """Whether the engine is there now. Takes at most 1 s, and never raises."""

        def ping() -> bool:
            try:
                with _translated("reach the Docker engine"):
                    quick = self._open(_ANSWER_SECONDS)
                    with contextlib.closing(quick):
                        return bool(quick.ping())
            except SandboxUnavailable:
                return False

        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await asyncio.to_thread(ping)
        except TimeoutError:
            return False

    def now(self, what: str, work: Callable[[Any], _T]) -> _T:
        """The same in this thread."""
        self.connect()
        with _translated(what):
            return work(self._client)

    def is_local(self) -> bool:
        """Whether it is reached by a socket of this machine, which a tunnel or a virtual machine may own."""
        return self.now("see where it is", lambda client: bool(client.api.base_url == _LOCAL_URL))

    def close(self) -> None:
        """Give up the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _open(self, seconds: float) -> Any:  # noqa: ANN401  # the library has no types
        if self._where is None:  # kept: it is the same engine however often it is asked for
            self._where = docker.utils.kwargs_from_env()
        client = docker.DockerClient(**self._where, timeout=seconds)
        # The library attaches to a container with no time limit, unlike everything else that it asks for.
        client.api.post = functools.partial(client.api.post, timeout=seconds)
        return client


def container_options(
    *,
    image: str,
    name: str,
    command: list[str],
    folder: Path | None,
    mib: int,
    processes: int,
    scratch_mib: int,
    cpus: float,
    runtime: str | None = None,
) -> dict[str, Any]:
    """Everything a slot's container is created with.

    Args:
        image: name or id.
        name: of the container.
        command: of PID 1.
        folder: of the host, seen read-only at ``/run/cambrian``; None for an empty one of the container's
            own there, which only root can write to, and an open standard input.
        mib: memory of all processes and scratch files together.
        processes: of the whole container.
        scratch_mib: size of the scratch folder.
        cpus: cores.
        runtime: of the engine, None for its default.
    """
    if folder is None:
        own = {_HARNESS_FOLDER: "rw,nosuid,nodev,noexec,size=2m,nr_inodes=64,mode=711"}
        seen: dict[str, Any] = {"stdin_open": True, "tmpfs": own}
    else:
        mount = Mount(target=_HARNESS_FOLDER, source=str(folder), type="bind", read_only=True)
        seen = {"mounts": [mount], "tmpfs": {}, "detach": True}
    if runtime is not None:
        seen["runtime"] = runtime
    places = f"rw,nosuid,nodev,size={max(scratch_mib, 1)}m,nr_inodes={max(1024, 64 * scratch_mib)},mode=1777"
    return seen | {
        "image": image,
        "name": name,
        "command": command,
        "entrypoint": [],
        "user": "0:0",
        "working_dir": "/",
        "environment": {
            "PYTHONHASHSEED": "0",
            "PYTHONSAFEPATH": "1",
            "PYTHONUTF8": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MKL_NUM_THREADS": "1",
        },
        "hostname": "sandbox",
        "network_mode": "none",
        "network_disabled": True,
        "read_only": True,
        "ipc_mode": "none",
        "cap_drop": ["ALL"],
        "cap_add": ["SETUID", "SETGID", "KILL"],
        "security_opt": ["no-new-privileges", f"seccomp={profile()}"],
        "pids_limit": processes,
        "mem_limit": f"{mib}m",
        "memswap_limit": f"{mib}m",
        "nano_cpus": int(cpus * 1e9),
        "log_config": LogConfig(type=LogConfig.types.NONE),
        "ulimits": [Ulimit(name="core", soft=0, hard=0)],
        # exec is for compiled programs; nothing in a container can gain rights by it.
        "tmpfs": seen["tmpfs"] | {"/scratch": places + ",exec", "/dev/shm": places + ",noexec"},
        "labels": {LABEL: owner()},
        "auto_remove": True,
        # The supervisor ignores SIGTERM, and an engine that is stopped or restarted would wait 10 s for it.
        "stop_signal": "SIGKILL",
    }


def remove(client: Any, identifier: str) -> None:  # noqa: ANN401  # the library has no types
    """Kill and remove a container; one that is gone is done, one that is going is waited for, up to 5 s."""
    deadline = time.monotonic() + _REMOVAL_SECONDS
    while True:
        try:
            client.api.remove_container(identifier, force=True)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError as error:
            # 409: its removal is under way already. 500: its folder is busy, as after a crash of the engine.
            is_going = error.status_code == 409
            if not is_going and error.status_code != 500:
                raise
            if time.monotonic() > deadline:
                if is_going:
                    return
                raise
            time.sleep(_REMOVAL_PAUSE)
        else:
            return


def reap(client: Any) -> int:  # noqa: ANN401  # the library has no types
    """Remove containers whose engine is dead; how many.

    Only an engine of this boot and of this process namespace can be told to be dead. Containers of any other
    are left alone: they end by themselves when their engine's socket closes.
    """
    count = 0
    for found in client.api.containers(all=True, filters={"label": LABEL}):
        if is_dead(found.get("Labels", {}).get(LABEL, "")):
            remove(client, found["Id"])
            count += 1
    return count


@contextlib.contextmanager
def _translated(what: str) -> Any:  # noqa: ANN401  # a context manager that yields nothing
    try:
        yield
    except docker.errors.DockerException as error:
        raise SandboxUnavailable(f"could not {what}: {_first_line(error)}") from error
    except (requests.exceptions.RequestException, OSError) as error:
        raise SandboxUnavailable(f"could not {what}: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    """The operating system's word where that is the cause; the library wraps it in several layers."""
    cause: BaseException | None = error
    while cause is not None:
        if type(cause).__module__ == "builtins" and isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    explanation = getattr(error, "explanation", None)  # what the engine said, without its address
    return (str(explanation or error).splitlines() or [type(error).__name__])[0][:300]
