"""The process sandbox: the same supervisor as in a container, behind the walls that this machine allows.

With namespaces (as root, or where users may make their own) a program sees a root folder without the user's
files and has processes, network and IPC of its own. Without them Landlock keeps it from files, and the system
call filter from sockets, from other processes and from leaving its process group. Without Landlock too, it
can read what the user can read; the posture says so.
"""

from __future__ import annotations

import asyncio
import compileall
import contextlib
import functools
import importlib.metadata
import importlib.util
import os
import platform
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from evaluators.outage import PATIENCE
from evaluators.owner import clear, owned_folder, remove_tree
from evaluators.pool import SlotPool
from evaluators.posture import Promise
from evaluators.sandbox import Command, ExecResult, Limits, Policy, Posture, SandboxUnavailable
from evaluators.slot import Slot

__all__ = ["ProcessLauncher", "ProcessSandbox"]

_SUPERVISOR = Path(__file__).parent / "harness" / "supervisor.py"
_PACKAGES = ("numpy", "scipy", "sklearn", "joblib", "threadpoolctl")
# No -I: it would ignore PYTHONHASHSEED. -S leaves out every third-party package but the ones named.
_PYTHON_FLAGS = ("-s", "-S", "-P", "-B")
_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
# Each command brings its own walls; a slot as such has none that a larger command would not fit between.
_ROOM = Limits(memory_mib=sys.maxsize, scratch_mib=sys.maxsize, processes=sys.maxsize)
_CLOSE_SECONDS = 1.0
_ROUNDS = 10
_PREFIX = "cambrian-slot-"
_MEMORY = "memory of programs that may start processes is bounded for each process, not for all together"
_FIRST_UID = 1_900_000_000  # above what any system hands out, plus the process id: unique while it lives


class ProcessSandbox:
    """Implements `Sandbox` with processes of this machine. Linux only."""

    def __init__(
        self,
        *,
        slots: int,
        jobs_per_slot: int = 500,
        packages: Sequence[str] = _PACKAGES,
        policies: Collection[Policy] = tuple(Policy),
        namespaces: bool = True,
        patience: float = PATIENCE,
        say: Callable[[str], None] | None = None,
    ) -> None:
        """Prepare; nothing is started yet.

        Args:
            slots: commands run at a time, at least 1.
            jobs_per_slot: commands after which a supervisor is replaced; 1 for a fresh one each time.
            packages: packages that programs may import besides the standard library, where installed.
            policies: what commands may ask for. With `Policy.PROCESSES` among them the posture is not full:
                memory is bounded for each process, not for all of a program's together.
            namespaces: whether to try namespaces; off to see how the sandbox does without.
            patience: as for every sandbox, see `SlotPool`; there is no engine here that could go away.
            say: likewise.
        """
        launcher = ProcessLauncher(packages=packages, policies=policies, namespaces=namespaces)
        self._packages = tuple(packages)
        self._policies = frozenset(policies)
        self._pool = SlotPool(
            launcher, slots=slots, jobs_per_slot=jobs_per_slot, room=_ROOM, patience=patience, say=say
        )

    @property
    def identity(self) -> str:
        packages = [f"{name} {_version_of(name)}" for name in self._packages if _version_of(name)]
        return f"process Python {platform.python_version()} {', '.join(packages)} {platform.machine()}"

    async def start(self) -> Posture:
        return await self._pool.start()

    async def run(self, command: Command) -> ExecResult:
        if command.policy not in self._policies:
            raise ValueError(f"this sandbox was made for {sorted(self._policies)}, not {command.policy}")
        return await self._pool.run(command)

    async def close(self) -> None:
        await self._pool.close()


