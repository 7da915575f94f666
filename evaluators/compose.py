"""From a problem's declarations to a pipeline that runs them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from evaluators.appraisal import STATISTICS
from evaluators.cache import StageCache
from evaluators.features import FEATURES
from evaluators.pipeline import Pipeline
from evaluators.sandbox import Sandbox
from evaluators.stage import Stage
from evaluators.stages.command import SandboxCommand
from evaluators.stages.delayed import Delayed, Reported
from evaluators.stages.execute import SandboxCall
from evaluators.stages.judge import Judge, ModelJudge
from evaluators.stages.score import SandboxScore
from evaluators.stages.static import StaticPython
from evaluators.stages.text import StaticText
from evaluators.stages.together import SandboxTogether
from problems.errors import Issue, ProblemError
from problems.gates import Gate, GateError
from problems.kinds import SCORES, VALUES
from problems.problem import Problem, StageSpec

__all__ = ["KINDS", "Parts", "build_pipeline", "weaknesses"]

_FILE: Final = "problem.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What stages are made from.

    Attributes:
        problem: what is asked.
        candidates: sandbox where programs run.
        scorers: sandbox where trusted files run; never the same object as `candidates`.
        judge: asks a model; None where there is none.
        reported: looks up what was reported for a `delayed` metric; None where there is no store.
    """

    problem: Problem
    candidates: Sandbox
    scorers: Sandbox
    judge: Judge | None = None
    reported: Reported | None = None


def build_pipeline(
    problem: Problem,
    candidate_sandbox: Sandbox,
    scorer_sandbox: Sandbox,
    *,
    judge: Judge | None = None,
    reported: Reported | None = None,
    trust_scorer: bool = False,
    cache: StageCache | None = None,
) -> Pipeline:
    """The pipeline of a problem. The sandboxes must be started by the caller, and are not closed here.

    Args:
        problem: what is asked.
        candidate_sandbox: where programs run.
        scorer_sandbox: where trusted files run.
        judge: asks a model; without it an optional `model.judge` is skipped.
        reported: looks up reports for `delayed` stages; without it their proxies stand in.
        trust_scorer: see `Pipeline`.
        cache: what stages found before, closed by the caller; None to find all anew.

    Raises:
        ProblemError: the stages cannot work together; holds every mistake.
        ScorerError: a trusted file is missing, is no Python or defines no ``score``.
        ValueError: one sandbox was given for both roles.
    """
    if candidate_sandbox is scorer_sandbox:
        raise ValueError(
            "candidates and scorers need a sandbox each: a scorer's must never have run a program"
        )
    parts = Parts(
        problem=problem,
        candidates=candidate_sandbox,
        scorers=scorer_sandbox,
        judge=judge,
        reported=reported,
    )
    issues = tuple(_issues(parts))
    if issues:
        raise ProblemError(issues)
    stages = [KINDS[spec.uses](spec, parts) for spec in problem.stages]
    return Pipeline(
        problem,
        stages,
        trust_scorer=trust_scorer,
        cache=cache,
        candidates=candidate_sandbox,
        scorers=scorer_sandbox,
    )


def weaknesses(problem: Problem) -> tuple[str, ...]:
    """What a program could do to its score because of how the problem is built, one line each; often none."""
    objective = problem.objective.metric.partition(".")[0]
    told = {
        "sandbox.trusted_together": "runs program and scorer in one process: a program can forge its score",
        "model.judge": "is a model's opinion and decides alone: a program can talk it round",
    }
    return tuple(
        f"stage {spec.id} {told[spec.uses]}"
        for spec in problem.stages
        if spec.uses in told and (spec.uses != "model.judge" or spec.id == objective)
    )


def _static(spec: StageSpec, parts: Parts) -> Stage:
    return StaticPython(spec=spec)


def _text(spec: StageSpec, parts: Parts) -> Stage:
    return StaticText(spec=spec)


def _call(spec: StageSpec, parts: Parts) -> Stage:
    # An entrypoint is there: _issues refuses a problem that calls none.
    entrypoint = parts.problem.entrypoint or ""
    return SandboxCall(
        spec=spec, sandbox=parts.candidates, entrypoint=entrypoint, module=_home(parts.problem, entrypoint)
    )


def _home(problem: Problem, entrypoint: str) -> str | None:
    """The initial file that defines the entrypoint; None where none does by itself (it imports it, say)."""
    defines = re.compile(rf"^(?:(?:async\s+)?def|class)\s+{entrypoint}\b|^{entrypoint}\s*[:=]", re.MULTILINE)
    return next((path for path, text in problem.initial.items() if defines.search(text)), None)


def _command(spec: StageSpec, parts: Parts) -> Stage:
    return SandboxCommand(spec=spec, sandbox=parts.candidates)


def _together(spec: StageSpec, parts: Parts) -> Stage:
    return SandboxTogether(spec=spec, sandbox=parts.candidates, problem=parts.problem)


def _score(spec: StageSpec, parts: Parts) -> Stage:
    calls = tuple(_calls(spec, parts.problem))
    return SandboxScore(spec=spec, sandbox=parts.scorers, problem=parts.problem, calls=calls)


def _judge(spec: StageSpec, parts: Parts) -> Stage:
    return ModelJudge(spec=spec, judge=parts.judge)


def _delayed(spec: StageSpec, parts: Parts) -> Stage:
    return Delayed(spec=spec, reported=parts.reported)


KINDS: Final[Mapping[str, Callable[[StageSpec, Parts], Stage]]] = {
    "static.python": _static,
    "static.text": _text,
    "sandbox.call": _call,
    "sandbox.command": _command,
    "sandbox.score": _score,
    "sandbox.trusted_together": _together,
    "model.judge": _judge,
    "delayed": _delayed,
}
"""How each kind of stage is made."""


