"""One endpoint that speaks the chat-completions protocol, through the openai client.

Requests go through the client's generic ``post`` and answers are read from their JSON here: building the
client's typed models of request and answer costs three times the CPU of the whole call otherwise, and a
typed model of an answer that breaks the protocol fails later and less clearly.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx2
import openai

from archive.ledger import CallStatus
from mutators.completion import encodable, estimated, read_completion
from mutators.model import Model, ModelUnreachable, Reply, Request
from mutators.prices import Prices
from mutators.trouble import Trouble, of_status, redact
from problems.problem import ModelSpec

__all__ = ["App", "ChatModel", "Patience", "served_models"]

App: TypeAlias = Callable[..., Awaitable[None]]
"""An ASGI application."""

_CONNECT_SECONDS = 10.0
_SILENCES = 3
"""Answers in a row that never came, after which the endpoint counts as unreachable."""
_JITTER = random.SystemRandom()
"""Apart from all seeded streams: waits of processes that failed together must differ."""
_UNTOLD: Any = {  # the client takes Omit here, its annotation does not say so
    f"X-Stainless-{name}": openai.Omit()
    for name in ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")
}
"""Headers in which the client describes this machine; no endpoint needs them."""
_OPTIONAL = ("response_format", "seed", "temperature")
"""Parameters that an endpoint may refuse and the call can do without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to go on asking an endpoint that fails.

    Attributes:
        attempts: most tries of one call, at least 1.
        seconds: no wait begins that would end later than this after the call began. An outage of a minute
            is waited out.
        stranger: the same, while no connection was ever had: then the address is wrong rather than the
            server down, and a person waits for the message.
        first: seconds before the second try; doubled for each further one, times a jitter of 0.5 to 1.
        longest: most seconds of one such wait; a Retry-After of the endpoint is not bound by it.
    """

    attempts: int = 20
    seconds: float = 150.0
    stranger: float = 5.0
    first: float = 0.5
    longest: float = 15.0


class ChatModel(Model):
    """A model behind an endpoint. Serves many calls at a time; belongs to one event loop.

    Args:
        spec: the model, with its token limit and timeout.
        base_url: of the endpoint, up to and including ``/v1``.
        api_key: secret; appears in no message. May be empty for an endpoint that asks for none.
        prices: dollars for tokens.
        transport: an ASGI application in this process, or an httpx2 transport; None for the network.
        patience: bounds of the retries.
        sleep: waits between tries.
        clock: seconds, monotonic.
        jitter: uniform numbers in [0, 1).
    """

    def __init__(
        self,
        spec: ModelSpec,
        *,
        base_url: str,
        api_key: str,
        prices: Prices,
        transport: App | httpx2.AsyncBaseTransport | None = None,
        patience: Patience | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = _JITTER.random,
    ) -> None:
        self._spec = spec
        self._url = _shown(base_url)
        self._key = api_key
        self._prices = prices
        self._patience = patience or Patience()
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._met = False
        self._quiet_until = 0.0
        self._without: set[str] = set()
        # OpenAI's newer models refuse the old name of the limit; most other servers know only the old one.
        official = urlsplit(base_url).hostname == "api.openai.com"
        self._limit = "max_completion_tokens" if official else "max_tokens"
        self._silences = 0
        timeout = httpx2.Timeout(spec.timeout, connect=min(_CONNECT_SECONDS, spec.timeout))
        http = None
        if transport is not None:
            if not isinstance(transport, httpx2.AsyncBaseTransport):
                transport = httpx2.ASGITransport(app=transport, raise_app_exceptions=False)
            http = httpx2.AsyncClient(transport=transport, timeout=timeout)
        self._client = openai.AsyncOpenAI(
            api_key=api_key or "none",
            base_url=base_url,
            http_client=http,
            timeout=timeout,
            max_retries=0,
            default_headers=_UNTOLD,
        )

    async def complete(self, request: Request) -> Reply:
        began = self._clock()
        tries = 0
        while True:
            tries += 1
            if (quiet := self._quiet_until - self._clock()) > 0:
                # The endpoint asked one call to wait; the others would be turned away as well.
                await self._sleep(quiet)
            answer = await self._ask(self._body(request))
            seconds = self._clock() - began
            if not isinstance(answer, Trouble):
                self._silences, self._met = 0, True
                return self._reply(request, answer, seconds=seconds, tries=tries)
            if answer.status is CallStatus.REFUSED and self._adapt(answer):
                tries -= 1  # bounded by the number of parameters that can be given up
                continue
            wait = self._wait(answer, seconds=seconds, tries=tries)
            if wait is not None:
                if answer.wait is not None:
                    self._quiet_until = max(self._quiet_until, self._clock() + wait)
                else:
                    await self._sleep(wait)
                continue
            return self._give_up(answer, seconds=seconds, tries=tries)

    async def close(self) -> None:
        await self._client.close()

    def _body(self, request: Request) -> dict[str, object]:
        spec = self._spec
        body: dict[str, object] = {
            "model": spec.name,
            "messages": [{"role": m.role, "content": encodable(m.content)} for m in request.messages],
            self._limit: spec.max_tokens,
            # 31 bits: several endpoints refuse more.
            "seed": request.seed & 0x7FFFFFFF,
        }
        if spec.temperature is not None:
            body["temperature"] = spec.temperature
        if request.schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": request.purpose.value, "schema": dict(request.schema)},
            }
        for name in self._without:
            body.pop(name, None)
        return body

    async def _ask(self, body: Mapping[str, object]) -> dict[str, Any] | Trouble:
        """One try: the JSON object that came back, or what went wrong."""
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
            return Trouble.no_connection(redact(f"{type(cause).__name__}: {cause}", self._key))
        return self._read(response)

    def _read(self, response: httpx2.Response) -> dict[str, Any] | Trouble:
        try:
            data = json.loads(response.content)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            return Trouble.no_protocol(redact(response.text[:200], self._key))
        if isinstance(data.get("error"), dict) and not data.get("choices"):
            # Some routers answer 200 and put the failure of the server behind them into the body.
            code = data["error"].get("code")
            return of_status(code if isinstance(code, int) else 502, data, response.headers, key=self._key)
        return data

    def _silence(self) -> Trouble:
        self._silences += 1
        return Trouble.silence(self._spec.timeout, dead=self._silences >= _SILENCES)

    def _adapt(self, trouble: Trouble) -> bool:
        """Give up the parameter an endpoint does not know; False when that is not what it complained of."""
        if self._limit == "max_tokens" and trouble.names("max_tokens", "max_completion_tokens"):
            self._limit = "max_completion_tokens"
            return True
        for name in _OPTIONAL:
            if name not in self._without and trouble.names(name):
                self._without.add(name)
                return True
        return False

    def _wait(self, trouble: Trouble, *, seconds: float, tries: int) -> float | None:
        """Seconds before the next try; None when there is to be none."""
        patience = self._patience
        if not trouble.again or tries >= patience.attempts:
            return None
        wait = trouble.wait
        if wait is None:
            wait = min(patience.longest, patience.first * 2.0 ** (tries - 1)) * (0.5 + 0.5 * self._jitter())
        self._met = self._met or trouble.connected
        return wait if seconds + wait <= (patience.seconds if self._met else patience.stranger) else None

    def _reply(self, request: Request, data: Mapping[str, Any], *, seconds: float, tries: int) -> Reply:
        read = read_completion(data)
        tokens = read.tokens or estimated(request, read.text)
        kept = read.status in (CallStatus.OK, CallStatus.TRUNCATED)
        return Reply(
            text=read.text if kept else "",
            model=self._spec.name,
            status=read.status,
            usage=self._prices.usage(
                self._spec, tokens_in=tokens.into, tokens_out=tokens.out, tokens_cached=tokens.cached
            ),
            latency=seconds,
            error=redact(read.error, self._key),
            extra={"finish": read.finish, "served_by": read.model, "tries": str(tries)},
        )

    def _give_up(self, trouble: Trouble, *, seconds: float, tries: int) -> Reply:
        if trouble.status is CallStatus.UNREACHABLE:
            often = f" ({tries} tries in {seconds:.0f} s)" if tries > 1 else ""
            raise ModelUnreachable(
                f"Model {self._spec.name!r} was asked at {self._url}{often}; {trouble.what}. "
                + trouble.advice(self._spec.api_key_env or "OPENAI_API_KEY")
            )
        return Reply(
            text="",
            model=self._spec.name,
            status=trouble.status,
            latency=seconds,
            error=trouble.what,
            extra={"tries": str(tries)},
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
                f"{_shown(base_url)} was asked which models it serves and did not answer with a list: "
                f"{redact(str(error), api_key)}. Check OPENAI_BASE_URL and OPENAI_API_KEY, or name a model "
                "with --model"
            ) from None


def _shown(url: str) -> str:
    """An address without the name, password and query that may stand in it."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"
