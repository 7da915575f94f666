"""From the results of stages to a verdict, a fitness and a place: pure functions."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from archive.evaluation import Evaluation, StageResult, StageState, Verdict
from archive.learned import is_learned
from archive.program import Program
from evaluators.failure import ScorerError, one_line
from evaluators.features import feature_row, features
from evaluators.racing import standard_error
from problems.kinds import JUDGES, STATIC, VALUES
from problems.problem import Problem, StageSpec, Visibility

__all__ = ["STATISTICS", "Results", "appraise", "by_stage", "merge", "sinking", "with_replicas"]

Results = tuple[StageResult, ...]
"""Results of one pass through the DAG, in the order they ended."""

STATISTICS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "mean": lambda values: math.fsum(value / len(values) for value in values),
    "median": statistics.median,
    "min": min,
    "max": max,
}

_OBJECTIVE: Final = "objective"
_UNNAMED: Final = STATIC | VALUES
"""Kinds whose metrics are known as ``STAGE.METRIC`` only."""

_PRECEDENCE: Final = (
    Verdict.REFUSED,
    Verdict.OUT_OF_MEMORY,
    Verdict.TIMED_OUT,
    Verdict.FAILED,
    Verdict.INVALID,
)
_REASON_CHARACTERS: Final = 500


def by_stage(results: Iterable[StageResult]) -> dict[str, Mapping[str, float]]:
    """Every metric, private ones too, by stage and name: what gates look at. Never for a prompt."""
    return {result.stage: result.metrics for result in results}


def sinking(problem: Problem, results: Iterable[StageResult]) -> StageResult | None:
    """The failed result that decides the verdict, or None.

    Optional stages apart, it is the one whose verdict comes first of REFUSED, OUT_OF_MEMORY, TIMED_OUT,
    FAILED and INVALID, and of equals the first in the problem's order.
    """
    order = {spec.id: place for place, spec in enumerate(problem.stages) if not spec.optional}
    failed = [result for result in results if result.state is StageState.FAILED and result.stage in order]
    return min(failed, key=lambda one: (_rank(one), order[one.stage]), default=None)


def merge(problem: Problem, replicas: Sequence[Results]) -> Results:
    """One result a stage out of several passes: the problem's statistic for the objective, else means.

    Each pass made a valid program. A stage that did not pass everywhere (a gate, an optional stage) counts
    where it passed. Texts are those of the first such pass, seconds are summed.
    """
    merged = []
    for first in replicas[0]:
        same = [result for results in replicas for result in results if result.stage == first.stage]
        passed = [result for result in same if result.state is StageState.PASSED]
        if not passed:
            merged.append(first)
            continue
        objective = _objective(problem, first.stage)
        metrics = {}
        for name in dict.fromkeys(name for result in passed for name in result.metrics):
            values = [result.metrics[name] for result in passed if name in result.metrics]
            chosen = problem.repeat.statistic if name == objective else "mean"
            metrics[name] = STATISTICS[chosen](values)
        seconds = math.fsum(result.seconds for result in passed)
        merged.append(replace(passed[0], metrics=metrics, seconds=seconds))
    return tuple(merged)


def appraise(
    problem: Problem, program: Program, results: Results, *, trust_scorer: bool = False
) -> Evaluation:
    """What the program is worth.

    Args:
        problem: the problem.
        program: the program.
        results: of one pass, or merged.
        trust_scorer: whether a number that is missing is the program's fault (INVALID), because the scorer
            is known to give it.

    Raises:
        ScorerError: the objective or a descriptor is missing though the stages that give it passed, and
            `trust_scorer` is not set.
    """
    sunk = sinking(problem, results)
    if sunk is not None:
        return _without(problem, program, results, _verdict(sunk), _why(sunk))
    wanted = [(_OBJECTIVE, problem.objective.metric)]
    wanted += [(_OBJECTIVE, one.metric) for one in problem.objectives]
    wanted += [
        ("descriptor", one.name if one.source == "metric" else one.source)
        for one in problem.descriptors
        if not is_learned(one)
    ]
    found: list[float] = []
    for role, name in wanted:
        value = _find(problem, program, results, role, name)
        if value is None:
            verdict, reason = _missing(problem, results, role, name, trust_scorer=trust_scorer)
            return _without(problem, program, results, verdict, reason)
        if not math.isfinite(value):
            return _without(problem, program, results, Verdict.INVALID, f"the {role} {name} is not finite")
        found.append(value)
    descriptors = tuple(found[1 + len(problem.objectives) :])
    if any(map(is_learned, problem.descriptors)):
        # What is learned changes; what it is learned from does not, and is therefore what is kept.
        descriptors += feature_row(program)
    return Evaluation(
        program=program.id,
        problem=problem.digest,
        verdict=Verdict.VALID,
        fitness=found[0],
        descriptors=descriptors,
        metrics=_public(problem, results),
        stages=results,
    )


def further(problem: Problem, program: Program, evaluation: Evaluation) -> tuple[float, ...]:
    """Utilities of the further objectives, in the problem's order, of a valid evaluation.

    Raises:
        ValueError: one is missing, so the evaluation is of another problem.
    """
    found = []
    for one in problem.objectives:
        value = _find(problem, program, evaluation.stages, _OBJECTIVE, one.metric)
        if value is None:
            raise ValueError(
                f"expected the metric {one.metric} in the evaluation of {program.id[:12]}, found none"
            )
        found.append(one.utility(value))
    return tuple(found)


def with_replicas(problem: Problem, evaluation: Evaluation, fitness: Sequence[float]) -> Evaluation:
    """A valid evaluation with the metrics ``repeat.replicas`` and ``repeat.standard_error``.

    The standard error is that of the mean of the objective, whatever statistic is asked for. Where a private
    stage gives the objective it is called ``STAGE.repeat.standard_error``, so that it stays private too.

    Args:
        problem: the problem.
        evaluation: of the replicas together.
        fitness: of each replica, at least 2.
    """
    by_id = {result.stage: result for result in evaluation.stages}
    sources = _sources(problem, _OBJECTIVE, problem.objective.metric)
    giver = next(
        (spec for spec, metric in sources if spec.id in by_id and metric in by_id[spec.id].metrics), None
    )
    prefix = f"{giver.id}." if giver is not None and giver.visibility is Visibility.PRIVATE else ""
    told = {
        "repeat.replicas": float(len(fitness)),
        f"{prefix}repeat.standard_error": standard_error(fitness),
    }
    # A stage called repeat keeps its own metrics.
    return replace(evaluation, metrics=told | dict(evaluation.metrics))


def _find(problem: Problem, program: Program, results: Results, role: str, name: str) -> float | None:
    by_id = {result.stage: result for result in results}
    for spec, metric in _sources(problem, role, name):
        value = by_id[spec.id].metrics.get(metric) if spec.id in by_id else None
        if value is not None:
            return value
    stage, _, metric = name.partition(".")
    return features(program).get(metric) if stage == "static" else None


def _sources(problem: Problem, role: str, name: str) -> list[tuple[StageSpec, str]]:
    """Stages that may give a number, with what they call it, in the order they are asked.

    ``STAGE.METRIC`` names its stage; ``static.NAME`` any static stage; a bare name is looked for in scorers
    and, except for the objective, in judges: public ones first, each in the problem's order.
    """
    stage, dot, metric = name.partition(".")
    named = [spec for spec in problem.stages if dot and spec.id == stage]
    if named:
        return [(spec, metric) for spec in named]
    if dot and stage == "static":
        return [(spec, metric) for spec in problem.stages if spec.uses in STATIC]
    silent = _UNNAMED | JUDGES if role == _OBJECTIVE else _UNNAMED
    able = [spec for spec in problem.stages if spec.uses not in silent]
    return [(spec, name) for spec in sorted(able, key=lambda spec: spec.visibility is Visibility.PRIVATE)]


def _missing(
    problem: Problem, results: Results, role: str, name: str, *, trust_scorer: bool
) -> tuple[Verdict, str]:
    """Verdict and reason for a number that no stage gave."""
    sources = {spec.id for spec, _ in _sources(problem, role, name)}
    able = [result for result in results if result.stage in sources]
    failed = [result for result in able if result.state is StageState.FAILED]
    if failed:
        worst = min(failed, key=_rank)
        return _verdict(worst), _why(worst)
    lack = f"there is no {role} {name}"
    for result in able:
        if result.state is StageState.SKIPPED:
            return Verdict.INVALID, f"{lack}: {_why(result)}"
    if trust_scorer:
        return Verdict.INVALID, f"{lack}: the scorer left it out for this program"
    files = [str(spec.options.get("file")) for spec in problem.stages if spec.options.get("file")]
    given = sorted({metric for result in able if not result.private for metric in result.metrics})
    raise ScorerError(
        file=", ".join(dict.fromkeys(files)) or problem.name,
        fault=f"the {role} {name!r} is not among the metrics returned ({', '.join(given) or 'none'})",
        remedy="return it from score(), or name another one in problem.yaml",
    )


def _public(problem: Problem, results: Results) -> dict[str, float]:
    """Metrics as an `Evaluation` names them.

    Those of public scorers and judges have their bare name; where two give the same, the first in the
    problem's order has it. All others are called ``STAGE.METRIC``.
    """
    by_id = {result.stage: result for result in results}
    names: dict[str, float] = {}
    for spec in problem.stages:
        bare = spec.uses not in _UNNAMED and spec.visibility is Visibility.PUBLIC
        for metric, value in by_id[spec.id].metrics.items() if spec.id in by_id else ():
            names[metric if bare and metric not in names else f"{spec.id}.{metric}"] = value
    return names


def _without(
    problem: Problem, program: Program, results: Results, verdict: Verdict, reason: str
) -> Evaluation:
    return Evaluation(
        program=program.id,
        problem=problem.digest,
        verdict=verdict,
        metrics=_public(problem, results),
        stages=results,
        reason=one_line(reason, _REASON_CHARACTERS),
    )


def _rank(result: StageResult) -> int:
    return _PRECEDENCE.index(_verdict(result))


def _verdict(result: StageResult) -> Verdict:
    """Of a failed result; one that gives no reason counts as FAILED."""
    return result.verdict if result.verdict in _PRECEDENCE else Verdict.FAILED


def _why(result: StageResult) -> str:
    """What may be said of a stage; a reason goes into prompts, so a private stage says nothing of its own."""
    return f"{result.stage}: {result.note if result.note and not result.private else 'did not pass'}"


def _objective(problem: Problem, stage: str) -> str:
    """What a stage would call the objective."""
    owner, dot, metric = problem.objective.metric.partition(".")
    return metric if dot and owner == stage else problem.objective.metric
