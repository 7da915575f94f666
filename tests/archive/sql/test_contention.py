"""Processes that add to one run at once: nothing lost, nothing twice, the best of each cell kept."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import textwrap

import pytest
import sqlalchemy

from archive.fronts import dominates
from archive.sql.engine import url_of
from archive.sql.reader import open_reader
from archive.sql.store import open_store

RUN = "abcdef012345"
PROCESSES = 8
CELLS = 50

# Each process has every eighth number, and some numbers that every other one records too. Attempts of a
# shared number are the same attempt, as when a worker is thought dead and another one takes over.
ADDING = """
import asyncio, hashlib, os, sys
from dataclasses import replace
from datetime import UTC, datetime
from archive.attempt import Attempt, AttemptState, Candidate
from archive.cell import Outcome, Placement
from archive.evaluation import Evaluation, Verdict
from archive.lineage import Birth
from archive.program import Program
from archive.sql.store import open_store
from archive.store import Record

run, now = "abcdef012345", datetime(2026, 5, 4, tzinfo=UTC)

async def add(store, number):
    digest = hashlib.sha256(str(number).encode()).digest()
    fitness, cell = int.from_bytes(digest[:4], "big") / 2**32, (digest[5] % CELLS,)
    attempt = Attempt(run=run, number=number, island=0, parents=("p" * 64,), started=now)
    program = Program.of("python", {"a.py": f"x = {number}"})
    await store.open_attempt(attempt)
    await store.record(Record(
        attempt=replace(attempt, state=AttemptState.EVALUATED), program=program,
        birth=Birth(
            run=run, program=program.id, parents=attempt.parents, operator="diff", attempt=number, at=now),
        candidate=Candidate(operator="diff", program=program),
        evaluation=Evaluation(program=program.id, problem="d", verdict=Verdict.VALID, fitness=fitness,
            descriptors=(float(cell[0]),), metrics={"m": fitness}),
        placement=Placement(outcome=Outcome.REFUSED, cell=cell), utility=fitness))
    await store.advance(replace(attempt, state=AttemptState.DONE, ended=now))

async def main(url, own, of, count, shared):
    store = open_store(url)
    numbers = [*range(1, shared + 1), *range(shared + 1 + own, shared + 1 + count, of)]
    # Four turns at a time, as a worker has them.
    async def turns(offset):
        for number in numbers[offset::4]:
            await add(store, number)
    await asyncio.gather(*(turns(offset) for offset in range(4)))
    await store.close()

url, (CELLS, of, count, shared) = sys.argv[1], map(int, sys.argv[2:])
# A fork of a process that has imported everything and opened nothing costs a tenth of a fresh one.
for own in range(of):
    if os.fork() == 0:
        asyncio.run(main(url, own, of, count, shared))
        sys.exit()
print([os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(of)])
"""


async def add_at_once(database, make, *, adds: int, shared: int) -> None:
    """Have eight processes make so many adds."""
    store = open_store(database)
    await store.create_run(make.run())
    await store.close()
    numbers = map(str, (CELLS, PROCESSES, adds - shared, shared))
    script = [sys.executable, "-c", textwrap.dedent(ADDING), database, *numbers]
    done = await asyncio.to_thread(subprocess.run, script, capture_output=True, text=True, check=True)
    # A caller that had met an error would have ended otherwise, and said why.
    assert (done.stdout, done.stderr) == (f"{[0] * PROCESSES}\n", "")


def check(database, *, adds: int) -> None:
    """What eight processes left is what one would have left."""
    engine = sqlalchemy.create_engine(url_of(database))

    def ask(query: str):
        with engine.connect() as connection:
            return connection.execute(sqlalchemy.text(query)).all()

    for table, key in (
        ("births", "attempt"),
        ("evaluations", "program"),
        ("attempts", "number"),
        ("programs", "id"),
    ):
        assert ask(f"SELECT count(*), count(DISTINCT {key}) FROM {table}") == [(adds, adds)], table
    placed = ask(
        "SELECT births.cell, max(evaluations.utility) FROM births"
        " JOIN evaluations ON evaluations.run = births.run AND evaluations.program = births.program"
        " GROUP BY births.cell"
    )
    maxima = dict(map(tuple, placed))
    assert dict(map(tuple, ask("SELECT cell, utility FROM elites"))) == maxima
    assert ask("SELECT children, improved FROM credits") == [(adds, 0)]
    assert ask("SELECT stall FROM stalls") == [(adds,)]
    points = [fitness for (fitness,) in ask("SELECT fitness FROM curve ORDER BY id")]
    assert points == sorted(set(points))
    engine.dispose()
    reader = open_reader(database)
    summary = reader.summary(RUN)
    assert (summary.evaluations, summary.valid, summary.attempts) == (adds, adds, adds)
    assert summary.best.fitness == max(maxima.values()) == points[-1]
    assert summary.cells == len(maxima)
    reader.close()


async def test_eight_processes_add_to_one_run(database, make):
    """Fails when `PUT_ELITE` overwrites without comparing, or `LOCK` does not lock on PostgreSQL."""
    await add_at_once(database, make, adds=160, shared=20)
    check(database, adds=160)


@pytest.mark.thorough("twenty thousand adds take a minute; the quick form makes 160")
@pytest.mark.timeout(900)
async def test_eight_processes_make_twenty_thousand_adds_to_one_run(database, make):
    await add_at_once(database, make, adds=20_000, shared=400)
    check(database, adds=20_000)


# Each process has an archive of its own and knows nothing of what the others put into the same cells.
FRONTS = """
import asyncio, hashlib, os, sys
from datetime import UTC, datetime
from archive.cell import Outcome
from archive.evaluation import Evaluation, Verdict
from archive.fronts import FrontArchive
from archive.lattice import Lattice
from archive.lineage import Birth
from archive.program import Program
from archive.sql.store import open_store
from archive.store import Record
from problems.problem import Descriptor, Objective

