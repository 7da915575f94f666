"""What tuning without a model comes to: ten hidden constants, quadratics that lie askew, and 26 circles.

Runs with the embedded model and the process sandbox: ten constants with `search.tuner=bandit`, which shares
the turns with the model, and with `search.tuner=always`, in which no model is called; circles with `always`.

Ten constants are worth minus the sum of their squared distances to hidden ones: a separable quadratic, which
the tuner's guess fits exactly, so there is no kinder problem. So the tuner alone, without a run around it, is
also measured with its guess and without: on the same constants; on quadratics of ten constants that are a
hundred and ten thousand times steeper in one direction than in another, none of these being a coordinate;
and on a valley that bends (Rosenbrock's function), which is no quadratic.

A line for people and one of JSON for each measurement, after one of JSON that describes the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from archive.program import Program
from archive.run import Summary
from benchmarks.machine import machine
from flows.compose import execute
from flows.events import Event, Improved
from flows.terms import Terms
from mutators.tuning.campaign import Campaign
from mutators.tuning.genes import Genome, genome_of
from mutators.tuning.sampler import Sampler, Tried, make_sampler

TEN = Path(__file__).parent / "problems" / "ten_constants"
CLOSE = -1e-4
WIDE = 2.52
SIZE = 10

Worth = Callable[[Sequence[float]], float]


def main() -> None:
    """Measure, and tell each measurement when it is made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="of everything but the circles")
    parser.add_argument("--evaluations", type=int, default=500, help="wall of each run of ten constants")
    parser.add_argument("--steps", type=int, default=2000, help="wall of the tuner alone, in evaluations")
    parser.add_argument("--minutes", type=float, default=3.0, help="wall of the circles; 0 to leave them out")
    given = parser.parse_args()
    seeds = range(1, given.seeds + 1)
    print(json.dumps({"benchmark": "tuner", "machine": machine()}), flush=True)
    for name, worth in landscapes().items():
        for guesses in (True, False):
            _alone(name, worth, seeds=seeds, steps=given.steps, guesses=guesses)
    for tuner in ("always", "bandit"):
        _ten(tuner, seeds=seeds, evaluations=given.evaluations)
    if given.minutes > 0:
        _circles(given.minutes)


def landscapes() -> dict[str, Worth]:
    """Worths of ten constants, 0 at best."""
    draw = random.Random(12345)
    hidden = np.array([draw.random() for _ in range(SIZE)])
    turned, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(SIZE, SIZE)))

    def askew(condition: float) -> Worth:
        bends = condition ** (np.arange(SIZE) / (SIZE - 1))
        bends /= bends.mean()
        return lambda values: -float((bends * (turned @ (np.array(values) - hidden)) ** 2).sum())

    return {
        "ten constants": lambda values: -float(((np.array(values) - hidden) ** 2).sum()),
        "askew by 1e2": askew(1e2),
        "askew by 1e4": askew(1e4),
        "bent valley": lambda x: -sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)),
    }


class Unguessing(Sampler):
    """A sampler that guesses nothing: CMA-ES by itself."""

    def __init__(self, inner: Sampler) -> None:
        self._inner = inner

    @property
    def size(self) -> int:
        return self._inner.size

    @property
    def deviations(self) -> np.ndarray:
        return self._inner.deviations

    @property
    def shrunk(self) -> float:
        return self._inner.shrunk

    def sample(self, seed: int) -> tuple[float, ...]:
        return self._inner.sample(seed)

    def guess(self, tried: Sequence[Tried]) -> tuple[float, ...] | None:
        return None

    def is_near(self, values: Sequence[float]) -> bool:
        return self._inner.is_near(values)

    def tell(self, generation: Sequence[Tried]) -> None:
        self._inner.tell(generation)


def _unguessing(genome: Genome, centre: Sequence[float], *, boldness: float) -> Sampler:
    return Unguessing(make_sampler(genome, centre, boldness=boldness))


def campaign_curve(worth: Worth, *, seed: int, steps: int, guesses: bool) -> list[float]:
    """Best worth after each evaluation, from ten times one half; fewer than `steps` where the tuner ends.

    Args:
        worth: of ten constants.
        seed: of the samples.
        steps: most evaluations.
        guesses: whether the minima of fitted quadratics are tried too.
    """
    text = f"X = [{', '.join(['0.5'] * SIZE)}]\n"
    genome = genome_of(Program.of("python", {"main.py": text}))
    make = make_sampler if guesses else _unguessing
    campaign = Campaign(genome, loss=-worth(genome.values), seed=seed, make=make)
    curve: list[float] = []
    for number in range(steps):
        texts = campaign.ask(number)
        if texts is None:
            break
        campaign.propose(texts)
        values = [gene.value(one) for gene, one in zip(genome.genes, texts, strict=True)]
        campaign.tell(texts, -worth(values))
        curve.append(-campaign.best[1])
    return curve


