"""The ports to what is kept: `Store` remembers, `Reader` reports.

The store is the truth; the archive in memory is a view of it, rebuilt on resume. Every method of `Store`
returns only after its effect is committed, and writing the same thing again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from archive.approach import Trials
from archive.attempt import Attempt
from archive.cell import Elite
from archive.descent import Lineage
from archive.evaluation import Evaluation
from archive.experience import Lesson
from archive.ledger import Call, ModelUse, Purpose
from archive.lineage import Birth
from archive.program import Program, ProgramId
from archive.report import Report
from archive.rescoring import Contender, Rescored, Revision
from archive.run import CurvePoint, Run, RunState, StopReason, Summary
from archive.standing import IslandState, Standing
from archive.stored import LESSONS_WEIGHED, Child, Known, Record, Surroundings, Totals
from archive.yields import Label, Yield
from problems.errors import CambrianError

__all__ = [
    "LESSONS_WEIGHED",
    "Child",
    "Known",
    "NewerSchema",
    "Reader",
    "Record",
    "Store",
    "StoreError",
    "Surroundings",
    "Totals",
    "UnknownRun",
]


class StoreError(CambrianError):
    """The database cannot be used as asked."""


class UnknownRun(StoreError):
    """No run, program or attempt goes by that name."""


class NewerSchema(StoreError):
    """The database was written by a newer Cambrian than this one."""


class Store(Protocol):
    """Where a run is kept. One store serves many runs; all methods may be called concurrently from one loop.

    Raises, from every method:
        StoreError: the database cannot be reached or refused the write.
    """

    async def create_run(self, run: Run) -> None:
        """Keep a new run.

        Raises:
            StoreError: id or name is taken.
        """

    async def find_run(self, key: str) -> Run:
        """The run with this id, unique prefix of an id (4 digits or more), or name; ``last`` is the newest.

        Raises:
            UnknownRun: there is none, or several ids begin so.
        """

    async def set_state(self, run: str, state: RunState, stopped_by: StopReason | None = None) -> None:
        """Change where a run stands."""

    async def add_seconds(self, run: str, seconds: float) -> None:
        """Add wall time worked on a run."""

    async def open_attempt(self, attempt: Attempt) -> None:
        """Keep a fresh attempt (DRAWN)."""

    async def advance(
        self, attempt: Attempt, lesson: Lesson | None = None, *, success: bool | None = None
    ) -> None:
        """Keep an attempt in a later state, in one transaction with what came of it.

        Args:
            attempt: in its new state.
            lesson: what it taught.
            success: whether it improved a cell: counted, once, for every lesson its plan was shown; None
                where there is nothing to count.
        """

    async def unfinished(self, run: str) -> Sequence[Attempt]:
        """Attempts that are not finished, by number; their candidates hold programs and evaluations."""

    async def attempts(self, run: str, limit: int = 50) -> Sequence[Attempt]:
        """Newest attempts of a run, without candidates."""

    async def followed(self, run: str, after: int) -> Mapping[int, tuple[str, bool]]:
        """Approach of each plan that has ended, and whether it improved a cell, by the attempt's number.

        Args:
            run: id of the run.
            after: number of an attempt; only later ones are read.
        """

    async def open_call(self, call: Call) -> int:
        """Book a call that is about to be made, at its worst case; gives back the number of its row.

        It outlasts the end of the process, so that what may have been spent is never forgotten.
        """

    async def record_call(self, call: Call, *, opened: int | None = None) -> None:
        """Book a model call. A second call of the same name is ignored: the first answer was paid for.

        Args:
            call: the call as it ended.
            opened: number from `open_call`; its row becomes this call. Where another process had an answer
                under the same name first, it stays as REPEATED. Doing it again changes nothing.
        """

    async def find_call(self, run: str, attempt: int, purpose: Purpose, ordinal: int) -> Call | None:
        """The answered call of that name, or None. Calls that brought no answer are not found."""

    async def uses(self, run: str) -> Sequence[ModelUse]:
        """What a run's calls to each model for each purpose came to; read when a run is taken up."""

    async def record(self, record: Record) -> None:
        """Keep program, birth, evaluation, elite and the attempt's state in one transaction."""

    async def evaluation_of(self, program: ProgramId, problem: str) -> Evaluation | None:
        """What a program was found to be worth under this digest of a problem, in any run."""

    async def known(self, run: str, program: ProgramId, problem: str) -> Known:
        """What is known of a program in a run on the problem with this digest."""

    async def alike(self, run: str, fingerprint: str, problem: str) -> ProgramId | None:
        """A program of this fingerprint that was evaluated under this digest of a problem; None without one.

        One that the run itself evaluated goes before those of other runs, then a valid one before others and
        one that was refused for its text after all, then the oldest before newer ones.
        See `archive.fingerprint`; a program without a fingerprint is like no other.
        """

    async def program(self, program: ProgramId) -> Program | None:
        """A program by its id."""

    async def elites(self, run: str) -> Sequence[Elite]:
        """Elites of all islands by island and cell; those of a front the best first."""

    async def standing(self, run: str, *, everybody: bool = False) -> Standing:
        """Credits of the present elites and stalls of the islands, without a scan of the run's programs.

        Args:
            run: id.
            everybody: credits of all programs instead, where those that are no elites may become some.
        """

    async def history(self, run: str, revision: Revision) -> Sequence[Contender]:
        """All valid programs as they came to the islands, by birth and migration, in order.

        What a run learns its projection from (see `archive.learning`); so none is told after the one with
        which `archive.learned.LAST` different ones had come.

        Args:
            run: id.
            revision: gives the utilities of further objectives.
        """

    async def island_states(self, run: str) -> Sequence[IslandState]:
        """The states of the run's islands that were recorded last, by island; none where none ever was."""

    async def totals(self, run: str) -> Totals:
        """Counters of a run, without a scan of its programs."""

    async def ancestors(self, run: str, program: ProgramId, limit: int = 4) -> Sequence[Child]:
        """How a program came to be: itself, its parent, its parent's parent, … along main parents."""

    async def children(self, run: str, program: ProgramId, limit: int = 6) -> Sequence[Child]:
        """What was tried on a program already, newest first."""

    async def failures(self, run: str, island: int, limit: int = 3) -> Sequence[Evaluation]:
        """The newest evaluations of an island that were not valid."""

    async def lessons(self, run: str, limit: int = 100) -> Sequence[Lesson]:
        """Lessons of a run, newest first, expired ones too."""

    async def live_lessons(self, run: str, limit: int = 500) -> Sequence[Lesson]:
        """Lessons of a run that are not expired, newest first."""

    async def add_lessons(self, run: str, lessons: Sequence[Lesson]) -> None:
        """Keep lessons that no attempt ends with: carried over from another run, or drawn from several.

        They belong to `run`, whatever run they name, and get numbers of their own. One of the same attempt,
        kind and text as a lesson that the run has already is passed over.

        Raises:
            UnknownRun: no such run.
        """

    async def expire_lessons(self, run: str, ids: Sequence[int]) -> None:
        """Show these lessons of a run to nobody any more; ids that it does not have are passed over."""

    async def surroundings(
        self, run: str, program: ProgramId, island: int, *, lessons: int = 5
    ) -> Surroundings:
        """Ancestors and children of a program, failures of an island and so many lessons, in one answer."""

    async def add_report(self, report: Report) -> Report:
        """Keep what was reported of a program; gives it back with its serial.

        Where the newest report of the program and metric says the same, that one is given back instead.

        Raises:
            UnknownRun: there is no such program.
            StoreError: the value is not finite.
        """

    async def reports(self, after: int = 0) -> Sequence[Report]:
        """Reports whose serial is greater, by serial. None with a smaller one appears after it was seen."""

    async def reported(self, program: ProgramId, metric: str) -> float | None:
        """The newest value reported of a program under this metric; None where there is none."""

    async def rescore(self, run: str, programs: Sequence[ProgramId], revision: Revision) -> Rescored:
        """Score programs of a run again after what was reported of them, in one transaction.

        Their evaluations are replaced, and the islands that know them are built anew, see
        `archive.rescoring`; counters, worst and best of the run follow. Where the best is another one, or
        worth something else, the curve gets a point with the operator ``report``, and only there may it fall:
        it tells what was held to be the best at each time. Doing it again changes nothing.

        A run that is live may be rescored by anybody; its own process then asks for it once more before it
        places the next program, and reads elites and standing anew.

        Raises:
            UnknownRun: no such run.
        """

    async def close(self) -> None:
        """Finish what is under way and let go of the database."""


