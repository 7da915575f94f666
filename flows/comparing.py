"""Runs side by side, aligned on evaluations: what each group of runs reached, how soon, and at what price."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from archive.run import Run
from flows.bands import Band, band_of
from flows.settings import SettingsError
from flows.statistics import (
    CONFIDENCE,
    Estimate,
    area_under,
    best_so_far,
    difference_of_medians,
    median,
    waiting_median,
)
from flows.traces import Trace, check_one_problem, clipped, horizon_of
from problems.problem import Objective

__all__ = ["Comparison", "Group", "Outcome", "Verdict", "compare", "judge"]


class Outcome(StrEnum):
    """How a group stands against another, by the intervals of their medians."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no difference"
    """The intervals overlap, or one of them is missing: not that the two are alike."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Runs that differ in their seeds only, or a single run.

    Attributes:
        label: what tells it from the other groups.
        traces: its runs, at least one.
        values: best fitness of each run at the horizon, in the order of `traces`; runs that had no valid
            program by then are left out, and counted in `without`.
        best: median of `values`; None where there are none.
        area: median of the normalised areas under their curves, see `statistics.area_under`.
        wait: evaluations to the target; None where there is no target.
        reached: how many runs reached it.
        without: runs without a valid program at the horizon.
        band: for a plot; None where there are no values.
    """

    label: str
    traces: tuple[Trace, ...]
    values: tuple[float, ...]
    best: Estimate | None
    area: Estimate | None
    wait: Estimate | None
    reached: int
    without: int
    band: Band | None

    @property
    def failures(self) -> Mapping[str, int]:
        """Verdict to number, for what was not valid, over all runs."""
        total: Counter[str] = Counter()
        for trace in self.traces:
            total.update(trace.summary.failures)
        return total

    @property
    def dollars(self) -> float:
        """Spent on model calls by all runs together."""
        return math.fsum(trace.summary.usage.dollars for trace in self.traces)

    @property
    def tokens(self) -> int:
        """Read and written by models in all runs together."""
        return sum(t.summary.usage.tokens_in + t.summary.usage.tokens_out for t in self.traces)

    @property
    def seconds(self) -> float:
        """Wall time worked on all runs together."""
        return math.fsum(trace.summary.seconds for trace in self.traces)

    @property
    def evaluations(self) -> int:
        """Programs evaluated by all runs together, those beyond the horizon included."""
        return sum(trace.summary.evaluations for trace in self.traces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Groups of runs at one number of evaluations.

    Attributes:
        problem: its name, or several joined by commas.
        objective: which way is better, and the target if there is one.
        evaluations: the horizon: every figure is about the first so many evaluations of each run.
        first: median over all runs of the fitness of the first valid program; None where no run has one.
        groups: best median first; those without a value last.
        notes: what a reader must know to read the figures rightly.
    """

    problem: str
    objective: Objective
    evaluations: int
    first: float | None
    groups: tuple[Group, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one group stands against the best of the others.

    Attributes:
        subject: label of the group that is judged.
        rival: label of the other group with the best median.
        outcome: by whether the intervals of the two medians are apart.
        difference: median of the subject minus median of the rival, in units of the fitness.
        gap_percent: how far the subject is behind its rival, in percent of the rival's median; negative where
            it is ahead; None where the rival's median is 0.
        gain_percent: the same in percent of what the rival gained over the first program, in which a shift of
            all fitness changes nothing; None where it gained nothing.
    """

    subject: str
    rival: str
    outcome: Outcome
    difference: Estimate
    gap_percent: float | None
    gain_percent: float | None


def compare(
    traces: Sequence[Trace],
    objective: Objective,
    *,
    evaluations: int | None = None,
    mixed: bool = False,
    label: Callable[[Run], str] | None = None,
) -> Comparison:
    """Put runs side by side.

    Args:
        traces: at least one run, each once.
        objective: of their problem; its target is the one that evaluations are counted to.
        evaluations: the horizon; None for the most that every run has made, where runs that stopped because
            they had reached their target hold their best from then on.
        mixed: whether runs of problems that score otherwise may stand side by side.
        label: the group of a run; None for its strategy and models where that brings several together, else
            each run by itself.

    Raises:
        SettingsError: the runs cannot be compared, or none has evaluated anything.
    """
    if not mixed:
        check_one_problem(traces)
    horizon = horizon_of(traces, evaluations)
    by = _metric(traces)
    if by is not None:
        # A target is one of the fitness, and may mean nothing on another scale.
        objective = replace(objective, metric=by, target=None)
    groups = [
        _group(name, members, objective=objective, horizon=horizon)
        for name, members in _by_label(traces, label).items()
    ]
    groups.sort(key=lambda group: (group.best is None, -_utility(group, objective), group.label))
    firsts = [trace.curve[0].fitness for trace in traces if trace.curve]
    names = dict.fromkeys(trace.summary.run.problem for trace in traces)
    return Comparison(
        problem=", ".join(names),
        objective=objective,
        evaluations=horizon,
        first=float(np.median(firsts)) if firsts else None,
        groups=tuple(groups),
        notes=tuple(_notes(traces, groups, horizon, mixed=mixed)),
    )


def judge(comparison: Comparison, subject: str, *, rival: str | None = None) -> Verdict | None:
    """How a group stands against another one; None where one of them is missing or has no value.

    Args:
        comparison: the groups.
        subject: label of the group.
        rival: label of the other one; None for the best of all others.
    """
    valued = [group for group in comparison.groups if group.best is not None]
    ours = next((group for group in valued if group.label == subject), None)
    named = {subject} if rival is None else {group.label for group in valued} - {rival}
    other = next((group for group in valued if group.label not in named), None)
    if ours is None or other is None or ours.best is None or other.best is None:
        return None
    difference = difference_of_medians(ours.values, other.values)
    ahead = comparison.objective.utility(difference.value)
    outcome = Outcome.NO_DIFFERENCE
    mine, theirs = ours.best.interval, other.best.interval
    if mine is not None and theirs is not None and mine.is_apart_from(theirs):
        outcome = Outcome.BETTER if ahead > 0 else Outcome.WORSE
    base = abs(other.best.value)
    first = comparison.first
    gained = 0.0 if first is None else comparison.objective.utility(other.best.value - first)
    return Verdict(
        subject=ours.label,
        rival=other.label,
        outcome=outcome,
        difference=difference,
        gap_percent=-100 * ahead / base if base else None,
        gain_percent=-100 * ahead / gained if gained > 0 else None,
    )


def _metric(traces: Sequence[Trace]) -> str | None:
    """The metric that all runs are judged by; None for the fitness."""
    metrics = {trace.by for trace in traces}
    if len(metrics) > 1:
        without = [trace.summary.run.name for trace in traces if trace.by is None]
        named = next(filter(None, metrics))
        raise SettingsError(
            f"expected runs whose best programs all have {named}, but {clipped(without)} have not"
        )
    return metrics.pop()


def _by_label(traces: Sequence[Trace], wanted: Callable[[Run], str] | None) -> dict[str, list[Trace]]:
    if wanted is not None:
        asked: dict[str, list[Trace]] = {}
        for trace in traces:
            asked.setdefault(wanted(trace.summary.run), []).append(trace)
        return asked
    groups: dict[tuple[str, ...], list[Trace]] = {}
    for trace in traces:
        run = trace.summary.run
        groups.setdefault((run.strategy, *run.models), []).append(trace)
    if len(groups) == len(traces):
        return {f"{t.summary.run.name} ({t.summary.run.strategy})": [t] for t in traces}
    strategies = {key[0] for key in groups}
    models = {key[1:] for key in groups}

    def label(key: tuple[str, ...]) -> str:
        if len(models) == 1:
            return key[0]
        named = "+".join(key[1:])
        return named if len(strategies) == 1 else f"{key[0]}, {named}"

    return {label(key): members for key, members in groups.items()}


def _group(label: str, traces: Sequence[Trace], *, objective: Objective, horizon: int) -> Group:
    steps = [[(point.evaluations, point.fitness) for point in trace.curve] for trace in traces]
    curves = [best_so_far(run, horizon) for run in steps]
    values = [float(curve[-1]) for curve in curves]
    areas = [area for area in map(area_under, curves) if math.isfinite(area)]
    valued = [value for value in values if math.isfinite(value)]
    waits = [trace.wait(objective, horizon) for trace in traces]
    return Group(
        label=label,
        traces=tuple(traces),
        values=tuple(valued),
        best=median(valued) if valued else None,
        area=median(areas) if areas else None,
        wait=None if objective.target is None else waiting_median(waits),
        reached=sum(wait.reached for wait in waits),
        without=len(values) - len(valued),
        band=band_of(np.array(curves), horizon) if valued else None,
    )


def _utility(group: Group, objective: Objective) -> float:
    return -math.inf if group.best is None else objective.utility(group.best.value)


def _notes(traces: Sequence[Trace], groups: Sequence[Group], horizon: int, *, mixed: bool) -> list[str]:
    notes = []
    longest = max(trace.summary.evaluations for trace in traces)
    if longest > horizon:
        notes.append(f"Compared after {horizon} evaluations; the longest run has made {longest}.")
    early = [t.summary.run.name for t in traces if t.is_at_target and t.summary.evaluations < horizon]
    if early:
        notes.append(
            f"Stopped at their target before that, and held there: {clipped(early)}. Left to go on, they "
            "might have become better."
        )
    few = min(len(group.traces) for group in groups)
    if few == 1:
        notes.append("A single run has no interval: how far another seed would lie from it is not known.")
    elif few < 6:
        # The whole range of n runs misses the median with a chance of 2 in 2 to the n: 6.25% for five runs.
        held = 1 - 2 * 0.5**few
        notes.append(
            f"With {few} runs, the {CONFIDENCE:.0%} interval can at best be their range, which holds the "
            f"true median in {held:.0%} of all cases. Ten runs or more tell more."
        )
    without = sum(group.without for group in groups)
    if without:
        notes.append(f"{without} of the runs had no valid program by then, and are left out of the medians.")
    if mixed and len({trace.summary.run.problem_digest for trace in traces}) > 1:
        notes.append("These runs are of problems that score differently.")
    return notes
