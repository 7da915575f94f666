"""How the temperature answers to diversity and progress: a run that crowds, stalls and recovers.

A search on one island is played. Programs come from everywhere in the declared range and improve. Then a
single outlier stretches the range 16 times, so that all other elites crowd into a few bins, and programs go
on to come from the old range. Then none improves anything. At last they come from the whole of the new
range. The island is a real one, so diversity, target and temperature are what a run with this history
has. Writes a picture (SVG); human lines first, the last line is one JSON object. Run as ``python -m
benchmarks.temperature``.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from archive.evaluation import Evaluation, Verdict
from archive.island import Archipelago
from archive.selection import Heat
from problems.problem import Descriptor, Objective

AXES = tuple(Descriptor(name=name, low=0.0, high=1.0, bins=40) for name in ("a", "b"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of a run.

    Attributes:
        name: shown in the picture.
        evaluations: how long it lasts.
        low: least value of both axes that its programs have.
        high: greatest one.
        improves: whether its programs are better than those before.
        outlier: value of both axes of its first program; None where that one is like the others.
    """

    name: str
    evaluations: int
    low: float = 0.0
    high: float = 1.0
    improves: bool = True
    outlier: float | None = None


PHASES = (
    Phase(name="spread", evaluations=200),
    Phase(name="crowded", evaluations=150, outlier=8.0),
    Phase(name="stalled", evaluations=100, improves=False),
    Phase(name="recovery", evaluations=250, low=-7.0, high=8.0),
)
CURVES: tuple[tuple[str, str, Callable[[Heat], float]], ...] = (
    ("diversity of the elites", "#2a7f62", lambda heat: heat.diversity),
    ("stall of the island", "#b5462f", lambda heat: heat.stall),
    ("effective number of parents", "#31588f", lambda heat: heat.parents),
    ("temperature", "#7a4a9c", lambda heat: heat.temperature),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/temperature.svg"))
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    heats = simulate(seed=options.seed)
    options.out.write_text(picture(heats), encoding="utf-8")
    figures = {}
    for phase, (first, last) in zip(PHASES, spans(), strict=True):
        end = heats[last - 1]
        figures[phase.name] = {
            name: round(getattr(end, name), 4) for name in ("diversity", "stall", "parents", "temperature")
        }
        print(f"{phase.name:10} evaluations {first + 1:3} to {last:3}: {figures[phase.name]}")
    print(json.dumps({"seed": options.seed, "picture": str(options.out), "at_the_end_of": figures}))


def simulate(*, seed: int) -> list[Heat]:
    """Heat of the island after each evaluation of all phases."""
    rng = np.random.default_rng(seed)
    archive = Archipelago(descriptors=AXES, objective=Objective(metric="f"))
    heats: list[Heat] = []
    for phase in PHASES:
        for step in range(phase.evaluations):
            number = len(heats)
            place = tuple(float(value) for value in rng.uniform(phase.low, phase.high, size=2))
            if step == 0 and phase.outlier is not None:
                place = (phase.outlier, phase.outlier)
            evaluation = Evaluation(
                program=f"p{number}",
                problem="d",
                verdict=Verdict.VALID if phase.improves else Verdict.INVALID,
                fitness=float(number + rng.random()) if phase.improves else None,
                descriptors=place if phase.improves else (),
            )
            archive.add(evaluation, island=0)
            heats.append(archive.islands[0].heat())
    return heats


def spans() -> list[tuple[int, int]]:
    """First evaluation (from 0) and the one after the last of each phase."""
    ends = np.cumsum([phase.evaluations for phase in PHASES]).tolist()
    return list(zip([0, *ends[:-1]], ends, strict=True))


LEFT, WIDTH, HEIGHT, GAP, TOP = 60, 720, 90, 42, 40


def picture(heats: Sequence[Heat]) -> str:
    """One panel for each curve, below each other, with the phases behind."""
    total = TOP + len(CURVES) * (HEIGHT + GAP) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {total}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{LEFT + WIDTH + 20}" height="{total}" fill="white"/>',
    ]
    for index, (phase, (first, last)) in enumerate(zip(PHASES, spans(), strict=True)):
        x, width = LEFT + WIDTH * first / len(heats), WIDTH * (last - first) / len(heats)
        shade = "#f1f1ee" if index % 2 else "#e4e4df"
        parts.append(
            f'<rect x="{x:.1f}" y="{TOP - 10}" width="{width:.1f}" height="{total - TOP - 20}" '
            f'fill="{shade}"/>'
        )
        parts.append(f'<text x="{x + width / 2:.1f}" y="{TOP - 18}" text-anchor="middle">{phase.name}</text>')
    for index, (name, colour, read) in enumerate(CURVES):
        values = [read(heat) for heat in heats]
        parts += panel(values, name=name, colour=colour, top=TOP + index * (HEIGHT + GAP) + 16)
    bottom = total - 12
    parts.append(f'<text x="{LEFT}" y="{bottom + 4}">evaluation 1</text>')
    parts.append(f'<text x="{LEFT + WIDTH}" y="{bottom + 4}" text-anchor="end">{len(heats)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def panel(values: Sequence[float], *, name: str, colour: str, top: int) -> list[str]:
    """A curve from 0 to its round maximum."""
    most = math.ceil(max(values) * 10) / 10
    points = " ".join(
        f"{LEFT + WIDTH * (index + 0.5) / len(values):.1f},{top + HEIGHT * (1 - value / most):.1f}"
        for index, value in enumerate(values)
    )
    return [
        f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{top + HEIGHT}" y2="{top + HEIGHT}" stroke="#888"/>',
        f'<text x="{LEFT - 6}" y="{top + HEIGHT + 4}" text-anchor="end">0</text>',
        f'<text x="{LEFT - 6}" y="{top + 8}" text-anchor="end">{most:.2g}</text>',
        f'<text x="{LEFT + 4}" y="{top - 4}" fill="{colour}">{name}</text>',
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>',
    ]


if __name__ == "__main__":
    main()
