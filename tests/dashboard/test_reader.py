from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from archive.learned import learn
from archive.run import RunState
from archive.sql.reader import open_reader
from archive.sql.store import open_store
from archive.store import UnknownRun
from dashboard.reader import Board
from problems.loader import load
from problems.problem import Direction


class Counting:
    """A reader that counts what it is asked."""

    def __init__(self, reader) -> None:
        self._reader = reader
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str):
        self.asked[name] += 1
        return getattr(self._reader, name)


class Scene:
    """A store with a board over it, and a clock to turn by hand."""

    def __init__(self, path: Path) -> None:
        self.now = 0.0
        self.store = open_store(path)
        self.reader = Counting(open_reader(path))
        self.board = Board(self.reader, clock=lambda: self.now)


@pytest.fixture
def scene(tmp_path: Path):
    made = Scene(tmp_path / "runs.db")
    yield made
    asyncio.run(made.store.close())


def test_within_a_second_nothing_is_asked_twice(fill, scene: Scene) -> None:
    run = fill(scene.store, turns=5).run.id
    for _ in range(3):
        scene.board.progress(run)
        scene.board.attempts(run)
        scene.board.lessons(run)
    assert set(scene.reader.asked.values()) == {1}


def test_curve_and_elites_are_read_again_only_after_a_change(fill, scene: Scene) -> None:
    run = fill(scene.store, turns=5, finished=False).run.id
    scene.board.progress(run)
    scene.now = 2.0
    scene.board.progress(run)
    assert (scene.reader.asked["summary"], scene.reader.asked["elites"]) == (2, 1)
    asyncio.run(scene.store.set_state(run, RunState.PAUSED))
    scene.now = 4.0
    assert scene.board.progress(run).summary.run.state is RunState.PAUSED
    assert scene.reader.asked["elites"] == 2


def test_what_a_run_learned_is_read_again_only_after_a_change(fill, scene: Scene, problem_folder) -> None:
    """Fails when the projection is learned with every look at a page, or never again."""
    filled = fill(scene.store, turns=11, finished=False)
    run, problem = filled.run.id, load(problem_folder)
    axes = tuple(replace(axis, source=f"learned.{n}") for n, axis in enumerate(problem.descriptors))
    learned = replace(problem, descriptors=axes)
    summary = scene.board.progress(run).summary
    assert scene.board.projection(summary, problem) is None
    assert scene.reader.asked["descriptors"] == 0

    found = scene.board.projection(summary, learned)
    rows = [
        evaluation.descriptors
        for _, evaluation in reversed(scene.reader.programs(run))
        if evaluation.is_valid
    ]
    assert found == learn(axes, rows) is not None
    scene.board.projection(replace(summary, seconds=summary.seconds + 5), learned)
    assert scene.reader.asked["descriptors"] == 1
    scene.board.projection(replace(summary, evaluations=summary.evaluations + 1), learned)
    assert scene.reader.asked["descriptors"] == 2


def test_the_version_changes_with_the_run_and_not_with_its_clock(fill, scene: Scene) -> None:
    run = fill(scene.store, turns=5, finished=False).run.id
    first = scene.board.version(run)
    asyncio.run(scene.store.add_seconds(run, 10.0))
    scene.now = 10.0
    assert scene.board.version(run) == first
    asyncio.run(scene.store.set_state(run, RunState.PAUSED))
    scene.now = 20.0
    assert scene.board.version(run) != first


def test_a_story_leads_back_to_the_seed(fill, scene: Scene) -> None:
    filled = fill(scene.store, turns=30)
    story = scene.board.story(filled.run.id, filled.best.id)
    assert story.program == filled.best
    assert story.seed == filled.seed
    assert story.birth is not None
    assert story.parent is not None
    assert story.parent.id == story.birth.parents[0]
    first = scene.board.story(filled.run.id, filled.seed.id)
    assert (first.parent, first.seed) == (None, None)


def test_what_never_changes_is_asked_once(fill, scene: Scene) -> None:
    filled = fill(scene.store, turns=10)
    scene.board.story(filled.run.id, filled.best.id)
    before = dict(scene.reader.asked)
    scene.now = 100.0
    scene.board.story(filled.run.id, filled.best.id)
    assert dict(scene.reader.asked) == before


def test_a_program_of_nobody_is_unknown(fill, scene: Scene) -> None:
    run = fill(scene.store, turns=1).run.id
    with pytest.raises(UnknownRun):
        scene.board.story(run, "0" * 64)


def test_the_direction_is_seen_from_the_values(fill, scene: Scene) -> None:
    assert scene.board.progress(fill(scene.store, turns=10).run.id).direction is Direction.MAXIMIZE


def test_a_problem_that_is_gone_is_none(fill, scene: Scene, problem_folder: Path) -> None:
    run = fill(scene.store, turns=1).run
    assert scene.board.problem(run).objective.metric == "height"
    (problem_folder / "score.py").unlink()
    scene.now = 1000.0
    assert scene.board.problem(run) is None


def test_a_problem_is_read_with_what_the_command_line_changed(wait, new_run, tmp_path: Path) -> None:
    """Fails when what a run remembers of its command line is taken for keys of the problem."""
    store = open_store(tmp_path / "runs.db")
    overrides = {"set.search.archive.kind": "cvt", "target": "2.5", "memory": "abc", "base_url": "http://a"}
    run = replace(new_run(), overrides=overrides)
    wait(store.create_run(run))
    wait(store.close())
    problem = Board(open_reader(tmp_path / "runs.db")).problem(run)
    assert problem is not None
    assert (problem.search.archive.kind, problem.objective.target) == ("cvt", 2.5)
