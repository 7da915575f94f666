"""Cells that hold a front: what enters, what leaves, and what stays whatever the order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.cell import Elite, Outcome
from archive.fronts import BOUND, FrontArchive, dominates
from archive.lattice import Lattice
from problems.problem import Descriptor, Direction, Objective

AXIS = Descriptor(name="a", low=0.0, high=1.0, bins=4)
near = st.integers(-6, 6).map(float)
point = st.tuples(near, near, near)


def cell(*, bound: int = BOUND, further: int = 2, direction: Direction = Direction.MAXIMIZE) -> FrontArchive:
    """An archive of a single cell."""
    return FrontArchive(
        geometry=Lattice(()),
        objective=Objective(metric="f", direction=direction),
        further=further,
        bound=bound,
    )


def fill(archive: FrontArchive, points: list[tuple[float, ...]]) -> FrontArchive:
    for each in points:
        archive.add(repr(each), fitness=each[0], descriptors=(), objectives=each[1:])
    return archive


def kept(archive: FrontArchive) -> set[tuple[float, ...]]:
    return {(elite.fitness, *elite.objectives) for elite in archive}


def best_of(points: list[tuple[float, ...]]) -> set[tuple[float, ...]]:
    return {one for one in points if not any(superior(other, one) for other in points)}


def superior(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and not any(mine < theirs for mine, theirs in zip(one, other, strict=True))


@given(one=point, other=point)
def test_to_dominate_is_to_be_as_good_in_everything_and_better_in_something(
    one: tuple[float, ...], other: tuple[float, ...]
) -> None:
    # Broken by hand: asking for > where >= is meant, or taking a point for superior to its equal.
    assert dominates(one, other) == superior(one, other)
    assert not dominates(one, one)


@given(points=st.lists(point, max_size=40))
def test_a_front_is_exactly_those_to_which_none_is_superior(points: list[tuple[float, ...]]) -> None:
    # Broken by hand: keeping members that the newcomer dominates; asking for > where >= is meant.
    assert kept(fill(cell(bound=200), points)) == best_of(points)


@given(points=st.lists(point, max_size=60), bound=st.integers(1, 6), seed=st.integers(0, 99))
def test_a_full_front_keeps_its_bound_and_the_best_of_the_main_objective(
    points: list[tuple[float, ...]], bound: int, seed: int
) -> None:
    # Broken by hand: sending the first of a full front away in place of the most crowded.
    archive = fill(cell(bound=bound), points)
    assert len(archive) <= bound
    assert kept(archive) <= set(points)
    assert not any(dominates(one, other) for one in kept(archive) for other in kept(archive))
    if points:
        assert archive.best is not None
        assert archive.best.fitness == max(one[0] for one in points)
        mixed = random.Random(seed).sample(points, len(points))
        again = fill(cell(bound=bound), mixed).best
        assert again is not None
        assert again.fitness == archive.best.fitness


@given(points=st.lists(point, max_size=60))
def test_adding_to_a_full_front_twice_changes_nothing(points: list[tuple[float, ...]]) -> None:
    # Broken by hand: not asking whether the program is a member already.
    archive = cell(bound=4)
    for each in points:
        fill(archive, [each])
        before = archive.elites
        again = archive.add(repr(each), fitness=each[0], descriptors=(), objectives=each[1:])
        assert again.outcome is Outcome.REFUSED
        assert archive.elites is before


def test_the_most_crowded_leaves_a_full_front() -> None:
    # Broken by hand: taking the greatest distance for the most crowded, or leaving out the division by spans.
    spread = [(0.0, 10_000.0), (1.0, 5_000.0), (10.0, 0.0)]
    archive = fill(cell(bound=3, further=1), spread)
    placed = archive.add("lonelier", fitness=2.0, descriptors=(), objectives=(4_000.0,))
    # In shares of the spans (1, 5000) has 0.2 + 0.6 of room and the newcomer 0.9 + 0.5; in plain numbers the
    # newcomer would have less, 5009 against 6002.
    assert placed.outcome is Outcome.IMPROVED
    assert placed.displaced == repr(spread[1])
    assert kept(archive) == {(0.0, 10_000.0), (2.0, 4_000.0), (10.0, 0.0)}
    nowhere = archive.add("worse", fitness=0.1, descriptors=(), objectives=(9_990.0,))
    assert (nowhere.outcome, nowhere.displaced) == (Outcome.REFUSED, None)


def test_a_program_that_is_better_in_a_further_objective_alone_enters_and_gains_nothing() -> None:
    # Broken by hand: taking the sum of all gains for the improvement.
    archive = fill(cell(further=1), [(1.0, 1.0)])
    placed = archive.add("p", fitness=0.5, descriptors=(), objectives=(9.0,))
    assert (placed.outcome, placed.improvement, placed.displaced) == (Outcome.IMPROVED, 0.0, None)
    above = archive.add("q", fitness=3.0, descriptors=(), objectives=(2.0,))
    assert (above.outcome, above.improvement, above.displaced) == (Outcome.IMPROVED, 2.0, "(1.0, 1.0)")
    assert [elite.program for elite in archive.members(())] == ["q", "p"]
    assert archive.qd_score(1.0) == 2.0


def test_a_minimized_objective_puts_its_least_first() -> None:
    archive = fill(cell(further=1, direction=Direction.MINIMIZE), [(3.0, 5.0), (1.0, 2.0), (2.0, 1.0)])
    assert [elite.fitness for elite in archive] == [1.0, 3.0]


@given(
    rows=st.lists(st.tuples(near, near, st.floats(-1e4, 1e4)), max_size=BOUND),
    seed=st.integers(0, 99),
)
def test_fronts_that_meet_in_one_cell_after_a_stretch_become_one_front(
    rows: list[tuple[float, float, float]], seed: int
) -> None:
    # Broken by hand: keeping only the best of each old front when cells merge.
    one, other = (
        FrontArchive(geometry=Lattice([AXIS]), objective=Objective(metric="f"), further=1) for _ in range(2)
    )
    for archive, entries in ((one, rows), (other, random.Random(seed).sample(rows, len(rows)))):
        for fitness, further, value in entries:
            archive.add(
                repr((fitness, further, value)), fitness=fitness, descriptors=(value,), objectives=(further,)
            )

    def where(archive: FrontArchive) -> set[tuple[object, float, tuple[float, ...]]]:
        return {(elite.cell, elite.fitness, elite.objectives) for elite in archive}

    assert where(one) == where(other)
    for held in {elite.cell for elite in one}:
        offered = [(f, g) for f, g, value in rows if one.locate((value,)) == held]
        assert {(elite.fitness, *elite.objectives) for elite in one.members(held)} == best_of(offered)


def test_numbers_at_the_ends_of_the_floats_crowd_like_others() -> None:
    # Broken by hand: gaps taken without halving are infinite, their shares no numbers.
    huge = 1.7e308
    archive = fill(cell(bound=3, further=1), [(-huge, huge), (huge, -huge), (0.0, 0.0), (-1e307, 1e307)])
    assert {elite.fitness for elite in archive} == {-huge, 0.0, huge}


def test_too_few_further_objectives_are_told() -> None:
    with pytest.raises(ValueError, match="expected 2 further objectives, got 1"):
        cell().add("p", fitness=1.0, descriptors=(), objectives=(1.0,))
    with pytest.raises(ValueError, match="expected a bound of at least 1"):
        cell(bound=0)


def test_elites_of_equal_worth_keep_who_was_there_first() -> None:
    archive = cell(further=1)
    archive.add("first", fitness=1.0, descriptors=(), objectives=(1.0,))
    assert archive.add("second", fitness=1.0, descriptors=(), objectives=(1.0,)).outcome is Outcome.REFUSED
    held: tuple[Elite, ...] = archive.members(())
    assert [elite.program for elite in held] == ["first"]
