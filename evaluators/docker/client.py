"""The one place that speaks to a Docker engine. Every call has a time limit and runs off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import docker
import docker.errors
import requests.exceptions
from docker.types import LogConfig, Mount, Ulimit

from evaluators.docker.profile import profile
from evaluators.sandbox import SandboxUnavailable

__all__ = [
    "BUILD_SECONDS",
    "LABEL",
    "Engine",
    "container_options",
    "is_dead",
    "owner",
    "reap",
    "remove",
]

LABEL = "cambrian.sandbox"
BUILD_SECONDS = 3600.0
_PING_SECONDS = 2.0
_CALL_SECONDS = 30.0
_T = TypeVar("_T")


class Engine:
    """Containers of one Docker engine, found the way the ``docker`` command finds it."""

    def __init__(self, *, seconds: float = _CALL_SECONDS) -> None:
        """Prepare; `seconds` is how long the engine may be silent in a call."""
        self._client: Any = None
        self._seconds = seconds

    def connect(self) -> None:
        """Reach the engine within 2 s. Blocking.

        Raises:
            SandboxUnavailable: there is none, with the reason.
        """
        if self._client is not None:
            return
        with _translated("reach the Docker engine (is it running, and may this user use it?)"):
            quick = docker.from_env(timeout=_PING_SECONDS)
            try:
                quick.ping()
            finally:
                quick.close()
            self._client = docker.from_env(timeout=self._seconds)

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

    def now(self, what: str, work: Callable[[Any], _T]) -> _T:
        """The same in this thread."""
        self.connect()
        with _translated(what):
            return work(self._client)

    def close(self) -> None:
        """Give up the connection."""
        if self._client is not None:
            self._client.close()
            self._client = None


def container_options(
    *,
    image: str,
    name: str,
    command: list[str],
    folder: Path,
    mib: int,
    processes: int,
    scratch_mib: int,
    cpus: float,
) -> dict[str, Any]:
    """Everything a slot's container is created with.

    Args:
        image: name or id.
        name: of the container.
        command: of PID 1.
        folder: of the host, seen read-only at ``/run/cambrian``.
        mib: memory of all processes and scratch files together.
        processes: of the whole container.
        scratch_mib: size of the scratch folder.
        cpus: cores.
    """
    places = f"rw,nosuid,nodev,size={max(scratch_mib, 1)}m,nr_inodes={max(1024, 64 * scratch_mib)},mode=1777"
    return {
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
        "tmpfs": {"/scratch": places + ",exec", "/dev/shm": places + ",noexec"},
        "mounts": [Mount(target="/run/cambrian", source=str(folder), type="bind", read_only=True)],
        "labels": {LABEL: owner()},
        "auto_remove": True,
        "detach": True,
    }


def remove(client: Any, identifier: str) -> None:  # noqa: ANN401  # the library has no types
    """Kill and remove a container; one that is gone or going is done."""
    with contextlib.suppress(docker.errors.NotFound):
        try:
            client.api.remove_container(identifier, force=True)
        except docker.errors.APIError as error:
            if error.status_code != 409:  # its removal is under way already
                raise


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


@functools.cache
def owner() -> str:
    """This engine's name on labels: boot, process namespace, process and its start time."""
    return f"{_boot()} {_namespace()} {os.getpid()} {_started(os.getpid())}"


def is_dead(name: str) -> bool:
    """Whether the engine of this name, see `owner`, is known to be gone."""
    match name.split():
        case [boot, namespace, pid, started] if (
            boot == _boot() and namespace == _namespace() and pid.isdigit()
        ):
            return _started(int(pid)) != started
    return False


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _namespace() -> str:
    return str(Path("/proc/self/ns/pid").readlink())


def _started(pid: int) -> str:
    """Start time of a process in ticks since boot, empty when there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


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
