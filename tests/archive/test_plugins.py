"""Strategies in files of the user's own: how they are found, and what is said of those that will not do."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from archive.plugins import StrategyError, is_file, make_strategy
from archive.strategy import STRATEGIES, Draw
from tests.archive.strategy_contract import grown

GREEDY = """
from dataclasses import dataclass
from archive.strategy import Draw, MapElites

@dataclass
class Greedy:
    seed: str
    inspirations: int

    def draw(self, archive, *, number, rng):
        return Draw(island=0, parent=archive.islands[0].archive.best.program)
"""


def made(folder: Path, text: str, name: str = "mine.py") -> object:
    (folder / "mine.py").write_text(text)
    return make_strategy(name, folder=folder, seed="seed", inspirations=2)


def test_a_file_with_one_class_is_enough_and_imported_classes_do_not_count(tmp_path: Path) -> None:
    strategy = made(tmp_path, GREEDY)
    archive = grown(1)
    best = archive.islands[0].archive.best
    drawn = strategy.draw(archive, number=1, rng=np.random.default_rng(0))  # type: ignore[attr-defined]
    assert drawn == Draw(island=0, parent=best.program)  # type: ignore[union-attr]
    assert (strategy.seed, strategy.inspirations) == ("seed", 2)  # type: ignore[attr-defined]


def test_of_several_classes_one_is_named_and_a_function_may_make_it(tmp_path: Path) -> None:
    text = (
        GREEDY
        + "class Other(Greedy):\n    pass\n\ndef make(*, seed, inspirations):\n    return Other(seed, 0)\n"
    )
    assert type(made(tmp_path, text, "mine.py:Other")).__name__ == "Other"
    assert made(tmp_path, text, "mine.py:make").inspirations == 0  # type: ignore[attr-defined]


def test_two_folders_may_hold_files_of_one_name(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        strategy = made(tmp_path / name, GREEDY.replace("Greedy", name.title()))
        assert type(strategy).__name__ == name.title()


def test_a_file_that_was_changed_is_read_again(tmp_path: Path) -> None:
    made(tmp_path, GREEDY)
    assert type(made(tmp_path, GREEDY.replace("Greedy", "Greedier"))).__name__ == "Greedier"


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "other.py",
            GREEDY,
            r"expected the strategy's file .*other.py, found none; put it beside problem.yaml",
        ),
        ("../mine.py", GREEDY, r"inside .*, found '../mine.py'"),
        ("mine.py:Lazy", GREEDY, r"expected a class Lazy in .*, found Greedy"),
        ("mine.py", "x = 1", r"expected one class with a method draw in .*, found none"),
        ("mine.py", GREEDY + "class B(Greedy): pass\n", r"found Greedy, B; name one as mine.py:NAME"),
        ("mine.py:A", "class A: pass", r"found no draw in it"),
        (
            "mine.py",
            "class A:\n    def draw(self): pass\n",
            r"expected NAME\(\*, seed, inspirations\), found",
        ),
        (
            "mine.py",
            "class A:\n    def __init__(self, seed, inspirations): pass\n    def draw(self, archive): pass\n",
            r"its draw: expected draw\(archive, \*, number, rng\), found \(archive\)",
        ),
        (
            "mine.py",
            "class A:\n    def __init__(self, seed, inspirations): pass\n"
            "    async def draw(self, archive, *, number, rng): pass\n",
            r"found a coroutine; a draw awaits nothing",
        ),
        ("mine.py", "import nothing_of_that_name", r"cannot be run: ModuleNotFoundError"),
        ("mine.py", "def (", r"cannot be run: SyntaxError"),
        (
            "mine.py",
            "class A:\n    def __init__(self, seed, inspirations): 1 / 0\n"
            "    def draw(self, archive, *, number, rng): pass\n",
            r"making it with seed and inspirations failed: ZeroDivisionError",
        ),
        ("map_elite", GREEDY, r"expected a strategy of map_elites, .* found 'map_elite'"),
    ],
)
def test_what_will_not_do_is_refused_with_what_was_expected(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    folder = tmp_path / "problem"
    folder.mkdir()
    (tmp_path / "mine.py").write_text(GREEDY)
    with pytest.raises(StrategyError) as caught:
        made(folder, text, name)
    assert re.search(words, str(caught.value))


@pytest.mark.parametrize("name", sorted(STRATEGIES))
def test_the_built_in_ones_are_made_by_their_name(tmp_path: Path, name: str) -> None:
    assert not is_file(name)
    assert isinstance(make_strategy(name, folder=tmp_path, seed="s", inspirations=1), STRATEGIES[name])  # type: ignore[arg-type]
