"""What a run tells while it goes on: one small family of values for every listener.

The live view, `--json` lines and Prefect's artifacts are all made from these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from archive.program import ProgramId
from archive.run import Run, Summary

__all__ = ["Evaluated", "Event", "Finished", "Improved", "Notice", "Observer", "Progress", "Started"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A run began or was resumed.

    Attributes:
        run: its terms.
        resumed: whether it had begun before.
        evaluations: programs evaluated before.
    """

    run: Run
    resumed: bool
    evaluations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One line a person should read, such as which sandbox is in force and what it lacks."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """A program was evaluated and is in the store.

    Attributes:
        program: id.
        attempt: number; None for a seed.
        island: it belongs to.
        operator: how it was made.
        verdict: what became of it.
        fitness: None unless valid.
        outcome: what it did to the archive.
        reason: why it is not valid; empty otherwise.
        seconds: of the evaluation.
        evaluations: programs evaluated so far.
    """

    program: ProgramId
    attempt: int | None
    island: int
    operator: str
    verdict: str
    fitness: float | None
    outcome: str
    reason: str
    seconds: float
    evaluations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Improved:
    """The best of the run got better.

    Attributes:
        program: id of the new best.
        fitness: its fitness.
        previous: the fitness before; None for the first valid program.
        operator: how it was made.
        idea: the plan it came from; empty for a seed.
        evaluations: programs evaluated so far.
        seconds: since the run began.
        metrics: of the new best, public ones.
    """

    program: ProgramId
    fitness: float
    previous: float | None
    operator: str
    idea: str
    evaluations: int
    seconds: float
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come; sent after every turn.

    Attributes:
        evaluations: so far.
        limit: wall on evaluations, if any.
        best: best fitness, if any.
        rate: evaluations a second since this process took up the run.
        dollars: spent.
        calls: model calls made.
        cells: distinct cells filled.
        failures: verdict to number.
        duplicates: proposals known already.
        repeats: by likeness (``same``, ``alike``, ``near``), proposals that were like a known program, since
            this process took up the run; those that were near were evaluated and are no duplicates.
        redraws: times a model was asked again because of that, since then.
        seconds: worked on the run.
        eta_seconds: until the nearest wall, if it can be told.
    """

    evaluations: int
    limit: int | None
    best: float | None
    rate: float
    dollars: float
    calls: int
    cells: int
    failures: Mapping[str, int]
    duplicates: int
    seconds: float
    eta_seconds: float | None
    repeats: Mapping[str, int] = field(default_factory=dict)
    redraws: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The run stopped; `summary.run.stopped_by` says why.

    Attributes:
        summary: where it stands.
        trouble: what made it pause, when it was not a wall, the target or a stop; else empty.
    """

    summary: Summary
    trouble: str = ""


Event: TypeAlias = Started | Notice | Evaluated | Improved | Progress | Finished
Observer: TypeAlias = Callable[[Event], None]
