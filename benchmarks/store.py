"""How fast a store keeps what a run finds.

`record` is measured alone (one caller waits for each) and from 16 callers, `record_call` from 16 callers.
Human lines first; the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from archive.attempt import Attempt, AttemptState, Candidate
from archive.cell import Outcome, Placement
from archive.evaluation import Evaluation, Verdict
from archive.ledger import Call, CallStatus, Purpose, Usage
from archive.lineage import Birth
from archive.program import Program
from archive.run import Run
from archive.sql.reader import open_reader
from archive.sql.store import open_store
from archive.store import Record, Store
from problems.problem import Budget

CALLERS = 16
SOURCE = "x = 1.25  # a line of a program\n" * 128  # 4 KB
PROMPT = json.dumps([{"role": "user", "content": SOURCE}])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="database to write to; a temporary SQLite file without it")
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--calls", type=int, default=8000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = options.url or f"sqlite:///{Path(folder) / 'bench.db'}"
        figures = asyncio.run(measure(url, records=options.records, calls=options.calls))
    for name, value in figures.items():
        print(f"{name:24} {value:12,.3f}")
    print(json.dumps(figures | {"database": url.split(":")[0], "machine": machine()}))


async def measure(url: str, *, records: int, calls: int) -> dict[str, float]:
    run = f"{time.time_ns():016x}"[-12:]
    store = open_store(url)
    try:
        await store.create_run(a_run(run))
        alone = await each_alone(lambda n: store.record(a_record(run, n)), store, run=run, count=records)
        calls_per_s = await together(lambda n: store.record_call(a_call(run, n)), range(calls))
        numbers = range(records, 2 * records)
        for n in numbers:
            await store.open_attempt(an_attempt(run, n))
        records_per_s = await together(lambda n: store.record(a_record(run, n)), numbers)
        known = await each_timed(lambda n: store.known(run, a_program(n).id, "d"), range(500))
        found = await each_timed(lambda n: store.find_call(run, n, Purpose.EXECUTE, 0), range(500))
        totals = await each_timed(lambda n: store.totals(run), range(500))
    finally:
        await store.close()
    reader = open_reader(url)
    started = time.perf_counter()
    reader.summary(run)
    summary = time.perf_counter() - started
    reader.close()
    return {
        "record_per_s": records_per_s,
        "record_median_ms": 1000 * statistics.median(alone),
        "record_p99_ms": 1000 * statistics.quantiles(alone, n=100)[98],
        "call_per_s": calls_per_s,
        "known_median_ms": 1000 * statistics.median(known),
        "find_call_median_ms": 1000 * statistics.median(found),
        "totals_median_ms": 1000 * statistics.median(totals),
        "summary_ms": 1000 * summary,
    }


async def each_alone(
    write: Callable[[int], Awaitable[None]], store: Store, *, run: str, count: int
) -> list[float]:
    seconds = []
    for n in range(count):
        await store.open_attempt(an_attempt(run, n))
        started = time.perf_counter()
        await write(n)
        seconds.append(time.perf_counter() - started)
    return seconds


async def each_timed(ask: Callable[[int], Awaitable[object]], numbers: range) -> list[float]:
    seconds = []
    for n in numbers:
        started = time.perf_counter()
        await ask(n)
        seconds.append(time.perf_counter() - started)
    return seconds


async def together(write: Callable[[int], Awaitable[None]], numbers: range) -> float:
    """Writes a second from `CALLERS` callers, each of which waits for its own."""

    async def caller(offset: int) -> None:
        for n in numbers[offset::CALLERS]:
            await write(n)

    started = time.perf_counter()
    await asyncio.gather(*(caller(offset) for offset in range(CALLERS)))
    return len(numbers) / (time.perf_counter() - started)


def a_run(run: str) -> Run:
    return Run(
        id=run,
        name=f"bench-{run}",
        problem="bench",
        problem_digest="d" * 64,
        problem_path=".",
        seed=0,
        workers=CALLERS,
        strategy="map_elites",
        islands=1,
        models=("bench",),
        sandbox="process",
        budget=Budget(),
        created=datetime.now(UTC),
        cells_total=144,
    )


def an_attempt(run: str, n: int) -> Attempt:
    return Attempt(
        run=run, number=n, island=0, parents=(a_program(max(0, n - 1)).id,), started=datetime.now(UTC)
    )


def a_program(n: int) -> Program:
    return Program.of("python", {"initial.py": f"n = {n}\n{SOURCE}"})


def a_record(run: str, n: int) -> Record:
    program, attempt = a_program(n), an_attempt(run, n)
    fitness = float((n * 7919) % 10007)
    cell = (n % 12, (n // 12) % 12)
    return Record(
        attempt=replace(attempt, state=AttemptState.EVALUATED),
        program=program,
        birth=Birth(
            run=run,
            program=program.id,
            parents=attempt.parents,
            operator="diff",
            attempt=n,
            model="bench",
            at=datetime.now(UTC),
        ),
        candidate=Candidate(operator="diff", program=program, model="bench"),
        evaluation=Evaluation(
            program=program.id,
            problem="d" * 64,
            verdict=Verdict.VALID,
            fitness=fitness,
            descriptors=(0.1, 0.2),
            metrics={f"metric_{i}": fitness / (i + 1) for i in range(8)},
        ),
        placement=Placement(outcome=Outcome.NEW, cell=cell),
        utility=fitness,
    )


def a_call(run: str, n: int) -> Call:
    return Call(
        run=run,
        attempt=n,
        purpose=Purpose.EXECUTE,
        model="bench",
        request="r" * 64,
        prompt=PROMPT,
        response=SOURCE,
        status=CallStatus.OK,
        usage=Usage(tokens_in=1000, tokens_out=1000, dollars=0.001),
        latency=1.0,
        at=datetime.now(UTC),
    )


def machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}"


if __name__ == "__main__":
    main()
