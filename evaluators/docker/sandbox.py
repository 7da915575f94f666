"""The Docker sandbox: one hardened container per slot, with the supervisor as its PID 1."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

from evaluators.docker.client import Engine, container_options, is_dead, owner, reap, remove
from evaluators.pool import SlotPool
from evaluators.posture import Promise
from evaluators.sandbox import Command, ExecResult, Limits, Posture, SandboxUnavailable
from evaluators.slot import Slot

__all__ = ["DockerSandbox"]

_HARNESS = Path(__file__).parent.parent / "harness"
_OVERHEAD_MIB = 192  # the supervisor with its libraries
_DIAL_SECONDS = 20.0
_PREFIX = "cambrian-docker-"
# RLIMIT_NPROC is counted per user of the kernel, over all containers, so every slot has a user of its own.
_FIRST_UID, _UIDS = 20_000, 40_000


class DockerSandbox:
    """Implements `Sandbox` with containers of one Docker engine on this machine."""

    def __init__(
        self,
        *,
        slots: int,
        image: str,
        cpus: float = 1.0,
        jobs_per_slot: int = 500,
    ) -> None:
        """Prepare; nothing is started yet.

        Args:
            slots: commands run at a time, at least 1.
            image: name or id of an image with Python 3.8 or newer as ``python3``.
            cpus: cores of one slot.
            jobs_per_slot: commands after which a container is replaced; 1 for a fresh one each time.
        """
        self._launcher = _Launcher(image=image, cpus=cpus)
        self._pool = SlotPool(self._launcher, slots=slots, jobs_per_slot=jobs_per_slot)

    @property
    def identity(self) -> str:
        return f"docker {self._launcher.image}"

    async def start(self) -> Posture:
        return await self._pool.start()

    async def run(self, command: Command) -> ExecResult:
        return await self._pool.run(command)

    async def close(self) -> None:
        await self._pool.close()


class _Launcher:
    def __init__(self, *, image: str, cpus: float) -> None:
        self._engine = Engine()
        self.image = image
        self._cpus = cpus
        self._folder: Path | None = None
        self._numbers = itertools.count(secrets.randbelow(_UIDS))
        self._lock = asyncio.Lock()

    async def launch(self, room: Limits, preload: Sequence[str]) -> tuple[Slot, Promise]:
        folder = await self._prepare()
        name = f"cambrian-{os.getpid()}-{secrets.token_hex(6)}"
        meeting = secrets.token_hex(16)  # cannot be listed, so nobody else on the machine can answer the call
        listener = _listen(folder / meeting)
        try:
            identifier = await self._create(name, folder, meeting, room)
            try:
                control = await _accept(listener)
            except BaseException:
                await asyncio.shield(self._remove(identifier))
                raise
        finally:
            listener.close()
            (folder / meeting).unlink(missing_ok=True)
        slot = Slot(control, stop=lambda: self._remove(identifier))
        settings = {
            "isolation": "container",
            "child_uid": _FIRST_UID + next(self._numbers) % _UIDS,
        }
        try:
            await slot.greet(settings, preload=preload)
        except BaseException:
            await asyncio.shield(slot.close())
            raise
        return slot, Promise(kind="docker", namespaces=True, files=True, facts={"image": self.image})

    async def close(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        self._engine.close()

    async def _prepare(self) -> Path:
        """Once: clear up after dead engines, find the image, lay out what containers see of the host."""
        async with self._lock:
            if self._folder is None:
                await self._engine.call("remove containers of dead engines", reap)
                found = await self._engine.call(f"find the image {self.image}", self._inspect)
                self.image = found
                self._folder = await asyncio.to_thread(_lay_out)
            return self._folder

    def _inspect(self, client: object) -> str:
        return str(client.api.inspect_image(self.image)["Id"])  # type: ignore[attr-defined]  # untyped library

    async def _create(self, name: str, folder: Path, meeting: str, room: Limits) -> str:
        options = container_options(
            image=self.image,
            name=name,
            command=["python3", "-s", "-B", "/run/cambrian/supervisor.py", f"/run/cambrian/{meeting}"],
            folder=folder,
            mib=_OVERHEAD_MIB + room.memory_mib + 2 * room.scratch_mib,
            processes=room.processes + 8,
            scratch_mib=room.scratch_mib,
            cpus=self._cpus,
        )

        def create(client: object) -> str:
            return str(client.containers.run(**options).id)  # type: ignore[attr-defined]  # untyped library

        creation = asyncio.ensure_future(self._engine.call("start a container", create))
        try:
            return await asyncio.shield(creation)
        except BaseException:
            await asyncio.shield(self._undo(creation, name))
            raise

    async def _undo(self, creation: asyncio.Future[str], name: str) -> None:
        """Remove a container that nobody waits for any more, once it is there: before, it would stay."""
        await asyncio.wait([creation])
        if not creation.cancelled():
            creation.exception()  # seen: what was wrong with it does not matter now
        await self._remove(name)

    async def _remove(self, identifier: str) -> None:
        with contextlib.suppress(
            SandboxUnavailable
        ):  # the container ends with its socket; a reaper comes later
            await self._engine.call("remove a container", lambda client: remove(client, identifier))


def _lay_out() -> Path:
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # of another user, or being made just now
            if is_dead((left / "owner").read_text()):
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    (folder / "owner").write_text(owner())
    (folder / "owner").chmod(0o600)  # nothing for programs
    for source in _HARNESS.glob("*.py"):
        shutil.copyfile(source, folder / source.name)
        (folder / source.name).chmod(0o644)
    folder.chmod(0o711)
    return folder


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")  # a socket's path has room for 107 characters
    finally:
        os.close(folder)
    path.chmod(0o666)
    listener.listen(1)
    listener.setblocking(False)
    return listener


async def _accept(listener: socket.socket) -> socket.socket:
    try:
        async with asyncio.timeout(_DIAL_SECONDS):
            control, _ = await asyncio.get_running_loop().sock_accept(listener)
    except TimeoutError:
        raise SandboxUnavailable(
            f"the supervisor in the container did not call within {_DIAL_SECONDS:.0f} s; is there a python3 "
            "in the image, and does the engine run on this machine?"
        ) from None
    return control
