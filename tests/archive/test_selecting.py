"""Laws of every kind of selection, on islands as a run has them.

What was changed by hand to see a test fail is in its docstring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.evaluation import Evaluation, Verdict
from archive.island import Archipelago
from archive.selecting import Crowd, Pareto, curiosity_of, make_selection, tournament
from archive.selection import Credit, ranks
from problems.problem import Descriptor, Direction, Objective
from problems.search import IslandProfile, Search, SelectionSpec

KINDS = ("boltzmann", "tournament", "uniform", "pareto", "curiosity")
AXES = (Descriptor(name="a", low=0.0, high=1.0, bins=40),)

# Multiples of 1/64 in a modest range: shifts and scales by such numbers are exact, so that equal stays equal.
fitnesses = st.lists(st.integers(-640, 640).map(lambda n: n / 64), min_size=1, max_size=20)
kinds = pytest.mark.parametrize("kind", KINDS)


def valid(program: str, fitness: float, value: float) -> Evaluation:
    return Evaluation(
        program=program, problem="d", verdict=Verdict.VALID, fitness=fitness, descriptors=(value,)
    )


def archipelago(
    kind: str, fitness: Sequence[float], *, direction: Direction = Direction.MAXIMIZE
) -> Archipelago:
    """One island with an elite in every second bin, in this order."""
    archive = Archipelago(
        descriptors=AXES,
        objective=Objective(metric="f", direction=direction),
        search=Search(selection=SelectionSpec(kind=kind)),
    )
    for number, value in enumerate(fitness):
        archive.add(valid(f"p{number}", value, (number + 0.5) / 40), island=0)
    return archive


def chances(archive: Archipelago) -> np.ndarray:
    return archive.islands[0].probabilities()


@kinds
@given(fitness=fitnesses)
def test_probabilities_are_probabilities(kind: str, fitness: list[float]) -> None:
    """Broken by hand: not dividing by the sum of the weights fails this."""
    p = chances(archipelago(kind, fitness))
    assert p.shape == (len(fitness),)
    assert (p >= 0).all()
    assert p.sum() == pytest.approx(1.0)


@kinds
@given(fitness=fitnesses, shift=st.integers(-500, 500), scale=st.sampled_from([0.25, 2.0, 1024.0]))
def test_shift_and_positive_scale_of_all_fitness_change_nothing(
    kind: str, fitness: list[float], shift: int, scale: float
) -> None:
    """Broken by hand: giving the crowd utilities instead of their ranks fails this in two kinds."""
    moved = [scale * value + shift for value in fitness]
    np.testing.assert_array_equal(chances(archipelago(kind, fitness)), chances(archipelago(kind, moved)))


@kinds
@given(fitness=fitnesses)
def test_minimizing_is_maximizing_the_negative(kind: str, fitness: list[float]) -> None:
    """Broken by hand: ranking `elite.fitness` instead of its utility fails this."""
    least = archipelago(kind, fitness, direction=Direction.MINIMIZE)
    most = archipelago(kind, [-value for value in fitness])
    np.testing.assert_array_equal(chances(least), chances(most))


@kinds
@given(fitness=fitnesses)
def test_a_program_that_is_not_valid_changes_nothing(kind: str, fitness: list[float]) -> None:
    """Broken by hand: offering it to the archive with a fitness of 0 fails this."""
    archive = archipelago(kind, fitness)
    before = chances(archive)
    elites = archive.elites()
    archive.add(Evaluation(program="bad", problem="d", verdict=Verdict.FAILED), island=0)
    archive.islands[0].weariness -= 1  # that it warms the island is another law
    assert archive.elites() == elites
    np.testing.assert_array_equal(chances(archive), before)


@kinds
@given(depth=st.integers(1, 30))
def test_depth_in_the_lineage_changes_nothing(kind: str, depth: int) -> None:
    """Broken by hand: a weight that grows with the number of arrivals before a program fails this.

    One program came first and one is the last of a line of ever better ones that ended as good as the first;
    neither has children of its own.
    """
    archive = archipelago(kind, [])
    archive.add(valid("founder", 1.0, 0.2), island=0)
    for number in range(depth):
        archive.add(valid(f"deep{number}", (number + 1) / depth, 0.8), island=0)
    p = chances(archive)
    assert len(p) == 2
    assert p[0] == pytest.approx(p[1])


@pytest.mark.parametrize("kind", ["boltzmann", "tournament"])
@given(fitness=fitnesses)
def test_probability_is_monotone_in_fitness_at_equal_credit(kind: str, fitness: list[float]) -> None:
    """Broken by hand: the temperature's sign, or a tournament that the worst entrant wins, fails this."""
    p = chances(archipelago(kind, fitness))
    order = np.argsort(fitness, kind="stable")
    assert (np.diff(p[order]) >= -1e-15).all()
    for one, first in zip(p, fitness, strict=True):
        for other, second in zip(p, fitness, strict=True):
            if first == second:
                assert one == other


