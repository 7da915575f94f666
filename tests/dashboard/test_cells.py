from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from archive.cell import Elite
from archive.centroids import Nearest, centroids
from archive.niches import make_archive
from dashboard import cells
from dashboard.axes import axes_of
from problems.loader import load
from problems.problem import Direction, Problem
from problems.search import ArchiveSpec


@pytest.fixture
def problem(problem_folder) -> Problem:
    found = load(problem_folder)
    return replace(found, search=replace(found.search, archive=ArchiveSpec(kind="cvt", cells=12)))


def placed(problem: Problem, *values: tuple[str, float, tuple[float, ...]]) -> tuple[Elite, ...]:
    archive = make_archive(
        problem.search.archive, descriptors=problem.descriptors, objective=problem.objective
    )
    for name, fitness, descriptors in values:
        archive.add(name * 32, fitness=fitness, descriptors=descriptors)
    return archive.elites


def draw(problem: Problem, elites, **options):
    return cells.tessellation(
        elites,
        problem=problem,
        axes=axes_of(problem),
        direction=Direction.MAXIMIZE,
        metric="height",
        **options,
    )


def test_an_elite_lies_at_the_centroid_of_its_cell_and_empty_cells_are_rings(problem: Problem) -> None:
    """Fails when elites are drawn by bins or by their own values."""
    elites = placed(problem, ("aa", 1.0, (0.1, 2.0)), ("bb", 3.0, (0.9, 80.0)))
    figure = draw(problem, elites, chosen="aa" * 32)
    areas, rings, dots, star = figure.data
    where = centroids(axes=2, cells=12)
    assert list(dots.customdata) == ["aa" * 32, "bb" * 32]
    assert [(x, y) for x, y in zip(dots.x, dots.y, strict=True)] == [
        tuple(where[elite.cell[0]]) for elite in sorted(elites, key=lambda elite: elite.fitness)
    ]
    assert len(rings.x) == 10
    assert (star.x[0], star.y[0]) == (dots.x[1], dots.y[1])
    assert dots.marker.size[0] > dots.marker.size[1]
    assert [text.startswith("<b>1</b><br>steepness") for text in dots.text] == [True, False]
    assert set(areas.z[~np.isnan(areas.z)]) == {1.0, 3.0}


def test_every_point_of_the_box_has_the_colour_of_the_cell_that_it_would_be_put_in(problem: Problem) -> None:
    """Fails when axes are exchanged, or the scale of an axis is left out."""
    elites = placed(problem, *[(f"{n:02x}", float(n), (n % 7 / 6, 100 ** (n % 5 / 4))) for n in range(35)])
    areas = draw(problem, elites).data[0]
    best = {elite.cell: elite.fitness for elite in elites}
    nearest = Nearest(problem.descriptors, cells=12)
    for column in range(5, 240, 23):
        for row in range(5, 240, 23):
            shown = areas.z[row][column]
            if not math.isnan(shown):
                assert best[nearest.locate((areas.x[column], 100 ** areas.y[row]))] == shown


def test_cells_are_drawn_by_centroids_only_where_they_are_such(problem: Problem) -> None:
    elites = placed(problem, ("aa", 1.0, (0.1, 2.0)))
    assert cells.has_centroids(elites, problem)
    assert not cells.has_centroids(elites, None)
    assert not cells.has_centroids([replace(elites[0], cell=(1, 2))], problem)
    assert not cells.has_centroids([replace(elites[0], cell=(12,))], problem)
    grid = replace(problem, search=replace(problem.search, archive=ArchiveSpec(kind="grid", cells=12)))
    assert not cells.has_centroids(elites, grid)


def test_the_best_of_a_cell_over_islands_is_the_smallest_when_minimizing(problem: Problem) -> None:
    (one,) = placed(problem, ("aa", 1.0, (0.1, 2.0)))
    other = replace(one, fitness=2.0, island=1, program="bb" * 32)
    assert cells.best_of_cells([one, other], Direction.MINIMIZE) == {one.cell[0]: one}
    assert cells.best_of_cells([one, other], Direction.MAXIMIZE) == {one.cell[0]: other}
