from __future__ import annotations

import asyncio
import json

import pytest

from archive.ledger import CallStatus, Purpose, Usage
from mutators.budget import BudgetExhausted, Wall
from mutators.ledger import Ledgered
from mutators.model import Message, ModelUnreachable, Reply, Request
from mutators.prices import Prices
from mutators.trouble import Trouble
from tests.mutators.fakes import NOW, Answer, FakeStore, Scripted, spec

PRICED = spec(input_price=0.0, output_price=1.0, max_tokens=10_000)  # worst case: one cent


def ask(ordinal: int = 0, attempt: int = 1) -> Request:
    message = Message(role="user", content="hello \ud800")
    return Request(messages=(message,), purpose=Purpose.EXECUTE, attempt=attempt, ordinal=ordinal)


def ledgered(store: FakeStore, *answers: Answer, wall: Wall | None = None) -> tuple[Ledgered, Scripted]:
    inner = Scripted(*answers)
    made = Ledgered(
        inner,
        spec=PRICED,
        store=store,
        run="r1",
        wall=wall or Wall(None),
        prices=Prices(),
        clock=lambda: NOW,
    )
    return made, inner


async def test_a_call_is_booked_before_its_answer_is_used() -> None:
    store = FakeStore()
    model, _ = ledgered(store, "hi")
    reply = await model.complete(ask())
    (call,) = store.calls
    assert (call.run, call.attempt, call.purpose, call.ordinal) == ("r1", 1, Purpose.EXECUTE, 0)
    assert (call.response, call.status, call.usage) == ("hi", CallStatus.OK, reply.usage)
    assert json.loads(call.prompt) == [["user", "hello \ud800"]]
    assert call.prompt.isascii()
    assert len(call.request) == 64
    assert call.at == NOW


async def test_an_answer_that_was_paid_for_is_not_bought_again() -> None:
    store = FakeStore()
    first, _ = ledgered(store, "hi")
    await first.complete(ask())
    wall = Wall(0.0)
    again, inner = ledgered(store, "other", wall=wall)
    reply = await again.complete(ask())
    assert reply.text == "hi"
    assert inner.requests == []
    assert wall.spent == 0.0
    assert len(store.calls) == 1


async def test_another_ordinal_is_another_call() -> None:
    store = FakeStore()
    model, _ = ledgered(store, "one", "two")
    assert [(await model.complete(ask(n))).text for n in (0, 1)] == ["one", "two"]


async def test_a_failed_call_is_booked_and_does_not_stand_in_the_way_of_a_later_answer() -> None:
    store = FakeStore()
    wall = Wall(1.0)
    model, _ = ledgered(store, ModelUnreachable("asked X,\nnothing came"), "hi", wall=wall)
    with pytest.raises(ModelUnreachable):
        await model.complete(ask())
    assert (store.calls[0].status, store.calls[0].error) == (CallStatus.UNREACHABLE, "asked X, nothing came")
    assert (store.calls[0].model, wall.spent) == ("toy", 0.0)
    assert (await model.complete(ask())).text == "hi"
    assert [call.status for call in store.calls] == [CallStatus.UNREACHABLE, CallStatus.OK]


async def test_a_refusal_is_booked_with_its_cost() -> None:
    store = FakeStore()
    refused = Reply(text="", model="toy", status=CallStatus.REFUSED, usage=Usage(dollars=0.004), error="no")
    wall = Wall(1.0)
    model, _ = ledgered(store, refused, wall=wall)
    assert (await model.complete(ask())).status is CallStatus.REFUSED
    assert store.calls[0].usage.dollars == wall.spent == 0.004


async def test_a_call_that_timed_out_is_booked_at_its_worst_case() -> None:
    store = FakeStore()
    late = Reply(text="", model="toy", status=CallStatus.TIMED_OUT, trouble=Trouble.silence(1.0, dead=False))
    wall = Wall(1.0)
    model, _ = ledgered(store, late, wall=wall)
    reply = await model.complete(ask())
    assert reply.usage.dollars == store.calls[0].usage.dollars == wall.spent == pytest.approx(0.01)


async def test_a_call_beyond_the_wall_is_not_made() -> None:
    store = FakeStore()
    model, inner = ledgered(store, "hi", wall=Wall(1.0, spent=0.995))
    with pytest.raises(BudgetExhausted):
        await model.complete(ask())
    assert inner.requests == []
    assert store.calls == []


async def test_sixteen_callers_spend_a_dollar_and_never_more() -> None:
    store = FakeStore()
    wall = Wall(1.0)
    model, _ = ledgered(store, "hi", wall=wall)

    async def caller(number: int) -> None:
        ordinal = 0
        while True:
            ordinal += 1
            try:
                await model.complete(ask(ordinal, attempt=number))
            except BudgetExhausted:
                return

    await asyncio.gather(*(caller(n) for n in range(16)))
    booked = sum(call.usage.dollars for call in store.calls)
    assert 0.98 < wall.spent <= 1.0
    assert booked == pytest.approx(wall.spent)
    assert len(store.calls) in (99, 100)


async def test_closing_closes_the_model_behind() -> None:
    model, inner = ledgered(FakeStore(), "hi")
    await model.close()
    assert inner.closed
