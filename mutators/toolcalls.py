"""Tool calls on the wire and in the ledger.

An answer that calls tools has these calls, as one JSON object, for its text: so it is kept, found again and
replayed like every other answer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mutators.model import Message, Tool

__all__ = ["ToolCall", "calls_of", "declared", "wired", "with_calls"]

_MOST = 8
"""Calls of one answer that are looked at."""
_START = '{"tool_calls": ['


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A call a model asks for; `arguments` is JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


def with_calls(found: object, text: str) -> str:
    """The text of an answer with these ``tool_calls``; as it is where there are none that can be read."""
    calls = []
    for item in found[:_MOST] if isinstance(found, list) else []:
        function = item.get("function") if isinstance(item, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            arguments = function.get("arguments")
            # Some servers send the arguments as an object.
            written = arguments if isinstance(arguments, str) else json.dumps(arguments or {})
            calls.append({"id": str(item.get("id") or ""), "name": function["name"], "arguments": written})
    return json.dumps({"tool_calls": calls, "content": text}) if calls else text


def calls_of(text: str) -> tuple[ToolCall, ...]:
    """The calls that an answer consists of, as `with_calls` wrote it; none for any other text.

    Ids are given by place where a server gave none or one twice.
    """
    held = _held(text)
    ids = [str(each["id"]) for each in held.get("tool_calls", ())]
    good = all(ids) and len({*ids}) == len(ids)
    return tuple(
        ToolCall(id=each["id"] if good else f"call_{place}", name=each["name"], arguments=each["arguments"])
        for place, each in enumerate(held.get("tool_calls", ()))
    )


def declared(tools: Sequence[Tool]) -> list[dict[str, object]]:
    """Tools as a request tells of them."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": dict(tool.parameters),
            },
        }
        for tool in tools
    ]


def wired(message: Message, content: str, *, tools: bool) -> dict[str, object]:
    """A message as it is sent.

    Args:
        message: the message.
        content: its text, fit for sending.
        tools: whether the endpoint takes tools; else what another one looked up is told in plain words.
    """
    if message.role == "tool":
        if not tools:
            return {"role": "user", "content": f"What was looked up:\n{content}"}
        return {"role": "tool", "tool_call_id": message.call, "content": content}
    calls = calls_of(content) if message.role == "assistant" else ()
    if not calls:
        return {"role": message.role, "content": content}
    said = str(_held(content).get("content") or "")
    if not tools:
        looked = "; ".join(f"{call.name} {call.arguments}" for call in calls)
        return {"role": "assistant", "content": f"{said}\nI look up: {looked}".strip()}
    return {
        "role": "assistant",
        "content": said or None,
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in calls
        ],
    }


def _held(text: str) -> Mapping[str, Any]:
    if not text.startswith(_START):
        return {}
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    keys = {"id", "name", "arguments"}
    calls = held.get("tool_calls")
    sound = isinstance(calls, list) and all(isinstance(each, dict) and keys <= each.keys() for each in calls)
    return held if sound else {}
