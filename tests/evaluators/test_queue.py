import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.queue import OVERTAKEN_SECONDS, Turns
from evaluators.sandbox import SandboxUnavailable


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def order_of(expected: list[float], *, places: int, clock: Clock, step: float = 0.0) -> list[int]:
    """Numbers of callers in the order of their turns; one more holds each place until all of them wait."""
    turns = Turns(places, clock=clock)
    gate = asyncio.Event()
    order: list[int] = []

    async def hold() -> None:
        async with turns.turn():
            await gate.wait()

    async def call(number: int) -> None:
        async with turns.turn(expected[number]):
            order.append(number)
            clock.now += step
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for _ in range(places):
            group.create_task(hold())
        for number in range(len(expected)):
            group.create_task(call(number))
        await settle()
        gate.set()
    assert turns.taken == 0
    return order


async def test_a_short_queue_goes_in_the_order_of_coming() -> None:
    assert await order_of([1.0, 3.0, 2.0, 9.0], places=2, clock=Clock()) == [0, 1, 2, 3]


async def test_in_a_long_queue_the_longest_goes_first_until_it_is_short() -> None:
    assert await order_of([1.0, 3.0, 2.0, 9.0, 3.0], places=1, clock=Clock()) == [3, 1, 4, 0, 2]


async def test_those_of_unknown_length_go_in_the_order_of_coming() -> None:
    assert await order_of([0.0] * 20, places=1, clock=Clock()) == list(range(20))


async def test_nobody_sees_younger_ones_go_first_for_longer_than_the_bound() -> None:
    clock = Clock()
    order = await order_of([0.0] + [5.0] * 20, places=1, clock=clock, step=10.0)
    assert order.index(0) == OVERTAKEN_SECONDS / 10.0
    assert order[4:] == sorted(order[4:]), "from then on everyone has waited that long"


async def test_a_place_that_was_handed_to_a_caller_cancelled_in_that_moment_is_handed_on() -> None:
    turns = Turns(1)
    came: list[str] = []

    async def call(name: str, gate: asyncio.Event | None = None) -> None:
        async with turns.turn():
            came.append(name)
            if gate is not None:
                await gate.wait()

    gate = asyncio.Event()
    first = asyncio.create_task(call("first", gate))
    await settle()
    second, third = asyncio.create_task(call("second")), asyncio.create_task(call("third"))
    await settle()
    gate.set()
    while not first.done():
        await asyncio.sleep(0)
        if first.done():
            second.cancel()
    await asyncio.gather(second, third, return_exceptions=True)
    assert came[-1] == "third"
    assert turns.taken == 0


async def test_closing_turns_away_who_waits_and_who_comes() -> None:
    turns = Turns(1)

    async def call() -> None:
        async with turns.turn():
            raise AssertionError("nobody may get in")

    async with turns.turn():
        waiting = asyncio.create_task(call())
        await settle()
        turns.close("closed for the test")
        with pytest.raises(SandboxUnavailable, match="closed for the test"):
            await waiting
    with pytest.raises(SandboxUnavailable, match="closed for the test"):
        await call()
    assert turns.taken == 0


@given(
    seed=st.integers(0, 2**32 - 1),
    places=st.integers(1, 4),
    callers=st.integers(1, 40),
    cancelled=st.floats(0.0, 0.6),
)
def test_whatever_is_cancelled_no_place_is_lost_and_nobody_waits_for_ever(
    seed: int, places: int, callers: int, cancelled: float
) -> None:
    asyncio.run(asyncio.wait_for(storm(random.Random(seed), places, callers, cancelled), 20.0))


async def storm(rng: random.Random, places: int, callers: int, cancelled: float) -> None:
    """Callers that come, stay and are cancelled at random moments, some in the very moment of their turn."""
    turns = Turns(places)
    inside, most, served = 0, 0, 0

    async def call(expected: float, stay: int) -> None:
        nonlocal inside, most, served
        async with turns.turn(expected):
            inside += 1
            most = max(most, inside)
            try:
                for _ in range(stay):
                    await asyncio.sleep(0)
                served += 1
            finally:
                inside -= 1

    tasks = []
    for _ in range(callers):
        tasks.append(asyncio.create_task(call(rng.choice([0.0, 1.0, 5.0]), rng.randrange(4))))
        for _ in range(rng.randrange(3)):
            await asyncio.sleep(0)
        if rng.random() < cancelled:
            rng.choice(tasks).cancel()
    for _ in range(callers):
        await asyncio.sleep(0)
        if rng.random() < cancelled:
            rng.choice(tasks).cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert most <= places
    assert (turns.taken, inside) == (0, 0)
    assert served == sum(outcome is None for outcome in outcomes)
    async with asyncio.TaskGroup() as group:  # all places are still there
        for _ in range(places):
            group.create_task(call(0.0, 3))
    assert most <= places


async def test_a_cancelled_caller_does_not_count_among_those_who_wait() -> None:
    turns = Turns(1)
    order: list[float] = []

    async def call(expected: float) -> None:
        async with turns.turn(expected):
            order.append(expected)

    async with turns.turn():
        tasks = [asyncio.create_task(call(expected)) for expected in (1.0, 7.0, 8.0, 9.0)]
        await settle()
        for task in tasks[1:3]:
            task.cancel()
        await settle()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [1.0, 9.0], "two are a short queue"
