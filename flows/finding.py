"""One thing that `cambrian doctor` looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from flows.protection import Weakness

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at and what is there.

    Attributes:
        topic: what was looked at.
        ok: whether it works; False for what some runs can do without.
        found: what is there.
        mend: what to do; empty when it works.
        promises: what a program cannot do in this sandbox, in plain words; empty for what is no sandbox.
        weaknesses: what is left.
        facts: what was measured, name to text.
    """

    topic: str
    ok: bool
    found: str
    mend: str = ""
    promises: tuple[str, ...] = ()
    weaknesses: tuple[Weakness, ...] = ()
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
