"""How the search is to go about it: the part of a problem's definition that decides no score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["ArchiveSpec", "IslandProfile", "Search", "SelectionSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSpec:
    """What kind of archive an island keeps.

    Attributes:
        kind: ``grid`` (bins of each axis), ``cvt`` (cells about centroids, for many axes) or ``pareto`` (a
            grid whose cells hold a front of the objectives).
        cells: number of cells of ``cvt``, at least 2.
    """

    kind: str = "grid"
    cells: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionSpec:
    """How parents are chosen among the elites of an island, see `archive.selection`.

    Attributes:
        kind: ``boltzmann``, ``tournament``, ``uniform``, ``pareto`` or ``curiosity``.
        size: entrants of a ``tournament``, at least 1; 1 is uniform.
        coldest: share of the elites that are effectively parents under ``boltzmann`` while the island is
            diverse and its best improves, 0 or more and below `hottest`; however small, one is a parent.
        hottest: that share when the island is wholly stalled, at most 1.
    """

    kind: str = "boltzmann"
    size: int = 3
    coldest: float = 0.0
    hottest: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class IslandProfile:
    """What is particular to an island. What is not given is as everywhere.

    Attributes:
        selection: how its parents are chosen; None for the search's own way.
        operators: weights of the ways of change (diff, rewrite, crossover), 0 or more, not all 0; one that is
            left out has 0. Empty for the usual weights.
        models: names of the models that plan and write for it; empty for all.
        style: a line for its prompts; empty for none.
    """

    selection: SelectionSpec | None = None
    operators: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    models: tuple[str, ...] = ()
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How the search goes about it.

    Attributes:
        strategy: name of a strategy in `archive.strategy`, or ``FILE.py`` or ``FILE.py:NAME`` in the
            problem's folder (see `archive.plugins`).
        islands: number of sub-populations, at least 1.
        migration_every: evaluations between migrations; 0 for never.
        inspirations: elites shown beside the parent.
        plan: whether a model plans each turn; without it the executor works from the parent alone.
        summarize: whether a model draws a lesson from each turn.
        rounds: how often, at most, a turn carries its plan out: with one program in the first round, two in
            the second, three in the third; it ends with the first that is better than the parent. 1 to 3.
        memory: whether turns are shown the lessons of earlier ones.
        archive: what an island keeps.
        selection: how parents are chosen.
        profiles: one an island, beginning anew when there are more islands than profiles.
        topology: which islands exchange elites: ``ring``, ``full``, ``star``, ``random`` or ``none``.
        migrants: elites that an island offers at a time, at least 1.
        stagnation: evaluations of an island without an improvement after which it is renewed; 0 for never.
        redraws: how often, at most, a turn asks a model again when its proposal repeats what is known; the
            embedded model is never asked again.
        ensemble: how a call finds its model among several: by ``weights``, or by a ``bandit`` that prefers
            those whose plans and programs improved most for a dollar.
        tuner: whether constants are tuned without a model: ``none``, ``bandit`` (as far as that brings more
            than model calls do) or ``always`` (in every turn, as long as there are constants to tune).
        tools: how often at most a planner may look something up in the archive in a turn; 0 for never.
        renewal: ``reset`` (begins again from elites of the other islands) or ``spawn`` (from the initial
            program).
    """

    strategy: str = "map_elites"
    islands: int = 1
    migration_every: int = 200
    inspirations: int = 2
    plan: bool = True
    summarize: bool = True
    rounds: int = 1
    memory: bool = True
    archive: ArchiveSpec = field(default_factory=ArchiveSpec)
    selection: SelectionSpec = field(default_factory=SelectionSpec)
    profiles: tuple[IslandProfile, ...] = ()
    topology: str = "ring"
    migrants: int = 1
    stagnation: int = 0
    renewal: str = "reset"
    redraws: int = 1
    ensemble: str = "weights"
    tuner: str = "none"
    tools: int = 0

    def profile(self, island: int) -> IslandProfile:
        """The profile of an island by its number; one that says nothing where there are none."""
        return self.profiles[island % len(self.profiles)] if self.profiles else IslandProfile()

    def selection_of(self, island: int) -> SelectionSpec:
        """How the parents of an island are chosen."""
        return self.profile(island).selection or self.selection
