"""Every kind of finding, each on a database damaged by hand."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from dataclasses import replace

import pytest
import sqlalchemy

from archive.attempt import AttemptState
from archive.ledger import CallStatus, Usage
from archive.niches import make_archive
from archive.run import RunState
from archive.sql.engine import url_of, writing_engine
from archive.sql.integrity import MOST, Rules, verify
from archive.sql.store import open_store
from archive.standing import IslandState
from archive.store import StoreError, UnknownRun
from problems.problem import Descriptor, Objective
from problems.search import ArchiveSpec

RUN = "abcdef012345"
OBJECTIVE = Objective(metric="sum")
AXES = tuple(Descriptor(name=name, low=0.0, high=1.0, bins=4) for name in ("x", "y"))


def rules_of(run):
    return Rules(
        objective=OBJECTIVE,
        make=lambda island, _: make_archive(
            ArchiveSpec(), descriptors=AXES, objective=OBJECTIVE, island=island
        ),
        measure=lambda program, evaluation: (evaluation.metrics.get("sum"), ()),
    )


def checks(database, **more):
    return {finding.check for finding in verify(database, rules_of=rules_of, **more).findings}


async def fill(database, make):
    """A finished run: a seed, nine attempts of which two failed, three calls, a lesson, two islands."""
    store = open_store(database)
    await store.create_run(make.run())
    places = [(0.1, 0.1), (0.6, 0.1), (0.1, 0.6), (0.6, 0.6)]
    seed = make.seed(make.program(0), 1.0, cell=(0, 0))
    await store.record(placed(seed, (0.1, 0.1), (0, 0)))
    await store.record(placed(make.seed(make.program(0), 1.0, island=1), (0.1, 0.1), (0, 0)))
    for number in range(1, 10):
        attempt = make.attempt(number, parents=(make.program(0).id,))
        await store.open_attempt(attempt)
        if number % 3 == 0:
            await store.record_call(make.call(number, usage=Usage(tokens_in=3, dollars=0.25)))
        fitness = None if number in (4, 8) else float((number * 7) % 5)
        record = make.record(attempt, make.program(number), fitness, parents=(make.program(0).id,))
        spot = places[number % 4]
        await store.record(placed(record, spot, (int(spot[0] * 4), int(spot[1] * 4))))
        await store.advance(replace(attempt, state=AttemptState.DONE), make.lesson(number))
    await store.set_state(RUN, RunState.FINISHED)
    await store.close()


def placed(record, descriptors, cell):
    if not record.evaluation.is_valid:
        return record
    return replace(
        record,
        evaluation=replace(record.evaluation, descriptors=descriptors),
        placement=replace(record.placement, cell=cell),
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory, make):
    path = tmp_path_factory.mktemp("whole") / "runs.db"
    asyncio.run(fill(path, make))
    return path


@pytest.fixture
def damaged(whole, tmp_path):
    """A copy that is changed by statements, foreign keys unheeded; gives the findings then."""

    def change(*statements):
        path = tmp_path / "damaged.db"
        with sqlite3.connect(whole) as source, sqlite3.connect(path) as target:
            source.backup(target)
            for statement in statements:
                assert target.execute(statement).rowcount != 0, statement
        source.close()
        target.close()
        return verify(path, rules_of=rules_of).findings

    return change


async def test_a_whole_database_is_clean(database, make):
    await fill(database, make)
    verified = verify(database, rules_of=rules_of)
    assert verified.findings == ()
    assert (verified.runs, verified.notes) == ((f"calm-{RUN}",), ())


BEST = "(SELECT best_program FROM progress)"
SOME = "(SELECT program FROM births WHERE attempt = 3)"


@pytest.mark.parametrize(
    ("check", "statement"),
    [
        ("orphan", f"DELETE FROM programs WHERE id = {SOME}"),
        ("orphan", "INSERT INTO lessons SELECT 99, 'nobody', attempt, kind, text, digest, uses, successes,"
         " at, evidence, context, origin, fault, expired FROM lessons LIMIT 1"),
        ("orphan", "UPDATE evaluations SET recipe = 'gone', seed = '1' WHERE id = 2"),
        ("once", "DELETE FROM births WHERE attempt = 3"),
        ("once", f"DELETE FROM evaluations WHERE program = {SOME}"),
        ("text", f"UPDATE programs SET sources = '{{\"initial.py\":\"y\"}}' WHERE id = {SOME}"),
        ("text", f"UPDATE evaluations SET stages = '[' WHERE program = {SOME}"),
        ("text", f"UPDATE programs SET sources = '7' WHERE id = {SOME}"),
        ("elites", "UPDATE elites SET descriptors = '' WHERE cell = '2,0'"),
        ("unfinished", "UPDATE attempts SET state = 'planned' WHERE number = 5"),
        *(
            ("counters", f"UPDATE progress SET {name} = {name} + 1")
            for name in (
                *("evaluations", "valid", "failed", "attempts", "duplicates", "calls", "tokens_in"),
                *("dollars", "best_utility", "worst_utility", "best_fitness"),
            )
        ),
        ("counters", "DELETE FROM progress"),
        ("counters", f"UPDATE progress SET best_program = {SOME}"),
        ("credits", "UPDATE credits SET improved = improved - 1"),
        ("credits", "DELETE FROM credits"),
        ("credits", "UPDATE stalls SET stall = stall + 1 WHERE island = 0"),
        ("scores", f"UPDATE evaluations SET metrics = '{{\"sum\":0.5}}' WHERE program = {SOME}"),
        ("scores", f"UPDATE evaluations SET metrics = '{{}}' WHERE program = {SOME}"),
        ("scores", f"UPDATE evaluations SET utility = 0.5 WHERE program = {SOME}"),
        ("scores", "UPDATE births SET verdict = 'invalid' WHERE attempt = 4"),
        ("elites", "DELETE FROM elites WHERE island = 0 AND cell = '0,0'"),
        ("elites", "UPDATE elites SET cell = '3,3' WHERE island = 0 AND cell = '0,0'"),
        ("elites", "UPDATE elites SET fitness = fitness + 1, utility = utility + 1"),
        ("elites", "UPDATE elites SET program = (SELECT program FROM births WHERE attempt = 4)"),
        ("elites", "UPDATE elites SET program = b.program, fitness = e.fitness, utility = e.utility FROM"
         " births AS b JOIN evaluations AS e ON e.program = b.program WHERE b.attempt = 1"
         " AND elites.cell = '2,0'"),
        ("curve", "UPDATE curve SET fitness = fitness + 1 WHERE id = (SELECT max(id) FROM curve)"),
        ("curve", "UPDATE curve SET evaluations = 0 WHERE id = (SELECT max(id) FROM curve)"),
        ("curve", "UPDATE curve SET evaluations = 99 WHERE id = (SELECT max(id) FROM curve)"),
        ("curve", "UPDATE curve SET program = 'x' WHERE id = 1"),
        ("curve", "DELETE FROM curve"),
    ],
)  # fmt: skip
def test_damage_is_found_and_told_with_what_to_do(damaged, check, statement):
    findings = damaged(statement)
    found = [finding for finding in findings if finding.check == check]
    assert found, findings
    for finding in findings:
        assert finding.expected
        assert finding.found
        assert "restore" in finding.remedy or "resume" in finding.remedy


def test_rows_that_are_there_twice_are_found(damaged):
    findings = damaged(
        "CREATE TABLE twice AS SELECT * FROM evaluations",
        "DROP TABLE evaluations",
        "CREATE TABLE evaluations AS SELECT * FROM twice UNION ALL SELECT * FROM twice WHERE id = 3",
    )
    assert "2 rows" in {finding.found for finding in findings if finding.check == "once"}


def test_a_file_with_a_damaged_index_is_found(whole, tmp_path):
    path = tmp_path / "torn.db"
    with sqlite3.connect(whole) as source, sqlite3.connect(path) as target:
        source.backup(target)
        target.execute("PRAGMA writable_schema = ON")
        # An index that says it holds other rows than it does.
        target.execute(
            "UPDATE sqlite_master SET sql = replace(sql, '<>', '=') WHERE name = 'ix_births_not_valid'"
        )
    source.close()
    target.close()
    assert "file" in checks(path)


def test_a_page_that_was_torn_is_told(whole, tmp_path):
    path = tmp_path / "torn.db"
    with sqlite3.connect(whole) as source, sqlite3.connect(path) as target:
        source.backup(target)
    source.close()
    target.close()
    raw = bytearray(path.read_bytes())
    raw[4096 * 3 : 4096 * 5] = b"\xff" * 8192
    path.write_bytes(raw)
    try:
        assert "file" in checks(path)
    except StoreError as error:
        assert re.search(r"damaged|malformed", str(error))  # noqa: PT017  which of the two depends on SQLite


def test_of_many_findings_of_a_kind_the_first_are_told(whole, tmp_path):
    path = tmp_path / "many.db"
    with sqlite3.connect(whole) as source, sqlite3.connect(path) as target:
        source.backup(target)
        for number in range(MOST + 5):
            target.execute("INSERT INTO credits VALUES (?, ?, 1, 1)", (RUN, f"{number:064}"))
    source.close()
    target.close()
    findings = verify(path, rules_of=rules_of).findings
    assert len([finding for finding in findings if finding.check == "credits"]) == MOST


async def test_without_the_problem_the_rest_is_looked_at_and_that_is_said(database, make):
    await fill(database, make)
    verified = verify(database, rules_of=lambda run: "its folder is gone")
    assert verified.findings == ()
    assert "its folder is gone" in verified.notes[0]
    engine = writing_engine(url_of(database))
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE elites SET fitness = fitness + 1"))
        connection.execute(sqlalchemy.text("UPDATE progress SET attempts = 3"))
    engine.dispose()
    found = {finding.check for finding in verify(database, rules_of=lambda run: "gone").findings}
    assert found == {"elites", "counters"}


async def test_what_came_before_an_island_was_renewed_does_not_count(database, make):
    store = open_store(database)
    await store.create_run(make.run())
    for number, fitness in enumerate((5.0, 1.0, 2.0)):
        seed = placed(make.seed(make.program(number), fitness), (0.1, 0.1), (0, 0))
        if number == 1:
            elite = [(each, each.fitness) for each in await store.elites(RUN)]
            fresh = replace(elite[0][0], program=make.program(1).id, fitness=1.0)
            state = IslandState(island=0, epoch=1, renewed_at=1)
            seed = replace(seed, elites=[(fresh, 1.0)], islands=[state])
        await store.record(seed)
    await store.close()
    assert verify(database, rules_of=rules_of).findings == ()


async def test_calls_that_were_cut_off_are_told_with_what_they_count(database, make):
    """Broken by hand: taking them for a finding, or being silent about them, fails this."""
    await fill(database, make)
    store = open_store(database)
    worst = make.call(3, ordinal=9, status=CallStatus.OPEN, response="", usage=Usage(dollars=0.25))
    for _ in range(2):
        await store.open_call(worst)
    await store.record_call(make.call(3, ordinal=9), opened=await store.open_call(worst))
    await store.close()
    verified = verify(database, rules_of=rules_of)
    assert (verified.findings, verified.notes) == ((), ())
    (remark,) = verified.remarks
    assert f"calm-{RUN}: 2 model calls without an end" in remark
    assert "$0.5000" in remark


def test_one_run_can_be_chosen_and_no_database_is_clean(whole, tmp_path):
    assert verify(whole, rules_of=rules_of, run="last").runs == (f"calm-{RUN}",)
    with pytest.raises(UnknownRun):
        verify(whole, rules_of=rules_of, run="nobody")
