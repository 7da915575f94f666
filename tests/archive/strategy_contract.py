"""What every strategy keeps to. A strategy of your own is tested by a class that derives from this one.

class TestMine(StrategyContract):
    def make(self, *, seed, inspirations):
        return Mine(seed=seed, inspirations=inspirations)
"""

from __future__ import annotations

import numpy as np
import pytest

from archive.evaluation import Evaluation, Verdict
from archive.island import Archipelago
from archive.strategy import Strategy
from problems.problem import Descriptor, Objective
from problems.search import Search, SelectionSpec

AXES = (
    Descriptor(name="a", low=0.0, high=1.0, bins=6),
    Descriptor(name="b", low=0.0, high=1.0, bins=6),
)
SEED = "seed"


def valid(program: str, fitness: float, values: tuple[float, ...]) -> Evaluation:
    return Evaluation(
        program=program, problem="d", verdict=Verdict.VALID, fitness=fitness, descriptors=values
    )


def grown(islands: int = 3, programs: int = 60, *, kind: str = "boltzmann") -> Archipelago:
    """The seed on every island, then programs of its own on each."""
    archive = Archipelago(
        descriptors=AXES,
        objective=Objective(metric="f"),
        islands=islands,
        search=Search(selection=SelectionSpec(kind=kind)),
    )
    for number in range(islands):
        archive.add(valid(SEED, -9.0, (0.5, 0.5)), island=number)
    rng = np.random.default_rng(5)
    for number in range(programs):
        values = (float(rng.random()), float(rng.random()))
        archive.add(valid(f"p{number}", float(rng.normal()), values), island=number % islands)
    return archive


class StrategyContract:
    """Derive from it and say how the strategy is made."""

    def make(self, *, seed: str, inspirations: int) -> Strategy:
        raise NotImplementedError

    @pytest.mark.parametrize("wanted", [0, 1, 4])
    @pytest.mark.parametrize("islands", [1, 3])
    def test_parent_and_inspirations_are_of_the_island_and_none_is_twice(
        self, islands: int, wanted: int
    ) -> None:
        """Broken by hand: drawing the parent among all islands' elites fails this."""
        archive = grown(islands)
        strategy = self.make(seed=SEED, inspirations=wanted)
        for number in range(1, 40):
            drawn = strategy.draw(archive, number=number, rng=np.random.default_rng([7, number]))
            home = {elite.program for elite in archive.islands[drawn.island].archive}
            assert drawn.parent in home | {SEED}
            assert set(drawn.inspirations) <= home
            assert len({drawn.parent, *drawn.inspirations}) == 1 + len(drawn.inspirations)
            assert len(drawn.inspirations) <= wanted

    def test_the_same_archive_number_and_generator_give_the_same_draw(self) -> None:
        """Broken by hand: a global generator, or a counter kept in the strategy, fails this."""
        archive = grown()
        one, other = (self.make(seed=SEED, inspirations=2) for _ in range(2))
        forth = [one.draw(archive, number=n, rng=np.random.default_rng([7, n])) for n in range(1, 30)]
        # A resumed run begins in the middle with a strategy that has drawn nothing yet.
        back = [other.draw(archive, number=n, rng=np.random.default_rng([7, n])) for n in range(29, 0, -1)]
        assert forth == back[::-1]

    def test_a_draw_changes_nothing_in_the_archive(self) -> None:
        archive = grown()
        before = archive.elites(), dict(archive.credits), [archive.state(n) for n in range(3)]
        strategy = self.make(seed=SEED, inspirations=2)
        for number in range(1, 20):
            strategy.draw(archive, number=number, rng=np.random.default_rng(number))
        assert before == (archive.elites(), dict(archive.credits), [archive.state(n) for n in range(3)])

    def test_it_begins_from_the_seed_alone(self) -> None:
        archive = grown(programs=0)
        strategy = self.make(seed=SEED, inspirations=2)
        for number in range(1, 7):
            drawn = strategy.draw(archive, number=number, rng=np.random.default_rng(number))
            assert (drawn.parent, drawn.inspirations) == (SEED, ())

    def test_what_is_not_valid_is_never_drawn(self) -> None:
        archive = grown()
        for number in range(30):
            archive.add(
                Evaluation(program=f"bad{number}", problem="d", verdict=Verdict.FAILED), island=number % 3
            )
        strategy = self.make(seed=SEED, inspirations=2)
        for number in range(1, 30):
            drawn = strategy.draw(archive, number=number, rng=np.random.default_rng(number))
            assert not any(each.startswith("bad") for each in (drawn.parent, *drawn.inspirations))
