from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
import pytest

from archive.ledger import CallStatus, Purpose
from mutators.chat import ChatModel, served_models, shown_url
from mutators.model import Message, ModelUnreachable, Request
from mutators.patience import Patience, Patient
from mutators.prices import Prices
from tests.mutators.fakes import spec

KEY = "sk-very-secret-0123456789"
ASK = Request(messages=(Message(role="user", content="hello"),), purpose=Purpose.PLAN, seed=2**40 + 5)

RESET = "reset"
SILENT = "silent"
TRICKLE = "trickle"


def completion(
    content: object = "hi", *, finish: str = "stop", usage: object = None, **message: object
) -> dict:
    usage = usage or {
        "prompt_tokens": 100,
        "completion_tokens": 20,
        "prompt_tokens_details": {"cached_tokens": 60},
    }
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": content} | message,
    }
    return {"id": "x", "object": "chat.completion", "model": "toy-2030", "choices": [choice], "usage": usage}


def error(message: str, **more: object) -> dict:
    return {"error": {"message": message, **more}}


@dataclass
class Played:
    """A real HTTP server that plays a list of answers, the last one for ever."""

    answers: list[object]
    bodies: list[dict] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    url: str = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up, as it may
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [line for line in head.lower().split("\r\n") if line.startswith("content-length")]
        size = int(lengths[0].split(":")[1]) if lengths else 0
        answer = self.answers[min(len(self.bodies), len(self.answers) - 1)]
        self.bodies.append(json.loads(await reader.readexactly(size) or b"{}"))
        self.heads.append(head)
        if answer == RESET:
            writer.transport.abort()
            return False
        if answer == SILENT:
            await self.over.wait()
            return False
        if answer == TRICKLE:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
            while not self.over.is_set():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.write(answer if isinstance(answer, bytes) else response(200, answer))
        await writer.drain()
        return not (isinstance(answer, bytes) and b"half" in answer)


def response(status: int, body: object, **headers: str) -> bytes:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(raw)}", "content-type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


@asynccontextmanager
async def playing(*answers: object) -> AsyncIterator[Played]:
    played = Played(list(answers))
    server = await asyncio.start_server(played.serve, "127.0.0.1", 0)
    played.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield played
    finally:
        server.close()
        played.over.set()
        for writer in played.writers:
            writer.close()
        await asyncio.sleep(0.03)  # the connections end by themselves, not by being cancelled


