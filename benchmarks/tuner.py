"""What tuning without a model comes to: ten hidden constants, and 26 circles from the initial program.

Both are runs with the embedded model and the process sandbox: with `search.tuner=bandit`, which shares
the turns with the model, and with `search.tuner=always`, in which no model is called.

Ten constants are worth minus the sum of their squared distances to hidden ones: a separable quadratic, which
the tuner's guess fits exactly, so there is no kinder problem. That of the circles is no such thing.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from archive.run import Summary
from benchmarks.machine import report
from flows.compose import execute
from flows.events import Event, Improved
from flows.terms import Terms

TEN = Path(__file__).parent / "problems" / "ten_constants"
CLOSE = -1e-4
WIDE = 2.52


def main() -> None:
    """Run both and tell what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="runs of ten constants, of each kind")
    parser.add_argument("--evaluations", type=int, default=500, help="wall of each of them")
    parser.add_argument("--minutes", type=float, default=3.0, help="wall of the circles; 0 to leave them out")
    given = parser.parse_args()
    lines: list[str] = []
    figures: dict[str, object] = {}
    for tuner in ("always", "bandit"):
        _ten(tuner, seeds=range(1, given.seeds + 1), evaluations=given.evaluations, into=(lines, figures))
    if given.minutes > 0:
        _circles(given.minutes, into=(lines, figures))
    report("tuner", lines, figures)


def _ten(
    tuner: str, *, seeds: Sequence[int], evaluations: int, into: tuple[list[str], dict[str, object]]
) -> None:
    ended = [_run(str(TEN), tuner=tuner, seed=seed, evaluations=evaluations) for seed in seeds]
    best = [summary.best.fitness for summary, _ in ended if summary.best is not None]
    reached = [next((p.evaluations for p in curve if p.fitness >= CLOSE), None) for _, curve in ended]
    calls = [summary.calls for summary, _ in ended]
    lines, figures = into
    lines.append(
        f"ten constants, tuner {tuner}: worst of {len(best)} seeds {min(best):.3g} after {evaluations} "
        f"evaluations; {CLOSE:g} reached after {', '.join(map(str, reached))} of them; "
        f"{statistics.median(calls):g} model calls"
    )
    figures[f"ten_constants_{tuner}"] = {
        "worst_fitness": min(best),
        "median_fitness": statistics.median(best),
        "evaluations_to_1e-4": reached,
        "most_evaluations": evaluations,
        "model_calls": calls,
    }


def _circles(minutes: float, *, into: tuple[list[str], dict[str, object]]) -> None:
    summary, curve = _run("circle_packing", tuner="always", seed=1, minutes=minutes)
    best = 0.0 if summary.best is None else summary.best.fitness
    reached = next(((p.seconds, p.evaluations) for p in curve if p.fitness >= WIDE), None)
    lines, figures = into
    when = "never" if reached is None else f"after {reached[0]:.0f} s and {reached[1]} evaluations"
    lines.append(
        f"circles, tuner always: {best:.4f} in {summary.seconds:.0f} s and {summary.evaluations} "
        f"evaluations, {WIDE} {when}; {summary.calls} model calls, sandbox process"
    )
    figures["circle_packing"] = {
        "sum_radii": best,
        "seconds": round(summary.seconds, 1),
        "evaluations": summary.evaluations,
        "seconds_to_2.52": None if reached is None else round(reached[0], 1),
        "evaluations_per_s": round(summary.evaluations / max(summary.seconds, 1e-9), 2),
        "model_calls": summary.calls,
    }


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
