"""A run: one search on one problem under one budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from archive.ledger import Usage
from archive.program import ProgramId
from problems.problem import Budget

__all__ = ["Best", "CurvePoint", "Run", "RunState", "StopReason", "Summary"]


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    PAUSED = "paused"
    """Stopped with work left; `cambrian resume` goes on."""
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_finished(self) -> bool:
        return self in (RunState.FINISHED, RunState.FAILED)


class StopReason(StrEnum):
    """Why a run stopped."""

    TARGET = "target"
    EVALUATIONS = "evaluations"
    DOLLARS = "dollars"
    MINUTES = "minutes"
    INTERRUPTED = "interrupted"
    MODEL_UNREACHABLE = "model_unreachable"
    SANDBOX_UNAVAILABLE = "sandbox_unavailable"
    STAGNATION = "stagnation"
    """So many turns in a row led to nothing new that going on would only cost."""
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The identity and terms of a run; its progress is a `Summary`.

    Attributes:
        id: 12 hexadecimal digits.
        name: friendly and unique in the store; users type it.
        problem: name of the problem.
        problem_digest: see `Problem.digest`.
        problem_path: folder of the problem, for resume.
        seed: of all random streams.
        workers: attempts at a time.
        strategy: name of the strategy.
        islands: number of islands.
        models: names of the models.
        sandbox: which sandbox scored it (``docker``, ``process``).
        budget: the walls.
        overrides: what the command line changed, key to value as text, for resume.
        state: where it stands.
        stopped_by: why it stopped; None while it runs.
        created: aware UTC.
        cells_total: number of cells of one island's grid, for coverage; 0 when not known.
        study: name of the study it belongs to; None where it belongs to none.
    """

    id: str
    name: str
    problem: str
    problem_digest: str
    problem_path: str
    seed: int
    workers: int
    strategy: str
    islands: int
    models: tuple[str, ...]
    sandbox: str
    budget: Budget
    overrides: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    state: RunState = RunState.RUNNING
    stopped_by: StopReason | None = None
    created: datetime
    cells_total: int = 0
    study: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """The best program of a run."""

    program: ProgramId
    fitness: float
    metrics: Mapping[str, float]
    attempt: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One change of the best: after how many evaluations, when, by which program.

    `operator` is how the program was made, or ``report`` where a metric that was reported later changed what
    the best is, or what it is worth. Only there may the curve fall: it tells what was held to be the best at
    each time.
    """

    evaluations: int
    seconds: float
    fitness: float
    program: ProgramId
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The progress of a run, at any time, also of one that was killed.

    Attributes:
        run: the run.
        best: None while nothing valid was found.
        evaluations: programs evaluated, duplicates excepted.
        valid: of these, valid ones.
        duplicates: proposals that were known already.
        failures: verdict to number, for what was not valid.
        calls: model calls.
        usage: tokens and dollars of all calls.
        seconds: wall time the run has been worked on.
        cells: elites over all islands together, counted by distinct cell.
        coverage: share of the cells of the grid that hold an elite, 0 to 1.
        qd_score: sum over cells of the elites' utility above the worst valid utility seen (0 for none).
        attempts: attempts drawn.
        repeats: by `Likeness`, proposals that were like a program the run knew. Those that were only near it
            were evaluated and are no duplicates.
    """

    run: Run
    best: Best | None
    evaluations: int
    valid: int
    duplicates: int
    failures: Mapping[str, int]
    calls: int
    usage: Usage
    seconds: float
    cells: int
    coverage: float
    qd_score: float
    attempts: int
    repeats: Mapping[str, int] = field(default_factory=dict)
