"""What the store in memory holds, and the reader over it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from archive.approach import TRIED, Trials, counted
from archive.attempt import Attempt
from archive.cell import Cell, Elite, Outcome
from archive.descent import Lineage
from archive.evaluation import Evaluation, Verdict
from archive.experience import Lesson
from archive.ledger import Call, ModelUse, Purpose, Usage
from archive.lineage import Birth
from archive.memory_descent import ancestry_in, descent_in
from archive.program import Program, ProgramId
from archive.report import Report
from archive.run import Best, CurvePoint, Run, Summary
from archive.standing import IslandState
from archive.store import Record, UnknownRun
from archive.yields import Label, Trial, Yield, yields_of

__all__ = ["Kept", "KeptRun", "MemoryReader"]

_HEXADECIMAL = frozenset("0123456789abcdef")
_RUN_DIGITS = 4
_PROGRAM_DIGITS = 6


@dataclass(slots=True, kw_only=True)
class KeptRun:
    """What is kept of one run; births, calls, curve and lessons in the order they came."""

    run: Run
    seconds: float = 0.0
    duplicates: int = 0
    usage: Usage = Usage()
    worst: float | None = None
    best: Best | None = None
    best_utility: float = -math.inf
    attempts: dict[int, Attempt] = field(default_factory=dict)
    births: list[Birth] = field(default_factory=list)
    log: list[Record] = field(default_factory=list)
    recorded: set[tuple[object, ...]] = field(default_factory=set)
    evaluations: dict[ProgramId, Evaluation] = field(default_factory=dict)
    failures: Counter[Verdict] = field(default_factory=Counter)
    elites: dict[tuple[int, Cell], list[tuple[Elite, float]]] = field(default_factory=dict)
    """With utilities, by island and cell: one, or a front."""
    islands: dict[int, IslandState] = field(default_factory=dict)
    curve: list[CurvePoint] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    lessons: list[Lesson] = field(default_factory=list)

    def attempt(self, number: int) -> Attempt:
        """An attempt by its number.

        Raises:
            UnknownRun: it was never opened.
        """
        if number not in self.attempts:
            raise UnknownRun(f"there is no attempt {number} in run {self.run.id}")
        return self.attempts[number]


@dataclass(slots=True, kw_only=True)
class Kept:
    """Everything; runs in the order they were created."""

    runs: dict[str, KeptRun] = field(default_factory=dict)
    programs: dict[ProgramId, Program] = field(default_factory=dict)
    fingerprints: dict[ProgramId, str | None] = field(default_factory=dict)
    evaluated: list[tuple[str, ProgramId]] = field(default_factory=list)
    """Run and program, in the order of their evaluations."""
    lessons_given: int = 0
    reports: list[Report] = field(default_factory=list)

    def newest(self, program: ProgramId) -> dict[str, Report]:
        """The newest reports of a program by metric."""
        return {report.metric: report for report in self.reports if report.program == program}

    def of(self, run: str) -> KeptRun:
        """A run by its id.

        Raises:
            UnknownRun: no such run.
        """
        if run not in self.runs:
            raise UnknownRun(f"there is no run with the id {run}")
        return self.runs[run]

    def find(self, key: str) -> KeptRun:
        """A run by id, name or unique prefix of an id; ``last`` is the newest.

        Raises:
            UnknownRun: none, or several.
        """
        runs = list(self.runs.values())
        if key == "last" and runs:
            return runs[-1]
        exact = [kept for kept in runs if kept.run.id == key] or [
            kept for kept in runs if kept.run.name == key
        ]
        if exact:
            return exact[0]
        prefix = len(key) >= _RUN_DIGITS and set(key) <= _HEXADECIMAL
        found = [kept for kept in runs if prefix and kept.run.id.startswith(key)]
        if len(found) == 1:
            return found[0]
        raise UnknownRun(
            f"the ids of several runs begin with {key!r}" if found else f"there is no run {key!r}"
        )


class MemoryReader:
    """A `Reader` of a `MemoryStore`."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def runs(self) -> Sequence[Summary]:
        return [_summary(kept) for kept in reversed(self._kept.runs.values())]

    def summary(self, key: str) -> Summary:
        return _summary(self._kept.find(key))

    def curve(self, run: str) -> Sequence[CurvePoint]:
        return [point for kept in self._of(run) for point in kept.curve]

    def elites(self, run: str) -> Sequence[Elite]:
        elites = (elite for kept in self._of(run) for cell in kept.elites.values() for elite, _ in cell)
        return sorted(elites, key=lambda elite: (elite.island, elite.cell))

    def descriptors(self, run: str, limit: int) -> Sequence[tuple[float, ...]]:
        came = {birth.program: kept for kept in self._of(run) for birth in kept.births}
        evaluations = [kept.evaluations[program] for program, kept in came.items()]
        return [evaluation.descriptors for evaluation in evaluations if evaluation.is_valid][:limit]

    def programs(
        self, run: str, limit: int = 100, verdict: str | None = None
    ) -> Sequence[tuple[Birth, Evaluation]]:
        pairs = [
            (birth, kept.evaluations[birth.program])
            for kept in self._of(run)
            for birth in reversed(kept.births)
        ]
        return [pair for pair in pairs if verdict is None or pair[1].verdict.value == verdict][:limit]

    def program(self, key: str) -> Program:
        programs = self._kept.programs
        if key in programs:
            return programs[key]
        prefix = len(key) >= _PROGRAM_DIGITS
        found = [program for program in programs.values() if prefix and program.id.startswith(key)]
        if len(found) == 1:
            return found[0]
        raise UnknownRun(f"several programs begin with {key!r}" if found else f"there is no program {key!r}")

    def evaluation(self, run: str, program: ProgramId) -> Evaluation | None:
        return next((kept.evaluations.get(program) for kept in self._of(run)), None)

    def reports(self, program: ProgramId) -> Sequence[Report]:
        return [report for report in self._kept.reports if report.program == program]

    def births(self, program: ProgramId, run: str | None = None) -> Sequence[Birth]:
        runs = list(self._kept.runs.values()) if run is None else self._of(run)
        births = [birth for kept in runs for birth in kept.births if birth.program == program]
        return sorted(births, key=lambda birth: birth.at)

    def ancestry(self, run: str, program: ProgramId, *, depth: int | None = None, limit: int = 50) -> Lineage:
        for kept in self._of(run):
            known = kept.births, kept.log, kept.attempts, kept.evaluations
            return ancestry_in(*known, program, depth=depth, limit=limit)
        return Lineage(program=program)

    def descent(self, run: str, program: ProgramId, *, depth: int | None = None, limit: int = 50) -> Lineage:
        for kept in self._of(run):
            known = kept.births, kept.log, kept.attempts, kept.evaluations
            return descent_in(*known, program, depth=depth, limit=limit)
        return Lineage(program=program)

    def attempts(self, run: str, limit: int = 50) -> Sequence[Attempt]:
        attempts = [replace(each, candidates=()) for kept in self._of(run) for each in kept.attempts.values()]
        return sorted(attempts, key=lambda attempt: -attempt.number)[:limit]

    def calls(self, run: str, limit: int = 100) -> Sequence[Call]:
        return [call for kept in self._of(run) for call in reversed(kept.calls)][:limit]

    def approaches(self, run: str) -> Mapping[str, Trials]:
        return counted(self.followed(run, 0).values())

    def followed(self, run: str, after: int) -> Mapping[int, tuple[str, bool]]:
        """As `Store.followed`."""
        plans: dict[int, tuple[str, bool]] = {}
        for kept in self._of(run):
            improved = {
                record.attempt.number
                for record in kept.log
                if record.attempt is not None and record.placement.outcome is not Outcome.REFUSED
            }
            plans |= {
                number: (attempt.plan.approach, number in improved)
                for number, attempt in sorted(kept.attempts.items())
                if number > after and attempt.plan is not None and attempt.state in TRIED
            }
        return plans

    def uses(self, run: str | None = None) -> Sequence[ModelUse]:
        groups: defaultdict[tuple[str, Purpose], list[Call]] = defaultdict(list)
        improved: set[tuple[str, int]] = set()
        for kept in list(self._kept.runs.values()) if run is None else self._of(run):
            for call in kept.calls:
                groups[call.model, call.purpose].append(call)
            improved |= {
                (kept.run.id, record.attempt.number)
                for record in kept.log
                if record.attempt is not None and record.placement.outcome is not Outcome.REFUSED
            }
        return [_use(calls, improved) for _, calls in sorted(groups.items())]

    def yields(self, run: str, label: Label) -> Sequence[Yield]:
        return yields_of(
            Trial(
                operator=record.birth.operator,
                model=record.birth.model,
                label=label(record.birth.model, kept.attempts[record.birth.attempt].plan),
                verdict=record.evaluation.verdict,
                outcome=record.placement.outcome,
                record=record.placement.record,
            )
            for kept in self._of(run)
            for record in kept.log
            if record.birth.attempt is not None
        )

    def lessons(self, run: str, limit: int = 100) -> Sequence[Lesson]:
        return [lesson for kept in self._of(run) for lesson in reversed(kept.lessons)][:limit]

    def close(self) -> None:
        """Nothing is held open."""

    def _of(self, run: str) -> Sequence[KeptRun]:
        # Of a run that is not there, nothing is known: a question about it has an empty answer, as in SQL.
        return [self._kept.runs[run]] if run in self._kept.runs else []


