"""Runs made by hand, for tests of what compares them."""

from __future__ import annotations

from datetime import UTC, datetime

from archive.ledger import Usage
from archive.run import Best, CurvePoint, Run, RunState, StopReason, Summary
from flows.traces import Trace
from problems.problem import Budget

STARTED = datetime(2026, 1, 1, tzinfo=UTC)


def trace(
    name,
    *steps,
    evaluations=100,
    strategy="map_elites",
    digest="d1",
    problem="dials",
    models=("embedded",),
    stopped_by=StopReason.EVALUATIONS,
    by=None,
    failures=None,
    dollars=0.0,
    seed=1,
):
    """A finished run whose best changed in these steps of (evaluations, fitness)."""
    run = Run(
        id=f"{abs(hash(name)):012x}"[:12],
        name=name,
        problem=problem,
        problem_digest=digest,
        problem_path="/nowhere",
        seed=seed,
        workers=1,
        strategy=strategy,
        islands=1,
        models=models,
        sandbox="process",
        budget=Budget(evaluations=evaluations),
        state=RunState.FINISHED,
        stopped_by=stopped_by,
        created=STARTED,
    )
    points = tuple(
        CurvePoint(evaluations=at, seconds=0.0, fitness=fitness, program=f"p{at}", operator="diff")
        for at, fitness in steps
    )
    best = Best(program=points[-1].program, fitness=points[-1].fitness, metrics={}) if points else None
    summary = Summary(
        run=run,
        best=best,
        evaluations=evaluations,
        valid=evaluations,
        duplicates=0,
        failures=failures or {},
        calls=0,
        usage=Usage(tokens_in=10, tokens_out=5, dollars=dollars),
        seconds=2.0,
        cells=1,
        coverage=0.1,
        qd_score=1.0,
        attempts=evaluations,
    )
    return Trace(summary=summary, curve=points, by=by)
