"""`operators`: which ways of change brought how much in a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from flows.cli.options import Database, Key, Machine, reading
from flows.cli.text import count, table

if TYPE_CHECKING:
    from archive.attempt import Plan
    from archive.yields import Yield

__all__ = ["register"]

_HEAD = ("programs", "valid", "improved", "records")


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("operators")(operators)


def operators(run: Key, db: Database = None, machine: Machine = False) -> None:
    """Show how often each way of change made a valid program, improved a cell, and was the best so far.

    Changes of the embedded model are told apart by the names of its own operators.
    """
    from archive.yields import summed

    with reading(db) as reader:
        summary = reader.summary(run)
        found = reader.yields(summary.run.id, _label())
    if machine:
        print(json.dumps([asdict(one) for one in found], allow_nan=False))
        return
    if not found:
        print(f"No turn of {summary.run.name} has made a program yet.")
        return
    print(f"{summary.run.name}: {count(sum(one.programs for one in found), 'program')} made by turns\n")
    ways = summed(found, by_label=False)
    table(("operator", "model", *_HEAD), [(one.operator, one.model or "-", *_figures(one)) for one in ways])
    if changes := summed(found, by_label=True):
        print()
        table(("operator of the embedded model", *_HEAD), [(one.label, *_figures(one)) for one in changes])


def _label() -> Callable[[str | None, Plan | None], str]:
    from flows.models import EMBEDDED
    from mutators.embedded.operators.catalogue import named

    def label(model: str | None, plan: Plan | None) -> str:
        """The operator of the embedded model; language models write ideas of their own."""
        found = named(plan.idea) if plan is not None and model == EMBEDDED else None
        return "" if found is None else found.operator.name

    return label


def _figures(one: Yield) -> tuple[str, ...]:
    shares = [
        f"{part} ({part / one.programs:.1%})" if part else "0"
        for part in (one.valid, one.improved, one.records)
    ]
    return (str(one.programs), *shares)
