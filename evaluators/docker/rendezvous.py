"""A slot whose container shares this machine: its supervisor calls back over a socket in a folder it sees."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from evaluators.docker.container import Container
from evaluators.owner import clear, owned_folder
from evaluators.sandbox import SandboxUnavailable

__all__ = ["accept", "lay_out", "listening"]

_HARNESS = Path(__file__).parent.parent / "harness"
_PREFIX = "cambrian-docker-"
_DIAL_SECONDS = 20.0
_LOOK_SECONDS = 0.5


def lay_out() -> Path:
    """A new folder with the harness for containers to see; those of dead engines go."""
    clear(_PREFIX)
    folder = owned_folder(_PREFIX, mode=0o711)
    for source in _HARNESS.glob("*.py"):
        shutil.copyfile(source, folder / source.name)
        (folder / source.name).chmod(0o644)
    return folder


@contextlib.contextmanager
def listening(folder: Path) -> Iterator[tuple[str, socket.socket]]:
    """Name in the folder and socket of a place to be called at, for one call."""
    name = secrets.token_hex(16)  # cannot be listed, so nobody else on the machine can answer the call
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        _bind(listener, folder / name)
        yield name, listener
    finally:
        listener.close()
        (folder / name).unlink(missing_ok=True)


async def accept(listener: socket.socket, container: Container) -> socket.socket:
    """The call of a container's supervisor.

    Raises:
        SandboxUnavailable: it did not call within 20 s, or the container has ended.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _DIAL_SECONDS
    while loop.time() < deadline:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_SECONDS):
                control, _ = await loop.sock_accept(listener)
                return control
        if not await container.is_running():
            raise SandboxUnavailable(
                "the container ended before its supervisor called; is there a Python of 3.8 or newer in the "
                "image, and does the engine see this machine's folders?"
            )
    raise SandboxUnavailable(f"the supervisor in the container did not call within {_DIAL_SECONDS:.0f} s")


def _bind(listener: socket.socket, path: Path) -> None:
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        listener.bind(f"/proc/self/fd/{folder}/{path.name}")  # a socket's path has room for 107 characters
    finally:
        os.close(folder)
    path.chmod(0o666)
    listener.listen(1)
    listener.setblocking(False)
