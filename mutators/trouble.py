"""What can go wrong between an endpoint and us, and what each failure asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from archive.ledger import CallStatus

__all__ = ["Trouble", "of_status", "redact", "retry_after", "without_key"]

_AGAIN = frozenset({408, 409, 425, 429})
_HOPELESS = {
    401: "Check the key in {key}.",
    402: "The account has no credit; add some, then resume the run.",
    403: "Check that the key in {key} may use this model.",
    404: "Check the model's name, and that the base URL ends where the API begins (often in /v1).",
    405: "Check that the base URL ends where the API begins (often in /v1).",
}
_OVERLONG = re.compile(
    r"(?i)context[ _](length|window|size)|maximum context|(prompt|input|request) is too long"
    r"|too many (input )?tokens|reduce the length"
)
_SPENT = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
_LATER = "Resume the run later; nothing is lost."
_CLIP = 300
_SECRET_LENGTH = 16
"""Characters of the shortest key that is worth guessing."""
_MOMENT = 1.0
"""Seconds in which no model reads a prompt and writes an answer."""
# Keys as the usual providers write them, also half-masked as their error messages repeat them.
_SECRET = re.compile(r"(?i)\b(?:bearer\s+\S+|(?:sk|pk|gsk|xai|key)-[\w*.-]{4,})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One failed try.

    Attributes:
        status: how the call ends when it is not tried again.
        what: what came back, one line, without secrets.
        again: whether another try may help.
        connected: whether the endpoint was there at all.
        billed: whether the endpoint may have written an answer, and count it.
        fatal: whether the model counts as out of reach when there is no further try; else this call alone
            has no answer.
        wait: seconds the endpoint asked to wait; None when it did not say.
        param: parameter the endpoint complained of, as it named it; empty when it named none.
        hint: what a person can do; ``{key}`` stands for the name of the variable with the key.
    """

    status: CallStatus
    what: str
    again: bool = False
    connected: bool = True
    billed: bool = False
    fatal: bool = True
    wait: float | None = None
    param: str = ""
    hint: str = _LATER

    @classmethod
    def no_connection(cls, why: str) -> Trouble:
        hint = "Check that a server runs there and that this machine can reach it, then resume the run."
        what = f"no connection ({why})"
        return cls(status=CallStatus.UNREACHABLE, what=what, again=True, connected=False, hint=hint)

    @classmethod
    def disconnected(cls, why: str, *, seconds: float) -> Trouble:
        """The line was dropped before any of the answer came.

        What was asked a moment ago cannot have been answered, so it cost nothing; it errs where an endpoint
        answers at once, counts that, and then drops the line. Later it may have been answered.
        """
        return cls(
            status=CallStatus.DISCONNECTED,
            what=f"the connection ended without an answer ({why})",
            again=True,
            billed=seconds >= _MOMENT,
        )

    @classmethod
    def broken_off(cls, why: str) -> Trouble:
        what = f"the connection ended in the middle of the answer ({why})"
        return cls(status=CallStatus.BROKEN_OFF, what=what, again=True, billed=True)

    @classmethod
    def malformed(cls, start: str) -> Trouble:
        """Half an object may be half a completion, which costs; a page or a word is none."""
        return cls(
            status=CallStatus.MALFORMED,
            what=f"what came back is no chat completion (it begins {start!r})",
            again=True,
            billed=start.lstrip().startswith("{"),
            hint=_HOPELESS[405],
        )

    @classmethod
    def unsupported(cls, name: str, trouble: Trouble) -> Trouble:
        """The endpoint does not know a parameter; what it said follows the name."""
        what = f"{name}: {trouble.what}"
        return cls(status=CallStatus.UNSUPPORTED, what=what, again=True, wait=0.0, param=name)

    @classmethod
    def silence(cls, seconds: float, *, dead: bool) -> Trouble:
        """No answer in time. Not tried again by itself: what was asked may have been billed."""
        return cls(
            status=CallStatus.TIMED_OUT,
            billed=True,
            fatal=dead,
            what=f"no answer within {seconds:g} s" + (", several times in a row" if dead else ""),
            hint=f"Raise the model's `timeout`, or try again later. {_LATER}",
        )

    def advice(self, key: str) -> str:
        return self.hint.replace("{key}", key)

    def names(self, *parameters: str) -> bool:
        """Whether the endpoint complained of all of these parameters, or of exactly one that it named."""
        if self.param:
            return self.param.partition(".")[0] == parameters[0]
        return all(re.search(rf"\b{re.escape(name)}\b", self.what) for name in parameters)


def of_status(status: int, body: object, headers: Mapping[str, str], *, key: str) -> Trouble:
    """What an HTTP error asks for.

    Args:
        status: HTTP status.
        body: decoded JSON, or text, or None.
        headers: of the response.
        key: the API key, to be kept out of the text.
    """
    error = body if isinstance(body, Mapping) else {}
    if isinstance(error.get("error"), Mapping):
        error = error["error"]
    code = str(error.get("code") or "")
    param = error.get("param")
    text = " ".join(redact(_message(body, error), key).split())[:_CLIP]
    what = f"HTTP {status} came back" + (f": {text}" if text else "")
    if code in _SPENT:
        return Trouble(status=CallStatus.DENIED, what=what, hint=_HOPELESS[402])
    if status in _AGAIN or status >= 500:
        kind = CallStatus.RATE_LIMITED if status == 429 else CallStatus.SERVER_ERROR
        wait = retry_after(headers, now=datetime.now(UTC))
        return Trouble(status=kind, what=what, again=True, wait=wait)
    if status in _HOPELESS or code == "model_not_found":
        return Trouble(status=CallStatus.DENIED, what=what, hint=_HOPELESS.get(status, _HOPELESS[404]))
    if status == 413 or code == "context_length_exceeded" or _OVERLONG.search(text):
        return Trouble(status=CallStatus.OVERLONG, what=what, fatal=False)
    name = redact(param, key) if isinstance(param, str) else ""
    return Trouble(status=CallStatus.REFUSED, what=what, param=name, fatal=False)


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Seconds an endpoint asks to wait, 0 or more; None when it does not say or says nonsense."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text.strip()):
            return float(text) * unit
        try:
            date = parsedate_to_datetime(text)
        except ValueError:
            continue
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(0.0, (date - now).total_seconds())
    return None


def redact(text: str, key: str) -> str:
    """The text without the key, and without anything that looks like one."""
    if key:
        text = text.replace(key, "***")
    return _SECRET.sub("***", text)


def without_key(text: str, key: str) -> str:
    """An answer without the key, should an endpoint have put it there, and otherwise as it is.

    A key so short that it may stand in any program by chance (``none``, ``EMPTY``) is no secret.
    """
    return text.replace(key, "***") if len(key) >= _SECRET_LENGTH else text


def _message(body: object, error: Mapping[str, object]) -> str:
    """What an error says, in any of the shapes that servers give it."""
    if isinstance(body, str):
        return body
    said = error.get("message") or error.get("detail") or error.get("error") or ""
    if isinstance(said, list):
        # How FastAPI names a field that it refuses.
        said = "; ".join(_refused_field(each) for each in said if isinstance(each, Mapping))
    return str(said)


def _refused_field(each: Mapping[str, object]) -> str:
    place = each.get("loc")
    return f"{'.'.join(map(str, place)) if isinstance(place, list) else ''}: {each.get('msg', '')}"
