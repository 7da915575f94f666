from __future__ import annotations

import asyncio
import random

import pytest

from mutators.budget import BudgetExhausted, Wall


async def spender(wall: Wall, draw: random.Random, peaks: list[float], *, worst: float) -> int:
    made = 0
    while True:
        try:
            hold = await wall.reserve(worst)
        except BudgetExhausted:
            return made
        async with hold:
            made += 1
            peaks.append(wall.spent + wall.held)
            await asyncio.sleep(0)
            hold.dollars = draw.uniform(0, worst)


async def test_sixteen_callers_never_pass_the_wall_and_leave_less_than_a_worst_case_unspent() -> None:
    wall = Wall(1.0)
    peaks: list[float] = []
    draw = random.Random(3)
    made = await asyncio.gather(*(spender(wall, draw, peaks, worst=0.01) for _ in range(16)))
    assert max(peaks) <= 1.0
    assert 1.0 - 0.01 < wall.spent <= 1.0
    assert wall.held == 0.0
    assert sum(made) > 150  # what calls did not use came back


async def test_a_call_waits_for_room_that_one_in_flight_gives_back() -> None:
    wall = Wall(1.0)
    first = await wall.reserve(0.9)
    second = asyncio.create_task(wall.reserve(0.5))
    await asyncio.sleep(0)
    assert not second.done()
    await wall.settle(first, 0.1)
    assert (await second).worst == 0.5


async def test_a_call_that_no_settlement_can_make_room_for_is_refused_at_once() -> None:
    wall = Wall(1.0, spent=0.95)
    with pytest.raises(BudgetExhausted, match=r"\$1\.00.*\$0\.9500 is spent"):
        await wall.reserve(0.06)


async def test_spending_of_an_earlier_session_counts() -> None:
    assert Wall(5.0, spent=4.0).spent == 4.0


async def test_a_call_that_was_cut_off_counts_at_its_worst_case() -> None:
    wall = Wall(1.0)
    with pytest.raises(RuntimeError):
        async with await wall.reserve(0.25):
            raise RuntimeError
    assert wall.spent == 0.25


async def test_without_a_wall_everything_is_allowed_and_counted() -> None:
    wall = Wall(None)
    async with await wall.reserve(1e9) as hold:
        hold.dollars = 3.0
    assert wall.spent == 3.0


async def test_a_wall_of_nothing_lets_free_calls_through() -> None:
    wall = Wall(0.0)
    async with await wall.reserve(0.0):
        pass
    with pytest.raises(BudgetExhausted):
        await wall.reserve(1e-6)
