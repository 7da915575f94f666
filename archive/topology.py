"""Which islands offer elites to which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

__all__ = ["TOPOLOGIES", "Route", "routes"]

Route = tuple[int, int]
"""Number of the island that offers, and of the one that is offered to."""


def routes(topology: str, *, islands: int, rng: np.random.Generator) -> tuple[Route, ...]:
    """The routes of one migration, by source and target. No island offers to itself.

    Args:
        topology: a name in `TOPOLOGIES`.
        islands: how many there are, at least 1; a single one has no routes.
        rng: used by ``random`` alone.

    Raises:
        ValueError: no such topology.
    """
    if topology not in TOPOLOGIES:
        raise ValueError(f"expected a topology of {', '.join(TOPOLOGIES)}, found {topology!r}")
    if islands < 2:
        return ()
    return tuple(sorted(TOPOLOGIES[topology](islands, rng)))


def _ring(islands: int, rng: np.random.Generator) -> list[Route]:
    del rng
    return [(source, (source + 1) % islands) for source in range(islands)]


def _full(islands: int, rng: np.random.Generator) -> list[Route]:
    del rng
    return [(one, other) for one in range(islands) for other in range(islands) if one != other]


def _star(islands: int, rng: np.random.Generator) -> list[Route]:
    """Between the first island and each of the others, both ways; the first is the hub and nothing else."""
    del rng
    return [route for other in range(1, islands) for route in ((0, other), (other, 0))]


def _random(islands: int, rng: np.random.Generator) -> list[Route]:
    """Each offers to one other, drawn anew for each migration."""
    steps = rng.integers(1, islands, size=islands)
    return [(source, (source + int(step)) % islands) for source, step in enumerate(steps)]


def _none(islands: int, rng: np.random.Generator) -> list[Route]:
    del islands, rng
    return []


TOPOLOGIES: Mapping[str, Callable[[int, np.random.Generator], list[Route]]] = MappingProxyType(
    {"ring": _ring, "full": _full, "star": _star, "random": _random, "none": _none}
)
