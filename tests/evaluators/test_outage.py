import asyncio

import pytest

from evaluators.outage import Outage
from evaluators.sandbox import SandboxUnavailable


class Engine:
    """An engine that answers, or does not, and counts how often it was asked."""

    def __init__(self) -> None:
        self.is_there = True
        self.asked = 0

    async def is_back(self) -> bool:
        self.asked += 1
        return self.is_there


def made(engine: Engine, *, patience: float = 10.0) -> tuple[Outage, list[str]]:
    said: list[str] = []
    return Outage(engine.is_back, patience=patience, say=said.append), said


async def test_an_engine_that_answers_is_not_to_blame() -> None:
    outage, said = made(Engine())
    assert not await outage.notice(outage.count)
    await asyncio.wait_for(outage.wait(), 1.0)
    outage.over()
    assert said == []


async def test_all_wait_together_and_only_one_asks() -> None:
    engine = Engine()
    engine.is_there = False
    outage, said = made(engine)
    since = outage.count
    assert all(await asyncio.gather(*(outage.notice(since) for _ in range(50))))
    waiting = [asyncio.create_task(outage.wait()) for _ in range(50)]
    asked = engine.asked
    await asyncio.sleep(0.6)
    assert not any(task.done() for task in waiting)
    assert 1 <= engine.asked - asked <= 3
    engine.is_there = True
    await asyncio.wait_for(asyncio.gather(*waiting), 2.0)
    assert len(said) == 1
    outage.over()
    outage.over()
    assert said[0] == "the Docker engine is away; waiting for it up to 10 s"
    assert said[1].startswith("the Docker engine is back after ")
    assert len(said) == 2


async def test_a_start_that_failed_in_an_outage_others_have_noticed_is_not_counted() -> None:
    engine = Engine()
    outage, _ = made(engine)
    since = outage.count
    engine.is_there = False
    assert await outage.notice(since)
    engine.is_there = True
    await outage.wait()
    assert await outage.notice(since), "it began before"
    assert not await outage.notice(outage.count)


async def test_patience_ends_with_what_to_do_and_is_not_given_anew_while_nothing_starts() -> None:
    engine = Engine()
    engine.is_there = False
    outage, said = made(engine, patience=0.4)
    assert await outage.notice(outage.count)
    with pytest.raises(SandboxUnavailable, match=r"away for .* s; start it"):
        await outage.wait()
    begun = asyncio.get_running_loop().time()
    assert await outage.notice(outage.count)
    with pytest.raises(SandboxUnavailable):
        await outage.wait()
    assert asyncio.get_running_loop().time() - begun < 0.3
    engine.is_there = True
    assert not await outage.notice(outage.count)
    outage.over()
    assert len(said) == 2


async def test_the_default_patience_is_told_in_minutes() -> None:
    engine = Engine()
    engine.is_there = False
    said: list[str] = []
    outage = Outage(engine.is_back, say=said.append)
    await outage.notice(outage.count)
    await outage.close()
    assert said == ["the Docker engine is away; waiting for it up to 10 minutes"]


async def test_one_who_stops_waiting_does_not_stop_the_others() -> None:
    engine = Engine()
    engine.is_there = False
    outage, _ = made(engine)
    await outage.notice(outage.count)
    leaving, staying = asyncio.create_task(outage.wait()), asyncio.create_task(outage.wait())
    await asyncio.sleep(0.05)
    leaving.cancel()
    engine.is_there = True
    await asyncio.wait_for(staying, 2.0)
    assert leaving.cancelled()
