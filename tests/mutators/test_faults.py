"""Every fault a model's endpoint can have, over real HTTP: its name in the ledger, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from archive.ledger import CallStatus, Purpose
from mutators.breaker import Breaker
from mutators.budget import Wall
from mutators.chat import ChatModel
from mutators.ledger import Ledgered
from mutators.limits import Limits
from mutators.model import Message, ModelUnreachable, Reply, Request
from mutators.patience import Patience, Patient
from mutators.prices import Prices
from tests.mutators.fakes import FakeStore, spec
from tests.tools.faults import FAULTS, Row
from tests.tools.model_server import Fault, ModelServer, answer, serving, wire

SCHEMA = {
    "type": "object",
    "properties": {"idea": {"type": "string"}},
    "required": ["idea"],
    "additionalProperties": False,
}
ASK = Request(
    messages=(Message(role="user", content="hello"),), purpose=Purpose.PLAN, attempt=1, schema=SCHEMA
)
WORST = 0.01
GOOD = Fault(body=answer('{"idea": "x"}'))


@dataclass
class Member:
    """One model as a run has it: patience, ledger, wall and endpoint."""

    model: Patient
    chat: ChatModel
    store: FakeStore
    wall: Wall
    server: ModelServer

    async def ask(self, request: Request = ASK) -> Reply:
        return await self.model.complete(request)

    @property
    def statuses(self) -> list[str]:
        return [call.status.value for call in self.store.calls]


@asynccontextmanager
async def member(
    *faults: Any, limits: Limits | None = None, key: str = "sk-secret", **changes: Any
) -> AsyncIterator[Member]:
    """A call costs at most a cent here; a wait is a hundredth of what it would be."""
    known = spec(**{"input_price": 0.0, "output_price": 10.0, "max_tokens": 1000, "timeout": 5.0} | changes)
    async with serving(*faults) as server:
        store, wall = FakeStore(), Wall(1.0)
        chat = ChatModel(known, base_url=server.url, api_key=key, prices=Prices())
        ledgered = Ledgered(chat, spec=known, store=store, run="r", wall=wall, prices=Prices())
        patience = Patience(first=0.005, longest=0.02, seconds=10.0, stranger=10.0)
        breaker = Breaker(first=0.1, longest=0.2)
        model = Patient(
            ledgered, name="toy", url=server.url, patience=patience, breaker=breaker, limits=limits
        )
        try:
            yield Member(model, chat, store, wall, server)
        finally:
            await model.close()


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.name)
async def test_every_fault_has_its_name_in_the_ledger_and_ends_no_later_call(row: Row) -> None:
    async with member(row.fault, GOOD, timeout=0.5) as one:
        await one.ask()
        assert one.statuses[0] == row.status
        assert (await one.ask(replace(ASK, ordinal=1))).status is CallStatus.OK
    assert one.wall.spent <= WORST + 3 * 5 * 10e-6


PASSING = {
    "rate_limited": [
        wire("slow down", status=429),
        wire("slow down", status=429, retry_after=0),
        wire("slow down", status=429, retry_after=0.05),
        wire("slow down", status=429, retry_after=timedelta(seconds=-5)),
    ],
    "server_error": [
        *(wire("oops", status=status) for status in (500, 502, 503, 504, 529, 408, 409)),
        Fault(status=503, body="<html>down</html>", billed=False),
        Fault(body={"error": {"message": "upstream", "code": 502}}, billed=False),
    ],
    "disconnected": [Fault(drop="before", billed=False)],
    "malformed": [
        Fault(body="<html>hello</html>"),
        Fault(body="[1, 2]"),
        Fault(body="{}"),
        Fault(body='"no"'),
    ],
}


@pytest.mark.parametrize(("name", "fault"), [(name, each) for name, all_ in PASSING.items() for each in all_])
async def test_a_passing_fault_that_costs_nothing_is_named_and_tried_again(name: str, fault: Fault) -> None:
    async with member(fault, GOOD) as one:
        reply = await one.ask()
    assert reply.status is CallStatus.OK
    assert one.statuses == [name, "ok"]
    assert one.store.calls[0].usage.dollars == 0.0
    assert one.store.calls[0].prompt == ""
    assert one.store.calls[0].error
    assert one.wall.spent == pytest.approx(5 * 10e-6)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("broken_off", Fault(drop="head")),
        ("broken_off", Fault(drop="middle")),
        ("malformed", Fault(body='{"choices": [{"message": {"content": "half a')),
    ],
)
async def test_an_answer_that_was_lost_counts_at_its_worst_case_and_is_asked_for_again(
    name: str, fault: Fault
) -> None:
    """Broken by hand: booking nothing for a try that may have been billed fails this."""
    async with member(fault, GOOD) as one:
        reply = await one.ask()
    assert reply.status is CallStatus.OK
    assert one.statuses == [name, "ok"]
    assert one.store.calls[0].usage.dollars == pytest.approx(WORST)
    assert one.wall.spent == pytest.approx(WORST + 5 * 10e-6)


async def test_answers_that_are_lost_again_and_again_do_not_burn_the_budget() -> None:
    async with member(Fault(drop="middle")) as one:
        with pytest.raises(ModelUnreachable, match="in the middle of the answer"):
            await one.ask()
    assert one.statuses == ["broken_off"] * 3
    assert one.wall.spent == pytest.approx(3 * WORST)


@pytest.mark.parametrize(("status", "code"), [(401, ""), (402, ""), (403, ""), (404, "model_not_found")])
async def test_what_no_retry_can_cure_is_denied_at_once_and_costs_nothing(status: int, code: str) -> None:
    async with member(wire("no sk-secret", status=status, code=code)) as one:
        with pytest.raises(ModelUnreachable):
            await one.ask()
        # The next call does not even ask.
        with pytest.raises(ModelUnreachable):
            await one.ask(replace(ASK, ordinal=1))
    assert one.statuses == ["denied"]
    assert one.wall.spent == 0.0
    assert "secret" not in one.store.calls[0].error


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("empty", Fault(body=answer(None))),
        ("empty", Fault(body=answer("") | {"choices": []})),
        ("refused", Fault(body=answer(None, refusal="I will not."))),
        ("refused", Fault(body=answer("bad", finish="content_filter"))),
        ("truncated", Fault(body=answer("half", finish="length"))),
        ("truncated", Fault(body=answer("x" * 10_000_000))),
        ("refused", wire("bad request")),
        ("overlong", wire("too many", code="context_length_exceeded")),
        ("overlong", wire("This model's maximum context length is 8192 tokens")),
        ("overlong", Fault(status=413, body="entity too large", billed=False)),
        ("ok", Fault(body=answer('{"idea": "x"}') | {"model": "another-model"})),
    ],
)
async def test_an_end_that_a_retry_would_only_repeat_is_named_and_told(name: str, fault: Fault) -> None:
    async with member(fault) as one:
        reply = await one.ask()
    assert one.statuses == [name]
    assert reply.status.value == name
    assert one.store.calls[0].prompt
    assert len(one.server.bodies) == 1
    assert one.wall.spent <= WORST


@pytest.mark.parametrize("fault", [Fault(delay=60.0), Fault(drip=0.05)])
async def test_silence_and_a_trickle_are_timed_out_at_the_worst_case(fault: Fault) -> None:
    async with member(fault, timeout=0.3) as one:
        assert (await one.ask()).status is CallStatus.TIMED_OUT
        assert (await one.ask(replace(ASK, ordinal=1))).status is CallStatus.TIMED_OUT
        with pytest.raises(ModelUnreachable, match="several times in a row"):
            await one.ask(replace(ASK, ordinal=2))
    assert one.statuses == ["timed_out"] * 3
    assert one.wall.spent == pytest.approx(3 * WORST)


async def test_an_address_where_nothing_listens_is_named_unreachable() -> None:
    async with member(GOOD) as one:
        one.chat._client.base_url = "http://127.0.0.1:9/v1"
        with pytest.raises(ModelUnreachable, match="no connection"):
            await one.model.complete(replace(ASK, hurry=True))
    assert set(one.statuses) == {"unreachable"}
    assert one.wall.spent == 0.0


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {"prompt_tokens": 0, "completion_tokens": 0},
        {"prompt_tokens": 10, "completion_tokens": 5},
        {"prompt_tokens": 10, "completion_tokens": -5},
        {"prompt_tokens": 10**11, "completion_tokens": 5},
        {"prompt_tokens": 10, "completion_tokens": 10**11},
        {"prompt_tokens": "many", "completion_tokens": None},
    ],
)
async def test_tokens_that_are_not_counted_or_cannot_be_true_count_at_the_worst_case(usage: Any) -> None:
    """Broken by hand: taking what is counted for true fails this."""
    fault = Fault(body=answer('{"idea": "x"}' + " " * 5001, usage=usage), billed=False)
    async with member(fault) as one:
        assert (await one.ask()).status is CallStatus.OK
    assert one.wall.spent == pytest.approx(WORST)
    assert one.store.calls[0].usage.tokens_out < 2000


@pytest.mark.parametrize(
    ("fault", "habit"),
    [
        (wire("response_format is not supported", param="response_format"), "response_format"),
        (wire("This response_format type is unavailable now"), "response_format"),
        (wire("failed to parse grammar", status=500), "response_format"),
        (
            Fault(
                status=422, body={"detail": [{"loc": ["body", "seed"], "msg": "not permitted"}]}, billed=False
            ),
            "seed",
        ),
        (wire("'temperature' does not support 0.5", param="temperature"), "temperature"),
        (
            wire(
                "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
                param="max_tokens",
            ),
            "max_tokens",
        ),
        (
            wire("max_tokens is too large: 1000. This model supports at most 500 tokens", param="max_tokens"),
            "max_tokens<=500",
        ),
    ],
)
async def test_what_an_endpoint_does_not_know_is_found_out_once_and_remembered(
    fault: Fault, habit: str
) -> None:
    async with member(fault, GOOD, temperature=0.5) as one:
        assert (await one.ask()).status is CallStatus.OK
        assert (await one.ask(replace(ASK, ordinal=1))).status is CallStatus.OK
        assert one.chat.habits == (habit,)
        first, *later = one.server.bodies
    assert one.statuses == ["unsupported", "ok", "ok"]
    # What the ledger says is enough for a later process.
    assert one.store.calls[0].error.partition(":")[0] == habit
    assert first["response_format"]["json_schema"]["strict"] is True
    for body in later:
        if habit == "max_tokens":
            assert body["max_completion_tokens"] == 1000
        elif habit.startswith("max_tokens<="):
            assert body["max_tokens"] == 500
        else:
            assert habit not in body
    again = ChatModel(spec(), base_url="http://x/v1", api_key="", prices=Prices(), habits=[habit, "unknown"])
    assert again.habits == (habit,)
    await again.close()


@pytest.mark.parametrize(
    "complaint",
    [
        wire("response_format is not supported", param="response_format"),
        wire("Use 'max_completion_tokens' instead of 'max_tokens'.", param="max_tokens"),
        wire("max_tokens is too large: 1000. This model supports at most 500 tokens", param="max_tokens"),
    ],
)
async def test_calls_that_were_under_way_when_it_was_found_out_are_made_again_as_well(
    complaint: Fault,
) -> None:
    """Broken by hand: learning it from the first of them alone leaves the others refused."""

    first: dict[str, Any] = {}

    def script(number: int, body: Any) -> Fault:
        first.update({} if first else body)
        return replace(complaint if body.keys() == first.keys() and body == first else GOOD, delay=0.1)

    async with member(script) as one:
        replies = await asyncio.gather(*(one.ask(replace(ASK, ordinal=n)) for n in range(8)))
    assert {reply.status for reply in replies} == {CallStatus.OK}
    assert one.statuses == ["unsupported"] * 8 + ["ok"] * 8


async def test_a_server_that_takes_a_schema_and_pays_no_heed_to_it_is_not_sent_another() -> None:
    async with member(Fault(body=answer("just words"))) as one:
        for ordinal in range(4):
            await one.ask(replace(ASK, ordinal=ordinal))
        assert ["response_format" in body for body in one.server.bodies] == [True, True, False, False]
    # A later process finds it in the ledger.
    assert [call.error.partition(":")[0] for call in one.store.calls] == ["", "response_format", "", ""]


async def test_answers_that_hold_nothing_or_half_say_nothing_of_what_a_server_knows() -> None:
    faults = [Fault(body=answer(None)), Fault(body=answer("Let me th", finish="length"))] * 2
    async with member(*faults, GOOD) as one:
        for ordinal in range(5):
            await one.ask(replace(ASK, ordinal=ordinal))
        assert all("response_format" in body for body in one.server.bodies)


async def test_one_good_answer_to_a_schema_settles_that_it_is_known() -> None:
    async with member(GOOD, Fault(body=answer("just words"))) as one:
        for ordinal in range(5):
            await one.ask(replace(ASK, ordinal=ordinal))
        assert all("response_format" in body for body in one.server.bodies)


async def test_an_endpoint_that_is_down_is_asked_by_one_call_at_a_time_until_it_is_back() -> None:
    """Broken by hand: a breaker that never opens fails this."""
    down = True

    def script(number: int, body: Any) -> Fault:
        return wire("down", status=503) if down else GOOD

    async with member(script) as one:
        calls = [asyncio.create_task(one.ask(replace(ASK, ordinal=n))) for n in range(12)]
        await asyncio.sleep(0.6)
        asked = len(one.server.bodies)
        down = False
        replies = await asyncio.wait_for(asyncio.gather(*calls), 20)
    assert {reply.status for reply in replies} == {CallStatus.OK}
    # Those under way when it opened, and hardly more.
    assert asked <= 12 + 8
    assert one.wall.spent == pytest.approx(12 * 5 * 10e-6)


async def test_no_more_calls_are_under_way_than_allowed() -> None:
    async with member(Fault(delay=0.02, body=answer("{}")), limits=Limits(concurrency=2)) as one:
        await asyncio.gather(*(one.ask(replace(ASK, ordinal=n)) for n in range(6)))
        assert one.server.most_at_a_time == 2


async def test_a_duplicate_answer_is_an_answer_like_any_other() -> None:
    async with member(GOOD) as one:
        replies = [await one.ask(replace(ASK, ordinal=n)) for n in range(2)]
    assert replies[0].text == replies[1].text
    assert one.statuses == ["ok", "ok"]


KEY = "4f1c9a7e-2b8d3c6f5a0e1d9b7c"
"""Looks like no usual key, so that it is known by its value alone."""
ECHO = f"your key Bearer {KEY} and {KEY} " + "x" * 120 + f" {KEY} " + "y" * 120 + f" {KEY}"


@pytest.mark.parametrize(
    "fault",
    [
        *(wire(ECHO, status=status) for status in (400, 401, 403, 404, 413, 422, 429, 500, 503)),
        wire("no", param=KEY),
        wire("no", code=KEY),
        Fault(status=502, body=f"<html>{ECHO}</html>", billed=False),
        Fault(status=422, body={"detail": [{"loc": ["body", KEY], "msg": ECHO}]}, billed=False),
        *(Fault(body="z" * cut + ECHO, billed=False) for cut in (0, 30, 135, 230, 240)),
        Fault(body={"error": {"message": ECHO, "code": 502}}, billed=False),
        Fault(body={"unknown": ECHO}, billed=False),
        Fault(body=answer(None, refusal=ECHO)),
        Fault(body=answer(ECHO, finish=KEY) | {"model": KEY}),
        Fault(headers={"content-encoding": "gzip"}, body=ECHO, billed=False),
    ],
)
async def test_a_key_that_a_server_repeats_reaches_no_row_no_message_and_no_log(
    fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """Broken by hand: cutting a text before the key is taken out of it leaves half a key."""
    caplog.set_level("DEBUG")
    async with member(fault, GOOD, key=KEY) as one:
        try:
            told = str(await one.ask())
        except ModelUnreachable as error:
            told = f"{error!r} {error.__cause__!r} {error.__context__!r}"
        again = await one.ask(replace(ASK, ordinal=1)) if "denied" not in one.statuses else ""
    for text in (told, str(again), str(one.store.calls), str(one.server.bodies), caplog.text):
        assert KEY[:14] not in text


async def test_a_key_that_is_no_secret_changes_no_answer() -> None:
    async with member(Fault(body=answer('{"idea": "none"}')), key="none") as one:
        assert (await one.ask()).text == '{"idea": "none"}'


@pytest.mark.parametrize(
    ("usage", "out", "reasoning"),
    [
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 50,
                "completion_tokens_details": {"reasoning_tokens": 40},
            },
            50,
            40,
        ),
        # As some servers count it: beside the answer, and in the sum alone.
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 55}, 45, 40),
        ({"prompt_tokens": 10, "completion_tokens": 5, "completion_tokens_details": None}, 5, 0),
    ],
)
async def test_tokens_of_reasoning_are_told_apart_and_paid_for(usage: Any, out: int, reasoning: int) -> None:
    async with member(Fault(body=answer('{"idea": "x"}', usage=usage))) as one:
        found = (await one.ask()).usage
    assert (found.tokens_out, found.tokens_reasoning) == (out, reasoning)
    assert one.wall.spent == pytest.approx(out * 10e-6)
