from __future__ import annotations

from dataclasses import replace

import pytest

from archive.cell import Elite
from archive.learned import learn
from archive.niches import make_archive
from dashboard import cells, maps
from dashboard.axes import axes_of, name_of, on_axes
from problems.loader import load
from problems.problem import Direction, Problem
from problems.search import ArchiveSpec

ROWS = [(number + 1.0, 1.0, float(number % 3), float(number**2), 7.0) for number in range(9)]
"""Descriptors of programs: the plain one, then four features of which two differ."""


@pytest.fixture
def problem(problem_folder) -> Problem:
    """Effort as it is, between two axes that are learned."""
    found = load(problem_folder)
    steepness, effort = found.descriptors
    axes = (
        replace(steepness, name="style", source="learned.1", low=-3.0, high=3.0),
        effort,
        replace(steepness, name="shape", source="learned.0", low=-3.0, high=3.0),
    )
    return replace(found, descriptors=axes)


def elites_of(rows) -> list[Elite]:
    return [
        Elite(program=f"{number:064x}", cell=(0,), fitness=float(number), descriptors=row)
        for number, row in enumerate(rows)
    ]


def test_a_learned_axis_tells_which_difference_it_is(problem: Problem) -> None:
    """Fails when learned axes are called by their names alone."""
    assert [name_of(axis) for axis in problem.descriptors] == [
        "style \N{MIDDLE DOT} difference 2 of the code",
        "effort",
        "shape \N{MIDDLE DOT} main difference of the code",
    ]
    assert [axis.name for axis in axes_of(problem)] == [name_of(axis) for axis in problem.descriptors]


def test_elites_stand_at_the_learned_values_of_their_features(problem: Problem) -> None:
    """Fails when features are shown as axes, or the plain value stands where a learned one belongs."""
    projection = learn(problem.descriptors, ROWS)
    assert projection is not None
    shown = on_axes(elites_of(ROWS), problem, projection)
    for elite, row in zip(shown, ROWS, strict=True):
        main, second = projection.values(row[1:])
        assert elite.descriptors == (second, row[0], main)
    placed, axes = maps.lay_out(shown, problem)
    assert [len(axis.edges) for axis in axes] == [7, 6, 7]
    assert len({elite.cell[2] for elite in placed}) > 2


def test_all_learned_values_are_none_before_anything_was_learned(problem: Problem) -> None:
    shown = on_axes(elites_of(ROWS[:3]), problem, None)
    assert [elite.descriptors for elite in shown] == [(0.0, row[0], 0.0) for row in ROWS[:3]]


def test_what_was_stored_for_other_axes_stays_as_it_is(problem: Problem) -> None:
    """Fails with an error where the problem was changed after its run."""
    short = elites_of([row[:2] for row in ROWS])
    assert on_axes(short, problem, learn(problem.descriptors, ROWS)) == tuple(short)
    without = elites_of([row[:1] for row in ROWS])
    assert on_axes(without, problem, None) == tuple(without)
    plain = replace(problem, descriptors=problem.descriptors[1:2])
    assert on_axes(short, plain, None) == tuple(short)


def test_cells_of_centroids_are_labelled_by_learned_axes(problem: Problem) -> None:
    """Fails when features are told beside a dot in place of learned values."""
    problem = replace(
        problem,
        descriptors=problem.descriptors[::2],
        search=replace(problem.search, archive=ArchiveSpec(kind="cvt", cells=12)),
    )
    projection = learn(problem.descriptors, [row[1:] for row in ROWS])
    archive = make_archive(
        problem.search.archive,
        descriptors=problem.descriptors,
        objective=problem.objective,
        projection=projection,
    )
    for number, row in enumerate(ROWS):
        archive.add(f"{number:064x}", fitness=float(number), descriptors=row[1:])
    elites = on_axes(archive.elites, problem, projection)
    assert cells.has_centroids(elites, problem)
    figure = cells.tessellation(
        elites, problem=problem, axes=axes_of(problem), direction=Direction.MAXIMIZE, metric="height"
    )
    assert figure.layout.yaxis.title.text == "shape \N{MIDDLE DOT} main difference of the code"
    assert figure.layout.yaxis.ticktext == ("-3", "-1.5", "0", "1.5", "3")
    values = {elite.program: elite.descriptors for elite in elites}
    dots = figure.data[2]
    for program, text in zip(dots.customdata, dots.text, strict=True):
        assert f"{values[program][1]:.4g}".lstrip("-") in text