@given(fitness=fitnesses)
def test_fitness_is_nothing_to_uniform_and_curious_selection(fitness: list[float]) -> None:
    """Broken by hand: ranks as their base weights fail this."""
    for kind in ("uniform", "curiosity"):
        np.testing.assert_allclose(chances(archipelago(kind, fitness)), 1 / len(fitness))


@given(
    scores=st.lists(st.integers(0, 6), min_size=1, max_size=8),
    size=st.integers(1, 6),
    seed=st.integers(0, 2**31),
)
def test_a_tournament_is_what_holding_it_gives(scores: list[int], size: int, seed: int) -> None:
    """Broken by hand: leaving the division among equals out, or another exponent, fails this."""
    rng = np.random.default_rng(seed)
    held = 3000
    entrants = rng.integers(len(scores), size=(held, size))
    values = np.asarray(scores, dtype=float)
    best = values[entrants].max(axis=1)
    expected = np.zeros(len(scores))
    for score in set(scores):
        equal = values == score
        expected[equal] = (best == score).sum() / held / equal.sum()
    np.testing.assert_allclose(tournament(values, size=size), expected, atol=0.06)


def test_a_tournament_of_one_is_uniform_and_a_large_one_takes_the_best() -> None:
    values = np.array([3.0, 1.0, 2.0])
    np.testing.assert_allclose(tournament(values, size=1), 1 / 3)
    np.testing.assert_allclose(tournament(values, size=200), [1.0, 0.0, 0.0], atol=1e-9)


credits = st.integers(0, 300).flatmap(
    lambda children: st.builds(Credit, children=st.just(children), improved=st.integers(0, children))
)


@given(credit=credits)
def test_curiosity_rises_with_children_that_enter_and_falls_with_those_that_do_not(credit: Credit) -> None:
    """Broken by hand: swapping the two terms of the score fails this; so does a floor of 0."""
    entered = Credit(children=credit.children + 1, improved=credit.improved + 1)
    failed = replace(credit, children=credit.children + 1)
    assert curiosity_of(failed) <= curiosity_of(credit) <= curiosity_of(entered)
    if abs(credit.improved - 0.5 * (credit.children - credit.improved)) < 50:
        assert curiosity_of(failed) < curiosity_of(credit) < curiosity_of(entered)
    assert 0.05 <= curiosity_of(credit) <= 1


@kinds
@given(credit=credits)
def test_the_worth_of_a_credit_is_positive_and_bounded_in_every_kind(kind: str, credit: Credit) -> None:
    """Broken by hand: adding the credit to the score instead of squeezing it fails this."""
    assert 0 < make_selection(SelectionSpec(kind=kind)).worth(credit) <= 1


def test_a_parent_whose_children_fail_is_drawn_less_and_one_whose_children_enter_more() -> None:
    """Broken by hand: not telling the islands of a credit fails this."""
    archive = archipelago("curiosity", [1.0, 1.0, 1.0])
    for number in range(5):
        archive.add(
            Evaluation(program=f"bad{number}", problem="d", verdict=Verdict.FAILED), island=0, parent="p0"
        )
        archive.add(valid(f"new{number}", 1.0, 0.5 + number / 40), island=0, parent="p2")
    p = dict(
        zip([elite.program for elite in archive.islands[0].archive.elites], chances(archive), strict=True)
    )
    assert p["p0"] < p["p1"] < p["p2"]


