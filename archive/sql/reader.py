"""The reader of a SQL database, for the command line and the dashboard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine

from archive.approach import Trials, counted
from archive.attempt import Attempt
from archive.cell import Elite
from archive.descent import Lineage
from archive.evaluation import Evaluation
from archive.experience import Lesson
from archive.ledger import Call, ModelUse
from archive.lineage import Birth
from archive.program import Program, ProgramId
from archive.report import Report
from archive.run import CurvePoint, Summary
from archive.sql import descent, lineage, queries, reporting
from archive.sql.approaching import followed_in
from archive.sql.contending import descriptors_of
from archive.sql.engine import file_of, patiently, reading_engine, url_of
from archive.sql.schema import check, version_of
from archive.sql.spending import uses_of
from archive.sql.summaries import all_summaries, summary_of
from archive.sql.yields import trials_in
from archive.store import StoreError, UnknownRun
from archive.yields import Label, Yield, yields_of

__all__ = ["SqlReader", "open_reader"]

T = TypeVar("T")

# A person waits for the answer.
_PATIENCE = 5.0


def open_reader(place: str | Path) -> SqlReader:
    """A reader of a database; it never writes, and makes no file.

    Args:
        place: as for `archive.sql.store.open_store`.

    Raises:
        StoreError: `place` names no database of a known kind. Other trouble shows with the first question.
    """
    url = url_of(place)
    return SqlReader(reading_engine(url), url)


class SqlReader:
    """A `Reader` over a connection that cannot write. May be used from several threads.

    A file that is missing or has no schema yet is a store without runs; it is looked at again with each
    question, so that a dashboard may be started before the first run.

    Raises, from every method:
        NewerSchema: the database was written by a newer Cambrian.
        StoreError: it is of an older version, or cannot be read.
    """

    def __init__(self, engine: Engine, url: URL) -> None:
        self._engine = engine
        self._url = url
        self._path = file_of(url)
        self._checked = False

    def runs(self) -> Sequence[Summary]:
        return self._ask(all_summaries, empty=())

    def summary(self, key: str) -> Summary:
        found = self._ask(lambda connection: summary_of(connection, key), empty=None)
        if found is None:
            raise UnknownRun(f"there is no run {key!r}: {self._name} holds no runs yet")
        return found

    def curve(self, run: str) -> Sequence[CurvePoint]:
        return self._ask(lambda connection: queries.curve_of(connection, run), empty=())

    def elites(self, run: str) -> Sequence[Elite]:
        return self._ask(lambda connection: queries.elites_of(connection, run), empty=())

    def descriptors(self, run: str, limit: int) -> Sequence[tuple[float, ...]]:
        return self._ask(lambda connection: descriptors_of(connection, run, limit), empty=())

    def programs(
        self, run: str, limit: int = 100, verdict: str | None = None
    ) -> Sequence[tuple[Birth, Evaluation]]:
        return self._ask(lambda connection: queries.programs_of(connection, run, limit, verdict), empty=())

    def program(self, key: str) -> Program:
        found = self._ask(lambda connection: queries.find_program(connection, key), empty=None)
        if found is None:
            raise UnknownRun(f"there is no program {key!r}: {self._name} holds no runs yet")
        return found

    def evaluation(self, run: str, program: ProgramId) -> Evaluation | None:
        return self._ask(lambda connection: queries.evaluation_in(connection, run, program), empty=None)

    def reports(self, program: ProgramId) -> Sequence[Report]:
        return self._ask(lambda connection: reporting.reports_of(connection, program), empty=())

    def births(self, program: ProgramId, run: str | None = None) -> Sequence[Birth]:
        return self._ask(lambda connection: queries.births_of(connection, program, run), empty=())

    def ancestry(self, run: str, program: ProgramId, *, depth: int | None = None, limit: int = 50) -> Lineage:
        return self._ask(
            lambda connection: descent.ancestry_of(connection, run, program, depth=depth, limit=limit),
            empty=Lineage(program=program),
        )

    def descent(self, run: str, program: ProgramId, *, depth: int | None = None, limit: int = 50) -> Lineage:
        return self._ask(
            lambda connection: descent.descent_of(connection, run, program, depth=depth, limit=limit),
            empty=Lineage(program=program),
        )

    def attempts(self, run: str, limit: int = 50) -> Sequence[Attempt]:
        return self._ask(lambda connection: queries.attempts_of(connection, run, limit), empty=())

    def approaches(self, run: str) -> Mapping[str, Trials]:
        return self._ask(lambda connection: counted(followed_in(connection, run, 0).values()), empty={})

    def calls(self, run: str, limit: int = 100) -> Sequence[Call]:
        return self._ask(lambda connection: queries.calls_of(connection, run, limit), empty=())

    def uses(self, run: str | None = None) -> Sequence[ModelUse]:
        return self._ask(lambda connection: uses_of(connection, run), empty=())

    def yields(self, run: str, label: Label) -> Sequence[Yield]:
        return self._ask(lambda connection: yields_of(trials_in(connection, run, label)), empty=())

    def lessons(self, run: str, limit: int = 100) -> Sequence[Lesson]:
        return self._ask(lambda connection: lineage.lessons_of(connection, run, limit), empty=())

    def close(self) -> None:
        self._engine.dispose()

    @property
    def _name(self) -> str:
        return self._url.render_as_string(hide_password=True)

    def _ask(self, query: Callable[[Connection], T], *, empty: T) -> T:
        def ask() -> T:
            with self._engine.begin() as connection:
                return query(connection) if self._is_ready(connection) else empty

        if self._path is not None and not self._path.exists():
            return empty
        try:
            return patiently(ask, url=self._url, patience=_PATIENCE)
        except StoreError:
            # The file may have been taken away between the look and the question.
            if self._path is not None and not self._path.exists():
                return empty
            raise

    def _is_ready(self, connection: Connection) -> bool:
        if not self._checked:
            version = version_of(connection)
            if version is None:
                return False
            check(version, self._url)
            self._checked = True
        return True