class Reader(Protocol):
    """Read-only questions about runs, for people: the command line and the dashboard. Synchronous."""

    def runs(self) -> Sequence[Summary]:
        """All runs, newest first."""

    def summary(self, key: str) -> Summary:
        """One run; `key` as in `Store.find_run`. Correct for a run that was killed.

        Raises:
            UnknownRun: no such run.
        """

    def curve(self, run: str) -> Sequence[CurvePoint]:
        """Changes of the best of a run (by id), in order; for the worse only as `CurvePoint` tells."""

    def elites(self, run: str) -> Sequence[Elite]:
        """Elites of a run (by id)."""

    def descriptors(self, run: str, limit: int) -> Sequence[tuple[float, ...]]:
        """Those of the different valid programs of a run, in the order they came first; `limit` of them."""

    def programs(
        self, run: str, limit: int = 100, verdict: str | None = None
    ) -> Sequence[tuple[Birth, Evaluation]]:
        """Births of a run with their evaluations, newest first."""

    def program(self, key: str) -> Program:
        """A program by id or unique prefix of 6 digits or more.

        Raises:
            UnknownRun: no such program.
        """

    def evaluation(self, run: str, program: ProgramId) -> Evaluation | None:
        """Evaluation of a program in a run."""

    def reports(self, program: ProgramId) -> Sequence[Report]:
        """What was reported of a program, oldest first."""

    def births(self, program: ProgramId, run: str | None = None) -> Sequence[Birth]:
        """Where a program came from, oldest first."""

    def ancestry(self, run: str, program: ProgramId, *, depth: int | None = None, limit: int = 50) -> Lineage:
        """A program and all it came from in a run: by all parents of all its births, and theirs.

        Args:
            run: id of the run.
            program: id of the program; the lineage has no steps where the run does not know it.
            depth: most births between it and a program that is told, 0 or more; None: however many.
            limit: most programs that are told, 1 or more, the nearest first.
        """

    def descent(self, run: str, program: ProgramId, *, depth: int | None = None, limit: int = 50) -> Lineage:
        """A program and all that was made from it in a run, as one of several parents too.

        Arguments as for `ancestry`; a program is among the descendants of another exactly where that one is
        among its ancestors. Where a program has more children than can be told, the oldest are.
        """

    def attempts(self, run: str, limit: int = 50) -> Sequence[Attempt]:
        """Newest attempts of a run, without candidates."""

    def approaches(self, run: str) -> Mapping[str, Trials]:
        """What came of a run's plans, by approach in the order of their names."""

    def calls(self, run: str, limit: int = 100) -> Sequence[Call]:
        """Newest model calls of a run."""

    def uses(self, run: str | None = None) -> Sequence[ModelUse]:
        """What the calls of a run (by id), or of all runs, came to, by model and purpose in their order."""

    def yields(self, run: str, label: Label) -> Sequence[Yield]:
        """What ways of change brought in a run, see `archive.yields.yields_of`.

        Args:
            run: id of the run.
            label: tells changes by the same operator and model apart.
        """

    def lessons(self, run: str, limit: int = 100) -> Sequence[Lesson]:
        """Lessons of a run, newest first."""

    def close(self) -> None:
        """Let go of the database."""
