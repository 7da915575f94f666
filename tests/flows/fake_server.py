"""A stand-in for a real endpoint: answers any prompt with one number of the current program changed."""

from __future__ import annotations

import contextlib
import json
import random
import re
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import uvicorn

__all__ = ["FakeServer", "serving"]

_PROGRAM = re.compile(r"^## Current program\n(`{3,})\w*\n(.*?)^\1", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")


class FakeServer:
    """An ASGI application that speaks chat completions and lists one model.

    Args:
        refuse: whether every completion is refused with 401, repeating the key as some endpoints do.
        drafts: answers to prompts that ask for a first program, the last one again and again.
        answers: in place of a changed number, answers to all other prompts in turn, the last one again and
            again.
    """

    def __init__(
        self, *, refuse: bool = False, drafts: Sequence[str] = (), answers: Sequence[str] = ()
    ) -> None:
        self.url = ""
        self.keys: list[str] = []
        self.bodies: list[bytes] = []
        self._refuse = refuse
        self._drafts = list(drafts)
        self.begun: list[str] = []
        self._answers = list(answers)
        self.prompts: list[str] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.keys.append(dict(scope["headers"]).get(b"authorization", b"").decode())
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        status, answer = self._answer(scope["path"], body)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    def _answer(self, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        if path == "/v1/models":
            model = {"id": "fake-model", "object": "model", "created": 0, "owned_by": "tests"}
            return 200, {"object": "list", "data": [model]}
        if self._refuse:
            return 401, {"error": {"message": f"wrong key: {self.keys[-1]}", "type": "invalid_request_error"}}
        self.bodies.append(body)
        asked = json.loads(body)
        prompt = "\n\n".join(message["content"] for message in asked["messages"])
        if "# Task: begin" in prompt:
            text = self._drafts[min(len(self.begun), len(self._drafts) - 1)]
            self.begun.append(prompt)
        elif self._answers:
            text = self._answers[min(len(self.prompts), len(self._answers) - 1)]
            self.prompts.append(prompt)
        else:
            text = edit(prompt, random.Random(len(self.bodies)))
        usage = {"prompt_tokens": len(prompt) // 4, "completion_tokens": len(text) // 4}
        return 200, {
            "id": f"chatcmpl-{len(self.bodies)}",
            "object": "chat.completion",
            "created": 0,
            "model": asked["model"],
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
            ],
            "usage": {**usage, "total_tokens": sum(usage.values())},
        }


def edit(prompt: str, rng: random.Random) -> str:
    """A SEARCH/REPLACE that changes one number literal of the current program."""
    found = _PROGRAM.search(prompt)
    if found is None:
        return "There is no program to change."
    lines = [line for line in found[2].splitlines() if _NUMBER.search(line)]
    old = rng.choice(lines)
    number = rng.choice(list(_NUMBER.finditer(old)))
    value = min(1.0, max(0.0, float(number[0]) + rng.gauss(0, 0.05)))
    new = f"{old[: number.start()]}{value:.5f}{old[number.end() :]}"
    return f"Move one number a little.\n\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


@contextlib.contextmanager
def serving(server: FakeServer) -> Iterator[FakeServer]:
    """The server on a free port of loopback, in a thread."""
    config = uvicorn.Config(server, host="127.0.0.1", port=0, log_level="error", lifespan="off")  # type: ignore[arg-type]  # a callable object is an application
    process = uvicorn.Server(config)
    thread = threading.Thread(target=process.run, daemon=True)
    thread.start()
    while not process.started:
        time.sleep(0.01)
    server.url = f"http://127.0.0.1:{process.servers[0].sockets[0].getsockname()[1]}/v1"
    try:
        yield server
    finally:
        process.should_exit = True
        thread.join(timeout=10)
