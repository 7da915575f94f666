"""What got through, in a form that can be told: how bad it is, what it is, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from archive.program import Program

__all__ = ["Finding", "Severity", "gathered"]

_NAMED: Final = 4


class Severity(StrEnum):
    """How much a finding matters, worst first."""

    DANGER = "danger"
    """A search would be led astray: a score can be had without the work, or something hidden is seen."""
    WARNING = "warning"
    """Costs the search time, or lets through what the problem most likely does not mean."""
    NOTE = "note"
    """Worth knowing; often as it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One weakness of a problem.

    Attributes:
        severity: how much it matters.
        rule: name of the weakness, for scripts: lower case with hyphens.
        what: one sentence on what got through, without a full stop.
        mend: what to do about it.
        by: what did it, in few words: ``an empty list``. Empty for what was seen without a program.
        attacks: names of the attacks that showed it.
        cause: findings of one rule and one cause are one weakness; not shown.
        program: a candidate that shows it; None where there is none.
    """

    severity: Severity
    rule: str
    what: str
    mend: str
    by: tuple[str, ...] = ()
    attacks: tuple[str, ...] = ()
    cause: str = ""
    program: Program | None = None

    @property
    def text(self) -> str:
        """The sentence, with what else did the same."""
        others = self.by[1:]
        if not others:
            return self.what
        more = len(others) - _NAMED
        named = ", ".join(others if more <= 1 else others[:_NAMED])
        return f"{self.what} (also: {named}{f' and {more} more' if more > 1 else ''})"


def gathered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding a weakness, worst first; of those that show the same, the first gives the sentence."""
    found: dict[tuple[Severity, str, str], Finding] = {}
    for finding in findings:
        key = (finding.severity, finding.rule, finding.cause)
        first = found.get(key)
        found[key] = (
            finding
            if first is None
            else replace(
                first,
                by=tuple(dict.fromkeys(first.by + finding.by)),
                attacks=tuple(dict.fromkeys(first.attacks + finding.attacks)),
            )
        )
    order = tuple(Severity)
    return tuple(sorted(found.values(), key=lambda one: order.index(one.severity)))
