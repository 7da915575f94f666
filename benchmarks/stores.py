"""What a turn costs in a store of any size: the price of an evaluation must not grow with those before it.

For each size a run is generated (see `benchmarks.stores_data`), with 10,000 elites as soon as there are so
many programs. Measured are: opening it in a fresh process, until the archive stands in memory; a turn, which
is a draw, an add and the commits of a real run; what a planner reads about a parent; a program's lineage.
One turn in ten improves its cell, at every size. Turns are taken in all stores by turns, some in each at a
time, so that what else the machine does falls on all sizes alike. `cpu` is the processor time of a turn,
which tells more than its wall time on a machine that others use.
"""

from __future__ import annotations

import argparse
import asyncio
import json
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
from benchmarks.machine import report
from benchmarks.stores_data import RUN, a_problem, a_program, generate
from flows.clock import SystemClock
from flows.placing import Placer
from flows.tally import Tally

SIZES = (10_000, 100_000)
FULL = (10_000, 100_000, 1_000_000)
WARM_UP = 50
"""Turns before the measured ones: statements are compiled, pages are read."""
AT_A_TIME = 25
"""Turns in one store before the next one has its own."""


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
        rows = measured({size: place / f"{size}.db" for size in sizes}, turns=options.turns)
    names = list(next(iter(rows.values())))
    lines = [" " * 20 + "".join(f"{size:>14,}" for size in sizes)]
    lines += [f"{name:20}" + "".join(f"{rows[size][name]:14.3f}" for size in sizes) for name in names]
    slower = rows[sizes[-1]]["cpu_median_ms"] / rows[sizes[0]]["cpu_median_ms"]
    growth = rows[sizes[-1]]["turn_median_ms"] / rows[sizes[0]]["turn_median_ms"]
    parts = {
        part: rows[sizes[-1]][f"{part}_median_ms"] / rows[sizes[0]][f"{part}_median_ms"]
        for part in ("commit", "context")
    }
    lines.append(
        f"a turn in the largest store takes {growth:.2f} times as long as in the smallest,"
        f" and {slower:.2f} times the processor; its commits alone {parts['commit']:.2f} times, and what it"
        f" reads about its parent {parts['context']:.2f} times"
    )
    figures = {f"{name}_{size}": round(value, 3) for size in sizes for name, value in rows[size].items()}
    grown = {f"{part}_growth": round(value, 3) for part, value in {**parts, "cpu": slower}.items()}
    report("stores", lines, {**figures, "growth": round(growth, 3), **grown})


def measured(paths: dict[int, Path], *, turns: int) -> dict[int, dict[str, float]]:
    """All figures of a store of each size."""
    rows = {size: opened(path, size) for size, path in paths.items()}
    for size, times in asyncio.run(turning(paths, turns=turns)).items():
        rows[size] |= {
            **spread("turn", times.turn),
            **spread("cpu", times.cpu),
            **spread("draw", times.draw),
            **spread("add", times.place),
            **spread("commit", times.commit),
            **spread("context", times.context),
            **spread("lineage", lineage(paths[size], size)),
        }
    return rows


def opened(path: Path, size: int) -> dict[str, float]:
    """Make a store of this size where there is none, and open it in a process of its own."""
    began = time.perf_counter()
    if not path.exists():
        generate(path, size)
    generated = time.perf_counter() - began
    answer = json.loads(
        subprocess.run(
            [sys.executable, "-m", "benchmarks.stores", "--open", str(path)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    )
    return {
        "generate_s": generated,
        "file_mb": path.stat().st_size / 1e6,
        "elites": answer["elites"],
        "open_s": answer["open_s"],
        "open_rss_mb": answer["rss_mb"],
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
    return {"open_s": seconds, "rss_mb": most_memory_mb(), "elites": len(archive.elites())}


def most_memory_mb() -> float:
    """The most memory that this process held; `getrusage` would tell of the one that started it as well."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(told["VmHWM"].split()[0]) / 1024


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

    def __init__(
        self, *, run: Run, store: SqlStore, archive: _TimedArchipelago, tally: Tally, number: int
    ) -> None:
        problem = a_problem()
        self._run = run.id
        self._number = number
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

    async def take(self) -> None:
        """The next turn."""
        number, program = self._number, a_program(self._number)
        self._number += 1
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


async def turning(paths: dict[int, Path], *, turns: int) -> dict[int, Times]:
    """Take so many turns of the run that is in each store."""
    stores = {size: open_store(path) for size, path in paths.items()}
    works = {size: await taken_up(store) for size, store in stores.items()}
    for taken in range(0, WARM_UP + turns, AT_A_TIME):
        for work in works.values():
            if taken == WARM_UP:
                work.times = Times()
            for _ in range(AT_A_TIME):
                await work.take()
    for store in stores.values():
        await store.close()
    return {size: work.times for size, work in works.items()}


async def taken_up(store: SqlStore) -> Turns:
    """The run that is in a store, at its next turn."""
    archive = await restored(store)
    run, totals = await store.find_run(RUN), await store.totals(RUN)
    tally = Tally.resumed(totals, budget=run.budget, clock=SystemClock())
    return Turns(run=run, store=store, archive=archive, tally=tally, number=totals.attempts + 1)


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
