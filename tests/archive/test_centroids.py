"""Centroids are the same everywhere and evenly spread; a value belongs to the nearest."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.centroids import centroids
from archive.niches import Archive, make_archive
from problems.problem import Descriptor, Objective, Scale
from problems.search import ArchiveSpec


def digest(axes: int, cells: int) -> str:
    return hashlib.sha256(centroids(axes=axes, cells=cells).tobytes()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("axes", "cells", "known"),
    [
        (1, 256, "bc4e050bd5552f3e"),
        (2, 256, "9701679bbf65740e"),
        (10, 256, "800de352b1d86afa"),
        (3, 10, "f844821aa616c500"),
        (2, 1, "606e5166986dd9f1"),
    ],
)
def test_centroids_are_the_same_on_every_machine(axes: int, cells: int, known: str) -> None:
    # Stored elites are kept by these numbers: a change here leaves every stored run with cells of its own.
    # Broken by hand: another seed or number of steps, or samples that are not taken with their opposites.
    assert digest(axes, cells) == known


@pytest.mark.thorough("loads scikit-learn again, with another kernel of its algebra")
@pytest.mark.parametrize("setting", [{"OPENBLAS_CORETYPE": "Prescott"}, {"OMP_NUM_THREADS": "1"}])
def test_processor_and_threads_do_not_show_in_the_centroids(setting: dict[str, str]) -> None:
    script = (
        "import hashlib; from archive.centroids import centroids;"
        "print(hashlib.sha256(centroids(axes=7, cells=64).tobytes()).hexdigest()[:16])"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        env=dict(os.environ) | setting,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert told.stdout.strip() == digest(7, 64)


@pytest.mark.parametrize("axes", [1, 4])
def test_centroids_lie_where_all_sums_and_products_are_exact(axes: int) -> None:
    # Broken by hand: leaving out the rounding after a step.
    shares = (centroids(axes=axes, cells=40) - 0.5) * 2**20
    assert (shares == np.rint(shares)).all()


@pytest.mark.parametrize("axes", [1, 3, 10])
def test_centroids_are_spread_evenly_over_the_box(axes: int) -> None:
    # Broken by hand: with no step of k-means the fullest cell of three axes has some 4 times the mean.
    places = centroids(axes=axes, cells=64)
    assert places.shape == (64, axes)
    assert len(np.unique(places, axis=0)) == 64
    assert 0 < places.min() < places.max() < 1
    samples = np.random.default_rng(1).random((20_000, axes))
    nearest = ((samples[:, None, :] - places[None]) ** 2).sum(axis=2).argmin(axis=1)
    shares = np.bincount(nearest, minlength=64) * 64 / len(samples)
    assert shares.min() > 0.25
    assert shares.max() < 2.5


def test_centroids_are_made_once_and_cannot_be_changed() -> None:
    assert centroids(axes=2, cells=16) is centroids(axes=2, cells=16)
    with pytest.raises(ValueError, match="read-only"):
        centroids(axes=2, cells=16)[0, 0] = 0.0


AXES = (
    Descriptor(name="a", low=-2.0, high=6.0),
    Descriptor(name="n", low=1.0, high=1000.0, scale=Scale.LOG),
)


def archive(cells: int = 30) -> Archive:
    spec = ArchiveSpec(kind="cvt", cells=cells)
    return make_archive(spec, descriptors=AXES, objective=Objective(metric="f"))


@given(
    a=st.floats(min_value=-50, max_value=50),
    n=st.floats(min_value=1e-3, max_value=1e6),
)
def test_a_value_belongs_to_its_nearest_centroid_in_units_of_the_axes(a: float, n: float) -> None:
    # Broken by hand: raw values in place of positions, or a logarithmic axis taken as a linear one.
    places = centroids(axes=2, cells=30)
    here = ((a + 2) / 8, math.log(n) / math.log(1000))
    distances = [math.dist(here, place) for place in places]
    cell = archive().locate((a, n))
    assert cell is not None
    assert distances[cell[0]] == pytest.approx(min(distances), rel=1e-9)


def test_a_value_far_outside_keeps_its_side() -> None:
    # Broken by hand: |x - c|^2 forgets c beside such an x, and every such value falls into cell 0.
    places = centroids(axes=2, cells=30)
    far = archive().locate((1.7e308, 30.0))
    other = archive().locate((-1.7e308, 30.0))
    assert far is not None
    assert other is not None
    assert places[far[0], 0] == places[:, 0].max()
    assert places[other[0], 0] == places[:, 0].min()
    placed = archive().add("p", fitness=0.0, descriptors=(1e300, 0.0))
    assert not placed.reindexed
    assert placed.cell is not None


def test_values_are_kept_as_they_are() -> None:
    kept = archive()
    kept.add("p", fitness=0.0, descriptors=(1e9, 0.5))
    assert kept.elites[0].descriptors == (1e9, 0.5)
    assert kept.ranges() == ((0.0, 1.0), (0.0, 1.0))
    assert kept.size == 30


def test_no_cells_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 1 cell, got 0"):
        archive(0)
