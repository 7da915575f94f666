"""What lineage costs a database: every question goes over an index, however large the run."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
import sqlalchemy
from sqlalchemy import event

from archive.sql import descent
from archive.sql.engine import url_of, writing_engine
from archive.sql.reader import open_reader
from archive.sql.schema import upgrade

RUN = "abcdef012345"
GROWING = ("births", "evaluations", "programs", "attempts", "parentage")
AT = "2026-05-04T12:00:00.000000+00:00"


def fill(database: str, number: int, *, bushy: bool = False, analyzed: bool = False) -> list[str]:
    """A run of so many births: a seed with half of all as children, one long line, a crossover in ten.

    Where it is bushy, every program has two hundred children instead, as long as there are enough.
    """
    upgrade(database)
    engine = writing_engine(url_of(database))
    ids = [f"{n:064x}" for n in range(number)]
    before = [(n - 1) // 200 if bushy else 0 if n % 2 else n - 2 for n in range(number)]
    mains = [None if n == 0 else ids[before[n]] for n in range(number)]
    parents = [
        [] if main is None else [main, ids[n // 3]] if n % 10 == 0 else [main] for n, main in enumerate(mains)
    ]
    with engine.begin() as connection:
        insert(
            connection, "runs",
            [{"serial": 1, "id": RUN, "name": "wide", "problem": "p", "problem_digest": "d",
              "problem_path": "/p", "seed": "1", "workers": 1, "strategy": "map_elites", "islands": 1,
              "cells_total": 1, "models": "[]", "sandbox": "process",
              "overrides": "{}", "state": "running", "created": AT}],
        )  # fmt: skip
        insert(
            connection, "attempts",
            [{"run": RUN, "number": n, "island": 0, "parents": "[]", "inspirations": "[]", "state": "done",
              "idea": f"idea {n}", "note": "", "started": AT} for n in range(1, number)],
        )  # fmt: skip
        insert(connection, "programs", [{"id": i, "language": "python", "sources": "{}"} for i in ids])
        insert(
            connection, "births",
            [{"run": RUN, "program": ids[n], "parent": mains[n], "parents": json.dumps(parents[n]),
              "inspirations": "[]", "operator": "diff" if n else "seed", "island": 0, "attempt": n or None,
              "round": 0 if n else None, "slot": 0 if n else None, "at": AT, "verdict": "valid",
              "outcome": "new", "improvement": 0.0, "record": False, "reindexed": False}
             for n in range(number)],
        )  # fmt: skip
        insert(
            connection, "parentage",
            sorted_unique({(RUN, p, ids[n]) for n in range(number) for p in parents[n][1:]}),
        )  # fmt: skip
        insert(
            connection, "evaluations",
            [{"run": RUN, "program": ids[n], "problem": "d", "verdict": "valid", "fitness": float(n),
              "utility": float(n), "seconds": 0.1, "descriptors": "[]", "metrics": "{}", "stages": "[]",
              "reason": ""} for n in range(number)],
        )  # fmt: skip
    if analyzed:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    return ids


def sorted_unique(rows: set[tuple[str, str, str]]) -> list[dict[str, object]]:
    return [{"run": run, "parent": parent, "child": child} for run, parent, child in sorted(rows)]


def insert(connection: sqlalchemy.Connection, name: str, rows: list[dict[str, object]]) -> None:
    table = sqlalchemy.Table(name, sqlalchemy.MetaData(), autoload_with=connection, resolve_fks=False)
    connection.execute(sqlalchemy.insert(table), rows)


def asked(database: str, ids: list[str]) -> list[tuple[str, object]]:
    """The statements that lineage sends, with their values."""
    reader, seen = open_reader(database), []
    reader.runs()
    event.listen(
        sqlalchemy.Engine, "before_cursor_execute", listen := lambda *args: seen.append((args[2], args[3]))
    )
    try:
        assert len(reader.ancestry(RUN, ids[-2]).steps) > 10
        assert len(reader.descent(RUN, ids[0]).steps) > 10
        # A line, which is longer than the generations that SQLite is asked for one by one.
        assert len(reader.descent(RUN, ids[2]).steps) > 10
    finally:
        event.remove(sqlalchemy.Engine, "before_cursor_execute", listen)
        reader.close()
    return [each for each in seen if each[0].startswith(("SELECT", "WITH"))]


@pytest.mark.parametrize("analyzed", [False, True], ids=["as it is", "analyzed"])
def test_every_question_goes_over_an_index(database, analyzed):
    """Nobody has SQLite gather what it would know of its tables, and where somebody has, it holds as well."""
    ids = fill(database, 2000, analyzed=analyzed)
    questions = asked(database, ids)
    assert len(questions) == (16 if database.startswith("sqlite") else 12)
    engine = sqlalchemy.create_engine(database)
    with engine.connect() as connection:
        for sql, values in questions:
            if database.startswith("sqlite"):
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values):
                    how, name = (*row.detail.split(), "")[:2]
                    scan = how == "SCAN" and name in (*GROWING, "last", "own")
                    # An index by the run alone is a scan of the run.
                    assert not scan, (row.detail, sql)
                    assert not row.detail.endswith("(run=?)"), (row.detail, sql)
                continue
            # Without this a table so small is quicker read whole; a scan that is left has no index to use.
            connection.exec_driver_sql("SET enable_seqscan = off")
            plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {sql}", values))
            assert "Index" in plan
            assert not [name for name in (*GROWING, "last", "own") if f"Seq Scan on {name}" in plan], plan
    engine.dispose()


def test_a_seed_of_many_costs_no_more_than_one_of_few(tmp_path):
    """The rows that a question walks are counted by SQLite itself: time would tell of the machine.

    Fails when `_DOWN` or `_GENERATION` loses its bound, or the limit of `_DOWN` stands outside of it.
    """

    def steps(number: int) -> int:
        database = f"sqlite:///{tmp_path / f'{number}.db'}"
        ids = fill(database, number)

        def ask(connection: sqlalchemy.Connection) -> None:
            for program in (ids[0], ids[2]):
                descent.descent_of(connection, RUN, program, depth=None, limit=50)
            descent.ancestry_of(connection, RUN, ids[-2], depth=None, limit=50)

        return walked(database, ask)

    small, large = steps(2_000), steps(10_000)
    assert large < 1.3 * small


def test_the_children_of_children_are_not_looked_for_where_those_nearer_are_enough(tmp_path):
    """Two hundred children of two hundred each cost as many rows as two hundred that have none.

    Fails when the generations are not asked for one by one: `_DOWN` does ten times as much.
    """

    def steps(number: int) -> int:
        database = f"sqlite:///{tmp_path / f'{number}.db'}"
        ids = fill(database, number, bushy=True)

        def ask(connection: sqlalchemy.Connection) -> None:
            found = descent.descent_of(connection, RUN, ids[0], depth=None, limit=50)
            assert [step.program for step in found.steps] == ids[:50]
            assert (found.left_out, found.more) == (100, True)

        return walked(database, ask)

    assert steps(12_000) < 1.3 * steps(200)


def walked(database: str, ask: Callable[[sqlalchemy.Connection], object]) -> int:
    """What a question has SQLite do, in hundreds of its instructions."""
    engine, ticks = sqlalchemy.create_engine(database), [0]
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        raw.set_progress_handler(lambda: ticks.__setitem__(0, ticks[0] + 1), 100)
        ask(connection)
    engine.dispose()
    return ticks[0]


@pytest.mark.thorough("makes a database of 200,000 births")
def test_the_lineage_of_a_node_takes_milliseconds_among_200_000_births(database):
    ids = fill(database, 200_000)
    reader = open_reader(database)
    reader.runs()
    took = []
    for ask, program in [(reader.ancestry, ids[-2]), (reader.descent, ids[0]), (reader.descent, ids[3000])]:
        for _ in range(7):
            before = time.perf_counter()
            found = ask(RUN, program, limit=50)
            took.append(time.perf_counter() - before)
            assert len(found.steps) in range(1, 51)
    reader.close()
    # Several times what is measured, see `benchmarks`; a scan of the births takes far longer.
    assert sorted(took)[len(took) // 2] < 0.05