class ProcessLauncher:
    """Starts supervisors as processes; learns at the first one whether namespaces can be had."""

    def __init__(self, *, packages: Sequence[str], policies: Collection[Policy], namespaces: bool) -> None:
        self._packages = packages
        self._notes = (_MEMORY,) if Policy.PROCESSES in policies else ()
        self._namespaces = namespaces
        self._why_not = "" if namespaces else "not asked for"
        self._is_settled = False
        self._found: list[str] | None = None

    async def launch(self, room: Limits, preload: Sequence[str]) -> tuple[Slot, Promise]:
        if not sys.platform.startswith("linux"):
            raise SandboxUnavailable(f"the process sandbox needs Linux, this is {sys.platform}; use Docker")
        if self._found is None:
            await asyncio.to_thread(clear, _PREFIX)
            await asyncio.to_thread(_compile_harness)
            self._found = await asyncio.to_thread(_locate, self._packages)
        if self._namespaces:
            try:
                slot = await self._start("namespaces", preload)
            except SandboxUnavailable as error:
                if self._is_settled:  # what the first slot had, all have: a later failure must not weaken it
                    raise
                self._namespaces, self._why_not = False, str(error)
            else:
                self._is_settled = True
                facts = {"isolation": "namespaces"}
                return slot, Promise(
                    kind="process", namespaces=True, files=True, notes=self._notes, facts=facts
                )
        return await self._start("none", preload), self._promise_without()

    async def is_back(self) -> bool:
        """Nothing stands between this process and its slots."""
        return True

    async def close(self) -> None:
        """Slots share nothing."""

    def _promise_without(self) -> Promise:
        landlock = _has_landlock()
        notes = [
            *self._notes,
            f"no namespaces ({self._why_not})",
            "the scratch folder is bounded for each file, not as a whole",
            "threads and processes are counted together with the user's others",
            "processes of a program have no semaphores to share",
        ]
        facts = {"isolation": "landlock" if landlock else "system call filter only"}
        return Promise(kind="process", namespaces=False, files=landlock, notes=tuple(notes), facts=facts)

    async def _start(self, isolation: str, preload: Sequence[str]) -> Slot:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        spawning = asyncio.ensure_future(asyncio.to_thread(_spawn, theirs, with_folder=isolation == "none"))
        spawning.add_done_callback(lambda _: theirs.close())
        try:
            process, folder = await asyncio.shield(spawning)
        except OSError as error:
            ours.close()
            raise SandboxUnavailable(f"the supervisor could not be started: {error}") from error
        except asyncio.CancelledError:  # the thread goes on, and what it starts must be ended
            ours.close()
            await asyncio.shield(_undo(spawning))
            raise
        slot = Slot(ours, stop=_stopper(process, folder))
        settings = {
            "isolation": isolation,
            "child_uid": _FIRST_UID + process.pid if os.getuid() == 0 else None,
            "packages": self._found,
        }
        if folder is not None:
            settings["scratch"] = str(folder / "scratch")
        try:
            await slot.greet(settings, preload=preload)
        except BaseException:
            await asyncio.shield(slot.close())
            raise
        return slot


def _spawn(control: socket.socket, *, with_folder: bool) -> tuple[subprocess.Popen[bytes], Path | None]:
    number = control.fileno()
    folder = _make_folder() if with_folder else None
    places = [] if folder is None else [str(folder)]
    try:
        process = subprocess.Popen(
            [sys.executable, *_PYTHON_FLAGS, str(_SUPERVISOR), str(number), *places],
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            pass_fds=(number,),
            start_new_session=True,
        )
    except OSError:
        if folder is not None:
            remove_tree(folder)
        raise
    return process, folder


async def _undo(spawning: asyncio.Future[tuple[subprocess.Popen[bytes], Path | None]]) -> None:
    """End a supervisor that nobody waits for any more, once it is there."""
    with contextlib.suppress(OSError):
        process, folder = await spawning
        await _stopper(process, folder)()


def _stopper(process: subprocess.Popen[bytes], folder: Path | None) -> Callable[[], asyncio.Future[None]]:
    """Waits for a supervisor to go, which it does once its socket is closed, and then makes it."""

    def wait() -> None:
        try:
            process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            _kill_descendants(process.pid)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if folder is not None:
            remove_tree(folder)

    return lambda: asyncio.get_running_loop().run_in_executor(None, wait)


def _kill_descendants(pid: int) -> None:
    """What a program has started would outlive its supervisor. Several rounds: it may be forking."""
    for _ in range(_ROUNDS):
        found = list(_descendants(pid))
        if not found:
            return
        for one in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(one, signal.SIGKILL)


def _descendants(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # ended by now
            for child in path.read_text().split():
                yield from _descendants(int(child))
                yield int(child)


def _make_folder() -> Path:
    folder = owned_folder(_PREFIX, mode=0o711)
    (folder / "scratch").mkdir(mode=0o700)
    return folder


def _locate(packages: Sequence[str]) -> list[str]:
    """Folders and files of the packages that are installed, with their bundled libraries."""
    found: list[str] = []
    for name in packages:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        place = origin.parent if origin.name == "__init__.py" else origin
        found.append(str(place.resolve()))
        library = {"sklearn": "scikit_learn"}.get(name, name) + ".libs"
        if (place.parent / library).is_dir():
            found.append(str((place.parent / library).resolve()))
    return found


@functools.cache
def _compile_harness() -> None:
    """Spare every supervisor the compilation of its modules: it writes no bytecode itself, for safety."""
    if not sys.dont_write_bytecode:
        compileall.compile_dir(_SUPERVISOR.parent, maxlevels=0, quiet=2)  # silent where it may not write


@functools.cache
def _version_of(package: str) -> str:
    """Version of an installed package, empty when it is not there."""
    name = {"sklearn": "scikit-learn"}.get(package, package)
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return importlib.metadata.version(name)
    return ""


def _has_landlock() -> bool:
    from evaluators.harness import isolate

    return isolate.landlock_abi() > 0
