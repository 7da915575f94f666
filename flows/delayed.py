"""Metrics that arrive after the evaluation: a cheap proxy steers the search until the true mark is known.

Whoever reports a value writes it to the store and scores the program again in every run that knows it, by
`Store.rescore`: evaluation, elites and best change in one transaction, whether the run is live or not. A run
that is live asks once a turn for new reports (`flows.desk`). It then lets nobody place a program, has its
own archive in the store rebuilt once more, for it may have placed programs by what was believed before, and
takes its archive in memory from there. Both write the same: evaluations follow from all reports of a program,
islands from all evaluations, and neither from what was there before.

Stages that stand behind a delayed one (by `needs` or `when`) are not run again by a report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from archive.evaluation import Evaluation, StageResult, StageState
from archive.program import Program
from archive.report import Report
from archive.rescoring import Change, Rescored, Revision
from archive.run import Run
from archive.store import Store
from evaluators.appraisal import appraise, by_stage, further
from evaluators.stages.delayed import with_report
from problems.errors import CambrianError
from problems.gates import Gate
from problems.problem import Problem, StageSpec

__all__ = ["Applied", "NoTaker", "Takers", "apply_report", "delayed_metrics", "revision_of", "told"]


class NoTaker(CambrianError):
    """No run that knows the program waits for that metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takers:
    """Runs that a report on a program may bear on.

    Attributes:
        problems: each run that knows the program, with its problem.
        unread: runs that know the program and whose problem cannot be read, with the reason.
    """

    problems: Sequence[tuple[Run, Problem]]
    unread: Sequence[tuple[Run, str]]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Delayed metrics of all of them, by name."""
        return tuple(sorted({name for _, problem in self.problems for name in delayed_metrics(problem)}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a report changed in one run."""

    run: Run
    rescored: Rescored


def delayed_metrics(problem: Problem) -> tuple[str, ...]:
    """Names of the metrics that are reported after the evaluation, in the problem's order."""
    names = (str(spec.options["metric"]) for spec in problem.stages if spec.uses == "delayed")
    return tuple(dict.fromkeys(names))


def revision_of(problem: Problem) -> Revision:
    """How reports bear on the evaluations of a problem, and these on its archive."""
    return Revision(
        descriptors=problem.descriptors,
        objective=problem.objective,
        revise=partial(_revise, problem),
        archive=problem.search.archive,
        objectives=problem.objectives,
        further=partial(further, problem) if problem.objectives else None,
    )


async def apply_report(store: Store, report: Report, takers: Takers) -> Sequence[Applied]:
    """Keep a report and score its program again in every run that waits for its metric.

    Args:
        store: where report and runs are kept.
        report: not stored yet.
        takers: of the program's runs.

    Raises:
        NoTaker: none of them waits for that metric; nothing is kept then.
        StoreError: the database refused it.
    """
    waiting = [each for each in takers.problems if report.metric in delayed_metrics(each[1])]
    if not waiting:
        raise NoTaker(_no_taker(report, takers))
    await store.add_report(report)
    return [
        Applied(run=run, rescored=await store.rescore(run.id, [report.program], revision_of(problem)))
        for run, problem in waiting
    ]


def told(change: Change, rescored: Rescored) -> str:
    """One line on a program that is worth something else now, and on the best of its run."""
    before, after = _worth(change.before), _worth(change.after)
    worth = f"{before} became {after}" if before != after else f"it is worth {after}"
    line = f"Program {change.after.program[:12]} was scored again after a report: {worth}"
    if rescored.best is None or rescored.fitness is None:
        return f"{line}; the run has no valid program now"
    if rescored.best == change.after.program:
        standing = "is still" if rescored.best_before == rescored.best else "is now"
        return f"{line}; it {standing} the best"
    if rescored.best_before == rescored.best:
        return line
    return f"{line}; the best is now {rescored.best[:12]} with {rescored.fitness:.10g}"


def _worth(evaluation: Evaluation) -> str:
    return evaluation.verdict.value if evaluation.fitness is None else f"{evaluation.fitness:.10g}"


def _revise(
    problem: Problem, program: Program, evaluation: Evaluation, reports: Mapping[str, float]
) -> Evaluation:
    """The evaluation with what was reported; itself where that is nothing new."""
    by_id = {result.stage: result for result in evaluation.stages}
    news: dict[str, StageResult] = {}
    for spec in problem.stages:
        value = reports.get(str(spec.options.get("metric"))) if spec.uses == "delayed" else None
        if value is not None and spec.id in by_id and _would_run(spec, by_id):
            result = with_report(by_id[spec.id], spec, value)
            if result.metrics != by_id[spec.id].metrics:
                news[spec.id] = result
    if not news:
        return evaluation
    results = tuple(news.get(result.stage, result) for result in evaluation.stages)
    after = appraise(problem, program, results, trust_scorer=True)
    before = appraise(problem, program, evaluation.stages, trust_scorer=True)
    # What the replicas said beside the stages' own metrics. An error of a fitness is not that of another one.
    beside = {
        name: value
        for name, value in evaluation.metrics.items()
        if name not in before.metrics
        and (after.fitness == evaluation.fitness or not name.endswith(".standard_error"))
    }
    return replace(
        after,
        metrics=beside | dict(after.metrics),
        seconds=evaluation.seconds,
        provenance=evaluation.provenance,
    )


def _would_run(spec: StageSpec, results: Mapping[str, StageResult]) -> bool:
    """Whether the stage has its turn with these results of the others."""
    if not all(need in results and results[need].state is StageState.PASSED for need in spec.needs):
        return False
    others = [result for result in results.values() if result.stage != spec.id]
    return spec.when is None or Gate.parse(spec.when).open(by_stage(others))


def _no_taker(report: Report, takers: Takers) -> str:
    short = report.program[:12]
    if takers.metrics:
        return (
            f"no run that knows program {short} waits for a metric {report.metric!r}; expected one of "
            f"{', '.join(takers.metrics)}"
        )
    reasons = [f"the problem of {run.name} cannot be read: {reason}" for run, reason in takers.unread]
    nothing = f"no problem of a run that knows program {short} has a stage that uses `delayed`"
    return "; ".join([nothing, *reasons])