def _use(calls: Sequence[Call], improved: set[tuple[str, int]]) -> ModelUse:
    """What calls of one model and purpose, oldest first, came to; `improved` holds runs and attempts."""
    attempts = {(call.run, call.attempt) for call in calls if call.attempt > 0}
    failing = 0
    for call in calls:
        failing = failing + 1 if call.status.is_outage else 0
    return ModelUse(
        model=calls[0].model,
        purpose=calls[0].purpose,
        statuses=Counter(call.status for call in calls),
        usage=sum((call.usage for call in calls), Usage()),
        seconds=sum(call.latency for call in calls),
        attempts=len(attempts),
        improved=len(attempts & improved),
        failing=failing,
        unsupported=tuple(
            sorted({call.error.partition(":")[0] for call in calls if call.error and call.status.teaches})
        ),
        last=max(call.at for call in calls),
    )


def _summary(kept: KeptRun) -> Summary:
    best_of_cell: dict[Cell, float] = {}
    for (_, cell), there in kept.elites.items():
        best_of_cell[cell] = max(best_of_cell.get(cell, -math.inf), *(utility for _, utility in there))
    cells, total = len(best_of_cell), kept.run.cells_total
    return Summary(
        run=kept.run,
        best=kept.best,
        evaluations=len(kept.evaluations),
        valid=len(kept.evaluations) - kept.failures.total(),
        duplicates=kept.duplicates,
        failures=MappingProxyType({verdict.value: count for verdict, count in kept.failures.items()}),
        calls=len(kept.calls),
        usage=kept.usage,
        seconds=kept.seconds,
        cells=cells,
        coverage=min(1.0, cells / total) if total else 0.0,
        qd_score=sum(utility - (kept.worst or 0.0) for utility in best_of_cell.values()),
        attempts=len(kept.attempts),
        repeats=MappingProxyType(
            Counter(each.likeness.value for each in kept.attempts.values() if each.likeness is not None)
        ),
    )
