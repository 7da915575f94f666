from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archive.attempt import Attempt
from archive.ledger import Call, CallStatus, Purpose, Usage
from archive.memory import MemoryStore
from archive.store import UnknownRun
from mutators.model import Message, ModelUnreachable, Request
from mutators.recorded import RecordedModel, recorded_run
from tests.flows.doubles import number_problem, run_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def ask(attempt: int = 1, ordinal: int = 0, purpose: Purpose = Purpose.EXECUTE) -> Request:
    return Request(
        messages=(Message(role="user", content="x"),), purpose=purpose, attempt=attempt, ordinal=ordinal
    )


async def store_with(*, status: CallStatus = CallStatus.OK) -> tuple[MemoryStore, str]:
    store = MemoryStore()
    run = run_of(number_problem(evaluations=5))
    await store.create_run(run)
    for number in (1, 2):
        await store.open_attempt(Attempt(run=run.id, number=number, island=0, parents=("p",), started=NOW))
    await store.record_call(
        Call(
            run=run.id,
            attempt=1,
            purpose=Purpose.EXECUTE,
            ordinal=3,
            model="gpt",
            request="0" * 64,
            prompt="[]",
            response="an answer",
            status=status,
            usage=Usage(tokens_in=5, tokens_out=7, dollars=0.5),
            at=NOW,
        )
    )
    return store, run.id


async def test_the_same_call_gets_the_same_answer_and_costs_nothing() -> None:
    store, run = await store_with(status=CallStatus.TRUNCATED)
    reply = await RecordedModel(store=store, run=run).complete(ask(ordinal=3))
    assert (reply.text, reply.model, reply.status) == ("an answer", "gpt", CallStatus.TRUNCATED)
    assert reply.usage == Usage(tokens_in=5, tokens_out=7)


@pytest.mark.parametrize(
    "request_", [ask(ordinal=2), ask(attempt=2, ordinal=3), ask(ordinal=3, purpose=Purpose.PLAN)]
)
async def test_what_was_not_answered_then_is_not_answered_now(request_: Request) -> None:
    store, run = await store_with()
    reply = await RecordedModel(store=store, run=run).complete(request_)
    assert (reply.text, reply.status, reply.usage) == ("", CallStatus.REFUSED, Usage())
    assert "no answer was recorded" in reply.error


async def test_past_the_last_attempt_the_answers_are_used_up() -> None:
    store, run = await store_with()
    with pytest.raises(ModelUnreachable, match="end with attempt 2"):
        await RecordedModel(store=store, run=run).complete(ask(attempt=3))


async def test_a_run_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UnknownRun):
        await RecordedModel(store=MemoryStore(), run="nothing").complete(ask())


def test_only_names_with_the_prefix_are_runs() -> None:
    assert recorded_run("recorded:abc") == "abc"
    assert recorded_run("gpt-recorded") is None
