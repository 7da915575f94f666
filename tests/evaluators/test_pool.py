"""The pool over real processes whose engine goes away, whose slots die, and whose starts are slow."""

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evaluators.local import ProcessLauncher
from evaluators.pool import STANDBY_AFTER, SlotPool
from evaluators.posture import Promise
from evaluators.sandbox import Command, Ending, Limits, Policy, SandboxUnavailable, SandboxUnfit, SlotsLost
from evaluators.slot import Slot
from evaluators.values import decode

ONE = "def solve(): return 1"
NAP = "import time\ndef solve():\n time.sleep(0.25)\n return 1"


class Watched:
    """A slot that says what ran on it, and dies under a program when the program or the slot is doomed."""

    def __init__(self, slot: Slot, pid: int, doomed: set[int]) -> None:
        self.__dict__.update(slot=slot, pid=pid, ran=[], doomed=doomed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.slot, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.slot, name, value)

    async def run(self, command: Command) -> Any:
        self.ran.append(command.function)
        if command.module == "deadly.py" or self.pid in self.doomed:
            self.kill()
        result = await self.slot.run(command)
        if command.module == "dirty.py":
            self.slot.must_go = "left something behind"
        return result

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


class Engine:
    """Starts processes the way an engine starts containers, as long as it is there."""

    def __init__(self) -> None:
        self._inner = ProcessLauncher(packages=(), policies=(Policy.COMPUTE,), namespaces=True)
        self._lock = asyncio.Lock()
        self.made: list[Watched] = []
        self.doomed: set[int] = set()
        self.tries = 0
        self.is_there = True
        self.why_not = SandboxUnavailable("connection refused")
        self.delay = 0.0

    async def launch(self, room: Limits, preload: Sequence[str]) -> tuple[Slot, Promise]:
        self.tries += 1
        if not self.is_there or isinstance(self.why_not, SandboxUnfit):
            raise self.why_not
        await asyncio.sleep(self.delay)
        async with self._lock:  # one after the other, to know whose process is whose
            before = children()
            slot, promise = await self._inner.launch(room, preload)
            (pid,) = children() - before
        watched = Watched(slot, pid, self.doomed)
        self.made.append(watched)
        return watched, promise  # type: ignore[return-value]  # it does all that a slot does

    async def is_back(self) -> bool:
        return self.is_there

    async def close(self) -> None:
        await self._inner.close()

    def go_away(self) -> None:
        """As an engine does: every slot dies with it."""
        self.is_there = False
        for slot in self.made:
            slot.kill()


def children() -> set[int]:
    found: set[int] = set()
    for path in Path("/proc/self/task").glob("*/children"):
        found |= {int(pid) for pid in path.read_text().split()}
    return {pid for pid in found if b"supervisor.py" in words_of(pid)}


def words_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:  # it has ended since
        return b""


def command(source: str, *, module: str = "p.py", **limits: Any) -> Command:
    return Command(
        files={module: source.encode()},
        module=module,
        function="solve",
        limits=Limits(**({"seconds": 20.0} | limits)),
    )


Make = Callable[..., SlotPool]


@pytest.fixture
async def engine() -> Engine:
    return Engine()


@pytest.fixture
async def make(engine: Engine) -> AsyncIterator[Make]:
    pools: list[SlotPool] = []

    def made(**options: Any) -> SlotPool:
        pools.append(SlotPool(engine, **options))
        return pools[-1]

    yield made
    for pool in pools:
        await pool.close()
    assert children() == set()


async def value(pool: SlotPool, source: str = ONE, **options: Any) -> Any:
    result = await pool.run(command(source, **options))
    assert result.ending is Ending.RETURNED, result
    return decode(result.result)


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


# An engine that goes away


async def test_an_outage_costs_no_program_its_result(engine: Engine, make: Make) -> None:
    said: list[str] = []
    pool = make(slots=2, say=said.append)
    await pool.start()
    running = [asyncio.create_task(value(pool, NAP)) for _ in range(4)]
    await asyncio.sleep(0.1)
    engine.go_away()
    await until(lambda: bool(said))
    tries = engine.tries
    await asyncio.sleep(0.6)
    assert engine.tries == tries, "nobody tries to start a slot while the engine is away"
    engine.is_there = True
    assert await asyncio.gather(*running) == [1] * 4
    assert [text.split(" after ")[0] for text in said] == [
        "the Docker engine is away; waiting for it up to 10 minutes",
        "the Docker engine is back",
    ]


