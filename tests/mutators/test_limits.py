from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from mutators.limits import Limits


class Clock:
    """A clock that waits move."""

    def __init__(self) -> None:
        self.now = 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@given(
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, 150)), min_size=1, max_size=40),
    st.integers(1, 5),
    st.integers(50, 200),
)
def test_no_minute_holds_more_requests_or_tokens_than_allowed(
    arrivals: list[tuple[float, int]], requests: int, tokens: int
) -> None:
    """Broken by hand: a bucket that is full at first lets twice as many into a minute, and fails this."""
    clock = Clock()
    limits = Limits(requests=requests, tokens=tokens, clock=lambda: clock.now, sleep=clock.sleep)
    begun: list[tuple[float, int]] = []

    async def play() -> None:
        for pause, size in arrivals:
            clock.now += pause
            slip = await limits.enter(size)
            begun.append((slip.began, size))

    asyncio.run(play())
    for index, (start, size) in enumerate(begun):
        window = [each for each in begun[index:] if each[0] < start + 60 - 1e-6]
        assert len(window) <= requests
        assert sum(each for _, each in window) <= max(tokens, size) or all(
            each > tokens for _, each in window
        )


async def test_what_a_request_came_to_frees_or_takes_room() -> None:
    clock = Clock()
    limits = Limits(tokens=100, clock=lambda: clock.now, sleep=clock.sleep)
    slip = await limits.enter(90)
    slip.tokens = 10
    await limits.enter(80)
    assert clock.now == 0.0
    await limits.enter(50)
    assert clock.now == 60.0


async def test_without_limits_nothing_is_waited_for() -> None:
    clock = Clock()
    limits = Limits(clock=lambda: clock.now, sleep=clock.sleep)
    for _ in range(1000):
        await limits.enter(10**9)
    assert clock.now == 0.0
