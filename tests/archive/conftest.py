"""Values that tests of stores are made of, and the stores themselves."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from archive.attempt import Attempt, AttemptState, Candidate, Plan
from archive.cell import Cell, Outcome, Placement
from archive.evaluation import Evaluation, StageResult, StageState, Verdict
from archive.experience import Lesson, LessonKind
from archive.ledger import Call, CallStatus, Purpose, Usage
from archive.lineage import Birth
from archive.memory import MemoryStore
from archive.program import Program
from archive.report import Report
from archive.run import Run
from archive.sql.reader import open_reader
from archive.sql.store import open_store
from archive.store import Reader, Record, Store
from problems.problem import Budget

NOON = datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=UTC)


class Make:
    """Makes whole values from the few things a test is about."""

    @staticmethod
    def run(id: str = "abcdef012345", *, name: str | None = None, **changes: Any) -> Run:
        run = Run(
            id=id,
            name=name or f"calm-{id}",
            problem="packing",
            problem_digest="d" * 64,
            problem_path="/problems/packing",
            seed=7,
            workers=4,
            strategy="map_elites",
            islands=2,
            models=("one", "two"),
            sandbox="process",
            budget=Budget(evaluations=500, dollars=1.5),
            overrides={"search.islands": "2"},
            created=NOON,
            cells_total=10,
        )
        return replace(run, **changes)

    @staticmethod
    def program(number: int = 0) -> Program:
        return Program.of("python", {"initial.py": f"x = {number}\n"})

    @staticmethod
    def attempt(number: int = 1, *, run: str = "abcdef012345", **changes: Any) -> Attempt:
        attempt = Attempt(run=run, number=number, island=0, parents=("p" * 64,), started=NOON)
        return replace(attempt, **changes)

    @staticmethod
    def plan(idea: str = "make it round") -> Plan:
        return Plan(
            idea=idea,
            steps=("one", "two"),
            expects="more",
            rejected=("less",),
            lessons=(3, 4),
            operator="tune",
        )

    @staticmethod
    def evaluation(program: Program, fitness: float | None = 1.0, **changes: Any) -> Evaluation:
        evaluation = Evaluation(
            program=program.id,
            problem="d" * 64,
            verdict=Verdict.FAILED if fitness is None else Verdict.VALID,
            fitness=fitness,
            descriptors=() if fitness is None else (0.25, 1e-9),
            metrics={} if fitness is None else {"sum": fitness, "count": 3},
            stages=(
                StageResult(
                    stage="run",
                    state=StageState.PASSED,
                    metrics={"a": 0.1 + 0.2},
                    artifacts={"stderr": "warn\x00ing \ud800"},
                    seconds=0.5,
                    private=True,
                ),
            ),
            reason="boom" if fitness is None else "",
            seconds=0.75,
        )
        return replace(evaluation, **changes)

    def seed(
        self, program: Program, fitness: float | None = 1.0, *, cell: Cell | None = (0, 0), **birth: Any
    ) -> Record:
        """A seed of an objective that is maximized."""
        return Record(
            attempt=None,
            program=program,
            birth=replace(Birth(run="abcdef012345", program=program.id, operator="seed", at=NOON), **birth),
            candidate=None,
            evaluation=self.evaluation(program, fitness),
            placement=self.placement(fitness, cell),
            utility=fitness,
        )

    def record(
        self,
        attempt: Attempt,
        program: Program,
        fitness: float | None = 1.0,
        *,
        cell: Cell | None = (0, 0),
        round: int = 0,
        slot: int = 0,
        parents: tuple[str, ...] = (),
        verdict: Verdict | None = None,
    ) -> Record:
        """What an attempt made, of an objective that is maximized."""
        evaluation = self.evaluation(program, fitness)
        if verdict is not None:
            evaluation = replace(evaluation, verdict=verdict)
        return Record(
            attempt=replace(attempt, state=AttemptState.EVALUATED),
            program=program,
            birth=Birth(
                run=attempt.run,
                program=program.id,
                parents=parents,
                operator="diff",
                island=attempt.island,
                attempt=attempt.number,
                model="one",
                at=NOON + timedelta(seconds=attempt.number),
            ),
            candidate=Candidate(round=round, slot=slot, operator="diff", program=program, model="one"),
            evaluation=evaluation,
            placement=self.placement(fitness, cell),
            utility=fitness,
        )

    @staticmethod
    def placement(fitness: float | None, cell: Cell | None) -> Placement:
        if fitness is None:
            return Placement(outcome=Outcome.REFUSED)
        return Placement(outcome=Outcome.NEW, cell=cell, improvement=0.5, record=True)

    @staticmethod
    def call(attempt: int = 1, *, run: str = "abcdef012345", **changes: Any) -> Call:
        call = Call(
            run=run,
            attempt=attempt,
            purpose=Purpose.EXECUTE,
            model="one",
            request="r" * 64,
            prompt='[{"role": "user", "content": "hi"}]',
            response="an answer with \x00 and \udc80 and \x1b[0m in it",
            status=CallStatus.OK,
            usage=Usage(tokens_in=100, tokens_out=20, tokens_cached=50, tokens_reasoning=8, dollars=0.001),
            latency=1.25,
            at=NOON,
        )
        return replace(call, **changes)

    @staticmethod
    def report(program: Program, metric: str = "quality", value: float = 0.5, **changes: Any) -> Report:
        return replace(Report(program=program.id, metric=metric, value=value, at=NOON), **changes)

    @staticmethod
    def lesson(attempt: int = 1, text: str = "round is good", **changes: Any) -> Lesson:
        lesson = Lesson(run="abcdef012345", attempt=attempt, kind=LessonKind.INSIGHT, text=text, at=NOON)
        return replace(lesson, **changes)


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


@pytest.fixture
def postgres() -> Iterator[str]:
    """URL of an empty place on a PostgreSQL server."""
    server = os.environ.get("CAMBRIAN_TEST_POSTGRES")
    if not server:
        if "postgres" in os.environ.get("CAMBRIAN_REQUIRE", ""):
            pytest.fail("CAMBRIAN_REQUIRE asks for PostgreSQL, and CAMBRIAN_TEST_POSTGRES names no server")
        pytest.skip("CAMBRIAN_TEST_POSTGRES names no PostgreSQL server")
    name = f"test_{uuid.uuid4().hex}"
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    url = engine.url.update_query_dict({"options": f"-csearch_path={name}"})
    yield url.render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
    engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, of each kind in turn."""
    if request.param == "postgres":
        return str(request.getfixturevalue("postgres"))
    return f"sqlite:///{tmp_path / 'cambrian.db'}"


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def opened(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[tuple[Store, Callable[[], Reader]]]:
    """A store of each kind in turn, and what opens a reader on it."""
    if request.param == "memory":
        memory = MemoryStore()
        yield memory, memory.reader
        return
    url = f"sqlite:///{tmp_path / 'cambrian.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres")
    store = open_store(url)
    readers: list[Reader] = []

    def reading() -> Reader:
        readers.append(open_reader(url))
        return readers[-1]

    yield store, reading
    for reader in readers:
        reader.close()
    await store.close()


@pytest.fixture
def store(opened: tuple[Store, Callable[[], Reader]]) -> Store:
    return opened[0]


@pytest.fixture
def reader(opened: tuple[Store, Callable[[], Reader]]) -> Reader:
    return opened[1]()
