"""Selection alone: strategies over six landscapes of ten numbers, without a model and without a sandbox.

A child is its parent with two numbers moved at random, the same way for every strategy, so that only the
choice of parents differs. Thousands of evaluations a second make it a tool for tuning selection; what it says
must then hold in a study with real runs, see docs/studies.md. All fitness is maximized and 0 (``trap``: 1) is
perfect. Human lines first; the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from archive.evaluation import Evaluation, Verdict
from archive.island import Archipelago
from archive.strategy import STRATEGIES
from benchmarks.machine import report
from problems.problem import Descriptor, Objective
from problems.search import Search, SelectionSpec

NUMBERS = 10
MOVED, STEP = 2, 0.1
NOISE = 0.05
Point = Sequence[float]
_random = random.Random(12345)
OPTIMUM = [_random.random() for _ in range(NUMBERS)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """What is climbed.

    Attributes:
        fitness: of a point, without noise.
        axes: name, range and value of each descriptor.
        noise: standard deviation of what is added to the fitness that the search sees.
    """

    fitness: Callable[[Point], float]
    axes: tuple[tuple[str, float, float, Callable[[Point], float]], ...]
    noise: float = 0.0


def smooth(x: Point) -> float:
    """Minus the squared distance from a hidden point."""
    return -sum((a - b) ** 2 for a, b in zip(x, OPTIMUM, strict=True))


def peaks(x: Point) -> float:
    """Rastrigin's function, its optimum at 0.3 in every number."""
    return -sum((5 * (a - 0.3)) ** 2 + 1 - math.cos(10 * math.pi * (a - 0.3)) for a in x)


def trap(x: Point) -> float:
    """Five pairs; each pays 1 above 0.9 on average, and below it more the farther away it is."""
    pairs = [(x[i] + x[i + 1]) / 2 for i in range(0, NUMBERS, 2)]
    return sum(1.0 if m > 0.9 else 0.8 * (1 - m / 0.9) if m >= 0 else 0.8 + m for m in pairs) / 5


def maze(x: Point) -> float:
    """Minus the distance from the goal after ten steps by angle; a cup open to the left keeps it away."""
    return -math.dist(walk(x), (0.8, 0.5))


def walk(x: Point) -> tuple[float, float]:
    """Where the ten steps end; a step through a wall is not taken."""
    place = (0.1, 0.5)
    for angle in x:
        turn = 2 * math.pi * angle
        there = (place[0] + 0.12 * math.cos(turn), place[1] + 0.12 * math.sin(turn))
        if not _hits_wall(place, there):
            place = (min(1.0, max(0.0, there[0])), min(1.0, max(0.0, there[1])))
    return place


def _hits_wall(a: tuple[float, float], b: tuple[float, float]) -> bool:
    if (a[0] - 0.6) * (b[0] - 0.6) < 0:
        t = (0.6 - a[0]) / (b[0] - a[0])
        if 0.2 < a[1] + t * (b[1] - a[1]) < 0.8:
            return True
    for wall in (0.2, 0.8):
        if (a[1] - wall) * (b[1] - wall) < 0:
            t = (wall - a[1]) / (b[1] - a[1])
            if 0.3 < a[0] + t * (b[0] - a[0]) < 0.6:
                return True
    return False


MEAN = ("mean", 0.0, 1.0, lambda x: sum(x) / NUMBERS)
SPREAD = ("spread", 0.0, 1.5, lambda x: max(x) - min(x))
FIRST = ("first", 0.0, 1.0, lambda x: x[0])
SECOND = ("second", 0.0, 1.0, lambda x: x[1])
EAST = ("east", 0.0, 1.0, lambda x: walk(x)[0])
NORTH = ("north", 0.0, 1.0, lambda x: walk(x)[1])
LANDSCAPES = {
    "smooth": Landscape(fitness=smooth, axes=(MEAN, SPREAD)),
    "smooth_by_genes": Landscape(fitness=smooth, axes=(FIRST, SECOND)),
    "peaks": Landscape(fitness=peaks, axes=(FIRST, SECOND)),
    "trap": Landscape(fitness=trap, axes=(MEAN, SPREAD)),
    "maze": Landscape(fitness=maze, axes=(EAST, NORTH)),
    "noisy": Landscape(fitness=smooth, axes=(MEAN, SPREAD), noise=NOISE),
}


def climb(landscape: Landscape, *, strategy: str, search: Search, seed: int, evaluations: int) -> float:
    """True fitness of the best that a run of so many evaluations holds in the end."""
    rng = random.Random(seed)
    archive = Archipelago(
        descriptors=tuple(Descriptor(name=n, low=low, high=high) for n, low, high, _ in landscape.axes),
        objective=Objective(metric="fitness"),
        islands=search.islands,
        search=search,
    )
    points: dict[str, Point] = {}

    def evaluate(point: Point) -> Evaluation:
        program = hashlib.sha256(repr(point).encode()).hexdigest()
        points[program] = point
        seen = landscape.fitness(point) + rng.gauss(0.0, landscape.noise) * (landscape.noise > 0)
        values = tuple(value(point) for *_, value in landscape.axes)
        return Evaluation(
            program=program, problem="landscape", verdict=Verdict.VALID, fitness=seen, descriptors=values
        )

    first = evaluate([0.5] * NUMBERS)
    for island in range(search.islands):
        archive.add(first, island=island)
    chooser = STRATEGIES[strategy](seed=first.program, inspirations=0)
    for number in range(1, evaluations + 1):
        draw = chooser.draw(archive, number=number, rng=np.random.default_rng([seed, number]))
        child = list(points[draw.parent])
        for place in rng.sample(range(NUMBERS), MOVED):
            child[place] = round(child[place] + rng.gauss(0.0, STEP), 5)
        archive.add(evaluate(child), island=draw.island, parent=draw.parent)
        if search.migration_every and number % search.migration_every == 0:
            archive.migrate()
    assert archive.best is not None
    return landscape.fitness(points[archive.best.program])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--evaluations", type=int, default=500)
    parser.add_argument("--islands", type=int, default=1)
    parser.add_argument("--coldest", type=float, default=SelectionSpec().coldest)
    parser.add_argument("--hottest", type=float, default=SelectionSpec().hottest)
    options = parser.parse_args()
    spec = SelectionSpec(coldest=options.coldest, hottest=options.hottest)
    search = Search(islands=options.islands, selection=spec)
    lines = [f"{'median of the true best':24}" + "".join(f"{name:>13}" for name in STRATEGIES)]
    figures: dict[str, object] = {"seeds": options.seeds, "evaluations": options.evaluations}
    for name, landscape in LANDSCAPES.items():
        medians = {
            strategy: statistics.median(
                climb(landscape, strategy=strategy, search=search, seed=seed, evaluations=options.evaluations)
                for seed in range(options.seeds)
            )
            for strategy in STRATEGIES
        }
        figures |= {f"{name}_{strategy}": round(value, 6) for strategy, value in medians.items()}
        lines.append(f"{name:24}" + "".join(f"{value:13.4f}" for value in medians.values()))
    report("landscapes", lines, figures)


if __name__ == "__main__":
    main()