def _calls(spec: StageSpec, problem: Problem) -> Iterator[StageSpec]:
    """The calls a scorer judges: those it needs, or, where it needs none itself, those its needs stand on."""
    by_id = {one.id: one for one in problem.stages}
    level = list(spec.needs)
    while level:
        found = [by_id[id_] for id_ in level if by_id[id_].uses in VALUES]
        if found:
            yield from found
            return
        level = list(dict.fromkeys(need for id_ in level for need in by_id[id_].needs))


def _issues(parts: Parts) -> Iterator[Issue]:
    """What stops the stages from working together.

    The loader tells most of it earlier, with its line; this is for problems that were built by hand.
    """
    problem = parts.problem
    yield from _edge_issues(problem)
    for place, spec in enumerate(problem.stages):
        key = f"evaluation.stages[{place}]"
        if spec.uses not in KINDS:
            yield _issue(f"{key}.uses", ", ".join(KINDS), spec.uses, KINDS)
        yield from _gate_issues(spec, problem, f"{key}.when")
        yield from _kind_issues(spec, parts, key)
    statistic = problem.repeat.statistic
    if statistic not in STATISTICS:
        yield _issue("evaluation.repeat.statistic", ", ".join(STATISTICS), statistic, STATISTICS)
    for place, descriptor in enumerate(problem.descriptors):
        stage, _, feature = descriptor.source.partition(".")
        if stage == "static" and feature not in FEATURES:
            key = f"descriptors[{place}].source"
            yield _issue(key, f"static.NAME of {', '.join(FEATURES)}", feature, FEATURES)


def _edge_issues(problem: Problem) -> Iterator[Issue]:
    ids = [spec.id for spec in problem.stages]
    for place, spec in enumerate(problem.stages):
        if ids.index(spec.id) != place:
            yield _issue(f"evaluation.stages[{place}].id", "an id of its own", spec.id, ())
        for need in spec.needs:
            if need not in ids:
                yield _issue(f"evaluation.stages[{place}].needs", "the id of a stage", need, ids)
    try:
        TopologicalSorter({spec.id: spec.needs for spec in problem.stages}).prepare()
    except CycleError as error:
        yield _issue("evaluation.stages", "no cycle", " -> ".join(error.args[1]), ())


def _gate_issues(spec: StageSpec, problem: Problem, key: str) -> Iterator[Issue]:
    try:
        names = () if spec.when is None else Gate.parse(spec.when).names
    except GateError as error:
        yield _issue(key, f"{error.expected} at character {error.position + 1}", error.found, ())
        return
    before = _ancestors(spec, problem)
    for stage, _ in names:
        if stage not in before:
            yield _issue(key, f"a metric of a stage that {spec.id} needs", stage, before)


def _kind_issues(spec: StageSpec, parts: Parts, key: str) -> Iterator[Issue]:
    problem = parts.problem
    if spec.uses == "sandbox.call" and not problem.entrypoint:
        yield _issue("program.entrypoint", f"a function for stage {spec.id} to call", "none", ())
    if spec.uses == "sandbox.score":
        uses = {one.id: one.uses for one in problem.stages}
        if not any(uses[id_] in VALUES for id_ in _ancestors(spec, problem)):
            wanted = "a sandbox.call stage or a sandbox.command stage"
            yield _issue(f"{key}.needs", wanted, ", ".join(spec.needs) or "nothing", ())
    if spec.pool is not None and spec.pool not in problem.pools:
        yield _issue(f"{key}.pool", "a pool of evaluation.pools", spec.pool, problem.pools)
    if spec.uses == "delayed":
        yield from _delayed_issues(spec, problem, key)
    if spec.uses == "model.judge":
        stage = ModelJudge(spec=spec, judge=None)
        opinion, decides = stage.metric, stage.decides
        if problem.objective.metric == opinion or (
            problem.objective.metric == f"{spec.id}.{opinion}" and not decides
        ):
            yield _issue("objective.metric", "a metric of a scorer", f"the opinion of stage {spec.id}", ())
        if parts.judge is None and not spec.optional:
            yield _issue(f"{key}.optional", "true, or a model to ask", "no model", ())


def _delayed_issues(spec: StageSpec, problem: Problem, key: str) -> Iterator[Issue]:
    stage = Delayed(spec=spec)
    before = _ancestors(spec, problem)
    if stage.proxy is not None and stage.proxy[0] not in before:
        expected = f"a metric of a stage that {spec.id} needs"
        yield _issue(f"{key}.proxy", expected, ".".join(stage.proxy), before)
    others = any(one.uses in SCORES and one.uses != "delayed" for one in problem.stages)
    mine = {f"{spec.id}.{stage.metric}"} if others else {f"{spec.id}.{stage.metric}", stage.metric}
    if stage.proxy is None and problem.objective.metric in mine:
        yield _issue(f"{key}.proxy", "STAGE.METRIC that stands in for the objective", "none", ())


def _ancestors(spec: StageSpec, problem: Problem) -> frozenset[str]:
    """Ids of the stages it needs, directly or through others; unknown ones left out."""
    by_id = {one.id: one for one in problem.stages}
    found: set[str] = set()
    left = list(spec.needs)
    while left:
        id_ = left.pop()
        if id_ in by_id and id_ not in found:
            found.add(id_)
            left.extend(by_id[id_].needs)
    return frozenset(found)


def _issue(key: str, expected: str, found: str, known: Iterable[str]) -> Issue:
    near = difflib.get_close_matches(found, list(known), n=1)
    return Issue(file=_FILE, key=key, expected=expected, found=found, nearest=near[0] if near else None)
