"""`report-metric` as a user meets it: a proxy first, the true mark later."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from tests.flows.cli.terminal import SEARCH, Done, cambrian, finish, reading, start, write_problem

DEFINITION = """\
schema: 1
name: delayed_number
statement: Return a large number.
program: {language: python, files: [initial.py], entrypoint: solve}
objective: {metric: quality, direction: maximize}
descriptors:
  - {name: constants, source: static.constants, low: 0, high: 10, bins: 5}
evaluation:
  stages:
    - {id: lint, uses: static.python}
    - {id: run, uses: sandbox.call, needs: [lint], seconds: 5, memory_mib: 256}
    - {id: score, uses: sandbox.score, needs: [run], file: score.py, seconds: 5}
    - {id: later, uses: delayed, needs: [score], metric: quality, proxy: score.value}
search: {islands: 1}
budget: {evaluations: 12}
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a problem and a database in which it was searched."""
    folder = tmp_path_factory.mktemp("delayed")
    problem = write_problem(folder / "problem", {"problem.yaml": DEFINITION})
    done = cambrian("run", problem, *SEARCH, "--seed", "3", "--name", "ran", "--db", folder / "runs.db")
    assert done.code == 0, done.err
    return folder


@pytest.fixture
def db(ran: Path, tmp_path: Path) -> Path:
    """A copy of the database."""
    with sqlite3.connect(ran / "runs.db") as source, sqlite3.connect(tmp_path / "runs.db") as target:
        source.backup(target)
    return tmp_path / "runs.db"


def report(db: Path, *arguments: str) -> Done:
    return cambrian("report-metric", *arguments, "--db", db)


def best(db: Path) -> tuple[str, float]:
    with reading(db) as reader:
        found = reader.summary("ran").best
    assert found is not None
    return found.program, found.fitness


def test_the_proxy_leads_until_the_report_comes_and_the_run_goes_on_from_there(db: Path) -> None:
    first, proxy = best(db)
    with reading(db) as reader:
        run = reader.summary("ran").run.id
        evaluation = reader.evaluation(run, first)
        assert evaluation is not None
        assert (evaluation.metrics["quality"], evaluation.metrics["reported"]) == (proxy, 0.0)
        assert evaluation.provenance is not None
    done = report(db, first[:8], "quality", "-3.5", "--json")
    assert done.code == 0, done.err
    (told,) = done.json["runs"]
    assert (done.json["program"], done.json["value"]) == (first, -3.5)
    assert (told["run"], told["fitness_before"], told["fitness"]) == ("ran", proxy, -3.5)
    assert (told["best_before"], told["best"]) == (True, False)
    second, fitness = best(db)
    assert (told["best_program"], told["best_fitness"]) == (second, fitness)
    assert second != first
    shown = cambrian("show", "ran", "--json", "--db", db).json
    assert shown["best"]["fitness"] == fitness
    with reading(db) as reader:
        found = reader.evaluation(run, first)
        assert found is not None
        assert (found.fitness, found.metrics["reported"]) == (-3.5, 1.0)
        assert found.provenance == evaluation.provenance
        assert all(elite.program != first or elite.fitness == -3.5 for elite in reader.elites(run))
    resumed = cambrian("resume", "ran", "--evaluations", "18", "--no-prefect", "--db", db)
    assert resumed.code == 0, resumed.err
    with reading(db) as reader:
        summary = reader.summary("ran")
        assert summary.evaluations == 18
        after = reader.evaluation(run, first)
        assert after is not None
        assert after.fitness == -3.5
        # The embedded model improves the number; it began from the new best, not from the old one.
        assert summary.best is not None
        assert summary.best.fitness >= fitness
        assert summary.best.program != first


def test_it_says_what_changed(db: Path) -> None:
    first, proxy = best(db)
    done = report(db, first, "quality", "1e3")
    assert done.code == 0, done.err
    assert f"Program {first[:12]} has quality 1000" in done.out
    assert f"ran: fitness {proxy:.8g} became 1000; still the best" in done.out
    fell = report(db, first, "quality", "-1e3", "--run", "ran")
    second, fitness = best(db)
    assert f"no longer the best, which is {second[:12]} with {fitness:.8g}" in fell.out
    assert f"is now {second[:12]}" not in fell.out
    again = report(db, first, "quality", "-1e3")
    assert f"not the best, which is {second[:12]}" in again.out


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "much", ""])
def test_a_value_that_is_no_finite_number_is_refused(db: Path, value: str) -> None:
    done = report(db, best(db)[0], "quality", value)
    assert done.code == 2
    assert "expected a finite number" in done.err


def test_other_mistakes_are_told_with_what_there_is(db: Path) -> None:
    first, _ = best(db)
    unknown = report(db, "0123456789", "quality", "1")
    assert (unknown.code, "no program '0123456789'" in unknown.err) == (2, True)
    metric = report(db, first, "quelity", "1")
    assert metric.code == 2
    assert "'quelity'; expected one of quality" in metric.err
    run = report(db, first, "quality", "1", "--run", "nobody")
    assert (run.code, "no run 'nobody'" in run.err) == (2, True)
    with reading(db) as reader:
        assert list(reader.reports(first)) == []


def test_a_problem_that_changed_since_is_named_and_nothing_is_kept(db: Path, ran: Path) -> None:
    first, _ = best(db)
    score = ran / "problem" / "score.py"
    before = score.read_text(encoding="utf-8")
    try:
        score.write_text(before + "\n# another scorer\n", encoding="utf-8")
        done = report(db, first, "quality", "1")
    finally:
        score.write_text(before, encoding="utf-8")
    assert done.code == 2
    assert "the problem of ran cannot be read" in done.err
    with reading(db) as reader:
        assert list(reader.reports(first)) == []


@pytest.mark.thorough("two whole processes; tests of flows.delayed report to live runs in this one")
def test_a_live_run_takes_the_report_up(ran: Path, tmp_path: Path) -> None:
    """Two processes on one database: the command and the run."""
    db = tmp_path / "live.db"
    problem = shutil.copytree(ran / "problem", tmp_path / "problem")
    more = ("--evaluations", "4000", "--minutes", "1", "--json")
    live = start("run", problem, *SEARCH, *more, "--seed", "3", "--name", "ran", "--db", db)
    try:
        first = wait_for_best(db)
        done = report(db, first, "quality", "-1e6")
        assert done.code == 0, done.err
        until = time.monotonic() + 20
        with reading(db) as reader:
            then = reader.summary("ran").evaluations
            while reader.summary("ran").evaluations < then + 10 and time.monotonic() < until:
                time.sleep(0.05)
        cambrian("report-metric", first, "quality", "-2e6", "--db", db)
    finally:
        live.send_signal(2)
        ended = finish(live)
    assert ended.code == 130, ended.err
    assert f"Program {first[:12]} was scored again after a report" in ended.err
    assert {json.loads(line)["event"] for line in ended.out.splitlines()} >= {"started", "finished"}
    with reading(db) as reader:
        run = reader.summary("ran").run.id
        found = reader.evaluation(run, first)
        assert found is not None
        assert found.fitness == -2e6
        elites = reader.elites(run)
    before = [(elite.program, elite.fitness) for elite in elites]
    assert cambrian("report-metric", first, "quality", "-2e6", "--db", db).code == 0
    with reading(db) as reader:
        assert [(elite.program, elite.fitness) for elite in reader.elites(run)] == before
    assert (first, -2e6) in before or first not in dict(before)


def wait_for_best(db: Path) -> str:
    """The best program of a run as soon as it has evaluated a few."""
    until = time.monotonic() + 40
    while time.monotonic() < until:
        time.sleep(0.05)
        with reading(db) as reader:
            summaries = reader.runs()
            if summaries and summaries[0].evaluations >= 10 and summaries[0].best is not None:
                return summaries[0].best.program
    raise AssertionError("the run did not begin")
