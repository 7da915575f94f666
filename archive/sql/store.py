"""The store in a SQL database: SQLite or PostgreSQL, with the same code."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from archive.attempt import Attempt
from archive.cell import Elite
from archive.evaluation import Evaluation
from archive.experience import Lesson
from archive.ledger import Call, ModelUse, Purpose
from archive.program import Program, ProgramId
from archive.report import Report
from archive.rescoring import Contender, Rescored, Revision
from archive.run import Run, RunState, StopReason
from archive.sql import booking, lineage, mapping, mapping_run, queries, reporting, writes
from archive.sql.approaching import followed_in
from archive.sql.contending import history_of
from archive.sql.encoding import number
from archive.sql.engine import (
    file_of,
    patiently,
    quick,
    reading_engine,
    url_of,
    writing_engine,
)
from archive.sql.quick import Quick
from archive.sql.recording import record_rows
from archive.sql.rescoring import rescore
from archive.sql.schema import prepare
from archive.sql.spending import uses_of
from archive.sql.summaries import totals_of
from archive.sql.writer import Writer
from archive.standing import IslandState, Standing
from archive.store import Child, Known, Record, StoreError, Surroundings, Totals

__all__ = ["SqlStore", "open_store"]

T = TypeVar("T")

_FEW = 16
"""Lessons that are read at once rather than by the reading thread."""


def open_store(place: str | Path) -> SqlStore:
    """Open a database for writing; an empty or missing one gets its schema at once. Blocks.

    Args:
        place: ``sqlite:///FILE``, ``postgresql://USER:PASSWORD@HOST/NAME``, or the path of a SQLite file.

    Raises:
        NewerSchema: the database was written by a newer Cambrian.
        StoreError: it cannot be used: a read-only folder, a file of another kind, an older schema.
    """
    url = url_of(place)
    engine = writing_engine(url)
    try:
        prepare(engine, url)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(engine, url)


class SqlStore:
    """A `Store` that many processes may have open at once on the same database.

    Writes go through one thread that groups them into transactions (see `Writer`), reads through another one
    with a connection of its own, so that no read waits for the disk. A locked file and a server that is away
    are waited for, up to `archive.sql.engine.PATIENCE`.
    """

    def __init__(self, engine: Engine, url: URL) -> None:
        self._url = url
        durable, self._reading = writing_engine(url, durable=True), reading_engine(url)
        self._engines: list[Engine | Quick] = [engine, durable, self._reading]
        path = file_of(url)
        self._at_once = quick(path) if path else None
        if self._at_once is not None:
            self._engines.append(self._at_once)
        self._writer = Writer(engine, durable, url, at_once=self._at_once)
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-reader")
        self._recipes: set[str] = set()
        self._closed = False

    async def create_run(self, run: Run) -> None:
        row = mapping_run.run_row(run)
        await self._writer.write(lambda connection: writes.add_run(connection, row))

    async def find_run(self, key: str) -> Run:
        return await self._read(lambda connection: queries.find_run(connection, key))

    async def set_state(self, run: str, state: RunState, stopped_by: StopReason | None = None) -> None:
        reason = stopped_by.value if stopped_by else None
        await self._writer.write(lambda connection: writes.change_state(connection, run, state, reason))

    async def add_seconds(self, run: str, seconds: float) -> None:
        added = number(seconds, name="seconds")
        await self._writer.write(lambda connection: writes.add_seconds(connection, run, added))

    async def open_attempt(self, attempt: Attempt) -> None:
        row = mapping.attempt_row(attempt)
        await self._writer.write(lambda connection: writes.add_attempt(connection, row))

    async def advance(
        self, attempt: Attempt, lesson: Lesson | None = None, *, success: bool | None = None
    ) -> None:
        row = mapping.attempt_row(attempt)
        taught = mapping_run.lesson_row(lesson) if lesson else None
        shown = attempt.plan.lessons if attempt.plan else ()
        await self._writer.write(
            lambda connection: writes.change_attempt(connection, row, taught, shown=shown, success=success)
        )

    async def unfinished(self, run: str) -> Sequence[Attempt]:
        return await self._read(lambda connection: queries.unfinished_of(connection, run))

    async def open_call(self, call: Call) -> int:
        row = mapping_run.call_row(call)
        return await self._writer.write(lambda connection: booking.open_call(connection, row), durable=True)

    async def record_call(self, call: Call, *, opened: int | None = None) -> None:
        row = mapping_run.call_row(call)
        # What cost money must outlast a power cut too; the rest can be found again from the answers. Waiting
        # for the disk took 0.2 ms a commit where it was idle and 3 to 4 ms where it was busy, against 0.02
        # to 0.1 ms without; concurrent calls share one wait.
        paid = call.usage.dollars > 0
        if opened is None:
            await self._writer.write(lambda connection: booking.add_call(connection, row), durable=paid)
        else:
            await self._writer.write(
                lambda connection: booking.settle_call(connection, row, opened), durable=True
            )

    async def attempts(self, run: str, limit: int = 50) -> Sequence[Attempt]:
        return await self._read(lambda connection: queries.attempts_of(connection, run, limit))

    async def followed(self, run: str, after: int) -> Mapping[int, tuple[str, bool]]:
        return await self._read(lambda connection: followed_in(connection, run, after))

    async def uses(self, run: str) -> Sequence[ModelUse]:
        return await self._read(lambda connection: uses_of(connection, run))

    async def find_call(self, run: str, attempt: int, purpose: Purpose, ordinal: int) -> Call | None:
        return await self._glance(
            lambda connection: queries.call_named(connection, run, attempt, purpose, ordinal)
        )

    async def record(self, record: Record) -> None:
        rows = record_rows(record)
        recipe = None if rows.recipe is None else str(rows.recipe["digest"])
        if recipe in self._recipes:
            rows = replace(rows, recipe=None)
        await self._writer.write(lambda connection: writes.add_record(connection, rows))
        if recipe is not None:
            self._recipes.add(recipe)

    async def evaluation_of(self, program: ProgramId, problem: str) -> Evaluation | None:
        return await self._glance(lambda connection: queries.evaluation_under(connection, program, problem))

    async def known(self, run: str, program: ProgramId, problem: str) -> Known:
        return await self._glance(lambda connection: queries.known_of(connection, run, program, problem))

    async def alike(self, run: str, fingerprint: str, problem: str) -> ProgramId | None:
        return await self._glance(lambda connection: queries.alike_of(connection, run, fingerprint, problem))

    async def program(self, program: ProgramId) -> Program | None:
        return await self._glance(lambda connection: queries.program_by(connection, program))

    async def elites(self, run: str) -> Sequence[Elite]:
        return await self._read(lambda connection: queries.elites_of(connection, run))

    async def standing(self, run: str, *, everybody: bool = False) -> Standing:
        return await self._read(lambda connection: queries.standing_of(connection, run, everybody=everybody))

    async def history(self, run: str, revision: Revision) -> Sequence[Contender]:
        return await self._read(lambda connection: history_of(connection, run, revision))

    async def island_states(self, run: str) -> Sequence[IslandState]:
        return await self._read(lambda connection: queries.island_states_of(connection, run))

    async def totals(self, run: str) -> Totals:
        return await self._read(lambda connection: totals_of(connection, run))

    async def ancestors(self, run: str, program: ProgramId, limit: int = 4) -> Sequence[Child]:
        return await self._read(lambda connection: lineage.ancestors_of(connection, run, program, limit))

    async def children(self, run: str, program: ProgramId, limit: int = 6) -> Sequence[Child]:
        return await self._read(lambda connection: lineage.children_of(connection, run, program, limit))

    async def failures(self, run: str, island: int, limit: int = 3) -> Sequence[Evaluation]:
        return await self._read(lambda connection: lineage.failures_of(connection, run, island, limit))

    async def lessons(self, run: str, limit: int = 100) -> Sequence[Lesson]:
        return await self._read(lambda connection: lineage.lessons_of(connection, run, limit))

    async def live_lessons(self, run: str, limit: int = 500) -> Sequence[Lesson]:
        # A turn asks for its news so: few rows, for which a thread costs more than the read.
        read = self._glance if limit <= _FEW else self._read
        return await read(lambda connection: lineage.live_lessons_of(connection, run, limit))

    async def add_lessons(self, run: str, lessons: Sequence[Lesson]) -> None:
        rows = [mapping_run.lesson_row(lesson) for lesson in lessons]
        await self._writer.write(lambda connection: writes.add_lessons(connection, run, rows))

    async def expire_lessons(self, run: str, ids: Sequence[int]) -> None:
        await self._writer.write(lambda connection: writes.expire_lessons(connection, run, ids))

    async def surroundings(
        self, run: str, program: ProgramId, island: int, *, lessons: int = 5
    ) -> Surroundings:
        return await self._glance(
            lambda connection: lineage.surroundings_of(connection, run, program, island, lessons)
        )

    async def add_report(self, report: Report) -> Report:
        row = reporting.report_row(report)
        # Somebody measured this once, perhaps for days: it must outlast a power cut.
        return await self._writer.write(
            lambda connection: reporting.add_report(connection, row), durable=True
        )

    async def reports(self, after: int = 0) -> Sequence[Report]:
        return await self._glance(lambda connection: reporting.reports_after(connection, after))

    async def reported(self, program: ProgramId, metric: str) -> float | None:
        return await self._glance(lambda connection: reporting.reported_of(connection, program, metric))

    async def rescore(self, run: str, programs: Sequence[ProgramId], revision: Revision) -> Rescored:
        # Durable, so that it is done by the thread: a whole run is read, which takes its time.
        return await self._writer.write(
            lambda connection: rescore(connection, run, programs, revision), durable=True
        )

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._let_go)

    async def _glance(self, query: Callable[[Connection], T]) -> T:
        """A read of a few indexed rows: at once on SQLite, whose readers wait for nobody; see `Writer`."""
        if self._at_once is not None and not self._closed:
            try:
                with self._at_once.begin(writing=False) as connection:
                    return query(connection)
            except (sqlite3.Error, SQLAlchemyError):
                pass  # the reading thread waits where that helps, or says why
        return await self._read(query)

    async def _read(self, query: Callable[[Connection], T]) -> T:
        if self._closed:
            raise StoreError("the store is closed")

        def ask() -> T:
            with self._reading.begin() as connection:
                return query(connection)

        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, lambda: patiently(ask, url=self._url))

    def _let_go(self) -> None:
        self._writer.close()
        self._reader.shutdown()
        for engine in self._engines:
            engine.dispose()
