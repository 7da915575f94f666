"""What a turn costs in a store of any size: the price of an evaluation must not grow with those before it.

For each size a run is generated (see `benchmarks.archive_data`), with 10,000 elites as soon as there are so
many programs. Measured are: opening it in a fresh process, until the archive stands in memory; a turn, which
is a draw, an add and the commits of a real run; what a planner reads about a parent; a program's lineage.
One turn in ten improves its cell, at every size. `cpu` is the processor time of a turn, which tells more
than its wall time on a machine that others use.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from archive.attempt import Attempt, AttemptState, Candidate
from archive.cell import Placement
from archive.evaluation import Evaluation, Verdict
from archive.island import Archipelago
from archive.program import Program, ProgramId
from archive.run import Run
from archive.sql.reader import open_reader
from archive.sql.store import SqlStore, open_store
from archive.strategy import MapElites
from benchmarks.archive_data import RUN, a_problem, a_program, generate
from benchmarks.machine import report
from flows.clock import SystemClock
from flows.placing import Placer
from flows.tally import Tally

SIZES = (10_000, 100_000)
FULL = (10_000, 100_000, 1_000_000)
WARM_UP = 50
"""Turns before the measured ones: statements are compiled, pages are read."""


@dataclass(slots=True)
class Times:
    """Seconds of each part of each turn."""

    draw: list[float] = field(default_factory=list)
    place: list[float] = field(default_factory=list)
    commit: list[float] = field(default_factory=list)
    context: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def turn(self) -> list[float]:
        return [sum(parts) for parts in zip(self.draw, self.place, self.commit, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, help=f"programs [default: {SIZES}]")
    parser.add_argument("--full", action="store_true", help=f"sizes {FULL}")
    parser.add_argument("--turns", type=int, default=400)
    parser.add_argument("--folder", type=Path, help="where to keep the stores; a temporary one without it")
    parser.add_argument(
        "--open", type=Path, metavar="FILE", help="only open this store, and say what it took"
    )
    options = parser.parse_args()
    if options.open:
        print(json.dumps(asyncio.run(opening(options.open))))
        return
    sizes = FULL if options.full else tuple(options.sizes) or SIZES
    with tempfile.TemporaryDirectory() as folder:
        place = options.folder or Path(folder)
        rows = {size: measured(place / f"{size}.db", size, turns=options.turns) for size in sizes}
    names = list(next(iter(rows.values())))
    lines = [" " * 20 + "".join(f"{size:>14,}" for size in sizes)]
    lines += [f"{name:20}" + "".join(f"{rows[size][name]:14.3f}" for size in sizes) for name in names]
    slower = rows[sizes[-1]]["cpu_median_ms"] / rows[sizes[0]]["cpu_median_ms"]
    growth = rows[sizes[-1]]["turn_median_ms"] / rows[sizes[0]]["turn_median_ms"]
    lines.append(
        f"a turn in the largest store takes {growth:.2f} times as long as in the smallest,"
        f" and {slower:.2f} times the processor"
    )
    figures = {f"{name}_{size}": round(value, 3) for size in sizes for name, value in rows[size].items()}
    report("archive", lines, {**figures, "growth": round(growth, 3), "cpu_growth": round(slower, 3)})


def measured(path: Path, size: int, *, turns: int) -> dict[str, float]:
    """All figures of a store of this size."""
    began = time.perf_counter()
    if not path.exists():
        generate(path, size)
    generated = time.perf_counter() - began
    opened = json.loads(
        subprocess.run(
            [sys.executable, "-m", "benchmarks.archive", "--open", str(path)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )
    times = asyncio.run(turning(path, size, turns=turns))
    return {
        "generate_s": generated,
        "file_mb": path.stat().st_size / 1e6,
        "elites": opened["elites"],
        "open_s": opened["open_s"],
        "open_rss_mb": opened["rss_mb"],
        **spread("turn", times.turn),
        **spread("cpu", times.cpu),
        **spread("draw", times.draw),
        **spread("add", times.place),
        **spread("commit", times.commit),
        **spread("context", times.context),
        **spread("lineage", lineage(path, size)),
    }


def spread(name: str, seconds: list[float]) -> dict[str, float]:
    return {
        f"{name}_median_ms": 1000 * statistics.median(seconds),
        f"{name}_p95_ms": 1000 * statistics.quantiles(seconds, n=20)[18],
    }


async def opening(path: Path) -> dict[str, float]:
    """Take up a run as `cambrian resume` does, up to the first draw; for a process of its own."""
    began = time.perf_counter()
    store = open_store(path)
    archive = await restored(store)
    MapElites(seed="").draw(archive, number=1, rng=np.random.default_rng(1))
    seconds = time.perf_counter() - began
    await store.close()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"open_s": seconds, "rss_mb": rss, "elites": len(archive.elites())}


class _TimedArchipelago(Archipelago):
    """Counts the seconds that `add` takes."""

    seconds = 0.0

    def add(
        self, evaluation: Evaluation, *, island: int, parent: ProgramId | None = None, **more: Any
    ) -> Placement:
        began = time.perf_counter()
        placement = super().add(evaluation, island=island, parent=parent, **more)
        self.seconds += time.perf_counter() - began
        return placement


async def restored(store: SqlStore) -> _TimedArchipelago:
    problem = a_problem()
    run = await store.find_run(RUN)
    archive = _TimedArchipelago(
        descriptors=problem.descriptors, objective=problem.objective, islands=run.islands
    )
    archive.restore(await store.elites(run.id), await store.standing(run.id))
    await store.island_states(run.id)
    await store.totals(run.id)
    await store.unfinished(run.id)
    return archive


class Turns:
    """Turns of a run without model and sandbox."""

    def __init__(self, *, run: Run, store: SqlStore, archive: _TimedArchipelago, tally: Tally) -> None:
        problem = a_problem()
        self._run = run.id
        self._store = store
        self._archive = archive
        self._strategy = MapElites(seed="")
        self._chance = np.random.default_rng(7)
        self._placer = Placer(
            run=run,
            problem=problem,
            archive=archive,
            store=store,
            clock=SystemClock(),
            tally=tally,
            observe=lambda event: None,
        )
        self._digest = problem.digest
        self.times = Times()

    async def take(self, number: int, program: Program) -> None:
        """One turn."""
        run, clock = self._run, time.perf_counter
        began, cpu = clock(), time.process_time()
        draw = self._strategy.draw(self._archive, number=number, rng=np.random.default_rng([1, number]))
        drawn = clock()
        attempt = Attempt(run=run, number=number, island=0, parents=(draw.parent,), started=datetime.now(UTC))
        await self._store.open_attempt(attempt)
        opened, cpu_opened = clock(), time.process_time()
        await self._store.surroundings(run, draw.parent, draw.island)
        await self._store.known(run, program.id, self._digest)
        known = clock()
        evaluation = self._evaluation(number, program)
        candidate = Candidate(operator="diff", program=program, model="none", evaluation=evaluation)
        attempt = attempt.move(AttemptState.PROPOSED)
        evaluated, cpu_evaluated = clock(), time.process_time()
        self._archive.seconds = 0.0
        attempt = await self._placer.place(attempt, candidate)
        await self._store.advance(attempt.move(AttemptState.DONE, ended=datetime.now(UTC)), success=True)
        done = clock()
        added = self._archive.seconds
        self.times.cpu.append(time.process_time() - cpu_evaluated + cpu_opened - cpu)
        self.times.draw.append(drawn - began)
        self.times.context.append(known - opened)
        self.times.place.append(added)
        self.times.commit.append(opened - drawn + done - evaluated - added)

    def _evaluation(self, number: int, program: Program) -> Evaluation:
        """Every tenth is a little better than the elite of its cell, the others are a little worse."""
        elites = self._archive.islands[0].archive.elites
        holder = elites[int(self._chance.integers(len(elites)))]
        fitness = holder.fitness + (1e-6 if number % 10 == 0 else -1e-6)
        return Evaluation(
            program=program.id,
            problem=self._digest,
            verdict=Verdict.VALID,
            fitness=fitness,
            descriptors=holder.descriptors,
            metrics={"score": fitness, "x": holder.descriptors[0], "y": holder.descriptors[1]},
        )


async def turning(path: Path, size: int, *, turns: int) -> Times:
    """Take so many turns of the run that is there."""
    store = open_store(path)
    archive = await restored(store)
    run, totals = await store.find_run(RUN), await store.totals(RUN)
    tally = Tally.resumed(totals, budget=run.budget, clock=SystemClock())
    work = Turns(run=run, store=store, archive=archive, tally=tally)
    first = totals.attempts + 1
    programs = [a_program(first + number) for number in range(turns + WARM_UP)]
    for number, program in enumerate(programs, start=first):
        if number == first + WARM_UP:
            work.times = Times()
        await work.take(number, program)
    await store.close()
    return work.times


def lineage(path: Path, size: int) -> list[float]:
    """Seconds of each question for the ancestors and descendants of a program."""
    reader = open_reader(path)
    seconds = []
    for step in range(41):
        program = a_program(step * (size - 1) // 40).id
        began = time.perf_counter()
        reader.ancestry(RUN, program)
        reader.descent(RUN, program)
        seconds.append((time.perf_counter() - began) / 2)
    reader.close()
    return seconds[1:]


if __name__ == "__main__":
    main()
