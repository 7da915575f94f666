import asyncio
import contextlib
import json
import math
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from evaluators import slot as slots
from evaluators.sandbox import Command, Ending, Limits, SandboxUnavailable
from evaluators.slot import Slot, _source, escape, fits

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
COMMAND = Command(files={"p.py": b"x"}, module="p.py", function="f", limits=Limits(seconds=0.1))


async def play(answer: bytes, *, result: bytes = b"") -> tuple[Slot, Any]:
    """Run a command on a slot whose supervisor writes `result` and says `answer`."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    async def stop() -> None:
        theirs.close()

    slot = Slot(ours, stop=stop)

    def supervise() -> None:
        _, descriptors, _, _ = socket.recv_fds(theirs, 1 << 16, 3)
        with open(descriptors[1], "wb") as pipe:
            pipe.write(result)
        for fd in (descriptors[0], descriptors[2]):
            os.close(fd)
        theirs.send(answer) if answer else theirs.shutdown(socket.SHUT_RDWR)

    try:
        outcome, _ = await asyncio.gather(
            slot.run(COMMAND), asyncio.to_thread(supervise), return_exceptions=True
        )
    finally:
        await slot.close()
    return slot, outcome


async def test_a_result_needs_an_exit_in_order_and_bytes() -> None:
    _, outcome = await play(json.dumps(REPORT).encode(), result=b"j1")
    assert (outcome.ending, outcome.result) == (Ending.RETURNED, b"j1")
    _, outcome = await play(json.dumps(REPORT).encode())
    assert outcome.ending is Ending.DIED
    _, outcome = await play(json.dumps(REPORT | {"code": -9}).encode(), result=b"j1")
    assert (outcome.ending, outcome.result) == (Ending.DIED, b"")


@pytest.mark.parametrize(
    ("kills", "ending"), [(0, Ending.DIED), (1, Ending.OUT_OF_MEMORY), (-1, Ending.OUT_OF_MEMORY)]
)
async def test_a_program_killed_by_nobody_we_know_ran_out_of_memory(kills: int, ending: Ending) -> None:
    report = json.dumps(REPORT | {"code": -9, "oom_kills": kills}).encode()
    _, outcome = await play(report, result=b"j1")
    assert outcome.ending is ending


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        json.dumps(REPORT | {"code": "0"}).encode(),
        json.dumps(REPORT | {"setup": "OSError: no seccomp"}).encode(),
    ],
    ids=["end of file", "no JSON", "a list", "empty", "wrong type", "setup failed"],
)
async def test_a_supervisor_that_fails_is_no_verdict_and_its_slot_goes(answer: bytes) -> None:
    slot, outcome = await play(answer, result=b"j1")
    assert isinstance(outcome, SandboxUnavailable)
    assert slot.must_go


@pytest.mark.parametrize("change", [{"why": "time"}, {"oom_kills": 1}, {"strays": 1}, {"dirt": "files left"}])
async def test_a_slot_goes_after_anything_out_of_the_ordinary(change: dict[str, Any]) -> None:
    slot, outcome = await play(json.dumps(REPORT | change).encode(), result=b"j1")
    assert outcome.ending in (Ending.RETURNED, Ending.TIMED_OUT)
    assert slot.must_go


@pytest.mark.parametrize("rate", [math.inf, 1e6])
async def test_an_answer_may_take_longer_the_slower_the_way_is(
    rate: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "_GRACE", 0.0)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    async def stop() -> None:
        theirs.close()

    slot = Slot(ours, stop=stop, bytes_per_second=rate)
    asyncio.get_running_loop().call_later(0.4, theirs.send, json.dumps(REPORT).encode())
    try:
        if rate == math.inf:
            with pytest.raises(SandboxUnavailable, match=r"silent for 0\.1 s"):
                await slot.run(COMMAND)
        else:  # a mebibyte of result may be on its way
            assert (await slot.run(COMMAND)).ending is Ending.DIED
        await asyncio.sleep(0.4)
    finally:
        await slot.close()


def test_escaped_output_keeps_text_and_shows_the_rest() -> None:
    assert escape("héllo\n\tworld".encode()) == "héllo\n\tworld"
    assert escape(b"\x1b[31m\r\x00\xff") == "\\x1b[31m\\r\\x00\\xff"
    assert escape("\u202eabc\u200b".encode()) == "\\u202eabc\\u200b"


def test_escaped_output_is_the_end_and_never_longer_than_allowed() -> None:
    assert escape(b"a" * 9000 + b"z").endswith("z")
    assert len(escape(b"\x00" * 9000)) == 4000


def test_a_slot_fits_what_is_no_larger_than_it() -> None:
    assert fits(Limits(seconds=99), Limits())
    assert not fits(Limits(memory_mib=513), Limits())
    assert not fits(Limits(scratch_mib=17), Limits())
    assert not fits(Limits(processes=33), Limits())


async def test_a_large_source_that_is_not_wanted_any_more_leaves_no_descriptor() -> None:
    large = Command(files={"p.py": bytes(32 << 20)}, module="p.py", function="solve")
    before = _sources()
    writing = asyncio.create_task(_source(large))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    await asyncio.get_running_loop().shutdown_default_executor()  # waits for what is under way in threads
    await asyncio.sleep(0)
    assert _sources() == before


def _sources() -> int:
    """Descriptors of sources that are open in this process."""
    count = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # that of the listing itself
            count += "memfd:source" in str(entry.readlink())
    return count
