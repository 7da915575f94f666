"""Learned axes: what a projection finds, and what holds of an archive over it."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.learned import FIRST, LAST, axis_values, fit, learn, learned_from
from archive.niches import KINDS, Archive, make_archive
from problems.problem import Descriptor, Objective
from problems.search import ArchiveSpec

AXES = (
    Descriptor(name="first", source="learned.0", low=-3.0, high=3.0, bins=6),
    Descriptor(name="speed", low=0.0, high=1.0, bins=3),
    Descriptor(name="second", source="learned.1", low=-3.0, high=3.0, bins=6),
)
count = st.integers(0, 400).map(float)
row = st.tuples(st.floats(-9, 9), st.tuples(st.floats(-1, 2), count, count, count, count))
rows = st.lists(row, max_size=40)
every_kind = pytest.mark.parametrize("kind", KINDS)


def sample(number: int, *, seed: int = 0) -> list[tuple[float, ...]]:
    """Features that differ most along one hidden size, less along one hidden shape."""
    rng = np.random.default_rng(seed)
    size, shape = rng.normal(size=number), rng.normal(size=number)
    lines = np.exp(4 + 0.9 * size)
    return [
        (float(a), float(3 * a), float(b), 5.0)
        for a, b in zip(lines, np.exp(2 + 0.3 * shape + 0.1 * size), strict=True)
    ]


SAMPLE = sample(64)
LEARNED = fit(SAMPLE, components=2)


def make(kind: str = "grid") -> Archive:
    spec = ArchiveSpec(kind=kind, cells=20)
    return make_archive(spec, descriptors=AXES, objective=Objective(metric="f"), projection=LEARNED)


def unlearned(kind: str) -> Archive:
    """The same with values where the other one has features."""
    axes = [replace(axis, source="metric") for axis in AXES]
    return make_archive(ArchiveSpec(kind=kind, cells=20), descriptors=axes, objective=Objective(metric="f"))


def test_the_first_component_is_the_direction_of_greatest_difference() -> None:
    # Broken by hand: leaving out the division by the deviation; taking the weakest component first.
    features = sample(200)
    found = fit(features, components=2)
    values = np.array([found.values(one) for one in features])
    assert values.mean(axis=0) == pytest.approx([0.0, 0.0], abs=1e-4)
    assert values.std(axis=0) == pytest.approx([1.0, 1.0], abs=1e-4)
    assert abs(np.corrcoef(values.T)[0, 1]) < 1e-3
    sizes = np.log([one[0] for one in features])
    assert np.corrcoef(values[:, 0], sizes)[0, 1] > 0.9


def test_a_feature_that_never_differed_does_not_matter() -> None:
    features = [one[:3] for one in sample(60)]
    with_constant = [(*one, 7.0) for one in features]
    first = [fit(features, components=1).values(one)[0] for one in features]
    other = [fit(with_constant, components=1).values(one)[0] for one in with_constant]
    assert first == pytest.approx(other, abs=1e-4)
    assert fit(with_constant, components=1).weights[0][3] == 0.0


def test_one_feature_that_differs_widely_does_not_outweigh_many_that_differ_together() -> None:
    # Broken by hand: leaving out the division of features by their own deviation.
    rng = np.random.default_rng(2)
    together, alone = rng.normal(size=200), rng.normal(size=200)
    narrow, wide = np.exp(5 + 0.2 * together), np.exp(5 + 1.5 * alone)
    features = [(float(a), float(2 * a), float(3 * a), float(b)) for a, b in zip(narrow, wide, strict=True)]
    found = fit(features, components=1)
    values = [found.values(one)[0] for one in features]
    assert abs(np.corrcoef(values, together)[0, 1]) > 0.9


def test_the_order_of_programs_does_not_turn_an_axis_round() -> None:
    # Broken by hand: taking the direction as the algebra gives it.
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
    """Fails when cells are asked with features in place of the values learned from them."""
    archive, plain = make(kind), unlearned(kind)
    for fitness, values in entries:
        fill(archive, [(fitness, values)])
        fill(plain, [(fitness, axis_values(AXES, values, LEARNED))])
        assert all(archive.locate(elite.descriptors) == elite.cell for elite in archive)
    cells = [(one.cell, one.fitness) for one in archive]
    assert cells == [(one.cell, one.fitness) for one in plain]
    assert archive.ranges() == plain.ranges()


@every_kind
@given(entries=rows)
def test_an_archive_is_given_again_by_its_stored_elites(
    kind: str, entries: list[tuple[float, tuple[float, ...]]]
) -> None:
    """Fails when the geometry inside is told of features where it asks for values of its axes."""
    archive, again = make(kind), make(kind)
    fill(archive, entries)
    again.recall(archive.elites)
    fill(again, [(elite.fitness, elite.descriptors) for elite in archive.elites])
    assert again.elites == archive.elites
    assert again.ranges() == archive.ranges()


def test_what_is_learned_is_learned_again_when_the_number_of_programs_has_doubled() -> None:
    numbers = [learned_from(programs) for programs in range(5 * LAST)]
    assert numbers[:FIRST] == [0] * FIRST
    changes = [number for number in range(1, len(numbers)) if numbers[number] != numbers[number - 1]]
    assert changes == [FIRST * 2**power for power in range(9)]
    assert changes[-1] == LAST == numbers[-1]
    assert all(numbers[number] == number for number in changes)


def test_programs_that_came_after_the_last_doubling_do_not_matter() -> None:
    history = [(0.5, *features) for features in sample(50)]
    assert learn(AXES, history[:7]) is None
    assert learn(AXES, history[:31]) == learn(AXES, history[:16]) != learn(AXES, history[:32])
    assert learn([AXES[1]], history) is None


def test_copies_of_a_program_do_not_hide_what_differs() -> None:
    history = [(0.5, *features) for features in sample(8)]
    copies = [(number / 100, *history[0][1:]) for number in range(8)]
    assert learn(AXES, [*history, *copies]) == learn(AXES, history)


def test_values_of_other_axes_stay_in_their_places() -> None:
    assert axis_values(AXES, (0.25, 1.0, 2.0), None) == (0.0, 0.25, 0.0)
    values = axis_values(AXES, (0.25, *SAMPLE[0]), LEARNED)
    assert values[1] == 0.25
    assert (values[0], values[2]) == LEARNED.values(SAMPLE[0])
    assert axis_values([AXES[1]], (0.25,), None) == (0.25,)


def test_features_that_do_not_fit_are_told_and_change_nothing() -> None:
    archive = make()
    fill(archive, [(1.0, (0.5, 1.0, 2.0, 3.0, 4.0))])
    before = archive.elites
    with pytest.raises(ValueError, match="expected 5 descriptors and features, got 2"):
        archive.add("p", fitness=1.0, descriptors=(0.5, 1.0))
    with pytest.raises(ValueError, match="feature 1 must be finite"):
        archive.add("p", fitness=1.0, descriptors=(0.5, math.nan, 1.0, 1.0, 1.0))
    blank = make_archive(ArchiveSpec(), descriptors=AXES, objective=Objective(metric="f"))
    with pytest.raises(ValueError, match="expected features after 1 descriptors, got 1 values"):
        blank.add("p", fitness=1.0, descriptors=(0.5,))
    assert archive.elites is before
