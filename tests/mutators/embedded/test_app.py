from __future__ import annotations

import asyncio
import json
import socket
import sys

import httpx2
import openai
import pytest
import uvicorn

from mutators.embedded.app import application
from mutators.embedded.respond import respond

PROGRAM = "# EVOLVE-BLOCK-START\nX = [0.5, 0.25, 0.125]\n# EVOLVE-BLOCK-END\n"
MESSAGES = [
    {"role": "system", "content": "You help."},
    {"role": "user", "content": f"# Task: execute\n## Current program\n```python\n{PROGRAM}```\n"},
]
BODY = {"model": "embedded", "messages": MESSAGES, "seed": 5}


@pytest.fixture
async def http():
    transport = httpx2.ASGITransport(app=application())
    async with httpx2.AsyncClient(transport=transport, base_url="http://embedded") as client:
        yield client


@pytest.fixture
async def client(http):
    return openai.AsyncOpenAI(api_key="none", base_url="http://embedded/v1", http_client=http, max_retries=0)


@pytest.fixture
async def socket_url():
    server = uvicorn.Server(uvicorn.Config(application(), host="127.0.0.1", port=0, log_level="warning"))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/v1"
    server.should_exit = True
    await task


async def test_the_openai_client_gets_a_completion(client):
    answer = await client.chat.completions.create(**BODY)

    content = answer.choices[0].message.content
    assert content == respond([(m["role"], m["content"]) for m in MESSAGES], 5)
    assert answer.model == "embedded"
    assert answer.choices[0].finish_reason == "stop"
    assert "program-editor" in answer.system_fingerprint
    characters = sum(len(m["content"]) for m in MESSAGES)
    assert characters / 4 <= answer.usage.prompt_tokens <= characters / 4 + len(MESSAGES)
    assert len(content) / 4 <= answer.usage.completion_tokens <= len(content) / 4 + 1
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


async def test_a_socket_gives_the_same_bytes_as_the_process(http, socket_url):
    here = await http.post("/v1/chat/completions", json=BODY)
    async with httpx2.AsyncClient() as outside:
        there = await outside.post(f"{socket_url}/chat/completions", json=BODY)
    remote = openai.AsyncOpenAI(api_key="none", base_url=socket_url, max_retries=0)
    answer = await remote.chat.completions.create(**BODY)
    pieces = [chunk async for chunk in await remote.chat.completions.create(**BODY, stream=True)]
    await remote.close()

    assert here.status_code == there.status_code == 200
    assert here.content == there.content
    assert answer.choices[0].message.content == here.json()["choices"][0]["message"]["content"]
    assert "".join(p.choices[0].delta.content or "" for p in pieces) == answer.choices[0].message.content


async def test_a_streamed_answer_is_the_same_and_ends_with_its_usage(client):
    whole = await client.chat.completions.create(**BODY, n=2)
    chunks = await client.chat.completions.create(
        **BODY, n=2, stream=True, stream_options={"include_usage": True}
    )
    texts, finishes, usage = ["", ""], [], None
    async for chunk in chunks:
        usage = chunk.usage or usage
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            finishes += [choice.finish_reason] if choice.finish_reason else []

    assert texts == [choice.message.content for choice in whole.choices]
    assert finishes == ["stop", "stop"]
    assert usage == whole.usage


async def test_content_in_parts_reads_like_text(http):
    parts = [{**m, "content": [{"type": "text", "text": m["content"]}]} for m in MESSAGES]

    plain = await http.post("/v1/chat/completions", json=BODY)
    split = await http.post("/v1/chat/completions", json=BODY | {"messages": parts})

    assert split.json()["choices"] == plain.json()["choices"]


async def test_a_limit_of_tokens_cuts_the_answer_and_says_so(client):
    answer = await client.chat.completions.create(**BODY, max_tokens=5)

    assert answer.choices[0].finish_reason == "length"
    assert len(answer.choices[0].message.content) == 20
    assert answer.usage.completion_tokens == 5


async def test_it_says_what_it_is(client):
    models = [model async for model in client.models.list()]

    assert [(model.id, model.owned_by) for model in models] == [("embedded", "cambrian")]
    assert (await client.models.retrieve("embedded")).id == "embedded"


async def test_no_other_model_is_impersonated(client):
    with pytest.raises(openai.NotFoundError, match="only 'embedded', a program editor"):
        await client.chat.completions.create(**BODY | {"model": "gpt-5"})


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b"{", None),
        (b"[1]", None),
        (b"\xff", None),
        (b"{}", "model"),
        (json.dumps({"model": "embedded"}).encode(), "messages"),
        (json.dumps({"model": "embedded", "messages": []}).encode(), "messages"),
        (json.dumps({"model": "embedded", "messages": ["hi"]}).encode(), "messages[0]"),
        (
            json.dumps({"model": "embedded", "messages": [{"role": "user", "content": 3}]}).encode(),
            "messages[0].content",
        ),
        (json.dumps(BODY | {"seed": "x"}).encode(), "seed"),
        (json.dumps(BODY | {"n": 0}).encode(), "n"),
        (json.dumps(BODY | {"max_tokens": 0}).encode(), "max_tokens"),
        (json.dumps(BODY | {"stream": "yes"}).encode(), "stream"),
    ],
)
async def test_a_malformed_request_is_told_what_is_wrong(http, body, param):
    response = await http.post("/v1/chat/completions", content=body)

    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert response.json()["error"]["param"] == param
    assert response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/chat/completions", 405),
        ("POST", "/v1/models", 405),
        ("GET", "/v2", 404),
        ("GET", "/", 404),
    ],
)
async def test_other_places_and_methods_are_refused_in_json(http, method, path, status):
    response = await http.request(method, path)

    assert response.status_code == status
    assert "message" in response.json()["error"]


async def test_text_that_is_no_unicode_gets_an_answer(http):
    raw = json.dumps(BODY | {"messages": [{"role": "user", "content": "# Task: plan \ud800"}]}).encode()

    response = await http.post("/v1/chat/completions", content=raw)

    assert response.status_code == 200
    assert response.json()["choices"][0]["message"]["content"]


async def test_serve_listens_where_it_is_told():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = f"from mutators.embedded.app import serve; serve('127.0.0.1', {port})"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as outside:
            answer = None
            while answer is None and process.returncode is None:
                try:
                    answer = await outside.get("/v1/models")
                except httpx2.ConnectError:
                    await asyncio.sleep(0.05)
    finally:
        process.terminate()
        await process.wait()

    assert answer.json()["data"][0]["id"] == "embedded"
