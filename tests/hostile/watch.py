"""What a sandbox has left on this machine: processes, containers, files, kernel objects."""

from __future__ import annotations

import functools
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["KEY", "MARK", "Machine", "containers", "resident_mib", "strays", "strays_in_containers"]

MARK = "cambrian_mark"
"""How everything begins that a program of the suite leaves behind when it can."""

KEY = 0x43424D
"""Of the SysV objects that programs of the suite make when they can."""

_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/", ".", str(Path.home()))
_GRACE = 5.0  # seconds a killed process may take to go


class Machine:
    """A picture of the machine from before, to be compared with it as it is now."""

    def __init__(self, *, has_containers: bool) -> None:
        """Take the picture; `has_containers` says whether to look into containers too, which takes longer."""
        self._has_containers = has_containers
        self._shared = _shared_objects()

    def leftovers(self) -> list[str]:
        """Everything a program has left, each in a few words. Waits shortly for what is just going."""
        deadline = time.monotonic() + _GRACE
        while (found := self._strays()) and time.monotonic() < deadline:
            time.sleep(0.01)
        found += [f"kernel object {name}" for name in _shared_objects() - self._shared]
        for place in {*_PLACES, tempfile.gettempdir()}:
            if Path(place).is_dir():
                found += [f"file {path}" for path in Path(place).glob(f"{MARK}*")]
        return found

    def _strays(self) -> list[str]:
        engine = os.getpid()
        return strays(engine) + (strays_in_containers(engine) if self._has_containers else [])


def strays(engine: int) -> list[str]:
    """Processes of programs that are alive below an engine: those with a filter that the engine has not."""
    found = []
    own = _facts(engine).get("Seccomp_filters", "0")
    for pid in _descendants(engine):
        facts = _facts(pid)
        if facts and int(facts.get("Seccomp_filters", "0")) > int(own) and not facts["State"].startswith("Z"):
            found.append(f"process {pid} {facts['Name']}")
    return found


def strays_in_containers(engine: int) -> list[str]:
    """Processes in the containers of an engine besides the first of each."""
    found = []
    for identifier in containers(engine):
        first = _first_process(identifier)
        found += [
            f"process {pid} in container {identifier[:12]}" for pid in _descendants(first) if _facts(pid)
        ]
    return found


def containers(engine: int) -> list[str]:
    """Ids of the containers of an engine; empty where there is no Docker."""
    listed = _docker().containers(all=True, filters={"name": f"cambrian-{engine}-"}) if _has_docker() else ()
    return [str(found["Id"]) for found in listed]


def resident_mib() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@functools.cache
def _docker() -> Any:
    import docker

    return docker.from_env().api


@functools.cache
def _has_docker() -> bool:
    from evaluators.docker.image import available

    return available() is None


def _first_process(container: str) -> int:
    """Process number of a container's first process; 0 when it is gone."""
    try:
        return int(_docker().inspect_container(container)["State"]["Pid"])
    except OSError:  # the library's error for a container that is not there is one
        return 0


def _descendants(pid: int) -> Iterator[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:  # it ended meanwhile
        return
    for thread in threads:
        try:
            children = Path(f"/proc/{pid}/task/{thread}/children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from _descendants(child)


def _facts(pid: int) -> dict[str, str]:
    """Name to value of a process's status; empty when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _shared_objects() -> set[str]:
    """SysV shared memory, semaphores and queues with the suite's key in the machine's own namespace."""
    found = set()
    for kind in ("shm", "sem", "msg"):
        table = Path(f"/proc/sysvipc/{kind}")
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            key, number = line.split()[:2]
            if int(key) == KEY:
                found.add(f"{kind} {number}")
    return found
