"""What one endpoint's model was found to know and take: decided once, and remembered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from archive.ledger import CallStatus
from mutators.trouble import Trouble
from problems.problem import Json

__all__ = ["Habits", "is_strict"]

_OPTIONAL = ("response_format", "seed", "temperature", "tools")
"""Parameters that an endpoint may refuse and the call can do without."""
_STRUCTURED = re.compile(r"(?i)response_?format|json_?schema|structured[ _]output|guided|grammar")
_TOOLS = re.compile(
    r"(?i)support\w* (?:\w+ )?tools?\b|tool[_ ]choice|tool[_ ]use|tool[_-]call[_-]parser|function[_ ]call"
)
_LIMITS = ("max_tokens", "max_completion_tokens")
_MOST = re.compile(
    r"(?i)(?:at most|maximum(?: \w+){0,3}(?: of| is)?|less than or equal to|<=|up to|in \[1, ?)\s*(\d{2,9})"
)
_STRIKES = 2
"""Answers in a row, never a good one before, that hold no JSON although a schema went with the request."""


class Habits:
    """How an endpoint wants to be asked.

    Args:
        told: what `told` said before, in any order; what is unknown is passed over.
        official: whether it is known to want the new name of the limit.
        most: limit of tokens of an answer.
    """

    def __init__(self, told: Iterable[str] = (), *, official: bool = False, most: int) -> None:
        self.limit = _LIMITS[official]
        """Name of the parameter with the limit of tokens."""
        self.most = most
        """Tokens of an answer to ask for at most."""
        self._without: set[str] = set()
        self._strikes: int | None = 0
        for name in told:
            self._keep(name)

    @property
    def told(self) -> tuple[str, ...]:
        """What was found out, one word each, sorted."""
        return tuple(sorted(self._without))

    def takes(self, name: str) -> bool:
        """Whether a parameter is to be sent."""
        return name not in self._without or name in _LIMITS

    def learn(self, trouble: Trouble, sent: Mapping[str, object]) -> str | None:
        """What is to be done otherwise from now on; None where the trouble is not of that kind.

        A call that was under way when the same was found out is told it as well, and can be made again. The
        same request is never told the same twice.

        Args:
            trouble: what came back.
            sent: body of the request.
        """
        if trouble.status not in (CallStatus.REFUSED, CallStatus.OVERLONG, CallStatus.SERVER_ERROR):
            return None
        found = self._complaint(trouble, sent)
        if found is not None:
            self._keep(found)
        return found

    def note_structured(self, text: str) -> str | None:
        """What was answered where a schema was sent, which is given up when that brings no JSON at first.

        Returns:
            What is not sent from now on; None where nothing was found out.
        """
        if self._strikes is None or not self.takes("response_format"):
            return None
        if "{" in text:
            self._strikes = None
            return None
        self._strikes += 1
        if self._strikes < _STRIKES:
            return None
        self._keep("response_format")
        return "response_format"

    def _complaint(self, trouble: Trouble, sent: Mapping[str, object]) -> str | None:
        refused = trouble.status is CallStatus.REFUSED
        limit = next(name for name in _LIMITS if name in sent)
        number = _MOST.search(trouble.what)
        if refused and limit == "max_tokens" and trouble.names(*_LIMITS) and number is None:
            return "max_tokens"
        if refused and trouble.names(limit) and number is not None:
            return f"{limit}<={number[1]}" if 0 < int(number[1]) < int(str(sent[limit])) else None
        if "response_format" in sent and _STRUCTURED.search(f"{trouble.param} {trouble.what}"):
            return "response_format"
        if not refused:
            return None
        if "tools" in sent and _TOOLS.search(f"{trouble.param} {trouble.what}"):
            return "tools"
        return next((name for name in _OPTIONAL if name in sent and trouble.names(name)), None)

    def _keep(self, name: str) -> None:
        known, _, number = name.partition("<=")
        if known in _LIMITS and number.isdecimal():
            self.most = min(self.most, max(1, int(number)))
        elif name == "max_tokens":
            self.limit = "max_completion_tokens"
        elif name not in _OPTIONAL:
            return
        self._without.add(name)


def is_strict(schema: Mapping[str, Json]) -> bool:
    """Whether a schema says all that servers ask of one they are to keep to exactly.

    All objects in it name their properties, need them all and allow no others.
    """
    if schema.get("type") == "object":
        properties, required = schema.get("properties"), schema.get("required")
        if not isinstance(properties, dict) or schema.get("additionalProperties") is not False:
            return False
        if not isinstance(required, list) or {*map(str, required)} != {*properties}:
            return False
        return all(isinstance(inner, dict) and is_strict(inner) for inner in properties.values())
    inner = schema.get("items")
    return is_strict(inner) if isinstance(inner, dict) else True
