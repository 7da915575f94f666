"""Verbs that read a run: runs, show, calls, lessons."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from flows.cli.options import Database, Key, Limit, Machine, reading
from flows.cli.text import clip, command, count, number, table

if TYPE_CHECKING:
    from archive.ledger import ModelUse
    from archive.run import Summary

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("runs")(runs)
    app.command("show")(show)
    app.command("calls")(calls)
    app.command("lessons")(lessons)


def runs(db: Database = None, machine: Machine = False) -> None:
    """List all runs, newest first."""
    from flows.report import summary_json

    with reading(db) as reader:
        summaries = reader.runs()
    if machine:
        print(json.dumps([summary_json(summary) for summary in summaries], allow_nan=False))
        return
    if not summaries:
        print(f"No runs yet. `{command()} run circle_packing --evaluations 300` begins one.")
        return
    table(
        ("run", "problem", "state", "best", "evaluated", "calls", "dollars", "worked", "begun"),
        [_row(summary) for summary in summaries],
    )


def show(run: Key, db: Database = None, machine: Machine = False) -> None:
    """Show where a run stands, also one that was killed."""
    from flows.cli.show import result_lines
    from flows.report import summary_json

    with reading(db) as reader:
        summary = reader.summary(run)
    if machine:
        print(json.dumps(summary_json(summary), allow_nan=False))
    else:
        print("\n".join(result_lines(summary, db=db)).lstrip("\n"))


def calls(run: Key, limit: Limit = 30, db: Database = None, machine: Machine = False) -> None:
    """List the newest model calls of a run and what they cost."""
    with reading(db) as reader:
        key = reader.summary(run).run.id
        rows, uses = reader.calls(key, limit=limit), () if machine else reader.uses(key)
    if machine:
        listing = [
            {
                "attempt": call.attempt,
                "purpose": call.purpose.value,
                "ordinal": call.ordinal,
                "model": call.model,
                "status": call.status.value,
                "tokens_in": call.usage.tokens_in,
                "tokens_out": call.usage.tokens_out,
                "tokens_cached": call.usage.tokens_cached,
                "tokens_reasoning": call.usage.tokens_reasoning,
                "dollars": call.usage.dollars,
                "latency": call.latency,
                "error": call.error,
                "prompt": json.loads(call.prompt) if call.prompt else [],
                "response": call.response,
                "at": call.at.isoformat(),
            }
            for call in rows
        ]
        print(json.dumps(listing, allow_nan=False))
        return
    if not rows:
        print("No model call yet.")
        return
    table(
        (
            *("attempt", "purpose", "model", "status", "in", "cached", "out", "reasoning"),
            *("dollars", "seconds", "error"),
        ),
        [
            (
                str(call.attempt),
                call.purpose.value,
                call.model,
                call.status.value,
                str(call.usage.tokens_in),
                str(call.usage.tokens_cached),
                str(call.usage.tokens_out),
                str(call.usage.tokens_reasoning),
                f"{call.usage.dollars:.5f}",
                f"{call.latency:.2f}",
                clip(call.error, 60),
            )
            for call in rows
        ],
    )
    print(_in_all(uses))


def lessons(run: Key, limit: Limit = 30, db: Database = None, machine: Machine = False) -> None:
    """List the newest lessons of a run: what they rest on, how often they were shown and helped."""
    from flows.cli.lessons import HEAD, lesson_json, lesson_row

    with reading(db) as reader:
        rows = reader.lessons(reader.summary(run).run.id, limit=limit)
    if machine:
        print(json.dumps([lesson_json(lesson) for lesson in rows], allow_nan=False))
        return
    table(HEAD, [lesson_row(lesson) for lesson in rows])


def _in_all(uses: Sequence[ModelUse]) -> str:
    """All calls of a run in one line, also those that are not listed."""
    from archive.ledger import Usage

    ends: Counter[str] = Counter()
    for use in uses:
        ends.update({status.value: number for status, number in use.statuses.items()})
    usage = sum((use.usage for use in uses), Usage())
    told = ", ".join(f"{number} {status}" for status, number in ends.most_common())
    return (
        f"In all {count(ends.total(), 'call')}: {told}; {usage.tokens_in:,} tokens in"
        f" ({usage.tokens_cached:,} cached), {usage.tokens_out:,} out ({usage.tokens_reasoning:,} reasoning);"
        f" ${usage.dollars:.4f}"
    )


def _row(summary: Summary) -> tuple[str, ...]:
    from flows.cli.show import clock

    run = summary.run
    return (
        run.name,
        run.problem,
        run.state.value,
        number(None if summary.best is None else summary.best.fitness),
        str(summary.evaluations),
        str(summary.calls),
        f"{summary.usage.dollars:.4f}",
        clock(summary.seconds),
        f"{run.created.astimezone():%Y-%m-%d %H:%M}",
    )
