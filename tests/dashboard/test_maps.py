from __future__ import annotations

from pathlib import Path

import pytest

from archive.cell import Elite
from dashboard import maps
from problems.loader import load
from problems.problem import Direction, Problem


@pytest.fixture
def problem(problem_folder: Path) -> Problem:
    return load(problem_folder)


def elite(name: str, fitness: float, descriptors: tuple[float, ...], island: int = 0, cell=(0, 0)) -> Elite:
    return Elite(program=name * 32, cell=cell, fitness=fitness, descriptors=descriptors, island=island)


def draw(elites, problem, **options):
    placed, axes = maps.lay_out(elites, problem)
    return maps.heatmap(
        placed, axes=(axes[0], axes[1]), direction=Direction.MAXIMIZE, metric="height", **options
    )


def test_elites_lie_on_one_grid_with_the_declared_edges(problem: Problem) -> None:
    placed, axes = maps.lay_out([elite("aa", 1.0, (0.99, 1.5)), elite("bb", 2.0, (0.0, 99.0))], problem)
    assert [each.cell for each in placed] == [(5, 0), (0, 4)]
    assert axes[0].edges == pytest.approx([0, 1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1])
    assert axes[1].edges[0] == pytest.approx(1)
    assert axes[1].edges[-1] == pytest.approx(100)
    assert axes[1].edges[1] == pytest.approx(100**0.2)


def test_a_value_outside_the_declared_range_stretches_the_edges_and_moves_all_elites(
    problem: Problem,
) -> None:
    placed, axes = maps.lay_out([elite("aa", 1.0, (1.4, 10.0)), elite("bb", 2.0, (0.5, 10.0))], problem)
    assert axes[0].edges[0] == pytest.approx(-0.5)
    assert axes[0].edges[-1] == pytest.approx(1.5)
    for each in placed:
        low, high = axes[0].edges[each.cell[0]], axes[0].edges[each.cell[0] + 1]
        assert low <= each.descriptors[0] <= high


def test_equal_cells_of_islands_stretched_apart_are_told_apart(problem: Problem) -> None:
    elites = [elite("aa", 1.0, (0.05, 5.0), island=0), elite("bb", 2.0, (0.95, 5.0), island=1)]
    placed, axes = maps.lay_out(elites, problem)
    assert len(maps.best_of_places(placed, (axes[0], axes[1]), Direction.MAXIMIZE)) == 2
    assert [each.island for each in placed] == [0, 1]


def test_a_place_shows_the_best_over_islands(problem: Problem) -> None:
    elites = [elite("aa", 1.0, (0.05, 5.0), island=0), elite("bb", 2.0, (0.06, 5.0), island=1)]
    figure = draw(elites, problem)
    shown = [value for row in figure.data[0].z for value in row if value is not None]
    assert shown == [2.0]


def test_the_best_of_a_place_is_the_smallest_when_minimizing(problem: Problem) -> None:
    elites = [elite("aa", 1.0, (0.05, 5.0)), elite("bb", 2.0, (0.06, 5.0), island=1)]
    placed, axes = maps.lay_out(elites, problem)
    best = maps.best_of_places(placed, (axes[0], axes[1]), Direction.MINIMIZE)
    assert [each.fitness for each in best.values()] == [1.0]


def test_each_filled_cell_has_a_target_that_names_its_program(problem: Problem) -> None:
    elites = [elite("aa", 1.0, (0.05, 5.0)), elite("bb", 2.0, (0.95, 50.0))]
    figure = draw(elites, problem)
    targets = figure.data[1]
    assert set(targets.customdata) == {"aa" * 32, "bb" * 32}
    assert targets.marker.opacity < 0.05
    assert all("steepness" in text and "effort" in text for text in targets.text)


def test_the_chosen_program_is_framed_and_the_best_starred(problem: Problem) -> None:
    elites = [elite("aa", 1.0, (0.05, 5.0)), elite("bb", 2.0, (0.95, 50.0))]
    figure = draw(elites, problem, chosen="aa" * 32)
    star, frame = figure.data[2], figure.layout.shapes[0]
    targets = figure.data[1]
    places = dict(zip(targets.customdata, zip(targets.x, targets.y, strict=True), strict=True))
    assert (star.marker.symbol, star.x[0], star.y[0]) == ("star", *places["bb" * 32])
    assert ((frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2) == places["aa" * 32]


def test_a_program_that_is_no_elite_any_more_is_not_framed(problem: Problem) -> None:
    figure = draw([elite("aa", 1.0, (0.05, 5.0))], problem, chosen="cc" * 32)
    assert not figure.layout.shapes


def test_one_hopeless_elite_does_not_flatten_the_colours_of_the_rest(problem: Problem) -> None:
    elites = [elite(f"a{i}", 2 + i / 10, (i / 10, 5.0)) for i in range(9)] + [elite("ff", -1e9, (0.5, 90.0))]
    figure = draw(elites, problem)
    assert figure.data[0].zmin > 0
    assert figure.data[0].zmax == pytest.approx(2.8)


def test_without_the_problem_cells_keep_their_numbers(problem: Problem) -> None:
    placed, axes = maps.lay_out([elite("aa", 1.0, (0.4, 5.0), cell=(3, 7))], None)
    assert placed[0].cell == (3, 7)
    assert [axis.edges for axis in axes] == [(), ()]
    figure = maps.heatmap(placed, axes=(axes[0], axes[1]), direction=Direction.MAXIMIZE, metric="fitness")
    assert len(figure.data[0].z) == 8
    assert figure.layout.xaxis.title.text == "descriptor 1 (bin)"


def test_a_single_descriptor_is_drawn_against_fitness() -> None:
    placed, axes = maps.lay_out([elite("aa", 1.5, (0.4,), cell=(3,))], None)
    figure = maps.scatter(placed, axes=axes, direction=Direction.MINIMIZE, metric="cost")
    assert (figure.data[0].x[0], figure.data[0].y[0]) == (0.4, 1.5)
    assert figure.data[0].marker.reversescale
    assert figure.layout.yaxis.title.text == "cost"


def test_the_front_of_a_place_is_told_by_its_best_and_its_size(problem: Problem) -> None:
    """Fails when members of a front are counted twice, or not at all."""
    front = [elite("aa", 1.0, (0.05, 5.0)), elite("bb", 2.0, (0.05, 5.0)), elite("cc", 1.5, (0.05, 5.0))]
    again = elite("aa", 1.0, (0.05, 5.0), island=1)
    single = elite("dd", 9.0, (0.95, 50.0))
    figure = draw([*front, again, single], problem, fronts=True)
    sizes, targets = figure.data[1], figure.data[2]
    assert list(sizes.text) == ["3"]
    told = dict(zip(targets.customdata, targets.text, strict=True))
    assert told["bb" * 32].endswith("best of a front of 3")
    assert "front" not in told["dd" * 32]
    assert "front" not in " ".join(draw([*front, single], problem).data[1].text)