async def test_all_slots_come_back_though_only_one_is_asked_for(engine: Engine, make: Make) -> None:
    pool = make(slots=3)
    await pool.start()
    running = asyncio.create_task(value(pool, NAP))
    await asyncio.sleep(0.1)
    engine.go_away()
    await asyncio.sleep(0.1)
    engine.is_there = True
    assert await running == 1
    await until(lambda: len(children()) >= 3)


async def test_patience_has_an_end(engine: Engine, make: Make) -> None:
    pool = make(slots=1, patience=0.4)
    await pool.start()
    engine.go_away()
    with pytest.raises(SandboxUnavailable, match="the Docker engine has been away"):
        await pool.run(command(ONE))
    begun = time.monotonic()
    with pytest.raises(SandboxUnavailable, match="the Docker engine has been away"):
        await pool.run(command(ONE))
    assert time.monotonic() - begun < 0.3, "the patience is not given anew"
    engine.is_there = True
    assert await value(pool) == 1


async def test_a_start_without_an_engine_fails_at_once(engine: Engine, make: Make) -> None:
    engine.is_there = False
    pool = make(slots=2)
    begun = time.monotonic()
    with pytest.raises(SandboxUnavailable, match="connection refused"):
        await pool.start()
    assert time.monotonic() - begun < 3.0


async def test_a_machine_that_has_no_such_slot_is_not_asked_twice(engine: Engine, make: Make) -> None:
    engine.why_not = SandboxUnfit("no system call filter for this machine")
    with pytest.raises(SandboxUnfit, match="no system call filter"):
        await make(slots=1).start()
    assert engine.tries == 1


async def test_closing_in_an_outage_ends_what_waits(engine: Engine, make: Make) -> None:
    pool = make(slots=1)
    await pool.start()
    running = [asyncio.create_task(pool.run(command(NAP))) for _ in range(3)]
    await asyncio.sleep(0.1)
    engine.go_away()
    await asyncio.sleep(0.3)
    begun = time.monotonic()
    await pool.close()
    assert time.monotonic() - begun < 2.0
    for outcome in await asyncio.gather(*running, return_exceptions=True):
        assert isinstance(outcome, SandboxUnavailable)
        assert "closed" in str(outcome)


# Slots that die


async def test_a_program_whose_slots_die_is_run_three_times_and_no_more(engine: Engine, make: Make) -> None:
    pool = make(slots=1)
    await pool.start()
    with pytest.raises(SlotsLost, match="3 slots failed one after the other"):
        await pool.run(command(ONE, module="deadly.py"))
    assert sum(slot.ran.count("solve") for slot in engine.made) == 3
    assert all(slot.ran.count("solve") <= 1 for slot in engine.made), "each time on another slot"
    assert await value(pool) == 1


async def test_a_command_is_run_again_on_a_slot_younger_than_the_one_that_failed(
    engine: Engine, make: Make
) -> None:
    pool = make(slots=3)
    await pool.start()
    engine.doomed |= {slot.pid for slot in engine.made}  # as when they all die within moments
    assert await value(pool) == 1
    assert sum("solve" in slot.ran for slot in engine.made) == 2


async def test_an_idle_slot_that_died_is_not_handed_out(engine: Engine, make: Make) -> None:
    pool = make(slots=2)
    await pool.start()
    dead = list(engine.made)
    for slot in dead:
        slot.kill()
    await until(lambda: all(slot.is_gone for slot in dead))
    assert await asyncio.gather(value(pool), value(pool)) == [1, 1]
    assert not any("solve" in slot.ran for slot in dead)


async def test_a_slot_that_must_go_serves_nobody_again(engine: Engine, make: Make) -> None:
    pool = make(slots=1)
    await pool.start()
    for _ in range(3):
        assert await value(pool, module="dirty.py") == 1
    assert await value(pool) == 1
    assert all(slot.ran.count("solve") <= 1 for slot in engine.made)


async def test_a_slot_that_timed_out_serves_nobody_again(engine: Engine, make: Make) -> None:
    pool = make(slots=1)
    await pool.start()
    assert (
        await pool.run(command("def solve():\n while True: pass", seconds=0.2))
    ).ending is Ending.TIMED_OUT
    assert await value(pool) == 1
    assert [slot.ran.count("solve") for slot in engine.made[:2]] == [1, 1]


async def test_a_slot_is_replaced_after_its_share_of_commands(engine: Engine, make: Make) -> None:
    pool = make(slots=1, jobs_per_slot=2)
    await pool.start()
    for _ in range(5):
        assert await value(pool) == 1
    assert [slot.ran.count("solve") for slot in engine.made[:3]] == [2, 2, 1]


