"""Learned axes: what a projection finds, and what holds of an archive over it."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.cell import Outcome
from archive.lattice import Lattice
from archive.learned import FIRST, LAST, LearnedCells, fit
from archive.niches import KINDS, Archive, make_archive
from problems.problem import ArchiveSpec, Descriptor, Direction, Objective

AXES = (
    Descriptor(name="first", source="learned.0", low=-3.0, high=3.0, bins=6),
    Descriptor(name="speed", low=0.0, high=1.0, bins=3),
    Descriptor(name="second", source="learned.1", low=-3.0, high=3.0, bins=6),
)
count = st.integers(0, 400).map(float)
row = st.tuples(st.floats(-9, 9), st.tuples(st.floats(-1, 2), count, count, count))
rows = st.lists(row, max_size=40)
every_kind = pytest.mark.parametrize("kind", KINDS)


def make(kind: str = "grid", direction: Direction = Direction.MAXIMIZE) -> Archive:
    spec = ArchiveSpec(kind=kind, cells=20)
    return make_archive(spec, descriptors=AXES, objective=Objective(metric="f", direction=direction))


def sample(number: int, *, seed: int = 0) -> list[tuple[float, ...]]:
    """Features that differ most along one hidden size, less along one hidden shape."""
    rng = np.random.default_rng(seed)
    size, shape = rng.normal(size=number), rng.normal(size=number)
    lines = np.exp(4 + 0.9 * size)
    return [
        (float(a), float(3 * a), float(b), 5.0)
        for a, b in zip(lines, np.exp(2 + 0.3 * shape + 0.1 * size), strict=True)
    ]


def test_the_first_component_is_the_direction_of_greatest_difference() -> None:
    # Untried break: leaving out the division by the deviation; taking the weakest component first.
    features = sample(200)
    found = fit(features, components=2)
    values = np.array([found.values(one) for one in features])
    assert values.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-4)
    assert values.std(axis=0) == pytest.approx([1.0, 1.0], abs=1e-4)
    assert abs(np.corrcoef(values.T)[0, 1]) < 1e-3
    sizes = np.log([one[0] for one in features])
    assert np.corrcoef(values[:, 0], sizes)[0, 1] > 0.9


def test_a_feature_that_never_differed_and_a_unit_do_not_matter() -> None:
    # Untried break: leaving out the division of features by their own deviation.
    features = [one[:3] for one in sample(60)]
    with_constant = [(*one, 7.0) for one in features]
    first = [fit(features, components=1).values(one)[0] for one in features]
    other = [fit(with_constant, components=1).values(one)[0] for one in with_constant]
    assert first == pytest.approx(other, abs=1e-4)
    assert fit(with_constant, components=1).weights[0][3] == 0.0


def test_the_order_of_programs_does_not_turn_an_axis_round() -> None:
    # Untried break: taking the direction as the algebra gives it.
    features = sample(60)
    found = fit(features, components=2)
    for seed in range(8):
        mixed = fit(random.Random(seed).sample(features, len(features)), components=2)
        assert np.array(mixed.weights) == pytest.approx(np.array(found.weights), abs=1e-4)


def test_components_beyond_what_differs_are_zero() -> None:
    found = fit([(1.0, 2.0), (1.0, 2.0), (1.0, 2.0)], components=3)
    assert found.values((9.0, 9.0)) == (0.0, 0.0, 0.0)


def fill(archive: Archive, entries: list[tuple[float, tuple[float, ...]]]) -> None:
    for fitness, values in entries:
        archive.add(repr((fitness, values)), fitness=fitness, descriptors=values)


@every_kind
@given(entries=rows)
def test_every_elite_sits_where_its_stored_features_say(
    kind: str, entries: list[tuple[float, tuple[float, ...]]]
) -> None:
    """Fails when elites keep their cells at a refit (`make_room` gives False)."""
    archive = make(kind)
    for each in entries:
        fill(archive, [each])
        assert all(archive.locate(elite.descriptors) == elite.cell for elite in archive)


@every_kind
@given(entries=rows)
def test_the_best_is_never_lost_and_adding_twice_changes_nothing(
    kind: str, entries: list[tuple[float, tuple[float, ...]]]
) -> None:
    """Fails when a program is counted among those to learn from each time it comes."""
    archive = make(kind)
    greatest = -math.inf
    for fitness, values in entries:
        fill(archive, [(fitness, values)])
        greatest = max(greatest, fitness)
        before = archive.elites
        again = archive.add(repr((fitness, values)), fitness=fitness, descriptors=values)
        assert (again.outcome, again.reindexed) == (Outcome.REFUSED, False)
        assert archive.elites is before
        assert archive.best is not None
        assert archive.best.fitness == greatest


@every_kind
@given(entries=rows)
def test_minimizing_is_maximizing_the_negative(
    kind: str, entries: list[tuple[float, tuple[float, ...]]]
) -> None:
    """Fails when worth has a say in what is learned."""
    high, low = make(kind), make(kind, Direction.MINIMIZE)
    for fitness, values in entries:
        high.add(repr(values), fitness=fitness, descriptors=values)
        low.add(repr(values), fitness=-fitness, descriptors=values)
    assert [(one.program, one.cell) for one in high] == [(one.program, one.cell) for one in low]


def test_it_learns_again_when_the_number_of_programs_has_doubled() -> None:
    # Untried break: learning at every program, or only once.
    cells = LearnedCells(AXES, cells=lambda: Lattice(AXES))
    rng = random.Random(5)
    learned_at = []
    for number in range(1, 70):
        before = cells.projection
        cells.make_room((0.5, *(float(rng.randint(1, 300)) for _ in range(4))))
        if cells.projection is not before:
            learned_at.append(number)
    assert learned_at == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]


def test_after_the_last_refit_nothing_moves_and_nothing_more_is_remembered() -> None:
    cells = LearnedCells(AXES, cells=lambda: Lattice(AXES))
    rng = random.Random(5)
    for _ in range(LAST + 10):
        cells.make_room((0.5, rng.random(), rng.random(), rng.random()))
    last = cells.projection
    for _ in range(LAST):
        assert not cells.make_room((0.5, 0.5 + rng.random() / 9, 0.5, 0.5))
    assert cells.projection is last


def test_the_same_programs_in_the_same_order_give_the_same_cells_again() -> None:
    # This is how a resumed run has the projection it was stopped with.
    one, other = (LearnedCells(AXES, cells=lambda: Lattice(AXES)) for _ in range(2))
    history = [(0.5, *features) for features in sample(50)]
    for values in history:
        one.make_room(values)
    other.learn(history)
    assert one.projection == other.projection
    assert [one.locate(values) for values in history] == [other.locate(values) for values in history]


def test_values_of_other_axes_stay_in_their_places() -> None:
    cells = LearnedCells(AXES, cells=lambda: Lattice(AXES))
    assert cells.values((0.25, 1.0, 2.0)) == (0.0, 0.25, 0.0)
    cells.learn([(0.5, *features) for features in sample(20)])
    assert cells.values((0.25, *sample(1)[0]))[1] == 0.25


def test_features_that_do_not_fit_are_told_and_change_nothing() -> None:
    archive = make()
    fill(archive, [(1.0, (0.5, 1.0, 2.0))])
    before = archive.elites
    with pytest.raises(ValueError, match="expected 3 descriptors and features, got 2"):
        archive.add("p", fitness=1.0, descriptors=(0.5, 1.0))
    with pytest.raises(ValueError, match="feature 1 must be finite"):
        archive.add("p", fitness=1.0, descriptors=(0.5, math.nan, 1.0))
    with pytest.raises(ValueError, match="expected features after 1 descriptors, got 1 values"):
        make().add("p", fitness=1.0, descriptors=(0.5,))
    assert archive.elites is before