run, now = "abcdef012345", datetime(2026, 5, 4, tzinfo=UTC)

async def main(url, own, of, count):
    store = open_store(url)
    axis = Descriptor(name="a", low=0, high=2, bins=2)
    archive = FrontArchive(geometry=Lattice((axis,)), objective=Objective(metric="f"), further=1)
    for number in range(own, count, of):
        digest = hashlib.sha256(str(number).encode()).digest()
        fitness = float(digest[0] % 12)
        second, where = 11 - fitness - digest[1] % 6, 0.5 + digest[2] % 2
        program = Program.of("python", {"a.py": f"x = {number}"})
        placement = archive.add(program.id, fitness=fitness, descriptors=(where,), objectives=(second,))
        changed = placement.outcome is not Outcome.REFUSED
        await store.record(Record(
            attempt=None, program=program, candidate=None, utility=fitness, placement=placement,
            birth=Birth(run=run, program=program.id, operator="seed", at=now),
            evaluation=Evaluation(program=program.id, problem="d", verdict=Verdict.VALID, fitness=fitness,
                descriptors=(where,), metrics={"f": fitness, "g": second}),
            front=[(each, each.fitness) for each in archive.members(placement.cell)] if changed else ()))
    await store.close()

url, (of, count) = sys.argv[1], map(int, sys.argv[2:])
for own in range(of):
    if os.fork() == 0:
        asyncio.run(main(url, own, of, count))
        sys.exit()
print([os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(of)])
"""


async def add_fronts_at_once(database, make, *, adds: int) -> None:
    """Have four processes offer so many programs to the fronts of two cells, and look at what is left."""
    store = open_store(database)
    await store.create_run(make.run())
    script = [sys.executable, "-c", FRONTS, database, "4", str(adds)]
    done = await asyncio.to_thread(subprocess.run, script, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == (f"{[0] * 4}\n", "")
    kept = await store.elites(RUN)
    await store.close()
    engine = sqlalchemy.create_engine(url_of(database))
    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.text("SELECT descriptors, metrics FROM evaluations")).all()
        places = connection.execute(sqlalchemy.text("SELECT cell, place FROM elites ORDER BY 1, 2")).all()
    engine.dispose()
    assert len(rows) == adds
    offered: dict[tuple[int, ...], set[tuple[float, ...]]] = {}
    for descriptors, metrics in rows:
        cell = (int(json.loads(descriptors)[0]),)
        offered.setdefault(cell, set()).add(tuple(json.loads(metrics)[name] for name in "fg"))
    for cell, points in offered.items():
        best = [one for one in points if not any(dominates(other, one) for other in points)]
        front = [(each.fitness, *each.objectives) for each in kept if each.cell == cell]
        assert front == sorted(best, reverse=True)
        assert [place for text, place in places if text == str(cell[0])] == list(range(len(front)))


async def test_four_processes_add_to_the_fronts_of_one_run(database, make):
    """The stored front of a cell is that of everything acknowledged, whoever knew of what.

    Fails when `_put_fronts` writes what is offered in place of what is stored; on PostgreSQL also when
    `add_record` reads before it has the lock.
    """
    await add_fronts_at_once(database, make, adds=200)


@pytest.mark.thorough("four thousand adds take half a minute; the quick form makes 200")
async def test_four_processes_make_four_thousand_adds_to_the_fronts_of_one_run(database, make):
    await add_fronts_at_once(database, make, adds=4_000)
