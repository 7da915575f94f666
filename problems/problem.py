"""What is asked: the definition of a problem, as immutable values.

Built by `problems.loader` from a folder; everything here is already validated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from problems.search import Search

__all__ = [
    "Budget",
    "Descriptor",
    "Direction",
    "Json",
    "ModelSpec",
    "Objective",
    "Problem",
    "Reference",
    "Repeat",
    "Scale",
    "StageSpec",
    "Visibility",
]


Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""A value that JSON can hold; used where a stage takes free-form inputs."""


class Direction(StrEnum):
    """Which way an objective is better."""

    MAXIMIZE = "maximize"
    MINIMIZE = "minimize"


class Scale(StrEnum):
    """How a descriptor's range is divided into bins."""

    LINEAR = "linear"
    LOG = "log"


class Visibility(StrEnum):
    """Who may see what a stage found: private metrics never reach a prompt."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The metric to improve. It has no bounds: an objective is never clamped.

    Attributes:
        metric: name of a metric that a stage returns.
        direction: whether larger or smaller is better.
        target: value at which the run may stop, in the metric's own units; None for none.
    """

    metric: str
    direction: Direction = Direction.MAXIMIZE
    target: float | None = None

    def utility(self, fitness: float) -> float:
        """The fitness on an axis where larger is always better (the negative, when minimizing)."""
        return fitness if self.direction is Direction.MAXIMIZE else -fitness

    def reached(self, fitness: float) -> bool:
        """Whether the target is met; False when there is none."""
        return self.target is not None and self.utility(fitness) >= self.utility(self.target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """One axis of the archive. It bins behaviour and never judges it.

    Attributes:
        name: how the axis is called.
        source: ``metric`` (a metric of the scorer with this name), ``static.NAME`` (a feature of the
            source text) or ``STAGE.METRIC``.
        low: lower edge of the first bin; values outside stretch the range, they are not clipped.
        high: upper edge of the last bin, greater than `low`.
        bins: number of bins, at least 1.
        scale: linear, or logarithmic (then `low` is positive).
    """

    name: str
    source: str = "metric"
    low: float
    high: float
    bins: int = 10
    scale: Scale = Scale.LINEAR

    def position(self, value: float) -> float:
        """Where a value lies on the axis: 0 at `low`, 1 at `high`, outside beyond them.

        On a logarithmic axis zero and negative values have no place and take that of the smallest
        positive float.
        """
        if self.scale is Scale.LINEAR:
            return (value - self.low) / (self.high - self.low)
        tiny = 5e-324
        return math.log(max(value, tiny) / self.low) / math.log(self.high / self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSpec:
    """One node of the evaluation DAG as the problem declares it.

    Attributes:
        id: name, unique in the problem.
        uses: kind of stage, for example ``sandbox.call``.
        needs: ids of the stages whose success it waits for.
        when: gate over metrics of earlier stages (see `problems.gates`); None for always.
        optional: whether its failure leaves the verdict alone.
        visibility: whether its metrics may be shown to a model.
        pool: name of the pool whose width bounds how many of these stages run at a time; None for no bound
            but the sandbox's slots.
        options: what the kind of stage takes (inputs, seconds, memory_mib, file, rubric, …), validated.
    """

    id: str
    uses: str
    needs: tuple[str, ...] = ()
    when: str | None = None
    optional: bool = False
    visibility: Visibility = Visibility.PUBLIC
    pool: str | None = None
    options: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Replicas of a noisy evaluation: how many, when enough is known, and what is made of their fitness.

    When to stop is told by the mean, see `evaluators.racing`. It stands in for the statistic ``median``; with
    ``min`` and ``max``, which move with the number of replicas, a confidence is refused.

    Attributes:
        times: most replicas, at least 1.
        statistic: what is made of them: mean, median, min or max.
        at_least: replicas before a stop is thought of, at least 2.
        confidence: of the interval around the mean that decides on a stop, from 0.5 to 0.9999; None to run
            all replicas always.
        precision: half width of that interval, in the objective's units, at which enough is known; None to
            stop for a hopeless program alone.
    """

    times: int = 1
    statistic: str = "mean"
    at_least: int = 3
    confidence: float | None = None
    precision: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The best value known, shown beside results. It is never given to a model or a candidate."""

    best_known: float
    source: str
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model of the ensemble.

    Attributes:
        name: as the endpoint knows it; ``embedded`` is the built-in program editor.
        weight: share of the calls it gets among the models of the same role.
        roles: purposes it serves (plan, execute, summarize, judge); empty for all.
        base_url: endpoint; None for the one in the environment.
        api_key_env: name of the environment variable that holds the key; None for the usual one.
        input_price: dollars a million input tokens, None for the shipped table.
        output_price: dollars a million output tokens, None for the shipped table.
        max_tokens: most tokens in one answer; the worst case that the budget reserves.
        temperature: sampling temperature; None for the endpoint's own.
        timeout: seconds to wait for one answer.
        requests_per_minute: most requests that begin in any minute; None for no limit.
        tokens_per_minute: most tokens of requests and answers in any minute; None for no limit.
        concurrency: most calls at a time; None for no limit.
    """

    name: str
    weight: float = 1.0
    roles: tuple[str, ...] = ()
    base_url: str | None = None
    api_key_env: str | None = None
    input_price: float | None = None
    output_price: float | None = None
    max_tokens: int = 8192
    temperature: float | None = None
    timeout: float = 120.0
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrency: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Walls of a run; None means no wall. Evaluations count programs evaluated, duplicates excepted."""

    evaluations: int | None = None
    dollars: float | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A validated problem.

    Attributes:
        name: identifier, lower case with underscores.
        statement: what is asked, in words; goes into prompts.
        language: of the program, for example ``python``.
        entrypoint: function called in the sandbox, or None where no stage calls one.
        initial: path to text of the initial program; empty when a model must write the first one.
        trusted: path to text of the scorers and other files that only trusted stages may see.
        repeat: of noisy evaluations.
        pools: width of each named pool of stages, at least 1.
        confirm: whether a program that would be the best is scored again in a fresh sandbox first.
        objectives: further objectives, for fronts; the search is judged by `objective` alone.
        image: ``default``, the name of an image, or the path of a Dockerfile relative to `folder`.
        folder: where the definition stands.
        digest: SHA-256 of everything that decides a score (stages, trusted files, objective, entrypoint,
            descriptors, image), so that a stored evaluation is reused only where it still holds.
    """

    name: str
    statement: str
    language: str
    entrypoint: str | None
    initial: Mapping[str, str]
    trusted: Mapping[str, str]
    objective: Objective
    descriptors: tuple[Descriptor, ...]
    stages: tuple[StageSpec, ...]
    repeat: Repeat = field(default_factory=Repeat)
    pools: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    confirm: bool = True
    objectives: tuple[Objective, ...] = ()
    image: str = "default"
    reference: Reference | None = None
    search: Search = field(default_factory=Search)
    models: tuple[ModelSpec, ...] = ()
    budget: Budget = field(default_factory=Budget)
    folder: Path
    digest: str
