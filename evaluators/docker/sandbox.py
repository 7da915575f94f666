"""The Docker sandbox: one hardened container per slot, with the supervisor in it.

With an engine on this machine the supervisor is PID 1 and gets the pipes of its jobs over a local socket.
With any other engine, or a runtime with a kernel of its own such as gVisor, everything goes through the
container's standard streams, which takes longer and holds as well.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import shutil
import socket
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from evaluators.docker.client import Engine, container_options, reap
from evaluators.docker.container import Container
from evaluators.docker.rendezvous import accept, lay_out, listening
from evaluators.docker.stream import BOOTSTRAP, Bridge
from evaluators.outage import PATIENCE
from evaluators.pool import SlotPool
from evaluators.posture import Promise
from evaluators.sandbox import Command, ExecResult, Limits, Posture, SandboxUnavailable
from evaluators.slot import Slot

__all__ = ["DockerSandbox", "Transport"]

Transport = Literal["auto", "socket", "stream"]

_OVERHEAD_MIB = 192  # the supervisor with its libraries
_STREAM_MIB = 64  # the relay, and a job's source on its way
_STREAM_BYTES_PER_SECOND = 1 << 20
_LAST_WORDS_SECONDS = 1.0
# RLIMIT_NPROC is counted per user of the kernel, over all containers, so every slot has a user of its own.
_FIRST_UID, _UIDS = 20_000, 40_000


class DockerSandbox:
    """Implements `Sandbox` with containers of one Docker engine, here or elsewhere."""

    def __init__(
        self,
        *,
        slots: int,
        image: str,
        cpus: float = 1.0,
        jobs_per_slot: int = 500,
        room: Limits | None = None,
        runtime: str | None = None,
        transport: Transport = "auto",
        patience: float = PATIENCE,
        say: Callable[[str], None] | None = None,
    ) -> None:
        """Prepare; nothing is started yet.

        Args:
            slots: commands run at a time, at least 1.
            image: name or id of an image with Python 3.8 or newer as ``python3``.
            cpus: cores of one slot.
            jobs_per_slot: commands after which a container is replaced; 1 for a fresh one each time.
            room: what commands are expected to need at most, see `SlotPool`.
            runtime: of the engine, such as ``runsc`` for gVisor; None for its default.
            transport: how a supervisor is reached: ``socket`` (the engine is on this machine), ``stream``
                (anywhere), or ``auto``: the socket where it works, which the first slot shows, and never with
                a runtime other than the default.
            patience: seconds to wait for an engine that went away, see `SlotPool`.
            say: told when it went, and when it is back.
        """
        if transport not in ("auto", "socket", "stream"):
            raise ValueError(f"expected the transport auto, socket or stream, got {transport!r}")
        self._launcher = _Launcher(image=image, cpus=cpus, runtime=runtime, transport=transport)
        self._pool = SlotPool(
            self._launcher,
            slots=slots,
            jobs_per_slot=jobs_per_slot,
            room=room,
            patience=patience,
            say=say,
        )

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
    """Starts containers; learns at the first one which way leads to it."""

    def __init__(self, *, image: str, cpus: float, runtime: str | None, transport: Transport) -> None:
        self._engine = Engine()
        self.image = image
        self._cpus = cpus
        self._runtime = runtime
        self._transport = transport
        self._why_no_socket = ""
        self._is_prepared = False
        self._folder: Path | None = None
        self._numbers = itertools.count(secrets.randbelow(_UIDS))
        self._lock = asyncio.Lock()
        self._left: list[
            Container
        ] = []  # not removed yet, because the engine did not do it when it was asked

    async def launch(self, room: Limits, preload: Sequence[str]) -> tuple[Slot, Promise]:
        await self._prepare()
        if self._transport == "stream":
            slot = await self._over_stream(room, preload)
        elif self._transport == "socket":
            slot = await self._over_socket(room, preload)
        else:
            slot = await self._over_either(room, preload)
        facts = {
            "image": self.image,
            "transport": self._transport,
            "runtime": self._runtime or "the engine's default",
        }
        if self._why_no_socket:
            facts["no_socket"] = self._why_no_socket
        remote = self._transport == "stream"
        return slot, Promise(kind="docker", namespaces=True, files=True, remote=remote, facts=facts)

    async def is_back(self) -> bool:
        """Whether the engine answers, within 1 s."""
        return await self._engine.answers()

    async def close(self) -> None:
        left, self._left = self._left, []
        await asyncio.gather(*(container.remove() for container in left))
        folder, self._folder = self._folder, None
        self._is_prepared = False
        if folder is not None:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        self._engine.close()

    async def _prepare(self) -> None:
        """Once: clear up after dead engines, find image and runtime, see where the engine is."""
        async with self._lock:
            if self._is_prepared:
                return
            await self._engine.call("remove containers of dead engines", reap)
            self.image = await self._engine.call(f"find the image {self.image}", self._inspect)
            if self._runtime is not None:
                information = await self._engine.call("ask for its runtimes", lambda client: client.info())
                _check_runtime(self._runtime, information)
                if self._runtime == information.get("DefaultRuntime"):
                    self._runtime = None
            if self._transport == "auto" and (self._runtime is not None or not self._engine.is_local()):
                self._transport = "stream"
            self._is_prepared = True

    async def _drop(self, container: Container) -> None:
        """Remove a container, now or when the sandbox is closed."""
        if not await container.remove():
            self._left.append(container)

    def _inspect(self, client: Any) -> str:  # noqa: ANN401  # the library has no types
        return str(client.api.inspect_image(self.image)["Id"])

    async def _over_either(self, room: Limits, preload: Sequence[str]) -> Slot:
        """A slot over the socket, or else over the stream: the engine may not see this machine's folders."""
        try:
            slot = await self._over_socket(room, preload)
        except SandboxUnavailable as error:
            slot = await self._over_stream(room, preload)
            self._transport, self._why_no_socket = "stream", str(error)
        else:
            self._transport = "socket"
        return slot

    async def _over_socket(self, room: Limits, preload: Sequence[str]) -> Slot:
        async with self._lock:
            if self._folder is None:
                self._folder = await asyncio.to_thread(lay_out)
        with listening(self._folder) as (name, listener):
            command = ["python3", "-s", "-B", "/run/cambrian/supervisor.py", f"/run/cambrian/{name}"]
            options = self._options(command, room=room, folder=self._folder, mib=_OVERHEAD_MIB)
            container = await Container.start(self._engine, options)
            try:
                control = await accept(listener, container)
            except BaseException:
                await asyncio.shield(self._drop(container))
                raise
        return await self._greeted(Slot(control, stop=partial(self._drop, container)), preload)

    async def _over_stream(self, room: Limits, preload: Sequence[str]) -> Slot:
        command = ["python3", "-I", "-S", "-B", "-c", BOOTSTRAP]
        options = self._options(command, room=room, folder=None, mib=_OVERHEAD_MIB + _STREAM_MIB)
        container = await Container.start(self._engine, options)
        assert container.wire is not None  # the options ask for it
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            bridge = await Bridge.over(container.wire, theirs)
        except BaseException:
            for end in (ours, theirs, container.wire):
                end.close()
            await asyncio.shield(self._drop(container))
            raise

        async def stop() -> None:
            await bridge.close()
            await self._drop(container)

        slot = Slot(ours, stop=stop, bytes_per_second=_STREAM_BYTES_PER_SECOND)
        return await self._greeted(slot, preload, bridge=bridge)

    async def _greeted(self, slot: Slot, preload: Sequence[str], *, bridge: Bridge | None = None) -> Slot:
        number = _FIRST_UID + next(self._numbers) % _UIDS
        settings: Mapping[str, object] = {"isolation": "container", "child_uid": number}
        try:
            await slot.greet(settings, preload=preload)
        except SandboxUnavailable as error:
            if bridge is not None:
                await bridge.ended(seconds=_LAST_WORDS_SECONDS)
            await asyncio.shield(slot.close())
            words = bridge.words.splitlines() if bridge is not None else []
            if not words:
                raise
            raise SandboxUnavailable(f"{error}; the container's last words: {words[-1]}") from error
        except BaseException:
            await asyncio.shield(slot.close())
            raise
        return slot

    def _options(self, command: list[str], *, room: Limits, folder: Path | None, mib: int) -> dict[str, Any]:
        return container_options(
            image=self.image,
            name=f"cambrian-{os.getpid()}-{secrets.token_hex(6)}",
            command=command,
            folder=folder,
            mib=mib + room.memory_mib + 2 * room.scratch_mib,
            # Beside the program's: the supervisor, one that it forks to clean up, and some to spare.
            processes=room.processes + 8,
            scratch_mib=room.scratch_mib,
            cpus=self._cpus,
            runtime=self._runtime,
        )


def _check_runtime(runtime: str, information: Mapping[str, Any]) -> None:
    """See that the engine has a runtime; names of containerd's own kind are not listed everywhere.

    Raises:
        SandboxUnavailable: it has not.
    """
    listed = sorted(information.get("Runtimes") or {})
    if runtime not in listed and "." not in runtime:
        raise SandboxUnavailable(
            f"the Docker engine has no runtime {runtime!r}, it has {', '.join(listed)}; install it on the "
            "engine's machine and name it in /etc/docker/daemon.json, or choose one of these"
        )