async def test_a_slot_is_replaced_when_it_is_old(engine: Engine, make: Make) -> None:
    pool = make(slots=1, seconds_per_slot=0.5)
    await pool.start()
    assert await value(pool) == await value(pool) == 1
    assert engine.made[0].ran.count("solve") == 2
    await asyncio.sleep(0.5)
    assert await value(pool) == 1
    assert engine.made[0].ran.count("solve") == 2


# Slots in reserve


async def test_one_shot_slots_have_a_reserve_from_the_start_that_start_does_not_wait_for(
    engine: Engine, make: Make
) -> None:
    pool = make(slots=1, jobs_per_slot=1)
    starting = asyncio.create_task(pool.start())
    await until(lambda: engine.tries == 1)
    await asyncio.sleep(0)  # the first launch is past its delay
    engine.delay = 0.5
    begun = time.monotonic()
    await starting
    assert time.monotonic() - begun < 0.5
    for number in range(1, 3):
        await until(lambda number=number: len(engine.made) == number + 1)
        assert await value(pool) == 1
    assert all(slot.ran.count("solve") <= 1 for slot in engine.made)


@pytest.mark.thorough("it waits for starts; the reserve from the start is tested")
async def test_the_next_one_shot_slot_comes_up_while_a_queued_command_runs(
    engine: Engine, make: Make
) -> None:
    pool = make(slots=1, jobs_per_slot=1)
    await pool.start()
    await until(lambda: len(engine.made) == 2)
    running = [asyncio.create_task(value(pool, NAP)) for _ in range(3)]
    await until(lambda: "solve" in engine.made[1].ran)
    await asyncio.sleep(0.05)
    assert not running[1].done()
    assert engine.tries >= 3
    assert await asyncio.gather(*running) == [1, 1, 1]


@pytest.mark.thorough("five starts; that lost slots are replaced is tested")
async def test_a_lost_slot_is_replaced_before_it_is_asked_for(engine: Engine, make: Make) -> None:
    pool = make(slots=2)
    await pool.start()
    for _ in range(STANDBY_AFTER):
        await value(pool)
    await until(lambda: len(engine.made) == 3)
    await asyncio.gather(*(value(pool, NAP, module="dirty.py") for _ in range(2)))
    await until(lambda: len(engine.made) == 5)


async def test_slots_that_end_together_while_others_wait_are_kept(engine: Engine, make: Make) -> None:
    pool = make(slots=2)
    await pool.start()
    assert await asyncio.gather(*(value(pool) for _ in range(120))) == [1] * 120
    assert engine.tries == 3, "the two of the start, and one in reserve"


async def test_few_commands_do_not_pay_for_a_reserve(engine: Engine, make: Make) -> None:
    pool = make(slots=1)
    await pool.start()
    await value(pool)
    await asyncio.sleep(0.3)
    assert engine.tries == 1


async def test_a_start_whose_caller_was_cancelled_serves_the_next(engine: Engine, make: Make) -> None:
    pool = make(slots=1)
    await pool.start()
    await value(pool, module="dirty.py")
    engine.delay = 0.3
    cancelled = asyncio.create_task(value(pool))
    await until(lambda: engine.tries == 2)
    cancelled.cancel()
    begun = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert time.monotonic() - begun < 0.25, "the caller does not wait for the start that he ordered"
    assert await value(pool) == 1
    assert engine.tries == 2


# Many at once


@pytest.mark.thorough("a storm; single cancellations are tested")
async def test_after_a_storm_of_cancelled_commands_every_slot_serves(engine: Engine, make: Make) -> None:
    rng = random.Random(5)
    pool = make(slots=2)
    await pool.start()
    tasks = []
    for _ in range(25):
        source = rng.choice([ONE, NAP, "def solve():\n while True: pass"])
        tasks.append(asyncio.create_task(pool.run(command(source, seconds=0.2))))
        await asyncio.sleep(rng.random() * 0.03)
        rng.choice(tasks).cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        assert not isinstance(outcome, SandboxUnavailable), outcome
    assert await asyncio.gather(*(value(pool) for _ in range(8))) == [1] * 8
    await asyncio.sleep(0.5)
    assert len(children()) <= 3


async def test_long_commands_of_a_long_queue_go_first(engine: Engine, make: Make) -> None:
    pool = make(slots=1)
    await pool.start()
    order: list[float] = []

    async def run(expected: float) -> None:
        made = command(ONE)
        await pool.run(
            Command(files=made.files, module=made.module, function="solve", expected_seconds=expected)
        )
        order.append(expected)

    await asyncio.gather(*(run(expected) for expected in (0.5, 1.0, 3.0, 2.0, 4.0)))
    assert order == [0.5, 4.0, 3.0, 1.0, 2.0]
