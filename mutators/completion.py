"""Reading a chat completion, whatever of it is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archive.ledger import CallStatus
from mutators.model import Request
from mutators.toolcalls import with_calls

__all__ = ["Completion", "Tokens", "encodable", "estimated", "read_completion"]

_LONGEST = 4_000_000
"""Characters; what a run keeps of an endpoint that does not stop."""
_LONGEST_WHY = 4000
"""Characters of a reason, of which the beginning is shown when secrets are out of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Tokens of the request and of the answer; of these, from the provider's cache and for reasoning."""

    into: int
    out: int
    cached: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a completion says.

    Attributes:
        text: the answer, also of one that does not count.
        status: how it ended.
        error: one line, when not OK.
        finish: the endpoint's own word for how it ended.
        model: what the endpoint calls the model that answered.
        tokens: None where the endpoint did not count them.
    """

    text: str
    status: CallStatus
    error: str
    finish: str
    model: str
    tokens: Tokens | None


def read_completion(data: Mapping[str, Any]) -> Completion:
    """The completion in an endpoint's JSON object; what is missing or of a wrong type counts as empty."""
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice.get("message")
    message = message if isinstance(message, dict) else {}
    text = with_calls(message.get("tool_calls"), _content(message.get("content")))
    finish = str(choice.get("finish_reason") or "")[:40]
    status, error = _status(text, refusal=message.get("refusal"), finish=finish)
    if len(text) > _LONGEST:
        text, status, error = text[:_LONGEST], CallStatus.TRUNCATED, "the answer was too long to keep"
    return Completion(
        text=text,
        status=status,
        error=error,
        finish=finish,
        model=str(data.get("model") or "")[:200],
        tokens=_tokens(data.get("usage")),
    )


def estimated(request: Request, text: str) -> Tokens:
    """Tokens at about four characters each, for an endpoint that does not count them."""
    size = sum(len(message.content) for message in request.messages)
    return Tokens(into=size // 4, out=len(text) // 4)


def _tokens(usage: object) -> Tokens | None:
    if not isinstance(usage, dict):
        return None
    into, out = _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))
    # Some servers count reasoning beside the answer instead of in it; it costs the same.
    beside = max(0, _count(usage.get("total_tokens")) - into - out)
    return Tokens(
        into=into,
        out=out + beside,
        cached=_detail(usage, "prompt_tokens_details", "cached_tokens"),
        reasoning=max(beside, _detail(usage, "completion_tokens_details", "reasoning_tokens")),
    )


def _detail(usage: Mapping[str, object], group: str, name: str) -> int:
    details = usage.get(group)
    return _count(details.get(name)) if isinstance(details, dict) else 0


def _status(text: str, *, refusal: object, finish: str) -> tuple[CallStatus, str]:
    if refusal or finish == "content_filter":
        why = f": {str(refusal)[:_LONGEST_WHY]}" if refusal else ""
        return CallStatus.REFUSED, f"the model refused to answer{why}"
    if finish == "length":
        return CallStatus.TRUNCATED, "the answer stopped at the token limit"
    if not text.strip():
        return CallStatus.EMPTY, "the answer had no content"
    return CallStatus.OK, ""


def _content(content: object) -> str:
    """Text of an answer, whole or in parts, with nothing in it that a database could not hold."""
    if isinstance(content, list):
        content = "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    if not isinstance(content, str):
        return ""
    return encodable(content).replace("\0", "�")


def encodable(text: str) -> str:
    """The text, with lone surrogates (half a character, which no UTF-8 can carry) replaced."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _count(value: object) -> int:
    return max(0, int(value)) if isinstance(value, int | float) and abs(value) < 1e12 else 0
