"""What the pages read: the store's `Reader`, asked no more often than something can have changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from archive.attempt import Attempt
from archive.cell import Elite
from archive.evaluation import Evaluation
from archive.experience import Lesson
from archive.learned import LAST, Projection, learn
from archive.learning import learns
from archive.lineage import Birth
from archive.program import Program, ProgramId
from archive.run import CurvePoint, Run, Summary
from archive.store import Reader, UnknownRun
from problems.errors import CambrianError
from problems.problem import Direction, Problem

__all__ = ["Board", "Progress", "Story", "open_board"]

T = TypeVar("T")

_HOLD = 1.0
_HOLD_RUNS = 5.0
_HOLD_PROBLEM = 60.0
_KEPT = 256
_DEPTH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run has come: its summary, the improvements of its best, and its elites.

    Curve and elites are as new as the summary or newer, never older.
    """

    summary: Summary
    curve: Sequence[CurvePoint]
    elites: Sequence[Elite]

    @property
    def direction(self) -> Direction:
        """Which way is better, judged by the values: the best is no less than any elite, or no more."""
        values = [elite.fitness for elite in self.elites] + [point.fitness for point in self.curve]
        best = self.summary.best
        smaller = best is not None and best.fitness < max(values, default=best.fitness)
        return Direction.MINIMIZE if smaller else Direction.MAXIMIZE


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A program with all a reader wants to know of it beside its text.

    Attributes:
        program: the program.
        evaluation: what it was found to be worth in the run; None when it has not been evaluated.
        birth: its first arrival in the run; None when it never arrived.
        parent: its main parent, and None for a seed.
        seed: where the line of main parents begins; None when that is the program itself.
    """

    program: Program
    evaluation: Evaluation | None
    birth: Birth | None
    parent: Program | None
    seed: Program | None


class Board:
    """Read-only access for all pages of all sessions. Methods may be called from any thread.

    Small lists are held for about a second, so that several pages and browsers at one tick ask once.
    Curve and elites, which grow with the run, are read again only when its summary has changed. Programs,
    evaluations and births never change once they are written and are kept.
    """

    def __init__(self, reader: Reader, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._clock = clock
        # One question at a time: a reader answers in milliseconds, and need not be safe for threads.
        self._lock = threading.RLock()
        self._held: dict[Hashable, tuple[float, object]] = {}
        self._kept: dict[Hashable, object] = {}
        self._progress: dict[str, Progress] = {}
        self._projections: dict[str, tuple[object, Projection | None]] = {}

    def runs(self) -> Sequence[Summary]:
        """All runs, newest first."""
        return self._hold("runs", _HOLD_RUNS, self._reader.runs)

    def summary(self, run: str) -> Summary:
        """One run by its id.

        Raises:
            UnknownRun: no such run.
        """
        return self._hold(("summary", run), _HOLD, lambda: self._reader.summary(run))

    def progress(self, run: str) -> Progress:
        """One run by its id, with its curve and elites.

        Raises:
            UnknownRun: no such run.
        """
        with self._lock:
            summary = self.summary(run)
            known = self._progress.get(run)
            if known is None or _timeless(known.summary) != _timeless(summary):
                known = Progress(
                    summary=summary, curve=self._reader.curve(run), elites=self._reader.elites(run)
                )
                self._progress[run] = known
            return replace(known, summary=summary)

    def projection(self, summary: Summary, problem: Problem) -> Projection | None:
        """What a run learned up to its summary; None where no axis is learned, or too little is known."""
        if not learns(problem.descriptors):
            return None
        run = summary.run.id
        with self._lock:
            key = _timeless(summary), problem.descriptors
            known = self._projections.get(run)
            if known is None or known[0] != key:
                known = key, learn(problem.descriptors, self._reader.descriptors(run, LAST))
                self._projections[run] = known
            return known[1]

    def attempts(self, run: str, limit: int = 50) -> Sequence[Attempt]:
        """Newest attempts of a run."""
        return self._hold(("attempts", run, limit), _HOLD, lambda: self._reader.attempts(run, limit=limit))

    def lessons(self, run: str, limit: int = 100) -> Sequence[Lesson]:
        """Newest lessons of a run."""
        return self._hold(("lessons", run, limit), _HOLD, lambda: self._reader.lessons(run, limit=limit))

    def programs(self, run: str, limit: int = 100) -> Sequence[tuple[Birth, Evaluation]]:
        """Newest births of a run with their evaluations."""
        return self._hold(("programs", run, limit), _HOLD, lambda: self._reader.programs(run, limit=limit))

    def version(self, run: str | None) -> object:
        """A value that differs from an earlier one exactly when a page about this run would."""
        listed = [(each.run.id, each.run.state) for each in self.runs()]
        if run is None:
            return listed
        return listed, _timeless(self.summary(run)), self.attempts(run), self.lessons(run)

    def problem(self, run: Run) -> Problem | None:
        """The problem of a run, read from its folder; None when it is no longer there or no longer valid."""
        key = ("problem", run.problem_path, tuple(sorted(run.overrides.items())))
        return self._hold(key, _HOLD_PROBLEM, lambda: _load(run))

    def story(self, run: str, program: ProgramId) -> Story:
        """A program and where it came from.

        Raises:
            UnknownRun: no such program.
        """
        with self._lock:
            birth = self._birth(run, program)
            parent = birth.parents[0] if birth is not None and birth.parents else None
            seed = self._seed(run, program)
            return Story(
                program=self._program(program),
                evaluation=self._keep(
                    ("evaluation", run, program), lambda: self._reader.evaluation(run, program)
                ),
                birth=birth,
                parent=self._find(parent),
                seed=self._find(seed if seed != program else None),
            )

    def _seed(self, run: str, program: ProgramId) -> ProgramId:
        """The beginning of the line of main parents, or the last known of it."""
        seen = {program}
        for _ in range(_DEPTH):
            birth = self._birth(run, program)
            # A migrant's parent may be the same text: the line must not turn in a circle.
            parents = [each for each in birth.parents if each not in seen] if birth is not None else []
            if not parents:
                break
            program = parents[0]
            seen.add(program)
        return program

    def _birth(self, run: str, program: ProgramId) -> Birth | None:
        births = self._keep(("births", run, program), lambda: self._reader.births(program, run=run))
        return births[0] if births else None

    def _program(self, program: ProgramId) -> Program:
        return self._keep(("program", program), lambda: self._reader.program(program))

    def _find(self, program: ProgramId | None) -> Program | None:
        try:
            return None if program is None else self._program(program)
        except UnknownRun:
            return None

    def _hold(self, key: Hashable, seconds: float, ask: Callable[[], T]) -> T:
        with self._lock:
            at, answer = self._held.get(key, (-float("inf"), None))
            if self._clock() - at >= seconds:
                answer = ask()
                self._held[key] = (self._clock(), answer)
            return answer  # type: ignore[return-value]  # a key is always asked by the same function

    def _keep(self, key: Hashable, ask: Callable[[], T]) -> T:
        """Keep what never changes; what is not there yet is asked for again."""
        with self._lock:
            if key in self._kept:
                self._kept[key] = answer = self._kept.pop(key)
                return answer  # type: ignore[return-value]  # a key is always asked by the same function
            found = ask()
            if found:
                self._kept[key] = found
            while len(self._kept) > _KEPT:
                del self._kept[next(iter(self._kept))]
            return found


def open_board(url: str) -> Board:
    """A board over the database at this SQLAlchemy URL.

    Raises:
        StoreError: there is no database, or it cannot be read.
    """
    from archive.sql.reader import open_reader

    return Board(open_reader(url))


def _timeless(summary: Summary) -> Summary:
    """A summary without its clock, which alone is no reason to draw anything again."""
    return replace(summary, seconds=0.0)


def _load(run: Run) -> Problem | None:
    from flows.definition import problem_of_run

    try:
        return problem_of_run(run, changed=True)
    except (CambrianError, OSError):
        return None
