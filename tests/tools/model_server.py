"""A model server that fails as told: real HTTP on loopback, chat completions, one fault after the other.

It counts what it served, so that a test can hold a run's ledger against what an endpoint would bill.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

__all__ = ["Fault", "ModelServer", "answer", "serving", "wire"]

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one request is treated.

    Attributes:
        status: of the response.
        body: its body: JSON, text or bytes; None for a good completion.
        headers: further headers.
        delay: seconds before anything is sent.
        drop: where the connection is reset: ``before`` the head, after the ``head``, in the ``middle`` of the
            body; empty for nowhere.
        drip: seconds between two bytes of the body; 0 for all at once.
        billed: whether what was asked counts as served.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: str = ""
    drip: float = 0.0
    billed: bool = True


def wire(message: str, *, status: int = 400, **more: Any) -> Fault:
    """A refusal in the usual shape of an error; `retry_after` may be seconds or a time from now."""
    headers = {}
    wait = more.pop("retry_after", None)
    if isinstance(wait, timedelta):
        headers["retry-after"] = format_datetime(datetime.now(UTC) + wait, usegmt=True)
    elif wait is not None:
        headers["retry-after"] = str(wait)
    return Fault(status=status, body={"error": {"message": message, **more}}, headers=headers, billed=False)


def answer(content: Any = "hi", *, finish: str = "stop", usage: Any = "counted", **changes: Any) -> Body:
    """A completion; `usage` is counted, left out (None) or taken as it is, `changes` go into the message."""
    message = {"role": "assistant", "content": content, **changes}
    body = {
        "id": "c1",
        "object": "chat.completion",
        "created": 0,
        "model": "served-model",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
    }
    if usage == "counted":
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return body if usage is None else {**body, "usage": usage}


Script = Callable[[int, Body], Fault]


class ModelServer:
    """Plays faults in order, the last one for ever; or asks a function what to do with each request.

    Args:
        faults: what becomes of the requests, or a function of a request's number, from 0, and its body.
        models: names it says it serves.
    """

    def __init__(self, *faults: Fault | Script, models: Sequence[str] = ("toy",)) -> None:
        self._faults = faults or (Fault(),)
        self._models = models
        self.bodies: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.tokens_in = 0
        self.tokens_out = 0
        self.most_at_a_time = 0
        self.url = ""
        self.under_way = 0
        self._over = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> asyncio.Server:
        """Listen on a free port of loopback; `url` tells where."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        return server

    def hold(self) -> None:
        """From now on answer nothing, so that requests gather, until `release`."""
        self._open.clear()

    def release(self) -> None:
        """Answer what has gathered, and go on."""
        self._open.set()

    async def stop(self, server: asyncio.Server) -> None:
        """Stop listening and let every request go."""
        server.close()
        self._over.set()
        self._open.set()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0.01)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        # The client may hang up whenever it wants; that is part of what is tried here.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._one(reader, writer):
                pass
        self._writers.discard(writer)
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        sizes = [line for line in head.lower().split("\r\n") if line.startswith("content-length")]
        raw = await reader.readexactly(int(sizes[0].partition(":")[2])) if sizes else b""
        if head.startswith("GET"):
            listed = [{"id": name, "object": "model"} for name in self._models]
            return await self._send(writer, Fault(body={"object": "list", "data": listed}))
        body = json.loads(raw)
        number = len(self.bodies)
        self.bodies.append(body)
        self.times.append(asyncio.get_running_loop().time())
        fault = self._faults[min(number, len(self._faults) - 1)]
        if not isinstance(fault, Fault):
            fault = fault(number, body)
        if fault.body is None:
            fault = Fault(**{name: getattr(fault, name) for name in Fault.__slots__} | {"body": answer()})
        self.under_way += 1
        self.most_at_a_time = max(self.most_at_a_time, self.under_way)
        try:
            if fault.delay:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._over.wait(), fault.delay)
            await self._open.wait()
            self._bill(fault)
            return await self._send(writer, fault)
        finally:
            self.under_way -= 1

    def _bill(self, fault: Fault) -> None:
        usage = fault.body.get("usage") if isinstance(fault.body, dict) and fault.billed else None
        if isinstance(usage, dict):
            self.tokens_in += usage["prompt_tokens"]
            self.tokens_out += usage["completion_tokens"]

    async def _send(self, writer: asyncio.StreamWriter, fault: Fault) -> bool:
        if fault.drop == "before":
            writer.transport.abort()
            return False
        body = fault.body if isinstance(fault.body, bytes) else None
        if body is None:
            text = fault.body if isinstance(fault.body, str) else json.dumps(fault.body)
            body = text.encode()
        lines = [f"HTTP/1.1 {fault.status} X", f"content-length: {len(body)}"]
        lines += [
            f"{name}: {value}"
            for name, value in {"content-type": "application/json", **fault.headers}.items()
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        await writer.drain()
        if fault.drop:
            writer.write(body[: len(body) // 2] if fault.drop == "middle" else b"")
            await writer.drain()
            await asyncio.sleep(0.02)  # what was sent must arrive before the reset overtakes it
            writer.transport.abort()
            return False
        if fault.drip:
            for byte in body:
                if self._over.is_set():
                    return False
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(fault.drip)
        else:
            writer.write(body)
            await writer.drain()
        return True


@contextlib.asynccontextmanager
async def serving(*faults: Fault | Script, models: Sequence[str] = ("toy",)) -> AsyncIterator[ModelServer]:
    """A server that plays these faults."""
    made = ModelServer(*faults, models=models)
    server = await made.start()
    try:
        yield made
    finally:
        await made.stop(server)
