"""Whether the tokens an endpoint counted can be true."""

from __future__ import annotations

from mutators.completion import Tokens
from mutators.model import Request

__all__ = ["believable"]

_LONGEST_TOKEN = 1000
"""Characters; the longest tokens there are, runs of blanks, have some hundred."""
_TEMPLATE = 10_000
"""Tokens that a server may put before a prompt by itself."""


def believable(tokens: Tokens | None, request: Request, text: str, *, most: int) -> Tokens | None:
    """The tokens as counted; None where there are none or they cannot be true.

    No tokenizer makes more tokens than bytes; twice as many and a long template of the server's own are let
    pass. An answer is within its limit, reasoning included, unless the server pays no heed to the limit, and
    then its text shows it. It errs on a server that both breaks the limit and hides what it wrote.

    Args:
        tokens: as counted.
        request: what was asked.
        text: what came back.
        most: limit of tokens of the answer.
    """
    if tokens is None or tokens.into <= 0 or len(text) > _LONGEST_TOKEN * tokens.out:
        return None
    size = sum(len(message.content.encode("utf-8", "replace")) for message in request.messages)
    if tokens.into > 2 * size + _TEMPLATE or tokens.out > max(most, len(text.encode("utf-8", "replace"))):
        return None
    cached, reasoning = min(tokens.cached, tokens.into), min(tokens.reasoning, tokens.out)
    return Tokens(into=tokens.into, out=tokens.out, cached=cached, reasoning=reasoning)
