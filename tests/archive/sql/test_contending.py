from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy

from archive import memory_writing
from archive.cell import Elite
from archive.memory import MemoryStore
from archive.rescoring import Revision
from archive.sql import contending
from archive.sql.store import open_store
from archive.standing import IslandState
from archive.store import StoreError
from problems.problem import Descriptor, Objective

RUN = "abcdef012345"
AXES = (Descriptor(name="x", low=0.0, high=1.0, bins=4), Descriptor(name="y", low=0.0, high=1.0, bins=4))


def revision(*, further=None):
    return Revision(
        descriptors=AXES,
        objective=Objective(metric="sum"),
        revise=lambda program, evaluation, reports: evaluation,
        further=further,
    )


def by_text_and_metrics(program, evaluation):
    return float(len(program.text)), evaluation.metrics["sum"] + len(evaluation.stages)


async def fill(store, make):
    """A run in which programs fail, are born again elsewhere, migrate twice; two of three islands renewed."""
    await store.create_run(make.run())
    await store.record(make.seed(make.program(0), 1.0))
    await store.record(make.seed(make.program(0), 1.0, island=1))
    wanderer = make.seed(make.program(0)).birth
    for number in range(1, 12):
        attempt = make.attempt(number, island=number % 3)
        await store.open_attempt(attempt)
        fitness = None if number % 4 == 0 else float(number)
        record = make.record(attempt, make.program(min(number, 9)), fitness, cell=(number, 0))
        if number in (3, 7):
            elite = Elite(
                program=wanderer.program, cell=(0, 0), fitness=1.0, descriptors=(0.25, 1e-9), island=2
            )
            arrival = replace(wanderer, operator="migrate", island=2, source=0)
            record = replace(record, migrants=[(arrival, elite, 1.0)])
        if number in (4, 9):
            # The first evaluation is that of the wanderer, which has births before and after.
            renewed_at = 1 if number == 4 else number
            state = IslandState(island=number % 3, epoch=1, renewed_at=renewed_at)
            record = replace(record, islands=[state])
        await store.record(record)


@pytest.mark.parametrize("last", [3, 2048])
@pytest.mark.parametrize("further", [None, by_text_and_metrics], ids=["one objective", "several"])
async def test_a_history_is_the_same_from_any_store_in_batches_of_any_size(
    database, make, monkeypatch, last, further
):
    """Broken by hand: going on after a batch with births of the last row's island alone fails this; so does
    counting births instead of programs up to `LAST`, and taking the newest birth of a program for the one
    that came with its evaluation.
    """
    for module in (contending, memory_writing):
        monkeypatch.setattr(module, "LAST", last)
    monkeypatch.setattr(contending, "_BATCH", 2)
    memory, store = MemoryStore(), open_store(database)
    for each in (memory, store):
        await fill(each, make)
    expected = list(await memory.history(RUN, revision(further=further)))
    assert list(await store.history(RUN, revision(further=further))) == expected
    assert len({each.program for each in expected}) == min(last, 8)
    assert last == 3 or {each.has_left for each in expected} == {True, False}
    assert {len(each.objectives) for each in expected} == {2 if further else 0}
    await store.close()


async def test_a_text_that_is_gone_is_told_where_objectives_are_measured_on_it(tmp_path, make):
    path = tmp_path / "runs.db"
    store = open_store(path)
    await fill(store, make)
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM programs WHERE id = ?", (make.program(5).id,))
    engine.dispose()
    assert await store.history(RUN, revision())
    with pytest.raises(StoreError, match="has lost its text: restore the database from a copy"):
        await store.history(RUN, revision(further=by_text_and_metrics))
    await store.close()
