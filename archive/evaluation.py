"""What a program was found to be worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from archive.program import ProgramId

__all__ = ["Evaluation", "Provenance", "StageResult", "StageState", "Verdict"]


class Verdict(StrEnum):
    """The fact about a program. Trouble of the machine is never one of these."""

    VALID = "valid"
    REFUSED = "refused"
    """Turned away before it ran (syntax, forbidden names, size)."""
    FAILED = "failed"
    """Raised, crashed, or returned something that is no value."""
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    INVALID = "invalid"
    """Ran, and broke a rule of the problem."""


class StageState(StrEnum):
    """What became of one stage."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    """Its gate was closed, or a stage it needs did not pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageResult:
    """The outcome of one stage for one program.

    Attributes:
        stage: id of the stage.
        state: what became of it.
        verdict: why it failed; None unless FAILED.
        metrics: finite numbers by name.
        artifacts: short texts by name (standard error, a report); may go into prompts when public.
        note: one line on what happened, clipped to 2,000 characters.
        seconds: wall time, measured outside the sandbox.
        cached: whether it was taken from the stage cache.
        private: whether metrics and artifacts must stay out of prompts.
    """

    stage: str
    state: StageState
    verdict: Verdict | None = None
    metrics: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    artifacts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    note: str = ""
    seconds: float = 0.0
    cached: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What is needed, besides the program and the problem, to find the same score again.

    Attributes:
        seed: of the run; the seeds of replicas follow from it, the program's id and their numbers.
        replicas: passes through the DAG that the score was made of, at least 1.
        candidates: identity of the sandbox where the program ran, with the image's digest.
        scorers: identity of the sandbox where the trusted files ran.
        stages: id of a stage to its recipe: kind, version and every option that bears on its result, limits
            included, as one line of JSON.
        version: of Cambrian.
        confirmed: whether a fresh sandbox found the same.
    """

    seed: int
    replicas: int = 1
    candidates: str = ""
    scorers: str = ""
    stages: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    version: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The verdict on a program under one problem.

    Attributes:
        program: id of the program.
        problem: digest of the problem.
        verdict: the fact about the program.
        fitness: the objective's metric in its own units; None exactly when the verdict is not VALID.
            Never 0, NaN or an infinity for "failed".
        descriptors: one finite value an axis of the archive, in the problem's order, and where axes are
            learned those of the others and then all features (see `archive.learned`); empty unless VALID.
        metrics: all metrics by name; a private stage's are kept under ``STAGE.METRIC`` only.
        stages: results in the order they ended.
        reason: one line on why the verdict is not VALID; empty otherwise.
        seconds: wall time of the whole DAG.
        provenance: how the score came about; None where it was not recorded.
    """

    program: ProgramId
    problem: str
    verdict: Verdict
    fitness: float | None = None
    descriptors: tuple[float, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    stages: tuple[StageResult, ...] = ()
    reason: str = ""
    seconds: float = 0.0
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        if (self.fitness is None) != (self.verdict is not Verdict.VALID):
            raise ValueError(f"fitness {self.fitness!r} does not go with the verdict {self.verdict.value}")

    @property
    def is_valid(self) -> bool:
        return self.verdict is Verdict.VALID
