"""Model calls and what they cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["Call", "CallStatus", "ModelUse", "Purpose", "Usage"]


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
    """The model or the endpoint refused this request (content policy, bad request)."""
    OVERLONG = "overlong"
    """The request is longer than the model takes."""
    UNSUPPORTED = "unsupported"
    """The endpoint does not know a parameter, which the error begins with; asked again without it."""
    RATE_LIMITED = "rate_limited"
    """Too many requests or tokens at a time; asked again after a wait."""
    SERVER_ERROR = "server_error"
    """The endpoint failed and said so (500, 502, 503, …)."""
    DENIED = "denied"
    """A wrong key, no credit, no such model or address: asking again is no help."""
    DISCONNECTED = "disconnected"
    """The connection ended before any of the answer came."""
    BROKEN_OFF = "broken_off"
    """The connection ended in the middle of the answer; it counts at its worst case."""
    MALFORMED = "malformed"
    """What came back is no chat completion."""
    TIMED_OUT = "timed_out"
    """No answer in time; it counts at its worst case, for it may have been billed."""
    UNREACHABLE = "unreachable"
    """No connection could be had."""
    OPEN = "open"
    """Under way, or cut off by the end of the process that made it; it counts at its worst case."""
    REPEATED = "repeated"
    """Answered after another process had the answer to the same call; it was paid for and is not used."""

    @property
    def is_answer(self) -> bool:
        """Whether there is a text to use, so that the call is never made again."""
        return self in (CallStatus.OK, CallStatus.TRUNCATED)

    @property
    def teaches(self) -> bool:
        """Whether the error of such a call, if it has one, begins with what an endpoint does not know."""
        return self in (CallStatus.UNSUPPORTED, CallStatus.OK)

    @property
    def is_outage(self) -> bool:
        """Whether the endpoint could not serve at all, whatever is asked."""
        return self in _OUTAGES


_OUTAGES = frozenset(
    {
        CallStatus.SERVER_ERROR,
        CallStatus.DENIED,
        CallStatus.DISCONNECTED,
        CallStatus.BROKEN_OFF,
        CallStatus.MALFORMED,
        CallStatus.TIMED_OUT,
        CallStatus.UNREACHABLE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens and dollars of one call or of many.

    Attributes:
        tokens_in: of the request, cached ones included.
        tokens_out: of the answer, reasoning included.
        tokens_cached: of the request, from the provider's cache.
        tokens_reasoning: of the answer, spent on reasoning that is not shown.
        dollars: what all that cost.
    """

    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    tokens_reasoning: int = 0
    dollars: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            tokens_cached=self.tokens_cached + other.tokens_cached,
            tokens_reasoning=self.tokens_reasoning + other.tokens_reasoning,
            dollars=self.dollars + other.dollars,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call in the ledger, committed before anything uses its answer.

    (run, attempt, purpose, ordinal) names it: a resumed attempt finds the answer it has paid for here. A call
    that took several tries has a row for each.

    Attributes:
        run: id of the run.
        attempt: number of the attempt, 0 outside of any.
        purpose: what was asked for.
        ordinal: which call of that purpose in the attempt, from 0.
        model: name of the model that answered.
        request: SHA-256 of the request.
        prompt: messages as JSON text; empty where the model never saw them.
        response: text of the answer; empty unless there was one.
        status: how it ended.
        usage: tokens and dollars.
        latency: seconds.
        error: one line, when not OK, or when an answer shows what the endpoint does not know; never a key.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """What the calls to one model for one purpose came to.

    Attributes:
        model: its name.
        purpose: what it was asked for.
        statuses: how calls ended, with their numbers.
        usage: tokens and dollars of all of them.
        seconds: sum of their latencies.
        attempts: attempts that asked it, at least once.
        improved: those of these attempts that improved a cell.
        failing: newest calls in a row that the endpoint could not serve.
        unsupported: what the endpoint was found not to know, see `CallStatus.teaches`; sorted.
        last: when the newest one ended, aware UTC.
    """

    model: str
    purpose: Purpose
    statuses: Mapping[CallStatus, int]
    usage: Usage
    seconds: float
    attempts: int
    improved: int
    failing: int
    unsupported: tuple[str, ...] = ()
    last: datetime

    @property
    def calls(self) -> int:
        """How many calls there were, tries included."""
        return sum(self.statuses.values())

    @property
    def answered(self) -> int:
        """How many of them brought an answer to use."""
        return sum(number for status, number in self.statuses.items() if status.is_answer)
