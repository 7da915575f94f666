"""A study: the same problems by several strategies or variants, with many seeds and equal evaluations each.

A study is no more than a name and runs with names that follow from it, so it can be interrupted anywhere and
goes on by being asked for once more: runs that are finished stay as they are, one that was cut off is
resumed, and more seeds, strategies or evaluations only add to what is there.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive.run import Run, RunState, StopReason, Summary
from archive.store import Reader, UnknownRun
from flows.arms import Arm, check_arms, check_distinct, common_problem
from flows.comparing import Comparison, Verdict, compare, judge
from flows.models import choose_models
from flows.settings import SettingsError, read_settings
from flows.terms import Terms
from flows.traces import read_trace
from problems.problem import Problem

__all__ = ["Finding", "Job", "Study", "Subject", "findings", "plan_study", "to_do"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A problem of a study.

    Attributes:
        text: what the user called it: a folder, a YAML file or a name.
        problem: the problem itself, with the target it declares.
        models: names of the models that write its programs.
        evaluations: of each of its runs.
    """

    text: str
    problem: Problem
    models: tuple[str, ...]
    evaluations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of a study.

    Attributes:
        name: of the run, see `Study.run_name`.
        subject: its problem.
        arm: how it searches.
        terms: to begin it with.
    """

    name: str
    subject: Subject
    arm: Arm
    terms: Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What is compared with what.

    Attributes:
        name: of the study.
        subjects: problems, each once.
        arms: at least one. The first one is judged: strategies against the best of the others, variants
            against each of them.
        seeds: how many, from 1.
        base: what all runs have in common: models, endpoint, changes to the problems, sandbox, database.
        notice: one line on the models; empty where they were named.
    """

    name: str
    subjects: tuple[Subject, ...]
    arms: tuple[Arm, ...]
    seeds: int
    base: Terms
    notice: str

    def run_name(self, problem: str, arm: str, seed: int) -> str:
        """Of the run with this problem (by name), arm (by label) and seed."""
        return f"{self.name}.{problem}.{arm}.{seed}"

    @property
    def first(self) -> str:
        """Label of the arm that is judged."""
        return self.arms[0].label

    @property
    def is_ablation(self) -> bool:
        """Whether it is about variants of one strategy."""
        return any(arm.label != arm.strategy for arm in self.arms)

    @property
    def lengths(self) -> str:
        """Evaluations of a run, in words: ``500 evaluations (far_hill: 2000)``."""
        common = Counter(subject.evaluations for subject in self.subjects).most_common(1)[0][0]
        others = [
            f"{subject.problem.name}: {subject.evaluations}"
            for subject in self.subjects
            if subject.evaluations != common
        ]
        return f"{common} evaluations" + (f" ({', '.join(others)})" if others else "")

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All runs; seed by seed, so that a study that is cut off has about equally many of each kind."""
        return tuple(
            self._job(subject, arm, seed)
            for seed in range(1, self.seeds + 1)
            for subject in self.subjects
            for arm in self.arms
        )

    def _job(self, subject: Subject, arm: Arm, seed: int) -> Job:
        name = self.run_name(subject.problem.name, arm.label, seed)
        terms = replace(
            self.base,
            problem=subject.text,
            strategy=arm.strategy,
            sets=arm.changes(self.base.sets),
            seed=seed,
            name=name,
            study=self.name,
            evaluations=subject.evaluations,
            # One turn at a time: then the same seed gives the same run, and runs share the cores evenly.
            workers=1,
        )
        return Job(name=name, subject=subject, arm=arm, terms=terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a study says of one problem.

    Attributes:
        comparison: its finished runs by arm; None while there are none.
        verdicts: the study's first arm against the best of the others, or, in an ablation, against each of
            them in their order; without those that have no run yet.
        runs: how many of its runs are finished.
    """

    problem: str
    comparison: Comparison | None
    verdicts: tuple[Verdict, ...]
    runs: int


async def plan_study(
    problems: Sequence[str],
    *,
    arms: Sequence[Arm],
    seeds: int,
    evaluations: int,
    base: Terms,
    name: str | None = None,
) -> Study:
    """Load the problems, and see that everything that is asked for is there.

    Args:
        problems: folders, YAML files or names; with ``@N`` behind one, its runs make N evaluations.
        arms: at least one.
        seeds: runs of each problem by each arm.
        evaluations: of each run of a problem with no number of its own.
        base: what all runs have in common.
        name: of the study; None for one that follows from the problems, the models and the changes to them,
            so that the same command finds the same study.

    Raises:
        ProblemError: a problem is wrong.
        SettingsError: an arm or a problem is named twice, an arm cannot be named so or changes how programs
            are scored, or there is no such strategy.
        ModelUnreachable: the endpoint was asked which models it serves and did not answer.
    """
    check_arms(arms)
    subjects, notices = [], []
    for asked in problems:
        text, own = _own_evaluations(asked)
        problem = common_problem(text, arms, base)
        choice = await choose_models(
            base.models, problem.models, base_url=base.base_url, settings=read_settings()
        )
        notices.append(choice.notice)
        models = tuple(spec.name for spec in choice.specs)
        each = evaluations if own is None else own
        subjects.append(Subject(text=text, problem=problem, models=models, evaluations=each))
    check_distinct("problem", [subject.problem.name for subject in subjects])
    return Study(
        name=name or _usual_name(subjects, base.sets),
        subjects=tuple(subjects),
        arms=tuple(arms),
        seeds=seeds,
        base=base,
        notice=next(filter(None, notices), ""),
    )


