"""Runs of any size, written into a SQLite file as the store would have left them, only quicker.

Every program has a descriptor pair and a random fitness; the first ones take a cell each, the later ones fall
into any. Parents are elites of their time. So the database passes `cambrian db verify`. The indexes are there
from the beginning: where they are made of rows that are there, their pages are full to the brim, and each
program that comes later splits one, which it does not in a store that has grown.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from archive.program import Program
from archive.run import Run, RunState
from archive.sql.encoding import mark_out
from archive.sql.store import open_store
from problems.problem import Budget, Descriptor, Direction, Objective, Problem
from problems.search import Search

RUN = "0123456789ab"
SIDE = 100
CELLS = SIDE * SIDE
SOURCE = "".join(f"value_{number} = {number} * 1.25  # a line of a program\n" for number in range(12))
AT = "2026-01-01T00:00:00.000000+00:00"
BATCH = 20_000


def a_problem() -> Problem:
    """Two axes of a hundred bins."""
    return Problem(
        name="bench",
        statement="",
        language="python",
        entrypoint=None,
        initial={},
        trusted={},
        objective=Objective(metric="score", direction=Direction.MAXIMIZE),
        descriptors=tuple(
            Descriptor(name=name, source="metric", low=0.0, high=1.0, bins=SIDE) for name in ("x", "y")
        ),
        stages=(),
        search=Search(migration_every=0),
        folder=Path("/problems/bench"),
        digest="d" * 64,
    )


def a_program(number: int) -> Program:
    return Program.of("python", {"initial.py": f"number = {number}\n{SOURCE}"})


@dataclass(slots=True)
class Growth:
    """What a run has come to so far, by number of program."""

    ids: list[str] = field(default_factory=list)
    best: list[tuple[float, int, float, float] | None] = field(default_factory=lambda: [None] * CELLS)
    filled: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    improved: list[int] = field(default_factory=list)
    curve: list[tuple[int, float, int]] = field(default_factory=list)
    worst: float = 1.0
    stall: int = 0


def generate(path: Path, programs: int) -> None:
    """A run of so many programs in a new file."""
    asyncio.run(_begin(path))
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -800000", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    growth = Growth()
    connection.execute("BEGIN")
    for first in range(0, programs, BATCH):
        _write(connection, list(_rows(growth, range(first, min(first + BATCH, programs)))))
    _finish(connection, growth, programs)
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


async def _begin(path: Path) -> None:
    store = open_store(path)
    await store.create_run(
        Run(
            id=RUN,
            name="bench",
            problem="bench",
            problem_digest="d" * 64,
            problem_path="/problems/bench",
            seed=1,
            workers=1,
            strategy="map_elites",
            islands=1,
            models=("none",),
            sandbox="process",
            budget=Budget(),
            state=RunState.PAUSED,
            created=datetime.now(UTC),
            cells_total=CELLS,
        )
    )
    await store.close()


def _rows(growth: Growth, numbers: range) -> Iterator[dict[str, tuple[object, ...]]]:
    chance = random.Random(numbers.start)
    for number in numbers:
        # 7919 is coprime to the number of cells, so that the first ones fill them all.
        cell = number * 7919 % CELLS if number < CELLS else chance.randrange(CELLS)
        x, y = ((cell // SIDE) + 0.5) / SIDE, ((cell % SIDE) + 0.5) / SIDE
        fitness = chance.random()
        parent = growth.best[chance.choice(growth.filled)][1] if growth.filled else None  # type: ignore[index]
        holder = growth.best[cell]
        outcome = "new" if holder is None else "improved" if fitness > holder[0] else "refused"
        if parent is not None:
            growth.children[parent] += 1
            growth.improved[parent] += outcome != "refused"
        record = not growth.curve or fitness > growth.curve[-1][1]
        if record:
            growth.curve.append((number + 1, fitness, number))
        if holder is None:
            growth.filled.append(cell)
        if outcome != "refused":
            growth.best[cell] = (fitness, number, x, y)
        growth.stall = growth.stall + 1 if outcome == "refused" else 0
        growth.worst = min(growth.worst, fitness)
        growth.children.append(0)
        growth.improved.append(0)
        program = a_program(number)
        growth.ids.append(program.id)
        parents = [] if parent is None else [growth.ids[parent]]
        attempt = number or None
        place = None if attempt is None else 0
        rows: dict[str, tuple[object, ...]] = {
            "programs": (program.id, "python", json.dumps(dict(program.sources)), mark_out(program.id[::-1])),
            "births": (
                *(RUN, program.id, parents[0] if parents else None, json.dumps(parents), "[]"),
                *("diff" if attempt else "seed", 0, attempt, place, place, "none", AT, "valid", outcome),
                *(f"{cell // SIDE},{cell % SIDE}", fitness - holder[0] if outcome == "improved" else 0.0),
                *(growth.ids[holder[1]] if outcome == "improved" else None, record, False),
            ),
            "evaluations": (
                *(RUN, program.id, "d" * 64, "valid", fitness, fitness, 0.1, json.dumps([x, y])),
                *(json.dumps({"score": fitness, "x": x, "y": y}), "[]", ""),
            ),
        }
        if attempt is not None:
            idea = "move a constant a little"
            plan = json.dumps({"idea": idea, "steps": [], "expects": "", "rejected": [], "lessons": []})
            row = (RUN, attempt, 0, json.dumps(parents), "[]", "done", plan, idea, "", AT, AT)
            rows["attempts"] = row
        yield rows


_COLUMNS = {
    "programs": "id, language, sources, fingerprint",
    "attempts": "run, number, island, parents, inspirations, state, plan, idea, note, started, ended",
    "births": "run, program, parent, parents, inspirations, operator, island, attempt, round, slot, model,"
    " at, verdict, outcome, cell, improvement, displaced, record, reindexed",
    "evaluations": "run, program, problem, verdict, fitness, utility, seconds, descriptors, metrics, stages,"
    " reason",
    "elites": "run, island, cell, place, program, fitness, utility, descriptors, objectives",
    "credits": "run, program, children, improved",
    "curve": "run, evaluations, seconds, fitness, program, operator",
}


def _insert(connection: sqlite3.Connection, table: str, rows: list[tuple[object, ...]]) -> None:
    columns = _COLUMNS[table]
    marks = ", ".join("?" for _ in columns.split(","))
    connection.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _write(connection: sqlite3.Connection, rows: list[dict[str, tuple[object, ...]]]) -> None:
    for table in ("programs", "attempts", "births", "evaluations"):
        _insert(connection, table, [row[table] for row in rows if table in row])


def _finish(connection: sqlite3.Connection, growth: Growth, programs: int) -> None:
    held = [(cell, *there) for cell, there in enumerate(growth.best) if there is not None]
    _insert(
        connection,
        "elites",
        [
            (RUN, 0, f"{cell // SIDE},{cell % SIDE}", 0, growth.ids[n], fit, fit, json.dumps([x, y]), "[]")
            for cell, fit, n, x, y in held
        ],
    )
    counted = zip(growth.ids, growth.children, growth.improved, strict=True)
    _insert(connection, "credits", [(RUN, *each) for each in counted if each[1]])
    operator = {0: "seed"}
    _insert(
        connection,
        "curve",
        [(RUN, after, 0.0, fit, growth.ids[n], operator.get(n, "diff")) for after, fit, n in growth.curve],
    )
    _, best, number = growth.curve[-1]
    connection.execute("INSERT INTO stalls (run, island, stall) VALUES (?, 0, ?)", (RUN, growth.stall))
    connection.execute(
        "UPDATE progress SET evaluations = ?, attempts = ?, valid = ?, best_program = ?, best_utility = ?,"
        " best_fitness = ?, best_attempt = ?, worst_utility = ? WHERE run = ?",
        (programs, programs - 1, programs, growth.ids[number], best, best, number or None, growth.worst, RUN),
    )
