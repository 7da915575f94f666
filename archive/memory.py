"""The store in memory: the plain reference of what a store does, for tests and trials. Nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from archive.attempt import Attempt, AttemptState
from archive.cell import Elite
from archive.evaluation import Evaluation
from archive.experience import Lesson
from archive.fingerprint import fingerprint
from archive.ledger import Call, CallStatus, ModelUse, Purpose, Usage
from archive.memory_lineage import children_of, failures_of, line_of, standing_of
from archive.memory_placing import place
from archive.memory_reader import Kept, KeptRun, MemoryReader
from archive.memory_writing import (
    birth_key,
    check,
    count,
    finite,
    history_of,
    rank,
    rescore,
    teach,
)
from archive.program import Program, ProgramId
from archive.report import Report
from archive.rescoring import Contender, Rescored, Revision
from archive.run import Run, RunState, StopReason
from archive.standing import IslandState, Standing
from archive.store import LESSONS_WEIGHED, Child, Known, Record, StoreError, Surroundings, Totals, UnknownRun

__all__ = ["MemoryStore"]


class MemoryStore:
    """A `Store` in lists and dictionaries. What it cannot hold it refuses as the databases do."""

    def __init__(self) -> None:
        self._kept = Kept()

    def reader(self) -> MemoryReader:
        """A `Reader` of what is in this store, now and later."""
        return MemoryReader(self._kept)

    async def create_run(self, run: Run) -> None:
        if any(run.id == other.run.id or run.name == other.run.name for other in self._kept.runs.values()):
            raise StoreError(f"there is already a run with the id {run.id} or the name {run.name!r}")
        self._kept.runs[run.id] = KeptRun(run=run)

    async def find_run(self, key: str) -> Run:
        return self._kept.find(key).run

    async def set_state(self, run: str, state: RunState, stopped_by: StopReason | None = None) -> None:
        kept = self._kept.of(run)
        kept.run = replace(kept.run, state=state, stopped_by=stopped_by)

    async def add_seconds(self, run: str, seconds: float) -> None:
        kept = self._kept.of(run)
        kept.seconds += finite(seconds)

    async def open_attempt(self, attempt: Attempt) -> None:
        self._kept.of(attempt.run).attempts.setdefault(attempt.number, replace(attempt, candidates=()))

    async def advance(
        self, attempt: Attempt, lesson: Lesson | None = None, *, success: bool | None = None
    ) -> None:
        kept = self._kept.of(attempt.run)
        before = kept.attempt(attempt.number)
        if success is not None and attempt.plan is not None and attempt.state is not before.state:
            shown = attempt.plan.lessons
            kept.lessons = [
                replace(each, uses=each.uses + 1, successes=each.successes + int(success))
                if each.id in shown
                else each
                for each in kept.lessons
            ]
        if attempt.state is AttemptState.DUPLICATE and before.state is not AttemptState.DUPLICATE:
            kept.duplicates += 1
        self._put(kept, attempt)
        if lesson is not None:
            teach(self._kept, kept, lesson)

    async def unfinished(self, run: str) -> Sequence[Attempt]:
        kept = self._kept.runs.get(run)
        attempts = sorted(kept.attempts.items()) if kept else []
        return [attempt for _, attempt in attempts if not attempt.state.is_finished]

    async def open_call(self, call: Call) -> int:
        await self.record_call(call)
        return len(self._kept.of(call.run).calls) - 1

    async def record_call(self, call: Call, *, opened: int | None = None) -> None:
        kept = self._kept.of(call.run)
        finite(call.usage.dollars, call.latency)
        if opened is not None and kept.calls[opened].status is not CallStatus.OPEN:
            return
        if call.status.is_answer and await self.find_call(call.run, call.attempt, call.purpose, call.ordinal):
            if opened is None:
                return
            call = replace(call, status=CallStatus.REPEATED)
        if opened is None:
            kept.calls.append(call)
            kept.usage += call.usage
        else:
            kept.calls[opened] = call
            kept.usage = sum((each.usage for each in kept.calls), Usage())

    async def attempts(self, run: str, limit: int = 50) -> Sequence[Attempt]:
        return self.reader().attempts(run, limit)

    async def followed(self, run: str, after: int) -> Mapping[int, tuple[str, bool]]:
        return self.reader().followed(run, after)

    async def uses(self, run: str) -> Sequence[ModelUse]:
        return self.reader().uses(run)

    async def find_call(self, run: str, attempt: int, purpose: Purpose, ordinal: int) -> Call | None:
        kept = self._kept.runs.get(run)
        for call in kept.calls if kept else ():
            name = (call.attempt, call.purpose, call.ordinal)
            if name == (attempt, purpose, ordinal) and call.status.is_answer:
                return call
        return None

    async def record(self, record: Record) -> None:
        check(record)
        kept = self._kept.of(record.birth.run)
        key = birth_key(record)
        if record.attempt is not None:
            kept.attempt(record.attempt.number)
        if key in kept.recorded:
            return
        kept.recorded.add(key)
        program = record.program.id
        self._kept.programs.setdefault(program, record.program)
        self._kept.fingerprints[program] = fingerprint(record.program)
        kept.log.append(record)
        kept.births.append(record.birth)
        if program not in kept.evaluations:
            self._kept.evaluated.append((kept.run.id, program))
            count(kept, record)
        place(kept, record)
        if record.attempt is not None and record.candidate is not None:
            before = kept.attempt(record.attempt.number)
            candidate = replace(
                record.candidate,
                operator=record.birth.operator,
                model=record.birth.model,
                program=record.program,
                evaluation=kept.evaluations[program],
                placement=record.placement,
            )
            candidates = sorted((*before.candidates, candidate), key=lambda each: (each.round, each.slot))
            kept.attempts[before.number] = replace(before, candidates=tuple(candidates))
            self._put(kept, record.attempt)

    async def evaluation_of(self, program: ProgramId, problem: str) -> Evaluation | None:
        for kept in self._kept.runs.values():
            evaluation = kept.evaluations.get(program)
            if evaluation is not None and evaluation.problem == problem:
                return evaluation
        return None

    async def known(self, run: str, program: ProgramId, problem: str) -> Known:
        kept = self._kept.runs.get(run)
        if kept is not None and program in kept.evaluations:
            return Known(here=True, evaluation=kept.evaluations[program])
        return Known(here=False, evaluation=await self.evaluation_of(program, problem))

    async def alike(self, run: str, fingerprint: str, problem: str) -> ProgramId | None:
        found = [
            (
                kept.run.id != run,
                rank(evaluation),
                self._kept.evaluated.index((kept.run.id, program)),
                program,
            )
            for kept in self._kept.runs.values()
            for program, evaluation in kept.evaluations.items()
            if evaluation.problem == problem and self._kept.fingerprints[program] == fingerprint
        ]
        return min(found)[-1] if found else None

    async def program(self, program: ProgramId) -> Program | None:
        return self._kept.programs.get(program)

    async def elites(self, run: str) -> Sequence[Elite]:
        return self.reader().elites(run)

    async def standing(self, run: str, *, everybody: bool = False) -> Standing:
        kept = self._kept.of(run)
        told = None if everybody else {elite.program for elite in await self.elites(run)}
        return standing_of(kept, told)

    async def history(self, run: str, revision: Revision) -> Sequence[Contender]:
        return history_of(self._kept.of(run), revision, texts=self._kept.programs)

    async def island_states(self, run: str) -> Sequence[IslandState]:
        kept = self._kept.runs.get(run)
        return [state for _, state in sorted(kept.islands.items())] if kept else []

    async def totals(self, run: str) -> Totals:
        kept = self._kept.of(run)
        return Totals(
            evaluations=len(kept.evaluations),
            attempts=len(kept.attempts),
            duplicates=kept.duplicates,
            usage=kept.usage,
            calls=len(kept.calls),
            seconds=kept.seconds,
        )

    async def ancestors(self, run: str, program: ProgramId, limit: int = 4) -> Sequence[Child]:
        kept = self._kept.runs.get(run)
        return line_of(kept, program, limit) if kept else []

    async def children(self, run: str, program: ProgramId, limit: int = 6) -> Sequence[Child]:
        kept = self._kept.runs.get(run)
        return children_of(kept, program, limit) if kept else []

    async def failures(self, run: str, island: int, limit: int = 3) -> Sequence[Evaluation]:
        kept = self._kept.runs.get(run)
        return failures_of(kept, island, limit) if kept else []

    async def lessons(self, run: str, limit: int = 100) -> Sequence[Lesson]:
        return self.reader().lessons(run, limit)

    async def live_lessons(self, run: str, limit: int = 500) -> Sequence[Lesson]:
        every = self.reader().lessons(run, len(self._kept.runs[run].lessons) if run in self._kept.runs else 0)
        return [lesson for lesson in every if not lesson.expired][:limit]

    async def add_lessons(self, run: str, lessons: Sequence[Lesson]) -> None:
        kept = self._kept.of(run)
        for lesson in lessons:
            teach(self._kept, kept, replace(lesson, run=run))

    async def expire_lessons(self, run: str, ids: Sequence[int]) -> None:
        kept = self._kept.runs.get(run)
        if kept is not None:
            kept.lessons = [replace(x, expired=x.expired or x.id in ids) for x in kept.lessons]

    async def surroundings(
        self, run: str, program: ProgramId, island: int, *, lessons: int = 5
    ) -> Surroundings:
        newest = await self.live_lessons(run, LESSONS_WEIGHED)
        return Surroundings(
            ancestors=await self.ancestors(run, program),
            children=await self.children(run, program),
            failures=await self.failures(run, island),
            lessons=sorted(newest, key=lambda lesson: -lesson.worth)[:lessons],
        )

    async def add_report(self, report: Report) -> Report:
        finite(report.value)
        if report.program not in self._kept.programs:
            raise UnknownRun(f"there is no program {report.program}")
        newest = self._kept.newest(report.program).get(report.metric)
        if newest is not None and newest.value == report.value:
            return newest
        kept = replace(report, serial=len(self._kept.reports) + 1)
        self._kept.reports.append(kept)
        return kept

    async def reports(self, after: int = 0) -> Sequence[Report]:
        return self._kept.reports[after:]

    async def reported(self, program: ProgramId, metric: str) -> float | None:
        newest = self._kept.newest(program).get(metric)
        return None if newest is None else newest.value

    async def rescore(self, run: str, programs: Sequence[ProgramId], revision: Revision) -> Rescored:
        kept = self._kept.of(run)
        known = [program for program in dict.fromkeys(programs) if program in kept.evaluations]
        told = [
            (
                self._kept.programs[program],
                {metric: report.value for metric, report in self._kept.newest(program).items()},
            )
            for program in known
        ]
        unknown = [program for program in dict.fromkeys(programs) if program not in kept.evaluations]
        return rescore(kept, told, revision, unknown, texts=self._kept.programs)

    async def close(self) -> None:
        """Nothing is held open."""

    @staticmethod
    def _put(kept: KeptRun, attempt: Attempt) -> None:
        kept.attempts[attempt.number] = replace(
            kept.attempt(attempt.number),
            state=attempt.state,
            plan=attempt.plan,
            note=attempt.note,
            likeness=attempt.likeness,
            ended=attempt.ended,
        )
