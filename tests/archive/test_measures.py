"""Measures of an archive against what they are by definition."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.cell import Elite
from archive.fronts import dominates
from archive.measures import NEAREST, Surroundings, coverage, pareto_front, qd_score
from problems.problem import Descriptor, Direction, Objective, Scale

UP, DOWN = Objective(metric="f"), Objective(metric="f", direction=Direction.MINIMIZE)
AXES = (
    Descriptor(name="a", low=0.0, high=2.0),
    Descriptor(name="n", low=1.0, high=100.0, scale=Scale.LOG),
)
value = st.floats(min_value=-1e3, max_value=1e3)


def elite(number: int, fitness: float, *, at: tuple[float, ...] = (), further: float | None = None) -> Elite:
    return Elite(
        program=f"p{number}",
        cell=(number,),
        fitness=fitness,
        descriptors=at,
        objectives=() if further is None else (further,),
    )


def test_coverage_counts_cells_and_not_members_of_fronts() -> None:
    twice = [elite(1, 1.0, further=2.0), elite(1, 2.0, further=1.0), elite(3, 0.0, further=0.0)]
    assert coverage(twice, size=8) == 0.25
    assert coverage([], size=8) == 0.0


def test_the_qd_score_sums_the_best_of_each_cell_above_the_floor() -> None:
    # Broken by hand: summing all members of a front, or fitness where utility should be.
    elites = [elite(1, 3.0), elite(1, 5.0), elite(2, -1.0)]
    assert qd_score(elites, objective=UP, floor=-2.0) == 7.0 + 1.0
    assert qd_score(elites, objective=DOWN, floor=-10.0) == 7.0 + 11.0
    assert qd_score([], objective=UP, floor=0.0) == 0.0


@given(points=st.lists(st.tuples(value, value), max_size=30), seed=st.integers(0, 99))
def test_the_front_of_an_archive_is_what_no_elite_is_superior_to(
    points: list[tuple[float, float]], seed: int
) -> None:
    # Broken by hand: sorting the worst first, with which one pass does not see what comes later.
    elites = [elite(number, one[0], further=one[1]) for number, one in enumerate(points)]
    front = pareto_front(elites, objective=UP)
    found = [(one.fitness, one.objectives[0]) for one in front]
    assert set(found) == {one for one in points if not any(dominates(other, one) for other in points)}
    assert found == sorted(set(found), reverse=True)
    mixed = random.Random(seed).sample(elites, len(elites))
    assert [one.fitness for one in pareto_front(mixed, objective=UP)] == [one.fitness for one in front]


def test_a_front_over_different_objectives_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got \[0, 1\]"):
        pareto_front([elite(1, 1.0), elite(2, 1.0, further=2.0)], objective=UP)


@given(
    places=st.lists(st.tuples(value, st.floats(min_value=0.1, max_value=1e4)), min_size=1, max_size=30),
    seed=st.integers(0, 99),
)
@example(places=[(float(number), 1.0) for number in range(NEAREST + 5)], seed=0)
def test_novelty_is_the_mean_distance_to_the_nearest_elites(
    places: list[tuple[float, float]], seed: int
) -> None:
    # Broken by hand: the farthest in place of the nearest; raw values in place of positions on the axes.
    elites = [elite(number, 0.0, at=place) for number, place in enumerate(places)]
    here = (1.0, 10.0)

    def position(place: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(axis.position(one) for axis, one in zip(AXES, place, strict=True))

    distances = sorted(math.dist(position(here), position(place)) for place in places)[:NEAREST]
    novelty = Surroundings(elites, descriptors=AXES).novelty(here)
    assert novelty == pytest.approx(math.fsum(distances) / len(distances), rel=1e-9, abs=1e-12)
    mixed = random.Random(seed).sample(elites, len(elites))
    assert Surroundings(mixed, descriptors=AXES).novelty(here) == novelty


def test_a_program_is_no_neighbour_of_its_own() -> None:
    elites = [elite(0, 0.0, at=(0.0, 1.0)), elite(1, 0.0, at=(2.0, 1.0))]
    around = Surroundings(elites, descriptors=AXES)
    assert around.novelty((0.0, 1.0), program="p0") == 1.0
    assert around.novelty((0.0, 1.0)) == 0.5
    assert around.novelty((0.0, 1.0), nearest=1) == 0.0
    assert Surroundings(elites[:1], descriptors=AXES).novelty((0.0, 1.0), program="p0") is None
    assert Surroundings([], descriptors=AXES).novelty((0.0, 1.0)) is None


def test_novelty_of_extreme_values_is_a_number() -> None:
    around = Surroundings([elite(0, 0.0, at=(-1.7e308, 0.0))], descriptors=AXES)
    novelty = around.novelty((1.7e308, 1e308))
    assert novelty is not None
    assert math.isfinite(novelty)
    with pytest.raises(ValueError, match="'a' must be finite"):
        around.novelty((math.nan, 1.0))
    with pytest.raises(ValueError, match="at least 1 neighbour"):
        around.novelty((0.0, 1.0), nearest=0)