def to_do(study: Study, reader: Reader) -> tuple[list[Terms], list[Job]]:
    """What is left to be run, and what is finished.

    Returns:
        Terms that begin or resume a run, in the order of `Study.jobs`, and the finished jobs.

    Raises:
        SettingsError: a run of that name is there that was made otherwise.
    """
    left, finished = [], []
    for job in study.jobs:
        try:
            summary = reader.summary(job.name)
        except UnknownRun:
            left.append(job.terms)
            continue
        _check_same(job, summary.run)
        if _is_finished(summary, job.subject.evaluations):
            finished.append(job)
        else:
            left.append(
                Terms(
                    resume=summary.run.id,
                    evaluations=job.subject.evaluations,
                    db=study.base.db,
                    name=job.name,
                    base_url=study.base.base_url,
                )
            )
    return left, finished


def findings(study: Study, reader: Reader, *, by: str | None = None) -> tuple[Finding, ...]:
    """What the finished runs say, problem by problem.

    Args:
        study: what was asked.
        reader: of the archive.
        by: metric to judge by on the problems that have it, see `flows.traces.read_trace`.
    """
    _, finished = to_do(study, reader)
    return tuple(
        _finding(study, subject, [job for job in finished if job.subject is subject], reader, by)
        for subject in study.subjects
    )


def _finding(study: Study, subject: Subject, jobs: Sequence[Job], reader: Reader, by: str | None) -> Finding:
    traces = [read_trace(reader, reader.summary(job.name), by=by) for job in jobs]
    if not traces:
        return Finding(problem=subject.problem.name, comparison=None, verdicts=(), runs=0)
    labels = {job.name: job.arm.label for job in jobs}
    comparison = compare(traces, subject.problem.objective, label=lambda run: labels[run.name])
    rivals = [arm.label for arm in study.arms[1:]] if study.is_ablation else [None]
    verdicts = [judge(comparison, study.first, rival=rival) for rival in rivals]
    return Finding(
        problem=subject.problem.name,
        comparison=comparison,
        verdicts=tuple(verdict for verdict in verdicts if verdict is not None),
        runs=len(traces),
    )


def _is_finished(summary: Summary, evaluations: int) -> bool:
    """Whether a run has made its evaluations, or found that going on leads nowhere."""
    if summary.run.state is not RunState.FINISHED:
        return False
    return summary.evaluations >= evaluations or summary.run.stopped_by is StopReason.STAGNATION


def _check_same(job: Job, run: Run) -> None:
    """See that a run that is there is the one that would be made now."""
    problem = job.subject.problem
    sides: Mapping[str, tuple[object, object]] = {
        "problem": (problem.digest[:12], run.problem_digest[:12]),
        "strategy": (job.terms.strategy, run.strategy),
        "seed": (job.terms.seed, run.seed),
        "models": ("+".join(job.subject.models), "+".join(run.models)),
        "changes": (sorted(job.terms.sets), sorted(_sets(run))),
    }
    for what, (wanted, found) in sides.items():
        if wanted != found:
            raise SettingsError(
                f"run {job.name} is there already with another {what}: expected {wanted}, found {found}. "
                "Choose another name for this study with --name"
            )


def _sets(run: Run) -> list[str]:
    prefix = "set."
    return [f"{k.removeprefix(prefix)}={v}" for k, v in run.overrides.items() if k.startswith(prefix)]


def _own_evaluations(asked: str) -> tuple[str, int | None]:
    """A problem as it was asked for, and the evaluations named behind it."""
    text, mark, number = asked.rpartition("@")
    if not mark or Path(asked).exists():
        return asked, None
    if not number.isdecimal() or int(number) < 1:
        raise SettingsError(
            f"expected a number of evaluations, 1 or more, behind the @ of a problem, found {asked!r}: "
            "name it like far_hill@2000"
        )
    return text, int(number)


def _usual_name(subjects: Sequence[Subject], sets: Sequence[str]) -> str:
    identity = [sorted((s.problem.name, s.problem.digest, *s.models) for s in subjects), sorted(sets)]
    return f"study-{hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:8]}"
