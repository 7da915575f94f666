"""The faults of a model's endpoint that every release is tried against, and what the ledger calls each."""

from __future__ import annotations

from dataclasses import dataclass

from archive.ledger import CallStatus
from tests.tools.model_server import Fault, answer, wire

__all__ = ["FAULTS", "KEY", "Row"]

KEY = "sk-canary-93b1e0d7a2f4"
"""A key, which many of these answers repeat as servers do."""
_MISSING = "<<<<<<< SEARCH\nwhat was never there\n=======\nx\n>>>>>>> REPLACE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One fault.

    Attributes:
        name: as docs/models.md has it.
        status: of the call in the ledger.
        fault: how the server plays it.
    """

    name: str
    status: CallStatus
    fault: Fault


FAULTS = (
    Row(
        name="a parameter the server does not know",
        status=CallStatus.UNSUPPORTED,
        fault=wire(f"response_format is not known here, {KEY}", param="response_format"),
    ),
    Row(
        name="429 with Retry-After",
        status=CallStatus.RATE_LIMITED,
        fault=wire(f"slow down, {KEY}", status=429, retry_after=0.05),
    ),
    Row(name="500", status=CallStatus.SERVER_ERROR, fault=wire(f"oops {KEY}", status=500)),
    Row(
        name="502",
        status=CallStatus.SERVER_ERROR,
        fault=Fault(status=502, body=f"<html>{KEY}</html>", billed=False),
    ),
    Row(
        name="connection reset",
        status=CallStatus.DISCONNECTED,
        fault=Fault(drop="before", billed=False),
    ),
    Row(name="nothing after the head", status=CallStatus.BROKEN_OFF, fault=Fault(drop="head")),
    Row(name="half a stream", status=CallStatus.BROKEN_OFF, fault=Fault(drop="middle")),
    Row(name="empty choice", status=CallStatus.EMPTY, fault=Fault(body=answer("") | {"choices": []})),
    Row(
        name="refusal",
        status=CallStatus.REFUSED,
        fault=Fault(body=answer(None, refusal=f"I will not, {KEY}")),
    ),
    Row(
        name="truncated by length",
        status=CallStatus.TRUNCATED,
        fault=Fault(body=answer("half", finish="length")),
    ),
    Row(
        name="invalid JSON for a body",
        status=CallStatus.MALFORMED,
        fault=Fault(body=f'{{"choices": [{KEY}', billed=False),
    ),
    Row(
        name="a page of HTML for a body",
        status=CallStatus.MALFORMED,
        fault=Fault(body=f"<html>{KEY}</html>", billed=False),
    ),
    Row(name="invalid JSON for an answer", status=CallStatus.OK, fault=Fault(body=answer('{"idea": '))),
    Row(
        name="prose for an answer",
        status=CallStatus.OK,
        fault=Fault(body=answer(f"I would rather write a poem, {KEY}.")),
    ),
    Row(name="wrong edit format", status=CallStatus.OK, fault=Fault(body=answer(_MISSING))),
    Row(
        name="10 MB answer",
        status=CallStatus.TRUNCATED,
        fault=Fault(body=answer("x" * 10_000_000)),
    ),
    Row(name="10 minutes of silence", status=CallStatus.TIMED_OUT, fault=Fault(delay=600.0)),
    Row(
        name="a request too long for the model",
        status=CallStatus.OVERLONG,
        fault=wire(f"too long {KEY}", code="context_length_exceeded"),
    ),
)
