"""The life of one slot's container: started, with its streams attached or not, looked after, removed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

import docker.errors

from evaluators.docker.client import Engine, remove
from evaluators.sandbox import SandboxUnavailable

__all__ = ["Container", "pump"]

_CHUNK = 1 << 16
_RETRY_MILLISECONDS = 50
_KEEPALIVE = ((socket.TCP_KEEPIDLE, 30), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 6))


class Container:
    """A container that runs.

    Attributes:
        wire: what leads to its standard input, output and error in the engine's format, when attached; for
            the caller to close.
    """

    def __init__(self, engine: Engine, identifier: str, wire: socket.socket | None) -> None:
        self._engine = engine
        self._identifier = identifier
        self.wire = wire

    @classmethod
    async def start(cls, engine: Engine, options: dict[str, Any]) -> Container:
        """Start one with these options, see `container_options`; attached when its standard input is open.

        Raises:
            SandboxUnavailable: it did not start. Nothing of it is left.
        """
        attach = bool(options.get("stdin_open"))
        creation = asyncio.ensure_future(
            engine.call("start a container", lambda client: _start(client, options, attach=attach))
        )
        try:
            identifier, wire = await asyncio.shield(creation)
        except BaseException as error:
            await asyncio.shield(_undo(engine, creation, str(options["name"])))
            if isinstance(error, SandboxUnavailable) and _lacks_python(str(error)):
                raise SandboxUnavailable(
                    f"the image {options['image']} has no python3; a sandbox needs one of Python 3.8 or newer"
                ) from error
            raise
        return cls(engine, identifier, wire)

    async def is_running(self) -> bool:
        """Whether it runs.

        Raises:
            SandboxUnavailable: the engine does not say.
        """

        def look(client: Any) -> bool:  # noqa: ANN401  # the library has no types
            with contextlib.suppress(docker.errors.NotFound):
                return bool(client.api.inspect_container(self._identifier)["State"]["Running"])
            return False

        return await self._engine.call("look at a container", look)

    async def remove(self) -> bool:
        """Kill and remove it; whether it is gone. Where the engine is silent, it ends by itself meanwhile."""
        return await _remove(self._engine, self._identifier)


async def _remove(engine: Engine, identifier: str) -> bool:
    try:
        await engine.call("remove a container", lambda client: remove(client, identifier))
    except SandboxUnavailable:
        return False
    return True


async def _undo(
    engine: Engine, creation: asyncio.Future[tuple[str, socket.socket | None]], name: str
) -> None:
    """Remove a container that nobody waits for any more, once it is there: before, it would stay."""
    await asyncio.wait([creation])
    if not creation.cancelled() and creation.exception() is None:
        wire = creation.result()[1]
        if wire is not None:
            wire.close()
    await _remove(engine, name)


def _start(client: Any, options: dict[str, Any], *, attach: bool) -> tuple[str, socket.socket | None]:  # noqa: ANN401  # the library has no types
    if not attach:
        return str(client.containers.run(**options).id), None
    identifier = str(client.containers.create(**options).id)
    # Before the start, so that not a byte is missed.
    streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
    wire = _plain(client.api.attach_socket(identifier, params=streams))
    try:
        client.api.start(identifier)
    except BaseException:
        wire.close()
        raise
    return identifier, wire


def _lacks_python(message: str) -> bool:
    return "python3" in message and ("not found" in message or "no such file" in message)


def _plain(attached: Any) -> socket.socket:  # noqa: ANN401  # the library has no types
    """A plain socket with what the library attached, which for TLS and SSH is pumped through by a thread."""
    response = attached._response  # whose end is the connection's
    inner = getattr(attached, "_sock", attached)
    if type(inner) is not socket.socket:
        return _pumped(attached, close=response.close)
    own = socket.socket(fileno=os.dup(inner.fileno()))
    response.close()
    if own.family in (socket.AF_INET, socket.AF_INET6):
        own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE:
            own.setsockopt(socket.IPPROTO_TCP, option, value)
    return own


def _pumped(remote: Any, *, close: Callable[[], None]) -> socket.socket:  # noqa: ANN401  # a socket or alike
    ours, theirs = socket.socketpair()

    def work() -> None:
        try:
            pump(remote, theirs)
        finally:
            theirs.close()
            remote.close()
            close()

    threading.Thread(target=work, name="cambrian-attached", daemon=True).start()
    return ours


def pump(remote: Any, plain: socket.socket) -> None:  # noqa: ANN401  # a socket, or what is like one
    """Carry bytes both ways between two sockets until one of them ends. Blocking.

    Args:
        remote: has the methods of a socket, but may hold bytes that `select` does not know of, as TLS does,
            and may have only one thread at a time in them.
        plain: an ordinary socket.
    """
    remote.setblocking(False)
    plain.setblocking(False)
    going, coming = b"", b""
    with contextlib.suppress(OSError):  # a connection that breaks is one that ends
        while True:
            progress = False
            if not going and (got := _take(plain)) is not None:
                if not got:
                    return
                going, progress = got, True
            if not coming and (got := _take(remote)) is not None:
                if not got:
                    return
                coming, progress = got, True
            for sink, waiting in ((remote, going), (plain, coming)):
                if waiting and (sent := _give(sink, waiting)):
                    progress = True
                    if sink is remote:
                        going = going[sent:]
                    else:
                        coming = coming[sent:]
            if not progress:
                _wait(remote, plain, going=bool(going), coming=bool(coming))


def _take(source: Any) -> bytes | None:  # noqa: ANN401  # a socket, or what is like one
    """What can be read now, None when that is nothing yet, empty at the end."""
    with contextlib.suppress(BlockingIOError, TimeoutError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return bytes(source.recv(_CHUNK))
    return None


def _give(sink: Any, data: bytes) -> int:  # noqa: ANN401  # a socket, or what is like one
    """How many bytes could be written now."""
    with contextlib.suppress(BlockingIOError, TimeoutError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return int(sink.send(data))
    return 0


def _wait(remote: Any, plain: socket.socket, *, going: bool, coming: bool) -> None:  # noqa: ANN401  # as above
    poll = select.poll()
    poll.register(remote, (0 if coming else select.POLLIN) | (select.POLLOUT if going else 0))
    poll.register(plain, (0 if going else select.POLLIN) | (select.POLLOUT if coming else 0))
    # The time is for what cannot tell when it takes more; there is nothing to send most of the time.
    poll.poll(_RETRY_MILLISECONDS if going else None)
