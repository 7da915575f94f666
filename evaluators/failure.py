"""Whose fault is it? What an ending says of a program, and the error for a scorer that is broken.

A program that fails is a value (`Verdict`). A scorer that fails is an error, because a run would otherwise
store the fault of its own scorer as a fact about a thousand programs; see `evaluators.pipeline` for when a
program's odd output is to blame instead.
"""

from __future__ import annotations

import re
from typing import Final

from archive.evaluation import Verdict
from evaluators.sandbox import Ending, ExecResult, Limits
from problems.errors import CambrianError

__all__ = ["NOTE_CHARACTERS", "ScorerError", "clip", "describe", "one_line", "verdict_of"]

NOTE_CHARACTERS: Final = 2000

_VERDICTS: Final = {
    Ending.RAISED: Verdict.FAILED,
    Ending.DIED: Verdict.FAILED,
    Ending.TIMED_OUT: Verdict.TIMED_OUT,
    Ending.OUT_OF_MEMORY: Verdict.OUT_OF_MEMORY,
    Ending.OUTPUT_LIMIT: Verdict.FAILED,
    Ending.RESULT_LIMIT: Verdict.FAILED,
}
_CONTROL: Final = re.compile(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]")


class ScorerError(CambrianError):
    """A trusted file does not do its work; no program can be scored before it is mended.

    Attributes:
        file: the trusted file, as the problem names it.
        fault: what is wrong with it, one line without the file's name.
    """

    def __init__(self, *, file: str, fault: str, remedy: str) -> None:
        self.file = file
        self.fault = one_line(fault)
        super().__init__(f"{file}: {self.fault}; {remedy}")


def verdict_of(ending: Ending) -> Verdict | None:
    """What an ending says of the program; None for RETURNED, which says nothing yet."""
    return _VERDICTS.get(ending)


def describe(result: ExecResult, limits: Limits) -> str:
    """One line on how an execution ended, for people and prompts."""
    last = one_line(result.stderr.rstrip().rpartition("\n")[2])
    exit_code = "" if result.exit_code is None else f" ({_exit(result.exit_code)})"
    return {
        Ending.RETURNED: "returned",
        Ending.RAISED: f"raised {last or 'an exception'}",
        Ending.DIED: f"ended without a value{exit_code}" + (f": {last}" if last else ""),
        Ending.TIMED_OUT: f"took longer than {limits.seconds:g} s",
        Ending.OUT_OF_MEMORY: f"used more than {limits.memory_mib} MiB of memory",
        Ending.OUTPUT_LIMIT: f"printed more than {limits.output_bytes:,} bytes",
        Ending.RESULT_LIMIT: f"returned more than {limits.result_bytes:,} bytes",
    }[result.ending]


def one_line(text: str, limit: int = NOTE_CHARACTERS) -> str:
    """The text on one line, without control characters, clipped to `limit` characters."""
    return clip(" ".join(text[: 4 * limit].split()), limit)


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, control characters (but newline and tab) and lone surrogates escaped."""
    safe = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text[:limit])
    return safe if len(text) <= limit and len(safe) <= limit else safe[: limit - 1] + "…"


def _exit(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
