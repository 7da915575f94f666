"""A TCP door to the Docker engine of this machine, such as an engine elsewhere has."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
import threading
from pathlib import Path

ENGINE = "/var/run/docker.sock"


class Doorway:
    """Listens on a port of loopback and carries bytes to the engine's socket and back, in a thread.

    Attributes:
        port: where it listens.
        count: connections carried now.
    """

    def __init__(self, context: ssl.SSLContext | None = None, *, stall: bytes | None = None) -> None:
        """Prepare; what a client sends is held back from the first piece that contains `stall`."""
        self.port = 0
        self.count = 0
        self._context = context
        self._stall = stall
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._done = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._main(),))

    def __enter__(self) -> Doorway:
        self._thread.start()
        assert self._ready.wait(10.0)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(10.0)
        self._loop.close()

    def cut(self) -> None:
        """Break every connection that there is."""
        self._loop.call_soon_threadsafe(lambda: [writer.transport.abort() for writer in self._writers])

    async def _main(self) -> None:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0, ssl=self._context)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._done.wait()
        server.close()
        while self._writers:
            await asyncio.sleep(0.01)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_unix_connection(ENGINE)
        self.count += 1
        self._writers |= {writer, there_writer}
        copies = [
            asyncio.create_task(_copy(reader, there_writer, self._stall)),
            asyncio.create_task(_copy(there_reader, writer)),
        ]
        # The first to end closes both, as a connection that is gone does.
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, there_writer):
            end.close()
        await asyncio.wait(copies)
        self._writers -= {writer, there_writer}
        self.count -= 1


def certificates(folder: Path) -> ssl.SSLContext:
    """The server's context, and ``ca.pem``, ``cert.pem`` and ``key.pem`` in a folder, good for both sides."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-subj", "/CN=cambrian-test", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "ca.pem")
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stall: bytes | None = None
) -> None:
    stalled = False
    with contextlib.suppress(OSError):
        while chunk := await reader.read(1 << 16):
            stalled = stalled or (stall is not None and stall in chunk)
            if stalled:
                continue
            writer.write(chunk)
            await writer.drain()
