"""Model calls and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Call", "CallStatus", "Purpose", "Usage"]


class Purpose(StrEnum):
    """What a model was asked for."""

    PLAN = "plan"
    EXECUTE = "execute"
    SUMMARIZE = "summarize"
    JUDGE = "judge"


class CallStatus(StrEnum):
    """How a call ended."""

    OK = "ok"
    TRUNCATED = "truncated"
    """The answer stopped at the token limit; it was paid for and is kept."""
    EMPTY = "empty"
    """The endpoint answered without content."""
    REFUSED = "refused"
    """The endpoint refused this request (content policy, bad request)."""
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    """No connection, no such model, a wrong key, or an error of the server that retries did not cure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens and dollars of one call or of many."""

    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    dollars: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            tokens_cached=self.tokens_cached + other.tokens_cached,
            dollars=self.dollars + other.dollars,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call in the ledger, committed before anything uses its answer.

    (run, attempt, purpose, ordinal) names it: a resumed attempt finds the answer it has paid for here.

    Attributes:
        run: id of the run.
        attempt: number of the attempt, 0 outside of any.
        purpose: what was asked for.
        ordinal: which call of that purpose in the attempt, from 0.
        model: name of the model that answered.
        request: SHA-256 of the request.
        prompt: messages as JSON text.
        response: text of the answer; empty unless there was one.
        status: how it ended.
        usage: tokens and dollars.
        latency: seconds.
        error: one line, when not OK; never holds a key.
        at: when it ended, aware UTC.
    """

    run: str
    attempt: int
    purpose: Purpose
    ordinal: int = 0
    model: str
    request: str
    prompt: str
    response: str
    status: CallStatus
    usage: Usage = Usage()
    latency: float = 0.0
    error: str = ""
    at: datetime