def _alone(name: str, worth: Worth, *, seeds: Sequence[int], steps: int, guesses: bool) -> None:
    curves = [campaign_curve(worth, seed=seed, steps=steps, guesses=guesses) for seed in seeds]
    reached = [next((n for n, best in enumerate(curve, 1) if best >= CLOSE), None) for curve in curves]
    after = [curve[min(500, len(curve)) - 1] for curve in curves]
    _tell(
        f"{name}, tuner alone {'with' if guesses else 'without'} its guess: {CLOSE:g} after "
        f"{_listed(reached)} evaluations of {steps}; median after 500 {statistics.median(after):.2g}",
        {
            "measured": f"alone/{name.replace(' ', '_')}",
            "guesses": guesses,
            "evaluations_to_1e-4": reached,
            "median_after_500": statistics.median(after),
            "most_evaluations": steps,
        },
    )


def _ten(tuner: str, *, seeds: Sequence[int], evaluations: int) -> None:
    ended = [_run(str(TEN), tuner=tuner, seed=seed, evaluations=evaluations) for seed in seeds]
    best = [summary.best.fitness for summary, _ in ended if summary.best is not None]
    reached = [next((p.evaluations for p in curve if p.fitness >= CLOSE), None) for _, curve in ended]
    calls = [summary.calls for summary, _ in ended]
    _tell(
        f"ten constants, runs with tuner {tuner}: {CLOSE:g} after {_listed(reached)} evaluations; worst of "
        f"{len(best)} seeds {min(best):.3g} after {evaluations}; {statistics.median(calls):g} model calls",
        {
            "measured": f"run/ten_constants/{tuner}",
            "worst_fitness": min(best),
            "median_fitness": statistics.median(best),
            "evaluations_to_1e-4": reached,
            "most_evaluations": evaluations,
            "model_calls": calls,
        },
    )


def _circles(minutes: float) -> None:
    summary, curve = _run("circle_packing", tuner="always", seed=1, minutes=minutes)
    best = 0.0 if summary.best is None else summary.best.fitness
    reached = next(((p.seconds, p.evaluations) for p in curve if p.fitness >= WIDE), None)
    when = "never" if reached is None else f"after {reached[0]:.0f} s and {reached[1]} evaluations"
    _tell(
        f"circles, run with tuner always: {best:.4f} in {summary.seconds:.0f} s and {summary.evaluations} "
        f"evaluations, {WIDE} {when}; {summary.calls} model calls, sandbox process",
        {
            "measured": "run/circle_packing/always",
            "sum_radii": best,
            "seconds": round(summary.seconds, 1),
            "evaluations": summary.evaluations,
            "seconds_to_2.52": None if reached is None else round(reached[0], 1),
            "evaluations_to_2.52": None if reached is None else reached[1],
            "evaluations_per_s": round(summary.evaluations / max(summary.seconds, 1e-9), 2),
            "model_calls": summary.calls,
        },
    )


def _listed(reached: Sequence[int | None]) -> str:
    return ", ".join("no" if one is None else str(one) for one in reached)


def _tell(line: str, figures: dict[str, object]) -> None:
    """One line for people, one of JSON."""
    print(line, json.dumps(figures), sep="\n", flush=True)


def _run(
    problem: str,
    *,
    tuner: str,
    seed: int,
    evaluations: int | None = None,
    minutes: float | None = None,
) -> tuple[Summary, Sequence[Improved]]:
    """One run in an archive of its own, on two workers."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/tuner.db"
        terms = Terms(
            problem=problem,
            models=("embedded",),
            seed=seed,
            workers=2,
            evaluations=evaluations if evaluations is not None else 1_000_000,
            minutes=minutes,
            sandbox="process",
            db=url,
            sets=(f"search.tuner={tuner}",),
        )
        better: list[Improved] = []

        def observe(event: Event) -> None:
            if isinstance(event, Improved):
                better.append(event)

        return asyncio.run(execute(terms, observe)), better


if __name__ == "__main__":
    main()
