"""The chat-completions protocol: reads request bodies, writes completions, chunks and errors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mutators.embedded.respond import digest, respond
from problems.problem import Json

__all__ = ["MODEL", "Asked", "BadRequest", "completion", "error", "model_card", "read_request", "stream"]

MODEL = "embedded"
FINGERPRINT = "cambrian-program-editor-1"
_MOST_CHOICES = 16
_CHARACTERS_A_TOKEN = 4
_PIECE = 512


class BadRequest(Exception):
    """A request that cannot be answered: HTTP status, message, the parameter at fault, a code."""

    def __init__(
        self, message: str, *, status: int = 400, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.param, self.code = status, param, code


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, validated.

    Attributes:
        messages: (role, text) in order.
        seed: sampling seed; None where none is given, which is a seed like any other.
        choices: number of answers, from 1 to 16.
        limit: most tokens in an answer; None for no limit.
        streamed: whether the answer comes in pieces.
        counted: whether a streamed answer ends with its usage.
    """

    messages: tuple[tuple[str, str], ...]
    seed: int | None
    choices: int
    limit: int | None
    streamed: bool
    counted: bool


def read_request(body: bytes) -> Asked:
    """Validate a request body. Parameters of sampling other than the seed have no meaning here.

    Raises:
        BadRequest: it is no JSON object, a field has a wrong type, or another model is asked for.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as failure:
        raise BadRequest(f"the body is not JSON: {failure}") from failure
    if not isinstance(data, dict):
        raise BadRequest("expected a JSON object")
    model = data.get("model")
    if not isinstance(model, str):
        raise BadRequest("expected the name of a model", param="model")
    if model != MODEL:
        raise BadRequest(
            f"there is no model {model!r} here, only {MODEL!r}, a program editor",
            status=404,
            param="model",
            code="model_not_found",
        )
    limit = _integer(data, "max_completion_tokens", low=1)
    options = data.get("stream_options")
    return Asked(
        messages=_messages(data.get("messages")),
        seed=_integer(data, "seed"),
        choices=_integer(data, "n", low=1, high=_MOST_CHOICES) or 1,
        limit=limit if limit is not None else _integer(data, "max_tokens", low=1),
        streamed=_boolean(data, "stream"),
        counted=isinstance(options, dict) and _boolean(options, "include_usage"),
    )


def completion(asked: Asked) -> bytes:
    """The whole answer as one JSON object."""
    answers = _answers(asked)
    choices: list[Json] = [
        {
            "index": index,
            "message": {"role": "assistant", "content": text, "refusal": None},
            "logprobs": None,
            "finish_reason": finish,
        }
        for index, (text, finish) in enumerate(answers)
    ]
    return _bytes(_head(asked, "chat.completion") | {"choices": choices, "usage": _usage(asked, answers)})


def stream(asked: Asked) -> Iterator[bytes]:
    """The answer as server-sent events, ended by ``[DONE]``."""
    answers = _answers(asked)
    head = _head(asked, "chat.completion.chunk")
    for index, (text, finish) in enumerate(answers):
        yield _event(head, index, {"role": "assistant", "content": ""}, None)
        for at in range(0, len(text), _PIECE):
            yield _event(head, index, {"content": text[at : at + _PIECE]}, None)
        yield _event(head, index, {}, finish)
    if asked.counted:
        yield b"data: " + _bytes(head | {"choices": [], "usage": _usage(asked, answers)}) + b"\n\n"
    yield b"data: [DONE]\n\n"


def model_card() -> dict[str, Json]:
    """What the endpoint says of its one model."""
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": "cambrian"}


def error(failure: BadRequest) -> bytes:
    """A failure the way OpenAI's clients expect it."""
    kind = "invalid_request_error" if failure.status < 500 else "server_error"
    detail: dict[str, Json] = {
        "message": str(failure),
        "type": kind,
        "param": failure.param,
        "code": failure.code,
    }
    return _bytes({"error": detail})


def _messages(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not value:
        raise BadRequest("expected a list of messages, at least one", param="messages")
    return tuple(_message(index, one) for index, one in enumerate(value))


def _message(index: int, value: object) -> tuple[str, str]:
    where = f"messages[{index}]"
    if not isinstance(value, dict) or not isinstance(value.get("role"), str):
        raise BadRequest("expected an object with a role", param=where)
    content = value.get("content")
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        content = "\n".join(part for part in parts if isinstance(part, str))
    if content is not None and not isinstance(content, str):
        raise BadRequest("expected text or a list of parts", param=f"{where}.content")
    return value["role"], content or ""


def _integer(
    data: Mapping[str, object], name: str, *, low: int | None = None, high: int | None = None
) -> int | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadRequest("expected an integer", param=name)
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"from {low} to {high}" if high is not None else f"of at least {low}"
        raise BadRequest(f"expected an integer {bounds}, found {value}", param=name)
    return value


def _boolean(data: Mapping[str, object], name: str) -> bool:
    value = data.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadRequest("expected true or false", param=name)
    return bool(value)


def _answers(asked: Asked) -> list[tuple[str, str]]:
    """(text, finish reason) of every choice, cut at the limit of tokens."""
    texts = [respond(asked.messages, asked.seed, choice) for choice in range(asked.choices)]
    if asked.limit is None:
        return [(text, "stop") for text in texts]
    most = asked.limit * _CHARACTERS_A_TOKEN
    return [(text[:most], "stop" if len(text) <= most else "length") for text in texts]


def _head(asked: Asked, kind: str) -> dict[str, Json]:
    # No clock: the same request gives the same bytes.
    return {
        "id": f"chatcmpl-{digest(asked.messages, asked.seed)[:24]}",
        "object": kind,
        "created": 0,
        "model": MODEL,
        "system_fingerprint": FINGERPRINT,
    }


def _usage(asked: Asked, answers: Sequence[tuple[str, str]]) -> dict[str, Json]:
    """Estimates: no text is ever cut into tokens here, four characters count as one."""
    prompt = sum(_tokens(text) for _, text in asked.messages)
    answer = sum(_tokens(text) for text, _ in answers)
    return {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer}


def _tokens(text: str) -> int:
    return -(-len(text) // _CHARACTERS_A_TOKEN)


def _event(head: Mapping[str, Json], index: int, delta: dict[str, Json], finish: str | None) -> bytes:
    choice: Json = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    return b"data: " + _bytes({**head, "choices": [choice]}) + b"\n\n"


def _bytes(value: Mapping[str, Json]) -> bytes:
    return json.dumps(value).encode()