points = st.lists(st.tuples(*[st.integers(0, 5)] * 2), min_size=1, max_size=15)


@given(values=points)
def test_under_pareto_what_dominates_is_at_least_as_likely(values: list[tuple[int, int]]) -> None:
    """Broken by hand: adding the front's number instead of taking it away fails this."""
    crowd = Crowd(
        z=ranks([float(a) for a, _ in values]),
        further=np.array([[float(b)] for _, b in values]),
        descriptors=np.zeros((len(values), 1)),
    )
    p = Pareto().base(crowd, temperature=1.0)
    for i, one in enumerate(values):
        for j, other in enumerate(values):
            if one == other:
                assert p[i] == p[j]
            elif one[0] >= other[0] and one[1] >= other[1]:
                assert p[i] > p[j]


def test_without_further_objectives_pareto_prefers_the_lonely_among_equals() -> None:
    """Broken by hand: leaving novelty out where there are no further objectives fails this."""
    archive = archipelago("pareto", [])
    for name, place in (("a", 0.1), ("b", 0.13), ("c", 0.16), ("lonely", 0.9)):
        archive.add(valid(name, 1.0, place), island=0)
    assert int(np.argmax(chances(archive))) == 3


def test_a_kind_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="boltzmann, tournament, uniform, pareto, curiosity, found 'best'"):
        make_selection(SelectionSpec(kind="best"))


def test_the_declared_shares_bound_the_share_of_parents() -> None:
    """Broken by hand: not handing `coldest` and `hottest` on to the target fails this."""
    search = Search(selection=SelectionSpec(coldest=0.5, hottest=0.9))
    archive = Archipelago(descriptors=AXES, objective=Objective(metric="f"), search=search)
    for number in range(40):
        archive.add(valid(f"p{number}", float(number), (number + 0.5) / 40), island=0)
    cold = archive.islands[0].heat().parents
    archive.islands[0].weariness = 10_000
    assert cold == pytest.approx(20, rel=0.2)
    assert archive.islands[0].heat().parents == pytest.approx(36)


def test_a_stalled_island_leaves_a_tenth_of_its_draws_to_its_best() -> None:
    """Broken by hand: no share for the best, or a share for the last that was added, fails this."""
    archive = archipelago("boltzmann", [3.0, 5.0, 5.0, 1.0, 4.0])
    for number in range(400):  # children of the best that lead nowhere take its credit
        archive.add(valid(f"worse{number}", 0.5, 0.5 / 40), island=0, parent=("p1", "p2")[number % 2])
    archive.islands[0].weariness = 10_000
    p = chances(archive)
    assert archive.islands[0].heat().level == 1
    assert p[1] == p[2]
    assert 0.1 <= p[1] + p[2] < 0.12
    assert p.sum() == pytest.approx(1)


def test_an_island_is_selected_from_as_its_profile_says_and_else_as_the_search_does() -> None:
    """Broken by hand: leaving the profile out of `Search.selection_of` fails this."""
    search = Search(
        islands=3,
        selection=SelectionSpec(kind="tournament"),
        profiles=(IslandProfile(selection=SelectionSpec(kind="uniform")), IslandProfile()),
    )
    archive = Archipelago(descriptors=AXES, objective=Objective(metric="f"), islands=3, search=search)
    for island in range(3):
        for number in range(5):
            archive.add(valid(f"p{number}", float(number), (number + 0.5) / 40), island=island)
    even, steep, again = (island.probabilities() for island in archive.islands)
    np.testing.assert_allclose(even, 1 / 5)
    np.testing.assert_allclose(steep, tournament(np.arange(5.0), size=3))
    np.testing.assert_array_equal(again, even)
