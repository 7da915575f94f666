"""The shape of ``problem.yaml``: what keys there are, what they take, what they mean.

Strict: an unknown key or a value of another type is refused, nothing is converted (except an integer where
any number is asked for). What a shape cannot say (edges of the DAG, files, programs) is in
`problems.semantics`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from problems.search_schema import STRATEGIES, SearchModel
from problems.stage_schema import (
    STAGE_KINDS,
    Count,
    Identifier,
    Line,
    Price,
    RelativePath,
    Seconds,
    Stage,
    StrictModel,
    Text,
)

__all__ = [
    "FEATURES",
    "ROLES",
    "STAGE_KINDS",
    "STATISTICS",
    "STRATEGIES",
    "TEXT_FEATURES",
    "BudgetModel",
    "DescriptorModel",
    "EvaluationModel",
    "FurtherObjectiveModel",
    "ModelModel",
    "ObjectiveModel",
    "ProblemModel",
    "ProgramModel",
    "ReferenceModel",
    "RepeatModel",
    "SearchModel",
    "json_schema",
]

FEATURES = (
    *("lines", "code_lines", "characters", "nodes", "depth", "functions", "classes", "loops", "constants"),
    *("names", "imports", "calls", "complexity"),
)
"""What can be measured of a program's text: the metrics of static.python, and static.NAME in descriptors."""
TEXT_FEATURES = FEATURES[:3]
"""Those of any language: the metrics of static.text."""
STATISTICS = ("mean", "median", "min", "max")
ROLES = ("plan", "execute", "summarize", "judge")


class ProgramModel(StrictModel):
    """What evolves."""

    language: Annotated[
        str,
        Field(
            pattern=r"^[a-z][a-z0-9_+#-]{0,31}$", description="Language of the program; any text language."
        ),
    ] = "python"
    files: Annotated[
        list[RelativePath],
        Field(
            max_length=1000,
            description=(
                "Files and folders of the initial program, relative to this file. Only EVOLVE-BLOCK regions "
                "may change; a program without any may change everywhere. Empty: a model writes the first."
            ),
        ),
    ] = Field(default_factory=list)
    entrypoint: Annotated[
        Identifier | None,
        Field(description="Function that sandbox.call stages call: entrypoint(**inputs)."),
    ] = None


class ObjectiveModel(StrictModel):
    """What is to be improved."""

    metric: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$",
            description="Name of a metric that a scorer returns, or STAGE.METRIC.",
        ),
    ]
    direction: Annotated[
        Literal["maximize", "minimize"], Field(description="Whether larger or smaller is better.")
    ] = "maximize"
    target: Annotated[
        float | None,
        Field(description="Value at which the run may stop, in the metric's units; never a clamp."),
    ] = None


class FurtherObjectiveModel(StrictModel):
    """Another thing to be improved, for archives and selection that keep a front."""

    metric: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$",
            description="Name of a metric that a scorer returns, or STAGE.METRIC.",
        ),
    ]
    direction: Annotated[
        Literal["maximize", "minimize"], Field(description="Whether larger or smaller is better.")
    ] = "maximize"


class ReferenceModel(StrictModel):
    """The best value known. Shown beside results, never given to a model or a candidate."""

    best_known: Annotated[float, Field(description="The value, in the objective's units.")]
    source: Annotated[Line, Field(description="Where it was published.")]
    verified: Annotated[
        bool, Field(description="Whether the value was recomputed exactly from its object.")
    ] = False


class DescriptorModel(StrictModel):
    """One axis of the archive: it bins behaviour and never judges it."""

    name: Annotated[Identifier, Field(description="Name of the axis.")]
    source: Annotated[
        str,
        Field(
            pattern=(r"^(metric|learned\.(0|[1-9][0-9]?)|[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*)$"),
            description=(
                "metric (the scorer's metric of this name), static.NAME (a feature of the source text), "
                "STAGE.METRIC, or learned.N (how the code of the run's programs differs: most along "
                "learned.0, less along each further one; in standard deviations, so low -3 and high 3)."
            ),
        ),
    ] = "metric"
    low: Annotated[float, Field(description="Lower edge of the first bin; values outside stretch the range.")]
    high: Annotated[float, Field(description="Upper edge of the last bin, greater than low.")]
    bins: Annotated[int, Field(ge=1, le=1000, description="Number of bins.")] = 10
    scale: Annotated[
        Literal["linear", "log"], Field(description="How the range is divided; log needs low > 0.")
    ] = "linear"


class RepeatModel(StrictModel):
    """For noisy objectives."""

    times: Annotated[int, Field(ge=1, le=1000, description="Most replicas of each evaluation.")] = 1
    statistic: Annotated[
        Literal["mean", "median", "min", "max"], Field(description="What is made of the replicas' fitness.")
    ] = "mean"
    at_least: Annotated[
        int, Field(ge=2, le=1000, description="Replicas before confidence may end them; needs confidence.")
    ] = 3
    confidence: Annotated[
        float | None,
        Field(
            ge=0.5,
            le=0.9999,
            description=(
                "Replicas end early when an interval of this confidence around their mean is all worse than "
                "the program to beat, or as narrow as precision. Absent: always all of them."
            ),
        ),
    ] = None
    precision: Annotated[
        float | None,
        Field(
            gt=0,
            description="Half width of that interval, in the metric's units, at which enough is known.",
        ),
    ] = None


