"""The embedded model as an ASGI application that speaks OpenAI's chat-completions protocol.

It is a program editor, not a language model, and says so. It keeps nothing between requests: an answer is a
function of the request alone, in process and over a socket alike.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias

from mutators.embedded.wire import (
    MODEL,
    BadRequest,
    completion,
    error,
    model_card,
    read_request,
    stream,
)

__all__ = ["Application", "application", "serve"]

Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_MOST_BYTES = 32 << 20
_JSON = b"application/json"


def application() -> Application:
    """The application: ``POST /v1/chat/completions``, ``GET /v1/models``, ``GET /v1/models/embedded``."""
    return _application


def serve(host: str = "127.0.0.1", port: int = 8484) -> None:
    """Serve the application with uvicorn until interrupted."""
    import uvicorn

    uvicorn.run(application(), host=host, port=port, log_level="warning")


async def _application(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http":
        await _http(scope, receive, send)
    else:
        raise ValueError(f"no {scope['type']} here, only http")


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _http(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    try:
        status, kind, parts = 200, _JSON, await _answer(scope, receive)
        if not isinstance(parts, bytes):
            kind = b"text/event-stream"
    except BadRequest as failure:
        status, kind, parts = failure.status, _JSON, error(failure)
    headers = [(b"content-type", kind)]
    if isinstance(parts, bytes):
        headers.append((b"content-length", str(len(parts)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for part in [parts] if isinstance(parts, bytes) else parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _answer(scope: MutableMapping[str, Any], receive: Receive) -> bytes | Iterable[bytes]:
    """The body of a response, whole or as events.

    Raises:
        BadRequest: there is no such place, or the request is malformed.
    """
    path, method = scope["path"].rstrip("/"), scope["method"]
    places = {
        "/v1/chat/completions": "POST",
        "/v1/models": "GET",
        f"/v1/models/{MODEL}": "GET",
    }
    if path not in places:
        raise BadRequest(f"there is no {path or '/'} here, only {', '.join(places)}", status=404)
    if method != places[path]:
        raise BadRequest(f"{path} takes {places[path]}, not {method}", status=405)
    if path == "/v1/models":
        return json.dumps({"object": "list", "data": [model_card()]}).encode()
    if method == "GET":
        return json.dumps(model_card()).encode()
    asked = read_request(await _body(receive))
    return stream(asked) if asked.streamed else completion(asked)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BadRequest("the client went away before its request was whole")
        part = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if size > _MOST_BYTES:
            raise BadRequest(f"a request may have {_MOST_BYTES} bytes", status=413)
        if not message.get("more_body", False):
            return b"".join(parts)
