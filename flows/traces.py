"""Runs as they are compared: each with the changes of its best, and how far all of them have come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.run import CurvePoint, StopReason, Summary
from archive.store import Reader, UnknownRun
from flows.definition import problem_of_run
from flows.settings import SettingsError
from flows.statistics import Wait
from problems.problem import Objective

__all__ = [
    "Trace",
    "check_one_problem",
    "clipped",
    "horizon_of",
    "read_objective",
    "read_trace",
    "read_traces",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One run as it is compared.

    Attributes:
        summary: where it stands.
        curve: changes of its best, in order.
        by: metric that the curve is about; None for the fitness.
    """

    summary: Summary
    curve: tuple[CurvePoint, ...]
    by: str | None = None

    @property
    def is_at_target(self) -> bool:
        """Whether it stopped because it had reached its own target, so that its best holds from then on."""
        return self.summary.run.stopped_by is StopReason.TARGET

    def wait(self, target: Objective, horizon: int) -> Wait:
        """When it reached a target; cut off at the horizon, or where it ended before."""
        for point in self.curve:
            if point.evaluations <= horizon and target.reached(point.fitness):
                return Wait(evaluations=max(point.evaluations, 1), reached=True)
        return Wait(evaluations=min(horizon, self.summary.evaluations), reached=False)


def read_traces(
    reader: Reader, keys: Sequence[str], *, problem: str | None = None, by: str | None = None
) -> list[Trace]:
    """Runs by name or id, each once, in the order given; the name of a study stands for all of its runs.

    Args:
        reader: of the archive.
        keys: names or ids.
        problem: name of a problem, to leave out the runs of all others.
        by: metric to judge the runs by, see `read_trace`.

    Raises:
        UnknownRun: there is no such run or study, or none of that problem.
    """
    found: dict[str, Summary] = {}
    everything: list[Summary] | None = None
    for key in keys:
        try:
            summaries = [reader.summary(key)]
        except UnknownRun:
            everything = list(reader.runs()) if everything is None else everything
            summaries = [summary for summary in reversed(everything) if summary.run.study == key]
            if not summaries:
                raise
        found.update((summary.run.id, summary) for summary in summaries)
    kept = [summary for summary in found.values() if problem in (None, summary.run.problem)]
    if not kept:
        there = ", ".join(sorted({summary.run.problem for summary in found.values()}))
        raise UnknownRun(f"none of these runs is of the problem {problem!r}; they are of {there}")
    return [read_trace(reader, summary, by=by) for summary in kept]


def read_trace(reader: Reader, summary: Summary, *, by: str | None = None) -> Trace:
    """A run with its curve.

    Args:
        reader: of the archive.
        summary: of the run.
        by: metric in place of the fitness: what the program that was the best at each time is worth by it. So
            a noisy search is judged by what it found and not by what it was told. It may be private. None, or
            a metric that one of these programs does not have, for the fitness.
    """
    curve = tuple(reader.curve(summary.run.id))
    if by is None:
        return Trace(summary=summary, curve=curve)
    judged = []
    for point in curve:
        evaluation = reader.evaluation(summary.run.id, point.program)
        worth = None if evaluation is None else evaluation.metrics.get(by)
        if worth is None:
            return Trace(summary=summary, curve=curve)
        judged.append(replace(point, fitness=worth))
    return Trace(summary=summary, curve=tuple(judged), by=by)


def check_one_problem(traces: Sequence[Trace]) -> None:
    """See that fitness means the same in all runs.

    Raises:
        SettingsError: their problems score differently.
    """
    by_digest: dict[str, list[str]] = {}
    for trace in traces:
        run = trace.summary.run
        by_digest.setdefault(run.problem_digest, []).append(f"{run.name} ({run.problem})")
    if len(by_digest) > 1:
        kinds = "; ".join(clipped(names) for names in by_digest.values())
        raise SettingsError(
            f"expected runs of one problem, found {len(by_digest)} that score differently: {kinds}. Their "
            "fitness does not mean the same. Compare the runs of each by themselves, or, where you know that "
            "it does, ask for it with --mixed"
        )


def horizon_of(traces: Sequence[Trace], wanted: int | None) -> int:
    """How many evaluations of each run are compared.

    Args:
        traces: at least one run.
        wanted: what was asked for; None for the most that every run has made. Runs that stopped because they
            had reached their target hold their best from then on, and so bound nothing, unless all did.

    Raises:
        SettingsError: a run has evaluated nothing, or has not come so far.
    """
    lengths = {trace.summary.run.name: trace.summary.evaluations for trace in traces}
    idle = [name for name, made in lengths.items() if made == 0]
    if idle:
        raise SettingsError(
            f"nothing was evaluated yet in {clipped(idle)}; leave it out, or wait until it has begun"
        )
    going = [t.summary.evaluations for t in traces if not t.is_at_target]
    shared = min(going) if going else max(lengths.values())
    if wanted is None:
        return shared
    if wanted > shared:
        short = [name for name, made in lengths.items() if made < wanted]
        raise SettingsError(
            f"expected runs of at least {wanted} evaluations, but {clipped(short)} made fewer; all "
            f"have made {shared}. Give --evaluations {shared} or less, or resume the short ones"
        )
    return wanted


def clipped(names: Sequence[str]) -> str:
    """The first three names, and how many more there are."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def read_objective(traces: Sequence[Trace], target: float | None = None) -> Objective:
    """What the runs were asked to improve, by the problem of the first one.

    Args:
        traces: at least one run.
        target: in place of the problem's.

    Raises:
        ProblemError: the files of the problem are gone or wrong, so it is not known which way is better.
    """
    # As a run of a study it would have no target: such runs do not stop there.
    run = replace(traces[0].summary.run, study=None)
    objective = problem_of_run(run, changed=True).objective
    return objective if target is None else replace(objective, target=target)
