from __future__ import annotations

import asyncio
import math

from mutators.breaker import Breaker, BreakerState
from mutators.trouble import Trouble, of_status

DOWN = of_status(503, None, {}, key="")
LIMITED = of_status(429, None, {}, key="")
DENIED = of_status(401, None, {}, key="")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock, **changes: float) -> Breaker:
    breaker = Breaker(threshold=3, first=2.0, longest=5.0, clock=clock)
    fail(breaker, DOWN, times=3)
    return breaker


def fail(breaker: Breaker, trouble: Trouble | None, *, times: int = 1) -> None:
    for _ in range(times):
        breaker.note(trouble, probe=breaker.begin())


def test_it_opens_after_failures_in_a_row_and_not_before() -> None:
    breaker = Breaker(threshold=3, clock=Clock())
    fail(breaker, DOWN, times=2)
    fail(breaker, None)
    fail(breaker, DOWN, times=2)
    assert (breaker.state, breaker.wait()) == (BreakerState.CLOSED, 0.0)
    fail(breaker, DOWN)
    assert (breaker.state, breaker.trouble) == (BreakerState.OPEN, DOWN)


def test_an_endpoint_that_limits_is_there() -> None:
    breaker = Breaker(threshold=3, clock=Clock())
    for _ in range(5):
        fail(breaker, LIMITED)
    assert breaker.state is BreakerState.CLOSED


def test_each_probe_that_fails_doubles_the_pause_up_to_a_bound_and_a_good_one_closes() -> None:
    clock = Clock()
    breaker = opened(clock)
    pauses = []
    for _ in range(4):
        pauses.append(breaker.wait())
        clock.now += breaker.wait()
        fail(breaker, DOWN)
    assert pauses == [2.0, 4.0, 5.0, 5.0]
    clock.now += breaker.wait()
    fail(breaker, None)
    assert (breaker.state, breaker.trouble) == (BreakerState.CLOSED, None)


async def test_one_call_probes_and_the_others_wait_for_what_it_finds() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 2.0
    assert breaker.begin()
    assert breaker.state is BreakerState.HALF_OPEN
    assert math.isinf(breaker.wait())
    waiting = asyncio.create_task(breaker.settled())
    await asyncio.sleep(0)
    # A call from before it opened ends now: it is not the probe.
    breaker.note(DOWN, probe=False)
    await asyncio.sleep(0)
    assert not waiting.done()
    breaker.note(None, probe=True)
    await waiting
    assert breaker.wait() == 0.0


def test_a_probe_that_found_nothing_out_makes_room_for_another() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 2.0
    breaker.begin()
    breaker.let_go()
    assert (breaker.state, breaker.wait()) == (BreakerState.OPEN, 0.0)


def test_what_is_hopeless_opens_it_at_once() -> None:
    breaker = Breaker(threshold=3, longest=5.0, clock=Clock())
    fail(breaker, DENIED)
    assert breaker.wait() == 5.0
