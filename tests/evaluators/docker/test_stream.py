import asyncio
import gc
import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from evaluators.docker.stream import Bridge, harness
from evaluators.sandbox import Command, Ending, ExecResult, Limits, SandboxUnavailable
from evaluators.slot import Slot

REPORT: dict[str, Any] = {
    "why": "exit",
    "setup": "",
    "code": 0,
    "seconds": 0.01,
    "cpu_seconds": 0.01,
    "peak_kib": 2048,
    "strays": 0,
    "oom_kills": 0,
    "dirt": "",
}
LIMITS = Limits(seconds=0.5, result_bytes=1 << 20, output_bytes=1000)
COMMAND = Command(files={"p.py": b"source"}, module="p.py", function="f", limits=LIMITS)


def frame(letter: bytes, payload: bytes) -> bytes:
    return letter + len(payload).to_bytes(4, "big") + payload


def piece(data: bytes, *, stream: int = 1) -> bytes:
    """As the engine hands on what a container writes."""
    return bytes([stream, 0, 0, 0]) + len(data).to_bytes(4, "big") + data


def answer(**changes: Any) -> bytes:
    return frame(b"A", json.dumps(REPORT | changes).encode())


class Far:
    """A slot at the near end of a bridge, and the far end to be played by a test."""

    def __init__(self, slot: Slot, bridge: Bridge, wire: socket.socket) -> None:
        self.slot = slot
        self.bridge = bridge
        self.wire = wire
        self._skip = len(harness())

    async def frames(self) -> AsyncIterator[tuple[bytes, bytes]]:
        """What came from the slot, after the harness."""
        loop = asyncio.get_running_loop()
        pending = bytearray()
        while True:
            chunk = await loop.sock_recv(self.wire, 1 << 20)
            if not chunk:
                return
            dropped = min(self._skip, len(chunk))
            self._skip -= dropped
            pending += chunk[dropped:]
            while len(pending) >= 5 and len(pending) >= 5 + (size := int.from_bytes(pending[1:5], "big")):
                yield bytes(pending[:1]), bytes(pending[5 : 5 + size])
                del pending[: 5 + size]

    async def job(self) -> tuple[bytes, bytes, bytes]:
        """Source, limits and message of the next job."""
        source = b""
        async for letter, payload in self.frames():
            if letter == b"D":
                source += payload
            if letter == b"J":
                return source, payload[:16], payload[16:]
        raise AssertionError("the stream ended")

    async def write(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.wire, data)


@pytest.fixture
async def far() -> AsyncIterator[Far]:
    near, wire = socket.socketpair()
    wire.setblocking(False)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    bridge = await Bridge.over(near, theirs)
    slot = Slot(ours, stop=bridge.close)
    yield Far(slot, bridge, wire)
    await slot.close()
    wire.close()


async def both(far: Far, play: Callable[[Far], Any]) -> ExecResult | BaseException:
    async with asyncio.timeout(20.0):
        outcome, _ = await asyncio.gather(far.slot.run(COMMAND), play(far), return_exceptions=True)
    return outcome


async def test_a_job_goes_out_whole_and_its_bytes_come_back(far: Far) -> None:
    async def play(far: Far) -> None:
        source, limits, message = await far.job()
        assert b"source" in source
        assert [int.from_bytes(limits[at : at + 8], "big") for at in (0, 8)] == [(1 << 20) + 1, 1001]
        assert json.loads(message)["seconds"] == 0.5
        await far.write(piece(frame(b"O", b"said") + frame(b"R", b"j1") + answer()))

    outcome = await both(far, play)
    assert isinstance(outcome, ExecResult), outcome
    assert (outcome.ending, outcome.result, outcome.stderr) == (Ending.RETURNED, b"j1", "said")


async def test_frames_may_come_in_any_pieces(far: Far) -> None:
    async def play(far: Far) -> None:
        await far.job()
        whole = frame(b"R", b"j" + b"1" * 300) + answer()
        for at in range(0, len(whole), 7):
            await far.write(piece(whole[at : at + 7]))
            await far.write(piece(b"a warning", stream=2))

    outcome = await both(far, play)
    assert isinstance(outcome, ExecResult), outcome
    assert outcome.result == b"j" + b"1" * 300
    assert far.bridge.words.endswith("a warning")


async def test_a_result_larger_than_a_pipe_comes_whole(far: Far) -> None:
    async def play(far: Far) -> None:
        await far.job()
        for _ in range(16):
            await far.write(piece(frame(b"R", b"j" * 60_000)))
        await far.write(piece(answer()))

    outcome = await both(far, play)
    assert isinstance(outcome, ExecResult), outcome
    assert len(outcome.result) == 16 * 60_000


async def test_too_much_output_is_stopped_at_the_far_end(far: Far) -> None:
    async def play(far: Far) -> None:
        await far.job()
        await far.write(piece(frame(b"O", b"x" * 1001)))
        async for letter, payload in far.frames():
            if (letter, payload) == (b"M", b"K"):
                break
        await far.write(piece(answer(why="killed", code=-9)))

    outcome = await both(far, play)
    assert isinstance(outcome, ExecResult), outcome
    assert outcome.ending is Ending.OUTPUT_LIMIT


@pytest.mark.parametrize(
    "data",
    [
        piece(b"X" + bytes(4)),
        piece(b"R" + b"\xff" * 4),
        piece(b"not a frame of any kind"),
        b"HTTP/1.1 500 no\r\n\r\n",
        piece(frame(b"A", b"not json")),
        None,
    ],
    ids=["letter", "size", "text", "no piece", "no report", "end"],
)
async def test_a_far_end_that_breaks_the_protocol_is_no_verdict(far: Far, data: bytes | None) -> None:
    async def play(far: Far) -> None:
        await far.job()
        if data is None:
            far.wire.shutdown(socket.SHUT_WR)
        else:
            await far.write(data)
            far.wire.shutdown(socket.SHUT_WR)

    outcome = await both(far, play)
    assert isinstance(outcome, SandboxUnavailable)
    assert far.slot.must_go


async def test_bytes_after_a_job_are_of_no_job(far: Far) -> None:
    async def play(far: Far) -> None:
        await far.job()
        await far.write(piece(frame(b"R", b"j1") + answer() + frame(b"R", b"j2") + frame(b"O", b"late")))

    first = await both(far, play)
    assert isinstance(first, ExecResult), first
    assert first.result == b"j1"


async def test_close_leaves_no_descriptor(far: Far) -> None:
    gc.collect()  # what others have left may go in between
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        near, wire = socket.socketpair()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        bridge = await Bridge.over(near, theirs)
        slot = Slot(ours, stop=bridge.close)
        running = asyncio.create_task(slot.run(COMMAND))
        await asyncio.sleep(0.05)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await slot.close()
        wire.close()
    await asyncio.sleep(0)
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_harness_names_every_file_once_and_ends_with_the_start() -> None:
    data = harness()
    at = 4 + int.from_bytes(data[:4], "big")
    assert b"PID 1" in data[4:at]
    names = []
    while at < len(data):
        letter, size = data[at : at + 1], int.from_bytes(data[at + 1 : at + 5], "big")
        payload = data[at + 5 : at + 5 + size]
        if letter == b"F":
            names.append(payload[1 : 1 + payload[0]].decode())
        at += 5 + size
    assert letter == b"S"
    assert {"supervisor.py", "child.py", "seccomp.py"} <= set(names)
    assert len(names) == len(set(names))
