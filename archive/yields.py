"""What ways of change brought in a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from archive.attempt import Plan
from archive.cell import Outcome
from archive.evaluation import Verdict

__all__ = ["Label", "Trial", "Yield", "summed", "yields_of"]

Label: TypeAlias = Callable[[str | None, Plan | None], str]
"""Names a change, from the name of the model that wrote the program (None where none did) and the plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One program that an attempt made.

    Attributes:
        operator: how it was made.
        model: who wrote it; None where no model did.
        label: name of the change; may be empty.
        verdict: what was found of it.
        outcome: what adding it did to the archive.
        record: whether it was the best of the run so far.
    """

    operator: str
    model: str | None
    label: str
    verdict: Verdict
    outcome: Outcome
    record: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """What one way of change brought.

    Attributes:
        operator: how the programs were made.
        model: who wrote them; None where no model did.
        label: name of the change; may be empty.
        programs: evaluated, in attempts of the run; seeds, migrants and known programs do not count.
        valid: those of them that are valid.
        improved: those that came into the archive.
        records: those that were the best of the run so far.
    """

    operator: str
    model: str | None
    label: str
    programs: int
    valid: int
    improved: int
    records: int


def yields_of(trials: Iterable[Trial]) -> Sequence[Yield]:
    """The yields by operator, model and label, those with most programs first."""
    programs: Counter[tuple[str, str | None, str]] = Counter()
    valid, improved, records = programs.copy(), programs.copy(), programs.copy()
    for trial in trials:
        key = (trial.operator, trial.model, trial.label)
        programs[key] += 1
        valid[key] += trial.verdict is Verdict.VALID
        improved[key] += trial.outcome is not Outcome.REFUSED
        records[key] += trial.record
    return _sorted(
        Yield(
            operator=operator,
            model=model,
            label=label,
            programs=number,
            valid=valid[operator, model, label],
            improved=improved[operator, model, label],
            records=records[operator, model, label],
        )
        for (operator, model, label), number in programs.items()
    )


def summed(yields: Iterable[Yield], *, by_label: bool) -> Sequence[Yield]:
    """The yields by operator and model, or, of those that have one, by label and model."""
    groups: dict[tuple[str, str | None, str], list[Yield]] = {}
    for one in yields:
        if one.label or not by_label:
            key = ("", one.model, one.label) if by_label else (one.operator, one.model, "")
            groups.setdefault(key, []).append(one)
    return _sorted(
        Yield(
            operator=operator,
            model=model,
            label=label,
            programs=sum(one.programs for one in group),
            valid=sum(one.valid for one in group),
            improved=sum(one.improved for one in group),
            records=sum(one.records for one in group),
        )
        for (operator, model, label), group in groups.items()
    )


def _sorted(yields: Iterable[Yield]) -> Sequence[Yield]:
    return sorted(yields, key=lambda one: (-one.programs, one.operator, one.model or "", one.label))
