"""Laws of every kind of archive. Each docstring names a change of the code that makes its test fail."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archive.cell import Cell, Elite, Outcome
from archive.fronts import BOUND, FrontArchive
from archive.lattice import Lattice
from archive.niches import KINDS, Archive, make_archive
from problems.problem import Descriptor, Direction, Objective
from problems.search import ArchiveSpec

Row = tuple[float, tuple[float, float], float]

TIGHT = "pareto of two"
"""Fronts whose bound is met all the time."""
few = st.sampled_from([-3.0, 0.0, 0.25, 1.0, 2.5])
"""A handful of values, so that ties and crowded cells come up often."""
number = st.one_of(few, st.floats(min_value=-1e6, max_value=1e6))
row = st.tuples(number, st.tuples(number, number), number)
rows = st.lists(row, max_size=40)
short = st.lists(row, max_size=BOUND)
shuffles = st.randoms(use_true_random=False)


def make(kind: str, *, bins: tuple[int, int] = (12, 7), direction: Direction = Direction.MAXIMIZE) -> Archive:
    axes = (
        Descriptor(name="a", low=0.0, high=1.0, bins=bins[0]),
        Descriptor(name="b", low=-5.0, high=5.0, bins=bins[1]),
    )
    objective = Objective(metric="f", direction=direction)
    if kind == TIGHT:
        return FrontArchive(geometry=Lattice(axes), objective=objective, further=1, island=2, bound=2)
    spec = ArchiveSpec(kind=kind, cells=20)
    further = (Objective(metric="g"),)
    return make_archive(spec, descriptors=axes, objective=objective, objectives=further, island=2)


def name(each: Row) -> str:
    return repr(each)


def fill(archive: Archive, entries: list[Row]) -> Archive:
    for each in entries:
        fitness, values, further = each
        archive.add(name(each), fitness=fitness, descriptors=values, objectives=(further,))
    return archive


def tops(archive: Archive) -> dict[Cell, float]:
    """Best fitness of each filled cell, for an objective that is maximized."""
    return {elite.cell: archive.members(elite.cell)[0].fitness for elite in archive}


def points(archive: Archive) -> set[tuple[Cell, float, tuple[float, ...]]]:
    return {(elite.cell, elite.fitness, elite.objectives) for elite in archive}


def mixed(entries: list[Row], shuffler: random.Random) -> list[Row]:
    return shuffler.sample(entries, len(entries))


every_kind = pytest.mark.parametrize("kind", [*KINDS, TIGHT])


@every_kind
@given(entries=rows)
def test_adding_a_program_twice_changes_nothing(kind: str, entries: list[Row]) -> None:
    """Fails when nothing asks whether the program is a member of its cell already."""
    archive = make(kind)
    for each in entries:
        fill(archive, [each])
        before, ranges = archive.elites, archive.ranges()
        again = archive.add(name(each), fitness=each[0], descriptors=each[1], objectives=(each[2],))
        assert again.outcome is Outcome.REFUSED
        assert not again.reindexed
        assert (archive.elites, archive.ranges()) == (before, ranges)


@every_kind
@given(entries=rows, shuffler=shuffles, bins=st.sampled_from([(12, 7), (1, 1), (2, 3), (5, 4)]))
def test_the_best_fitness_of_every_cell_does_not_depend_on_the_order(
    kind: str, entries: list[Row], shuffler: random.Random, bins: tuple[int, int]
) -> None:
    """Fails when elites keep their cells at a stretch."""
    one = fill(make(kind, bins=bins), entries)
    other = fill(make(kind, bins=bins), mixed(entries, shuffler))
    assert tops(one) == tops(other)
    assert one.ranges() == other.ranges()
    assert one.coverage == other.coverage
    assert one.qd_score(-1e6) == other.qd_score(-1e6)


@pytest.mark.parametrize("kind", KINDS)
@given(entries=short, shuffler=shuffles)
def test_all_that_is_kept_does_not_depend_on_the_order_where_no_bound_is_met(
    kind: str, entries: list[Row], shuffler: random.Random
) -> None:
    """Fails when a front keeps members that a newcomer dominates."""
    one, other = fill(make(kind), entries), fill(make(kind), mixed(entries, shuffler))
    if kind == "pareto":
        assert points(one) == points(other)
    else:
        # A single elite's further objectives are along for the ride: of equals the first stays.
        assert [(elite.cell, elite.fitness) for elite in one] == [
            (elite.cell, elite.fitness) for elite in other
        ]


@every_kind
@given(entries=rows)
def test_a_cell_holds_the_best_of_all_that_came_to_it(kind: str, entries: list[Row]) -> None:
    """Fails when every program is refused whose cell is taken."""
    archive = fill(make(kind), entries)
    best: dict[Cell, float] = {}
    for fitness, values, _ in entries:
        cell = archive.locate(values)
        assert cell is not None
        best[cell] = max(best.get(cell, -math.inf), fitness)
    assert tops(archive) == best


@every_kind
@given(entries=rows)
@example(entries=[(1.0, (0.01, 0.0), 1.0), (0.0, (0.09, 0.0), 0.0), (-1.0, (1.4, 0.0), 0.0)])
def test_the_best_program_is_never_lost(kind: str, entries: list[Row]) -> None:
    """Fails when re-indexing keeps the last of those that fall into one cell, or `best` is the least."""
    archive = make(kind)
    greatest = -math.inf
    for each in entries:
        fill(archive, [each])
        greatest = max(greatest, each[0])
        assert archive.best is not None
        assert archive.best.fitness == greatest


@every_kind
@given(entries=rows, bad=st.sampled_from([math.nan, math.inf, -math.inf]), where=st.sampled_from("fdo"))
def test_a_number_that_is_not_finite_never_enters(
    kind: str, entries: list[Row], bad: float, where: str
) -> None:
    """Fails when one of the three checks is left out, or made after the ranges were stretched."""
    archive = fill(make(kind), entries)
    before, ranges = archive.elites, archive.ranges()
    with pytest.raises(ValueError, match="finite"):
        archive.add(
            "p",
            fitness=bad if where == "f" else 1.0,
            descriptors=(9e9, bad) if where == "d" else (9e9, 0.0),
            objectives=(bad if where == "o" else 1.0,),
        )
    assert (archive.elites, archive.ranges()) == (before, ranges)


@every_kind
@given(entries=rows, record=st.floats(min_value=1e7, max_value=1e300))
def test_the_objective_is_never_clamped(kind: str, entries: list[Row], record: float) -> None:
    """Fails when utility is cut at any value, 1e6 for example."""
    archive = fill(make(kind), entries)
    first = archive.add("p", fitness=record, descriptors=(0.5, 0.0), objectives=(0.0,))
    second = archive.add("q", fitness=record * 2, descriptors=(0.5, 0.0), objectives=(0.0,))
    assert first.outcome is not Outcome.REFUSED
    assert second.outcome is Outcome.IMPROVED
    assert second.improvement == record
    assert second.displaced == "p"
    assert archive.best is not None
    assert archive.best.fitness == record * 2


@every_kind
@given(entries=rows)
def test_every_elite_sits_where_its_stored_descriptors_say(kind: str, entries: list[Row]) -> None:
    """Fails when elites keep their cells while ranges stretch, or `add` rounds what `locate` does not."""
    archive = make(kind)
    for each in entries:
        placement = archive.add(name(each), fitness=each[0], descriptors=each[1], objectives=(each[2],))
        assert placement.cell == archive.locate(each[1])
        assert all(archive.locate(elite.descriptors) == elite.cell for elite in archive)
        assert all(elite in archive.members(elite.cell) for elite in archive)


@every_kind
@given(entries=rows)
def test_a_refusal_changes_nothing_but_ranges(kind: str, entries: list[Row]) -> None:
    """Fails when a refused program is put into its cell all the same, or one that improves it is not."""
    archive = make(kind)
    for each in entries:
        before = archive.elites
        placement = archive.add(name(each), fitness=each[0], descriptors=each[1], objectives=(each[2],))
        if placement.outcome is Outcome.REFUSED:
            assert placement.reindexed or archive.elites is before
            assert (placement.improvement, placement.displaced) == (0.0, None)
        else:
            assert name(each) in {elite.program for elite in archive}
        if placement.displaced is not None:
            assert placement.displaced in {elite.program for elite in before}


@every_kind
@given(entries=rows, shuffler=shuffles)
def test_elites_come_in_an_order_of_their_own(kind: str, entries: list[Row], shuffler: random.Random) -> None:
    """Fails when elites come in the order of their arrival."""
    archive = fill(make(kind), mixed(entries, shuffler))

    def rank(elite: Elite) -> tuple[Cell, float, tuple[float, ...]]:
        return elite.cell, -elite.fitness, tuple(-value for value in elite.objectives)

    assert list(archive.elites) == sorted(archive.elites, key=rank)
    assert tuple(archive) == archive.elites
    assert len(archive) == len(archive.elites)
    assert all(elite.island == 2 for elite in archive)


@every_kind
@given(entries=rows, shuffler=shuffles)
@example(entries=[(0.0, (0.5, 6.0), 0.0), (1.0, (0.5, 3.0), 1.0)], shuffler=random.Random(0))
def test_its_elites_alone_give_the_archive_again(
    kind: str, entries: list[Row], shuffler: random.Random
) -> None:
    """Fails without `recall`: who stretched a range may have lost its cell to another."""
    archive = fill(make(kind), entries)
    again = make(kind)
    again.recall(archive.elites)
    for elite in shuffler.sample(archive.elites, len(archive)):
        again.add(
            elite.program,
            fitness=elite.fitness,
            descriptors=elite.descriptors,
            objectives=elite.objectives,
        )
    assert again.elites == archive.elites
    assert again.ranges() == archive.ranges()


@every_kind
@given(entries=rows)
def test_minimizing_is_maximizing_the_negative(kind: str, entries: list[Row]) -> None:
    """Fails when fitness is compared where utility should be."""
    high = fill(make(kind), entries)
    low = make(kind, direction=Direction.MINIMIZE)
    for each in entries:
        low.add(name(each), fitness=-each[0], descriptors=each[1], objectives=(each[2],))
    assert [(elite.program, elite.cell, elite.fitness) for elite in high] == [
        (elite.program, elite.cell, -elite.fitness) for elite in low
    ]
    assert high.qd_score(-7.0) == low.qd_score(-7.0)


@every_kind
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda archive: archive.locate((1.0,)), id="too few to locate"),
        pytest.param(lambda archive: archive.add("p", fitness=1.0, descriptors=(1.0,)), id="too few to add"),
        pytest.param(lambda archive: archive.locate((1.0, math.nan)), id="no number to locate"),
    ],
)
def test_descriptors_that_do_not_fit_the_axes_are_told(
    kind: str, change: Callable[[Archive], object]
) -> None:
    """Fails when a kind leaves the check to the zip of axes and values."""
    with pytest.raises(
        ValueError, match=r"expected 2 descriptors, got 1|expected 1 further|'b' must be finite"
    ):
        change(make(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_without_descriptors_there_is_one_cell(kind: str) -> None:
    """Fails when a kind divides by the number of its axes."""
    archive = make_archive(ArchiveSpec(kind=kind), descriptors=(), objective=Objective(metric="f"))
    assert (archive.size, archive.best, archive.coverage) == (1, None, 0.0)
    archive.add("p", fitness=1.0, descriptors=())
    archive.add("q", fitness=2.0, descriptors=())
    assert [elite.program for elite in archive] == ["q"]
    assert (archive.coverage, archive.qd_score(0.0)) == (1.0, 2.0)


def test_an_unknown_kind_is_told_with_those_there_are() -> None:
    """Fails when an unknown kind becomes a grid."""
    with pytest.raises(ValueError, match="expected an archive of kind grid, cvt, pareto, found 'tree'"):
        make_archive(ArchiveSpec(kind="tree"), descriptors=(), objective=Objective(metric="f"))