class Sleeps:
    """Waits that take no time, on a clock that they move; they begin when `go` is set."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.now = 1000.0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        until = self.now + seconds
        await self.go.wait()
        self.now = max(self.now, until)


class Outage(httpx2.AsyncBaseTransport):
    """An endpoint that cannot be reached for a while."""

    def __init__(self, sleeps: Sleeps) -> None:
        self.sleeps = sleeps
        self.down_until = 0.0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if self.sleeps.now < self.down_until:
            raise httpx2.ConnectError("refused")
        return httpx2.Response(200, json=completion("up"))


@asynccontextmanager
async def model(url: str, *, sleep: Sleeps | None = None, **changes: object) -> AsyncIterator[Patient]:
    """A model that asks again, as in a run; jitter never shortens a wait."""
    patience, transport = changes.pop("patience", None), changes.pop("transport", None)
    sleep = sleep or Sleeps()
    known = spec(input_price=1.0, output_price=2.0, **changes)
    chat = ChatModel(known, base_url=url, api_key=KEY, prices=Prices(), transport=transport)
    made = Patient(
        chat,
        name=known.name,
        url=shown_url(url),
        key=known.api_key_env or "OPENAI_API_KEY",
        patience=patience,
        sleep=sleep,
        clock=lambda: sleep.now,
        jitter=lambda: 1.0,
    )
    try:
        yield made
    finally:
        await made.close()


async def test_an_answer_comes_with_its_tokens_cached_ones_and_dollars() -> None:
    async with playing(completion("hi")) as server, model(server.url) as chat:
        reply = await chat.complete(ASK)
    assert (reply.text, reply.status, reply.model) == ("hi", CallStatus.OK, "toy")
    assert (reply.usage.tokens_in, reply.usage.tokens_out, reply.usage.tokens_cached) == (100, 20, 60)
    assert reply.usage.dollars == pytest.approx(100e-6 + 40e-6)
    assert reply.extra["served_by"] == "toy-2030"
    assert server.bodies[0]["max_tokens"] == 8192
    assert 0 <= server.bodies[0]["seed"] < 2**31
    assert f"Bearer {KEY}" in server.heads[0]


async def test_a_rate_limit_is_waited_out_as_long_as_the_endpoint_asks() -> None:
    sleeps = Sleeps()
    limited = response(429, error("slow down"), retry_after="7")
    async with playing(limited, completion()) as server, model(server.url, sleep=sleeps) as chat:
        reply = await chat.complete(ASK)
    assert reply.status is CallStatus.OK
    # And a moment longer, so that calls that wait together do not come back together.
    assert sleeps.waits == [7.0, 0.5]
    assert reply.extra["tries"] == "2"


async def test_waits_without_advice_grow_and_end_at_the_bound_of_attempts() -> None:
    sleeps = Sleeps()
    async with playing(response(500, b"oops")) as server:
        async with model(server.url, sleep=sleeps, patience=Patience(attempts=4, first=1.0)) as chat:
            with pytest.raises(ModelUnreachable, match="HTTP 500"):
                await chat.complete(ASK)
        assert sleeps.waits == [1.0, 2.0, 4.0]
        assert len(server.bodies) == 4


async def test_a_wait_that_would_pass_the_bound_of_seconds_is_not_begun() -> None:
    sleeps = Sleeps()
    limited = response(429, error("come back tomorrow"), retry_after="86400")
    async with playing(limited) as server, model(server.url, sleep=sleeps) as chat:
        with pytest.raises(ModelUnreachable, match="come back tomorrow"):
            await chat.complete(ASK)
    assert sleeps.waits == []


@pytest.mark.parametrize(
    "fault",
    [
        RESET,
        b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{half a stream",
        response(200, b"<html>not json</html>"),
        response(200, b"[1, 2]"),
        response(200, error("upstream is down", code=502)),
        response(502, b"bad gateway"),
        response(408, b""),
        response(409, b""),
        response(503, error("overloaded")),
    ],
)
async def test_a_passing_fault_is_cured_by_another_try(fault: object) -> None:
    async with playing(fault, completion("better")) as server, model(server.url) as chat:
        reply = await chat.complete(ASK)
        assert reply.text == "better"
        assert len(server.bodies) == 2


@pytest.mark.parametrize(
    ("status", "advice"), [(401, "MY_KEY"), (402, "credit"), (403, "MY_KEY"), (404, "name")]
)
async def test_a_hopeless_refusal_says_what_to_do_and_is_not_tried_again(status: int, advice: str) -> None:
    body = error(f"Incorrect API key provided: {KEY}")
    async with playing(response(status, body)) as server, model(server.url, api_key_env="MY_KEY") as chat:
        with pytest.raises(ModelUnreachable) as raised:
            await chat.complete(ASK)
        assert len(server.bodies) == 1
        text = str(raised.value)
        assert advice in text
        assert server.url in text
        assert "'toy'" in text
        assert KEY not in text


async def test_a_used_up_quota_is_not_tried_again_though_it_is_a_429() -> None:
    body = error("You exceeded your current quota", code="insufficient_quota")
    async with playing(response(429, body)) as server, model(server.url) as chat:
        with pytest.raises(ModelUnreachable, match="credit"):
            await chat.complete(ASK)
        assert len(server.bodies) == 1


async def test_a_port_where_nothing_listens_is_unreachable_after_the_tries() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://user:hidden@127.0.0.1:{taken.getsockname()[1]}/v1"
        sleeps = Sleeps()
        async with model(url, sleep=sleeps) as chat:
            with pytest.raises(ModelUnreachable, match="no connection") as raised:
                await chat.complete(ASK)
    # Nobody was ever met at that address, so the user is not kept waiting.
    assert 1 <= sum(sleeps.waits) <= 5
    assert "hidden" not in str(raised.value)


async def test_an_endpoint_that_answered_before_may_be_down_for_a_minute() -> None:
    sleeps = Sleeps()
    server = Outage(sleeps)
    async with model("http://away/v1", sleep=sleeps, transport=server) as chat:
        assert (await chat.complete(ASK)).text == "up"
        server.down_until = sleeps.now + 60
        assert (await chat.complete(ASK)).text == "up"
        server.down_until = sleeps.now + 1000
        with pytest.raises(ModelUnreachable, match="ConnectError"):
            await chat.complete(ASK)
    assert sum(sleeps.waits) < 60 + 15 + 150


async def test_when_one_call_is_asked_to_wait_the_others_wait_too() -> None:
    sleeps = Sleeps()
    sleeps.go.clear()
    limited = response(429, error("slow down"), retry_after="7")
    async with playing(limited, completion()) as server, model(server.url, sleep=sleeps) as chat:
        first = asyncio.create_task(chat.complete(ASK))
        while not sleeps.waits:
            await asyncio.sleep(0.001)
        second = asyncio.create_task(chat.complete(ASK))
        await asyncio.sleep(0.05)
        assert sleeps.waits == [7.0, 7.0]
        assert len(server.bodies) == 1
        sleeps.go.set()
        assert [(await call).status for call in (first, second)] == [CallStatus.OK, CallStatus.OK]


async def test_the_models_an_endpoint_serves_are_listed_or_the_address_is_blamed() -> None:
    listed = {"object": "list", "data": [{"id": "a", "object": "model"}, {"id": "b", "object": "model"}]}
    async with playing(listed) as server:
        assert await served_models(base_url=server.url, api_key=KEY) == ("a", "b")
    async with playing(response(401, error(f"wrong key {KEY}"))) as server:
        with pytest.raises(ModelUnreachable, match="OPENAI_API_KEY") as raised:
            await served_models(base_url=server.url, api_key=KEY)
        assert KEY not in str(raised.value)


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (completion("half an ans", finish="length"), CallStatus.TRUNCATED, "half an ans"),
        (completion("", finish="length"), CallStatus.TRUNCATED, ""),
        (completion(""), CallStatus.EMPTY, ""),
        (completion(None), CallStatus.EMPTY, ""),
        ({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 20}}, CallStatus.EMPTY, ""),
        ({"choices": None, "usage": {"prompt_tokens": 100, "completion_tokens": 20}}, CallStatus.EMPTY, ""),
        (completion("bad words", finish="content_filter"), CallStatus.REFUSED, ""),
        (completion(None, refusal="I will not."), CallStatus.REFUSED, ""),
        (
            completion([{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}]),
            CallStatus.OK,
            "in parts",
        ),
        (completion("half \ud83d a character, a \0 too"), CallStatus.OK, "half ? a character, a � too"),
    ],
)
async def test_every_way_to_end_has_its_status_and_keeps_its_usage(
    body: object, status: CallStatus, text: str
) -> None:
    async with playing(body) as server, model(server.url) as chat:
        reply = await chat.complete(ASK)
    assert (reply.status, reply.text) == (status, text)
    assert (reply.usage.tokens_in, reply.usage.tokens_out) == (100, 20)
    assert bool(reply.error) == (status is not CallStatus.OK)


async def test_a_bad_request_is_a_refusal_of_this_request_alone() -> None:
    body = error("I do not know how to answer that")
    async with playing(response(400, body)) as server, model(server.url) as chat:
        reply = await chat.complete(ASK)
        assert reply.status is CallStatus.REFUSED
        assert "how to answer" in reply.error
        assert len(server.bodies) == 1


async def test_a_parameter_that_the_endpoint_does_not_know_is_given_up_for_good() -> None:
    old = error(
        "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", param="max_tokens"
    )
    hot = error("temperature does not support 0.5 with this model", param="temperature")
    plain = error("response_format is not supported")
    refusals = [response(400, body) for body in (old, hot, plain)]
    asked = Request(messages=ASK.messages, purpose=Purpose.PLAN, schema={"type": "object"})
    async with playing(*refusals, completion()) as server, model(server.url, temperature=0.5) as chat:
        assert (await chat.complete(asked)).status is CallStatus.OK
        assert (await chat.complete(asked)).status is CallStatus.OK
        assert server.bodies[0].keys() >= {"max_tokens", "temperature", "response_format"}
        assert len(server.bodies) == 5
        last = server.bodies[-1]
        assert last["max_completion_tokens"] == 8192
        assert not last.keys() & {"max_tokens", "temperature", "response_format"}


@pytest.mark.parametrize("fault", [SILENT, TRICKLE])
async def test_an_endpoint_that_keeps_silent_or_trickles_times_out_without_another_try(fault: str) -> None:
    async with playing(fault) as server, model(server.url, timeout=0.2) as chat:
        reply = await chat.complete(ASK)
        assert reply.status is CallStatus.TIMED_OUT
        assert len(server.bodies) == 1


async def test_an_endpoint_that_keeps_silent_again_and_again_is_unreachable() -> None:
    async with playing(SILENT) as server, model(server.url, timeout=0.1) as chat:
        for _ in range(2):
            assert (await chat.complete(ASK)).status is CallStatus.TIMED_OUT
        with pytest.raises(ModelUnreachable, match="several times in a row"):
            await chat.complete(ASK)


async def test_an_answer_of_ten_megabytes_is_cut() -> None:
    async with playing(completion("x" * 10_000_000)) as server, model(server.url) as chat:
        reply = await chat.complete(ASK)
    assert reply.status is CallStatus.TRUNCATED
    assert len(reply.text) == 4_000_000


async def test_tokens_are_estimated_where_the_endpoint_does_not_count_them() -> None:
    body = completion("y" * 400)
    del body["usage"]
    async with playing(body) as server, model(server.url) as chat:
        reply = await chat.complete(ASK)
    assert reply.usage.tokens_out == 100
    assert reply.usage.dollars > 0


async def test_a_prompt_with_half_a_character_is_sent_all_the_same() -> None:
    ask = Request(messages=(Message(role="user", content="a\udc80b"),), purpose=Purpose.PLAN)
    async with playing(completion()) as server, model(server.url) as chat:
        await chat.complete(ask)
        assert server.bodies[0]["messages"][0]["content"] == "a?b"


async def test_an_application_in_this_process_is_asked_without_a_socket() -> None:
    seen = []

    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        seen.append((scope["path"], json.loads(body)))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(completion("in process")).encode()})

    chat = ChatModel(spec(), base_url="http://embedded/v1", api_key="", prices=Prices(), transport=app)
    reply = await chat.complete(ASK)
    await chat.close()
    assert reply.text == "in process"
    assert seen[0][0] == "/v1/chat/completions"


async def test_an_application_that_raises_is_an_endpoint_that_fails() -> None:
    async def app(scope: dict, receive: Callable, send: Callable) -> None:
        raise RuntimeError("bug")

    patience = Patience(attempts=2, first=0.0)
    inner = ChatModel(spec(), base_url="http://embedded/v1", api_key="", prices=Prices(), transport=app)
    chat = Patient(inner, name="toy", url="http://embedded/v1", patience=patience)
    with pytest.raises(ModelUnreachable, match="HTTP 500"):
        await chat.complete(ASK)
    await chat.close()
