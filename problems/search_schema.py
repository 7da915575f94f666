"""The shape of ``search`` in ``problem.yaml``: archive, selection, islands."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field

from problems.search import ArchiveSpec, IslandProfile, Search, SelectionSpec
from problems.stage_schema import Line, StrictModel

__all__ = [
    "STRATEGIES",
    "STRATEGY_PATTERN",
    "ArchiveModel",
    "ProfileModel",
    "SearchModel",
    "SelectionModel",
]

STRATEGIES = ("map_elites", "best_of_n", "hill_climb", "random_elite")
"""The built-in strategies."""
STRATEGY_PATTERN = rf"^({'|'.join(STRATEGIES)}|[^:]+\.py(:[A-Za-z_][A-Za-z0-9_]*)?)$"


class ArchiveModel(StrictModel):
    """What an island keeps."""

    kind: Annotated[
        Literal["grid", "cvt", "pareto"],
        Field(
            description=(
                "grid (bins of each descriptor), cvt (cells about centroids, for many descriptors) or pareto "
                "(a grid whose cells hold a front of all objectives)."
            )
        ),
    ] = "grid"
    cells: Annotated[int, Field(ge=2, le=100_000, description="Number of cells; needs kind cvt.")] = 256


class SelectionModel(StrictModel):
    """How parents are chosen among the elites of an island."""

    kind: Annotated[
        Literal["boltzmann", "tournament", "uniform", "pareto", "curiosity"],
        Field(
            description=(
                "boltzmann (by rank, at a temperature that adapts), tournament, uniform, pareto (fronts of "
                "all objectives, or of fitness and novelty) or curiosity (whose children enter the archive)."
            )
        ),
    ] = "boltzmann"
    size: Annotated[int, Field(ge=1, le=1000, description="Entrants; needs kind tournament.")] = 3
    coldest: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description=(
                "Share of the elites that are effectively parents while the island is diverse and its best "
                "improves, less than hottest; 0 is one parent; needs kind boltzmann."
            ),
        ),
    ] = 0.0
    hottest: Annotated[
        float,
        Field(gt=0, le=1, description="That share when the island is stalled; needs kind boltzmann."),
    ] = 0.8


class ProfileModel(StrictModel):
    """What is particular to an island."""

    selection: Annotated[
        SelectionModel | None, Field(description="How its parents are chosen; absent: as everywhere.")
    ] = None
    operators: Annotated[
        dict[Literal["diff", "rewrite", "crossover"], Annotated[float, Field(ge=0, le=1e6)]],
        Field(
            description=(
                "Weights of diff, rewrite and crossover, one that is left out has 0; absent: the usual ones."
            ),
        ),
    ] = Field(default_factory=dict)
    models: Annotated[
        list[Line], Field(max_length=100, description="Names of the models that work for it; empty for all.")
    ] = Field(default_factory=list)
    style: Annotated[
        str,
        Field(pattern=r"^[^\r\n]*$", max_length=1000, description="A line for its prompts; empty for none."),
    ] = ""


class SearchModel(StrictModel):
    """How the search goes about it."""

    strategy: Annotated[
        str,
        Field(
            pattern=STRATEGY_PATTERN,
            max_length=255,
            description=(f"{', '.join(STRATEGIES)}; or FILE.py or FILE.py:NAME, your own beside this file."),
        ),
    ] = "map_elites"
    islands: Annotated[int, Field(ge=1, le=1000, description="Number of sub-populations.")] = 1
    migration_every: Annotated[
        int, Field(ge=0, le=1_000_000_000, description="Evaluations between migrations; 0 for never.")
    ] = 200
    inspirations: Annotated[int, Field(ge=0, le=100, description="Elites shown beside the parent.")] = 2
    plan: Annotated[bool, Field(description="Whether a model plans each turn before it writes.")] = True
    summarize: Annotated[bool, Field(description="Whether a model draws a lesson from each turn.")] = True
    rounds: Annotated[
        int,
        Field(
            ge=1,
            le=3,
            description=(
                "How often, at most, a turn carries its plan out: one program in the first round, two in the "
                "second and three in the third, each shown what came of the rounds before and mending first "
                "what failed. A turn ends with the first program that is better than its parent."
            ),
        ),
    ] = 1
    memory: Annotated[
        bool, Field(description="Whether turns are shown the lessons of earlier ones; they are kept anyhow.")
    ] = True
    archive: Annotated[ArchiveModel, Field(description="What an island keeps.")] = ArchiveModel()
    selection: Annotated[SelectionModel, Field(description="How parents are chosen.")] = SelectionModel()
    profiles: Annotated[
        list[ProfileModel],
        Field(
            max_length=1000, description="What is particular to islands, one each, beginning anew at the end."
        ),
    ] = Field(default_factory=list)
    topology: Annotated[
        Literal["ring", "full", "star", "random", "none"],
        Field(description="Which islands exchange elites."),
    ] = "ring"
    migrants: Annotated[
        int, Field(ge=1, le=1000, description="Elites that an island offers at each migration.")
    ] = 1
    stagnation: Annotated[
        int,
        Field(
            ge=0,
            le=1_000_000_000,
            description=(
                "Evaluations of an island without an improvement after which it begins anew; 0 for never. "
                "The island that alone holds the best program never does."
            ),
        ),
    ] = 0
    renewal: Annotated[
        Literal["reset", "spawn"],
        Field(description="From what: reset (elites of the other islands) or spawn (the initial program)."),
    ] = "reset"
    redraws: Annotated[
        int,
        Field(
            ge=0,
            le=10,
            description=(
                "How often a turn asks a model again, each time at the price of a call, when its proposal "
                "repeats what is known; the embedded model is never asked again."
            ),
        ),
    ] = 1
    ensemble: Annotated[
        Literal["weights", "bandit"],
        Field(
            description=(
                "How a call finds its model among several: by their weights, or by a bandit that prefers "
                "those whose plans and programs improved most for a dollar."
            )
        ),
    ] = "weights"
    tuner: Annotated[
        Literal["none", "bandit", "always"],
        Field(
            description=(
                "Whether turns tune constants of good programs by CMA-ES, without a model call: none, bandit "
                "(as far as that brings more, for what it costs, than model calls do) or always (in every "
                "turn, as long as there are constants to tune)."
            )
        ),
    ] = "none"
    tools: Annotated[
        int,
        Field(
            ge=0,
            le=20,
            description=(
                "How often a planner may look something up in a turn (elites, a program, what was tried on "
                "it, lessons), each time at the price of a call; of use with models that take tools."
            ),
        ),
    ] = 0

    def spec(self) -> Search:
        """The search as the domain knows it."""
        plain = self.model_dump(exclude={"archive", "selection", "profiles"})
        return Search(
            **plain,
            archive=ArchiveSpec(**self.archive.model_dump()),
            selection=SelectionSpec(**self.selection.model_dump()),
            profiles=tuple(
                IslandProfile(
                    selection=SelectionSpec(**each.selection.model_dump()) if each.selection else None,
                    operators=MappingProxyType(
                        {str(name): weight for name, weight in each.operators.items()}
                    ),
                    models=tuple(each.models),
                    style=each.style.strip(),
                )
                for each in self.profiles
            ),
        )
