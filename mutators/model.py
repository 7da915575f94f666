"""The port to a language model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from archive.ledger import CallStatus, Purpose, Usage
from mutators.trouble import Trouble
from problems.errors import CambrianError
from problems.problem import Json

__all__ = ["Message", "Model", "ModelError", "ModelUnreachable", "Reply", "Request", "Tool"]


class ModelError(CambrianError):
    """A model did not answer."""


class ModelUnreachable(ModelError):
    """The endpoint cannot be reached or refuses every call. The run pauses; nothing is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something a model may have looked up; `parameters` is the JSON schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation; role is ``system``, ``user``, ``assistant`` or ``tool``.

    `call` is the id of the call that a ``tool`` answers, see `mutators.toolcalls`; empty otherwise.
    """

    role: str
    content: str
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of a model, by whom.

    (run, attempt, purpose, ordinal) names the call in the ledger, so that an answer that was paid for is
    found again.

    Attributes:
        messages: the conversation, the stable part first so that prompt caches hit.
        purpose: role the model plays.
        attempt: number of the attempt, 0 outside of any.
        ordinal: which call of that purpose in the attempt, from 0.
        seed: sampling seed handed to the endpoint.
        schema: JSON schema of a structured answer; None for free text. Empty mapping is not allowed.
        models: names of the models that may answer; empty for all.
        tools: what the model may have looked up before it answers; an endpoint that knows no tools is asked
            without them.
        decided: whether it is to answer now, and look up nothing more.
        hurry: whether an endpoint that is away is to be given up soon, because another one can be asked.
    """

    messages: tuple[Message, ...]
    purpose: Purpose
    attempt: int = 0
    ordinal: int = 0
    seed: int = 0
    schema: Mapping[str, Json] | None = None
    models: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    decided: bool = False
    hurry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model answered.

    Attributes:
        text: the answer; empty unless status is OK or TRUNCATED.
        model: name of the model that answered.
        status: how it ended.
        usage: tokens and dollars.
        latency: seconds.
        error: one line, when not OK, or when the answer shows what the endpoint does not know; never a key.
        extra: what the endpoint said beside the answer (finish reason, …).
        trouble: what went wrong between the endpoint and us; None where it answered or refused by itself.
        counted: whether the endpoint counted the tokens believably; else they are guessed.
    """

    text: str
    model: str
    status: CallStatus
    usage: Usage = Usage()
    latency: float = 0.0
    error: str = ""
    extra: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    trouble: Trouble | None = None
    counted: bool = True


class Model(Protocol):
    """Something that answers requests; one endpoint, or an ensemble of them."""

    async def complete(self, request: Request) -> Reply:
        """Answer, after retries where they can help.

        A refusal, an empty or a truncated answer is a `Reply` with its status.

        Raises:
            ModelUnreachable: no answer could be had, and none is to be expected soon.
            BudgetExhausted: the wall forbids the call; it was not made.
        """

    async def close(self) -> None:
        """Let go of connections."""