class EvaluationModel(StrictModel):
    """How worth is measured: a DAG of stages."""

    image: Annotated[
        Line,
        Field(description="default, the path of a Dockerfile relative to this file, or an image's name."),
    ] = "default"
    stages: Annotated[
        list[Stage], Field(min_length=1, max_length=100, description="The stages; needs gives the edges.")
    ]
    repeat: Annotated[RepeatModel, Field(description="Replicas of a noisy evaluation.")] = RepeatModel()
    pools: Annotated[
        dict[Identifier, Annotated[int, Field(ge=1, le=10_000)]],
        Field(
            max_length=100,
            description="Most stages of a pool that run at a time, by its name; stages name it in pool.",
        ),
    ] = Field(default_factory=dict)
    confirm: Annotated[
        bool,
        Field(description="Whether a program that would be the best is first scored in a fresh sandbox."),
    ] = True


class ModelModel(StrictModel):
    """One model of the ensemble, at an OpenAI-compatible endpoint."""

    name: Annotated[
        Line, Field(description="As the endpoint knows it; embedded is the built-in program editor.")
    ]
    weight: Annotated[
        float, Field(gt=0, le=1e6, description="Share of the calls among the models of the same role.")
    ] = 1.0
    roles: Annotated[
        list[Literal["plan", "execute", "summarize", "judge"]],
        Field(max_length=4, description="Purposes it serves; empty for all."),
    ] = Field(default_factory=list)
    base_url: Annotated[
        str | None,
        Field(pattern=r"^https?://\S+$", max_length=2000, description="Endpoint; absent: the environment's."),
    ] = None
    api_key_env: Annotated[
        Identifier | None,
        Field(description="Name of the environment variable that holds the key; absent: the usual one."),
    ] = None
    input_price: Annotated[
        Price | None, Field(description="Dollars a million input tokens; absent: the shipped table's.")
    ] = None
    output_price: Annotated[
        Price | None, Field(description="Dollars a million output tokens; absent: the shipped table's.")
    ] = None
    max_tokens: Annotated[Count, Field(description="Most tokens in one answer.")] = 8192
    temperature: Annotated[
        float | None, Field(ge=0, le=2, description="Sampling temperature; absent: the endpoint's own.")
    ] = None
    timeout: Annotated[Seconds, Field(description="Seconds to wait for one answer.")] = 120.0
    requests_per_minute: Annotated[
        Count | None, Field(description="Most requests in any minute; absent: no limit.")
    ] = None
    tokens_per_minute: Annotated[
        Count | None,
        Field(description="Most tokens of requests and answers in any minute; absent: no limit."),
    ] = None
    concurrency: Annotated[Count | None, Field(description="Most calls at a time; absent: no limit.")] = None


class BudgetModel(StrictModel):
    """Walls of a run; an absent one is no wall."""

    evaluations: Annotated[
        Count | None, Field(description="Most programs evaluated, duplicates excepted.")
    ] = None
    dollars: Annotated[float | None, Field(ge=0, description="Most dollars spent on models.")] = None
    minutes: Annotated[float | None, Field(gt=0, description="Most minutes.")] = None


class ProblemModel(StrictModel):
    """A problem of Cambrian: what is asked, how worth is measured, how it is searched."""

    schema_: Annotated[Literal[1], Field(alias="schema", description="Version of this format: 1.")]
    name: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", description="Identifier: lower case, digits, underscores."),
    ]
    statement: Annotated[Text, Field(description="What is asked, in words; goes into prompts.")]
    program: Annotated[ProgramModel, Field(description="What evolves.")] = ProgramModel()
    objective: Annotated[ObjectiveModel, Field(description="What is to be improved.")]
    objectives: Annotated[
        list[FurtherObjectiveModel],
        Field(
            max_length=8,
            description="Further objectives, for archive.kind pareto or selection.kind pareto in search.",
        ),
    ] = Field(default_factory=list)
    reference: Annotated[ReferenceModel | None, Field(description="The best value known.")] = None
    descriptors: Annotated[
        list[DescriptorModel], Field(max_length=16, description="Axes of the archive.")
    ] = Field(default_factory=list)
    evaluation: Annotated[EvaluationModel, Field(description="How worth is measured.")]
    search: Annotated[SearchModel, Field(description="How the search goes about it.")] = SearchModel()
    models: Annotated[list[ModelModel], Field(max_length=100, description="The ensemble of models.")] = Field(
        default_factory=list
    )
    budget: Annotated[BudgetModel, Field(description="Walls of a run.")] = BudgetModel()


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of ``problem.yaml``, for editors that complete and check it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Cambrian problem",
        **{
            key: value
            for key, value in ProblemModel.model_json_schema(by_alias=True).items()
            if key != "title"
        },
    }
