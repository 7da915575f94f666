"""The sign of the temperature: hotter when crowded, hotter when stalled, cooler with progress."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archive.evaluation import Evaluation, Verdict
from archive.island import Archipelago
from archive.selection import FIRST_PACE, Heat
from benchmarks.temperature import picture, simulate, spans
from problems.problem import Descriptor, Objective
from problems.search import ArchiveSpec, Search

WHOLE = 10 * int(FIRST_PACE)
AXES = (
    Descriptor(name="a", low=0.0, high=1.0, bins=20),
    Descriptor(name="b", low=0.0, high=1.0, bins=20),
)
fitnesses = st.lists(st.integers(0, 10**6), min_size=6, max_size=20, unique=True)


def valid(program: str, fitness: float, values: tuple[float, ...]) -> Evaluation:
    return Evaluation(
        program=program, problem="d", verdict=Verdict.VALID, fitness=fitness, descriptors=values
    )


def archipelago(places: list[tuple[float, float]], fitness: list[int], kind: str = "grid") -> Archipelago:
    archive = Archipelago(
        descriptors=AXES, objective=Objective(metric="f"), search=Search(archive=ArchiveSpec(kind=kind))
    )
    for number, (place, worth) in enumerate(zip(places, fitness, strict=True)):
        archive.add(valid(f"p{number}", float(worth), place), island=0)
    return archive


def heat(archive: Archipelago) -> Heat:
    return archive.islands[0].heat()


@pytest.mark.parametrize("kind", ["grid", "cvt"])
@given(fitness=fitnesses)
def test_less_diversity_is_hotter(kind: str, fitness: list[int]) -> None:
    """Broken by hand: `diversity` for `1 - diversity` in the heat, as some have it, fails this."""
    fitness = fitness[:6]  # so few that every one has a centroid of its own
    n = len(fitness)
    spread = archipelago([((i + 0.5) / n, (i + 0.5) / n) for i in range(n)], fitness, kind)
    crowded = archipelago([(0.525, (i + 0.5) / n) for i in range(n)], fitness, kind)
    assume(len(spread.elites()) == len(crowded.elites()) == n)
    assert heat(crowded).diversity < heat(spread).diversity
    assert heat(crowded).parents > heat(spread).parents
    assert heat(crowded).temperature > heat(spread).temperature


@given(fitness=fitnesses, stall=st.integers(0, 2 * WHOLE), longer=st.integers(0, WHOLE))
def test_a_longer_stall_is_never_cooler_and_a_whole_one_is_hotter(
    fitness: list[int], stall: int, longer: int
) -> None:
    """Broken by hand: `1 - stall` for `stall` in the heat fails this."""
    archive = archipelago([((i + 0.5) / 20, (i + 0.5) / 20) for i in range(len(fitness))], fitness)
    island = archive.islands[0]
    island.weariness, island.pace = 0.0, FIRST_PACE
    fresh = heat(archive)
    island.weariness = stall
    before = heat(archive)
    island.weariness = stall + longer
    assert heat(archive).temperature >= before.temperature
    island.weariness = WHOLE
    assert heat(archive).temperature > fresh.temperature
    assert heat(archive).parents > fresh.parents


@given(fitness=fitnesses, stall=st.integers(WHOLE // 2, 2 * WHOLE))
def test_progress_cools(fitness: list[int], stall: int) -> None:
    """Broken by hand: not setting the stall back at an improvement fails this."""
    archive = archipelago([((i + 0.5) / 20, (i + 0.5) / 20) for i in range(len(fitness))], fitness)
    archive.islands[0].weariness, archive.islands[0].pace = stall, FIRST_PACE
    stalled = heat(archive)
    archive.add(valid("better", 2e6, (0.525, 0.525)), island=0)
    assert heat(archive).parents < stalled.parents
    assert heat(archive).temperature < stalled.temperature


def test_a_run_that_crowds_stalls_and_recovers_warms_and_cools_again() -> None:
    """Broken by hand: either sign of the heat turned fails this."""
    heats = simulate(seed=4)
    spread, crowded, stalled, recovered = (heats[last - 1] for _, last in spans())
    assert crowded.diversity < 0.6 < min(spread.diversity, recovered.diversity)
    assert crowded.temperature > spread.temperature
    assert stalled.temperature > crowded.temperature
    assert recovered.temperature < crowded.temperature
    assert picture(heats).count("<polyline") == 4
