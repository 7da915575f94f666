"""One endpoint that speaks the chat-completions protocol, through the openai client.

Requests go through the client's generic ``post`` and answers are read from their JSON here: building the
client's typed models of request and answer costs three times the CPU of the whole call otherwise, and a
typed model of an answer that breaks the protocol fails later and less clearly.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx2
import openai

from archive.ledger import CallStatus
from mutators.completion import encodable, estimated, read_completion
from mutators.counting import believable
from mutators.habits import Habits, is_strict
from mutators.model import Model, ModelUnreachable, Reply, Request
from mutators.prices import Prices
from mutators.toolcalls import calls_of, declared, wired
from mutators.trouble import Trouble, of_status, redact, without_key
from problems.problem import ModelSpec

__all__ = ["App", "ChatModel", "served_models", "shown_url"]

App: TypeAlias = Callable[..., Awaitable[None]]
"""An ASGI application."""

_CONNECT_SECONDS = 10.0
_SILENCES = 3
"""Answers in a row that never came, after which the endpoint counts as unreachable."""
_UNTOLD: Any = {  # the client takes Omit here, its annotation does not say so
    f"X-Stainless-{name}": openai.Omit()
    for name in ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")
}
"""Headers in which the client describes this machine; no endpoint needs them."""
_SHOWN = 300
"""Characters of what an endpoint says in an error."""
_READ = 20 * _SHOWN
"""Characters that are looked through for secrets to show so many."""
_DROPPED = (
    httpx2.ReadError,
    httpx2.WriteError,
    httpx2.CloseError,
    httpx2.RemoteProtocolError,
    httpx2.DecodingError,
)
"""What a connection that was there ends with."""
_NO_JSON = "a schema was sent and no JSON came back again; none is sent from now on"
_HEARD: ContextVar[list[int]] = ContextVar("heard")
"""Gets an item when the head of the answer comes that a task waits for."""


class ChatModel(Model):
    """A model behind an endpoint. Serves many calls at a time; belongs to one event loop.

    Makes one try of a call: what goes wrong is told in the reply, and `mutators.patience` asks again. What
    the endpoint does not know (structured answers, a seed, the name of the limit) is found out once.

    Args:
        spec: the model, with its token limit and timeout.
        base_url: of the endpoint, up to and including ``/v1``.
        api_key: secret; appears in no message. May be empty for an endpoint that asks for none.
        prices: dollars for tokens.
        transport: an ASGI application in this process, or an httpx2 transport; None for the network.
        habits: what was found out before, as `habits` tells it.
        clock: seconds, monotonic.
    """

    def __init__(
        self,
        spec: ModelSpec,
        *,
        base_url: str,
        api_key: str,
        prices: Prices,
        transport: App | httpx2.AsyncBaseTransport | None = None,
        habits: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spec = spec
        self._key = api_key
        self._prices = prices
        self._clock = clock
        # OpenAI's newer models refuse the old name of the limit; most other servers know only the old one.
        official = urlsplit(base_url).hostname == "api.openai.com"
        self._habits = Habits(habits, official=official, most=spec.max_tokens)
        self._silences = 0
        timeout = httpx2.Timeout(spec.timeout, connect=min(_CONNECT_SECONDS, spec.timeout))
        hooks: Any = {"response": [_hear]}  # its annotation names another kind of callable
        if transport is None:
            http: httpx2.AsyncClient = openai.DefaultAsyncHttpxClient(timeout=timeout, event_hooks=hooks)
        else:
            if not isinstance(transport, httpx2.AsyncBaseTransport):
                transport = httpx2.ASGITransport(app=transport, raise_app_exceptions=False)
            http = httpx2.AsyncClient(transport=transport, timeout=timeout, event_hooks=hooks)
        self._client = openai.AsyncOpenAI(
            api_key=api_key or "none",
            base_url=base_url,
            http_client=http,
            timeout=timeout,
            max_retries=0,
            default_headers=_UNTOLD,
        )

    @property
    def habits(self) -> tuple[str, ...]:
        """What the endpoint was found not to know or take, for `habits` of a later process."""
        return self._habits.told

    async def complete(self, request: Request) -> Reply:
        """One try. Trouble is told in the reply, not raised."""
        began = self._clock()
        body = self._body(request)
        answer = await self._ask(body)
        seconds = self._clock() - began
        if not isinstance(answer, Trouble):
            self._silences = 0
            reply = self._reply(request, answer, seconds=seconds)
            # A call of a tool is no answer yet, and holds JSON whatever the endpoint makes of schemas.
            answered = reply.status is CallStatus.OK and not calls_of(reply.text)
            if answered and "response_format" in body:
                name = self._habits.note_structured(reply.text)
                if name is not None:
                    return replace(reply, error=f"{name}: {_NO_JSON}")
            return reply
        if (name := self._habits.learn(answer, body)) is not None:
            answer = Trouble.unsupported(name, answer)
        return Reply(
            text="",
            model=self._spec.name,
            status=answer.status,
            latency=seconds,
            error=answer.what,
            trouble=answer,
        )

    async def close(self) -> None:
        await self._client.close()

    def _body(self, request: Request) -> dict[str, object]:
        spec, habits = self._spec, self._habits
        body: dict[str, object] = {
            "model": spec.name,
            "messages": [
                wired(m, encodable(m.content), tools=habits.takes("tools")) for m in request.messages
            ],
            habits.limit: habits.most,
            # 31 bits: several endpoints refuse more.
            "seed": request.seed & 0x7FFFFFFF,
        }
        if spec.temperature is not None:
            body["temperature"] = spec.temperature
        if request.schema is not None:
            schema = dict(request.schema)
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": request.purpose.value,
                    "schema": schema,
                    "strict": is_strict(schema),
                },
            }
        if request.tools and habits.takes("tools"):
            body["tools"] = declared(request.tools)
            # Left in and forbidden: they are part of what the provider's cache begins with.
            body["tool_choice"] = "none" if request.decided else "auto"
        return {name: value for name, value in body.items() if habits.takes(name)}

    async def _ask(self, body: Mapping[str, object]) -> dict[str, Any] | Trouble:
        """One try: the JSON object that came back, or what went wrong."""
        began = self._clock()
        heard: list[int] = []
        _HEARD.set(heard)
        try:
            # The client's own timeout is one of each read; an endpoint that trickles would hold us for ever.
            async with asyncio.timeout(self._spec.timeout):
                response = await self._client.post("/chat/completions", cast_to=httpx2.Response, body=body)
        except TimeoutError:
            return self._silence()
        except openai.APIStatusError as error:
            return of_status(error.status_code, error.body, error.response.headers, key=self._key)
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            if isinstance(cause, httpx2.ReadTimeout | httpx2.WriteTimeout):
                return self._silence()
            why = redact(f"{type(cause).__name__}: {cause}", self._key)
            if isinstance(cause, _DROPPED):
                seconds = self._clock() - began
                return Trouble.broken_off(why) if heard else Trouble.disconnected(why, seconds=seconds)
            return Trouble.no_connection(why)
        return self._read(response)

    def _read(self, response: httpx2.Response) -> dict[str, Any] | Trouble:
        try:
            data = json.loads(response.content)
        except (ValueError, RecursionError):
            return Trouble.malformed(self._start(response))
        if isinstance(data, dict) and isinstance(data.get("error"), dict) and not data.get("choices"):
            # Some routers answer 200 and put the failure of the server behind them into the body.
            code = data["error"].get("code")
            return of_status(code if isinstance(code, int) else 502, data, response.headers, key=self._key)
        if not isinstance(data, dict) or "choices" not in data:
            return replace(Trouble.malformed(self._start(response)), billed=False)
        return data

    def _start(self, response: httpx2.Response) -> str:
        # Cut after the key is out: half a key is a secret too, and no longer looks like one.
        return redact(response.text[:_READ], self._key)[:_SHOWN]

    def _silence(self) -> Trouble:
        self._silences += 1
        return Trouble.silence(self._spec.timeout, dead=self._silences >= _SILENCES)

    def _reply(self, request: Request, data: Mapping[str, Any], *, seconds: float) -> Reply:
        read = read_completion(data)
        tokens = believable(read.tokens, request, read.text, most=self._spec.max_tokens)
        counted = tokens is not None
        tokens = tokens or estimated(request, read.text)
        kept = read.status.is_answer
        said = {"finish": read.finish, "served_by": read.model}
        usage = self._prices.usage(
            self._spec, tokens_in=tokens.into, tokens_out=tokens.out, tokens_cached=tokens.cached
        )
        return Reply(
            text=without_key(read.text, self._key) if kept else "",
            model=self._spec.name,
            status=read.status,
            usage=replace(usage, tokens_reasoning=tokens.reasoning),
            latency=seconds,
            error=redact(read.error, self._key)[:_SHOWN],
            extra={name: without_key(text, self._key) for name, text in said.items()},
            counted=counted,
        )


async def served_models(*, base_url: str, api_key: str, timeout: float = 15.0) -> tuple[str, ...]:
    """Names of the models an endpoint says it serves, in its order.

    Args:
        base_url: of the endpoint, up to and including ``/v1``.
        api_key: secret; appears in no message. May be empty.
        timeout: seconds.

    Raises:
        ModelUnreachable: the endpoint did not answer, or not with a list of models.
    """
    async with openai.AsyncOpenAI(
        api_key=api_key or "none", base_url=base_url, timeout=timeout, max_retries=2
    ) as client:
        try:
            return tuple([model.id async for model in client.models.list()])
        except (openai.OpenAIError, ValueError, TypeError, AttributeError) as error:
            raise ModelUnreachable(
                f"{shown_url(base_url)} was asked which models it serves and did not answer with a list: "
                f"{redact(str(error), api_key)}. Check OPENAI_BASE_URL and OPENAI_API_KEY, or name a model "
                "with --model"
            ) from None


async def _hear(_: httpx2.Response) -> None:
    """Note that the head of an answer came, for the request that this task waits for."""
    _HEARD.get().append(1)


def shown_url(url: str) -> str:
    """An address without the name, password and query that may stand in it."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
