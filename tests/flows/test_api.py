"""Runs from Python, as a script and as a notebook start them."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

import flows
from archive.program import Program
from archive.run import Best
from flows import Result, evolve
from problems.errors import ProblemError
from tests.flows.cli.terminal import ROOT, cambrian, reading

HOSTILE = "<script>alert('&')</script>"


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return evolve(
        ROOT / "problems" / "library" / "tuned_constants",
        evaluations=12,
        seed=5,
        workers=1,
        sandbox="process",
        db=tmp_path_factory.mktemp("api") / "api.db",
        name=HOSTILE,
        quiet=True,
    )


def test_a_script_gets_best_program_and_curve(result: Result) -> None:
    assert result.summary.evaluations == 12
    assert result.best is not None
    assert result.program is not None
    assert (result.fitness, result.program.id) == (result.best.fitness, result.best.program)
    assert result.source is not None
    assert "def solve" in result.source
    fitness = [point.fitness for point in result.curve]
    assert fitness == sorted(fitness)
    assert fitness[-1] == result.fitness
    assert f"{result.fitness:.10g}" in str(result)


async def test_a_notebook_may_call_it_while_its_own_loop_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = evolve("tuned_constants", evaluations=3, sandbox="process", db=tmp_path / "n.db")

    assert found.summary.evaluations == 3
    said = capsys.readouterr()
    assert "embedded" in said.err
    assert said.out == ""


def test_what_it_says_can_be_turned_off(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evolve("tuned_constants", evaluations=2, sandbox="process", db=tmp_path / "q.db", quiet=True)

    assert capsys.readouterr() == ("", "")


@pytest.mark.thorough("two interfaces one after the other; each is tested")
def test_the_command_line_and_python_see_the_same_run(tmp_path: Path) -> None:
    db = tmp_path / "s.db"
    found = evolve(
        "tuned_constants", evaluations=3, sets=["search.islands=2"], sandbox="process", db=db, quiet=True
    )
    shown = cambrian("show", "last", "--db", db, "--json").json

    assert (shown["run"], shown["islands"]) == (found.summary.run.name, 2)
    assert shown["best"]["fitness"] == found.fitness


def test_in_a_notebook_it_shows_best_curve_and_table_as_well_formed_markup(result: Result) -> None:
    page = ElementTree.fromstring(result._repr_html_())
    text = "".join(page.itertext())

    assert page.find(".//polyline") is not None
    assert page.find(".//table") is not None
    assert f"{result.fitness:.10g}" in text
    assert "def solve" in text


def test_nothing_of_a_run_becomes_markup(result: Result) -> None:
    assert result.best is not None
    hostile = replace(
        result,
        program=Program.of("python", {"a.py": HOSTILE}),
        summary=replace(
            result.summary,
            best=Best(program=result.best.program, fitness=1.0, metrics={HOSTILE: 1.0}),
            failures={HOSTILE: 1},
        ),
    )
    page = hostile._repr_html_()

    assert "<script" not in page
    assert "".join(ElementTree.fromstring(page).itertext()).count(HOSTILE) >= 4


def test_a_run_without_a_valid_program_shows_itself_too(result: Result) -> None:
    empty = Result(summary=replace(result.summary, best=None), program=None, curve=())

    assert (empty.best, empty.fitness, empty.source) == (None, None, None)
    assert "none yet" in str(empty)
    assert "nothing valid found" in empty._repr_html_()


def test_a_mistake_is_raised_where_it_was_called(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="tuned_constants"):
        evolve("tuned_constant", db=tmp_path / "m.db", quiet=True)


def test_an_interrupt_leaves_the_run_paused(tmp_path: Path) -> None:
    db = tmp_path / "i.db"

    def interrupt() -> None:
        with reading(db) as reader:
            while not any(summary.evaluations > 1 for summary in reader.runs()):
                time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        evolve("tuned_constants", evaluations=100_000, sandbox="process", db=db, quiet=True)

    with reading(db) as reader:
        run = reader.summary("last").run
    assert (run.state, run.stopped_by) == ("paused", "interrupted")


def test_the_package_offers_only_what_it_names() -> None:
    assert set(flows.__all__) == {"Result", "evolve"}
    with pytest.raises(AttributeError, match="nothing_here"):
        flows.nothing_here  # type: ignore[attr-defined]  # noqa: B018  # that it is missing is the point
