"""A slot over a byte stream, for an engine that is elsewhere: the host's half of `evaluators.harness.relay`.

The slot has one end of a socket, as if the supervisor held the other. What it sends and the bytes that belong
to its jobs become frames, and frames become messages and bytes in its pipes. Nothing is kept: where the slot
does not read, the stream is not read either.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

__all__ = ["BOOTSTRAP", "Bridge", "harness"]

_HARNESS = Path(__file__).parent.parent / "harness"
_MESSAGE = 1 << 16
_CHUNK = 1 << 18
_BUFFER = 1 << 20
_MOST = 1 << 17  # bytes of a frame; the relay's are smaller
_WORDS = 4000

BOOTSTRAP = (
    "import os,sys\n"
    "if sys.version_info<(3,8): sys.exit('Python 3.8 or newer is needed, this is '+sys.version.split()[0])\n"
    "def take(size):\n"
    " got=b''\n"
    " while len(got)<size:\n"
    "  part=os.read(0,size-len(got))\n"
    "  if not part: os._exit(0)\n"
    "  got+=part\n"
    " return got\n"
    "exec(compile(take(int.from_bytes(take(4),'big')),'relay.py','exec'))\n"
)
"""What the container's Python is started with: reads the relay from standard input, and becomes it."""


class Bridge:
    """Carries one slot. Belongs to one event loop."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, control: socket.socket
    ) -> None:
        """Start carrying between a container's streams and a socket, the other end of the slot's."""
        control.setblocking(False)
        self._reader = reader
        self._writer = writer
        self._control = control
        self._pipes: dict[bytes, int] = {}
        self._errors = bytearray()
        self._tasks = [asyncio.create_task(self._up()), asyncio.create_task(self._down())]

    @classmethod
    async def over(cls, wire: socket.socket, control: socket.socket) -> Bridge:
        """The same on a connected socket, whose first bytes are the harness."""
        first = await asyncio.to_thread(harness)
        reader, writer = await asyncio.open_connection(sock=wire, limit=_BUFFER)
        writer.write(first)
        return cls(reader, writer, control)

    @property
    def words(self) -> str:
        """The last of what the container has written to its standard error."""
        return bytes(self._errors).decode("utf-8", "backslashreplace").strip()

    async def ended(self, *, seconds: float) -> None:
        """Wait until the container's streams have ended, at most so long."""
        await asyncio.wait(self._tasks[1:], timeout=seconds)

    async def close(self) -> None:
        """Stop. The end of the stream ends the container."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        self._close_pipes()
        self._writer.transport.abort()
        self._control.close()

    async def _up(self) -> None:
        """From the slot to the supervisor."""
        with contextlib.suppress(ConnectionError):  # the slot learns of it from the other direction
            while True:
                await _ready(self._control.fileno(), writing=False)
                message, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE, 3)
                if not message:
                    return
                if descriptors:
                    await self._send_job(message, descriptors)
                else:
                    self._writer.write(_frame(b"M", message))
                    await self._writer.drain()

    async def _send_job(self, message: bytes, descriptors: list[int]) -> None:
        source, result, output = descriptors
        try:
            self._close_pipes()
            for letter, fd in ((b"R", result), (b"O", output)):
                os.set_blocking(fd, False)
                self._pipes[letter] = fd
            at = 0
            while chunk := os.pread(source, _CHUNK, at):
                at += len(chunk)
                self._writer.write(_frame(b"D", chunk))
                await self._writer.drain()
        finally:
            os.close(source)
        job = json.loads(message)  # what the slot itself has written
        # One byte more than is allowed, by which the slot sees that it was too much.
        limits = [job[name] + 1 for name in ("result_bytes", "output_bytes")]
        head = b"".join(limit.to_bytes(8, "big") for limit in limits)
        self._writer.write(_frame(b"J", head + message))
        await self._writer.drain()

    async def _down(self) -> None:
        """From the supervisor to the slot, until the stream ends or is not what it should be."""
        try:
            async for letter, payload in self._frames():
                if letter == b"A":
                    self._close_pipes()
                    self._control.send(payload)
                else:
                    await self._fill(letter, payload)
        except (asyncio.IncompleteReadError, OSError, ValueError):
            pass  # the slot sees the end of its socket, which is how a supervisor's end looks
        finally:
            with contextlib.suppress(OSError):  # the slot has gone already
                self._control.shutdown(socket.SHUT_RDWR)

    async def _frames(self) -> AsyncIterator[tuple[bytes, bytes]]:
        """Letter and payload of every frame.

        Raises:
            ValueError: a frame that no relay sends.
        """
        pending = bytearray()
        async for chunk in self._output():
            pending += chunk
            while len(pending) >= 5:
                letter, size = bytes(pending[:1]), int.from_bytes(pending[1:5], "big")
                if letter not in (b"A", b"R", b"O") or size > _MOST:
                    raise ValueError("no frame of a relay")
                if len(pending) < 5 + size:
                    break
                payload = bytes(pending[5 : 5 + size])
                del pending[: 5 + size]
                yield letter, payload

    async def _output(self) -> AsyncIterator[bytes]:
        """What the container writes to its standard output; its standard error is kept aside."""
        while True:  # before every piece: number of the stream, three zeros, length as four bytes
            head = await self._reader.readexactly(8)
            size = int.from_bytes(head[4:], "big")
            while size:
                chunk = await self._reader.read(min(size, _CHUNK))
                if not chunk:
                    return
                size -= len(chunk)
                if head[0] == 1:
                    yield chunk
                else:
                    self._errors += chunk
                    del self._errors[:-_WORDS]

    async def _fill(self, letter: bytes, payload: bytes) -> None:
        view = memoryview(payload)
        while view and letter in self._pipes:
            try:
                view = view[os.write(self._pipes[letter], view) :]
            except BlockingIOError:
                await _ready(self._pipes[letter], writing=True)
            except BrokenPipeError:  # the slot wants no more
                return

    def _close_pipes(self) -> None:
        while self._pipes:
            os.close(self._pipes.popitem()[1])


def harness() -> bytes:
    """What the bootstrap and then the relay read first: the relay, the other files, the start."""
    relay = (_HARNESS / "relay.py").read_bytes()
    parts = [len(relay).to_bytes(4, "big") + relay]
    for path in sorted(_HARNESS.glob("*.py")):
        name = path.name.encode()
        parts.append(_frame(b"F", bytes([len(name)]) + name + path.read_bytes()))
    return b"".join([*parts, _frame(b"S", b"")])


def _frame(letter: bytes, payload: bytes) -> bytes:
    return letter + len(payload).to_bytes(4, "big") + payload


async def _ready(fd: int, *, writing: bool) -> None:
    """Wait until a descriptor can be read from, or written to."""
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    watch, forget = (
        (loop.add_writer, loop.remove_writer) if writing else (loop.add_reader, loop.remove_reader)
    )

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    watch(fd, tell)
    try:
        await ready
    finally:
        forget(fd)
