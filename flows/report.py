"""A run's progress in the shapes that scripts rely on: the JSON of `show`, `runs` and `finished`."""

from __future__ import annotations

from archive.program import Program
from archive.run import Summary
from flows.events import Evaluated, Event, Finished, Improved, Started

__all__ = ["event_json", "program_json", "summary_json"]


def summary_json(summary: Summary) -> dict[str, object]:
    """Everything of a summary, under the names promised in the interface."""
    run, best = summary.run, summary.best
    return {
        "run": run.name,
        "id": run.id,
        "problem": run.problem,
        "state": run.state.value,
        "best": None
        if best is None
        else {
            "program": best.program,
            "fitness": best.fitness,
            "metrics": dict(best.metrics),
            "attempt": best.attempt,
        },
        "evaluations": summary.evaluations,
        "valid": summary.valid,
        "duplicates": summary.duplicates,
        "repeats": dict(summary.repeats),
        "failures": dict(summary.failures),
        "attempts": summary.attempts,
        "calls": summary.calls,
        "tokens": summary.usage.tokens_in + summary.usage.tokens_out,
        "tokens_in": summary.usage.tokens_in,
        "tokens_out": summary.usage.tokens_out,
        "tokens_cached": summary.usage.tokens_cached,
        "tokens_reasoning": summary.usage.tokens_reasoning,
        "dollars": summary.usage.dollars,
        "seconds": summary.seconds,
        "cells": summary.cells,
        "coverage": summary.coverage,
        "qd_score": summary.qd_score,
        "stopped_by": None if run.stopped_by is None else run.stopped_by.value,
        "strategy": run.strategy,
        "islands": run.islands,
        "models": list(run.models),
        "sandbox": run.sandbox,
        "seed": run.seed,
        "workers": run.workers,
        "budget": {
            "evaluations": run.budget.evaluations,
            "dollars": run.budget.dollars,
            "minutes": run.budget.minutes,
        },
        "created": run.created.isoformat(),
    }


def program_json(program: Program) -> dict[str, object]:
    """A program with its sources."""
    return {"program": program.id, "language": program.language, "sources": dict(program.sources)}


def event_json(event: Event) -> dict[str, object] | None:
    """One line of `run --json`; None for events that are for people only."""
    match event:
        case Started():
            run = event.run
            return {
                "event": "started",
                "run": run.name,
                "id": run.id,
                "problem": run.problem,
                "seed": run.seed,
                "workers": run.workers,
                "strategy": run.strategy,
                "models": list(run.models),
                "resumed": event.resumed,
                "evaluations": event.evaluations,
            }
        case Evaluated():
            return {
                "event": "evaluated",
                "program": event.program,
                "attempt": event.attempt,
                "island": event.island,
                "operator": event.operator,
                "verdict": event.verdict,
                "fitness": event.fitness,
                "outcome": event.outcome,
                "reason": event.reason,
                "seconds": event.seconds,
                "evaluations": event.evaluations,
            }
        case Improved():
            return {
                "event": "improved",
                "program": event.program,
                "fitness": event.fitness,
                "previous": event.previous,
                "operator": event.operator,
                "idea": event.idea,
                "metrics": dict(event.metrics),
                "evaluations": event.evaluations,
                "seconds": event.seconds,
            }
        case Finished():
            trouble = {"trouble": event.trouble} if event.trouble else {}
            return {"event": "finished", **summary_json(event.summary), **trouble}
        case _:
            return None
