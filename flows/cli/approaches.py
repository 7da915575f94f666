"""`approaches`: how the plans of a run did, by the kind of change they followed."""

from __future__ import annotations

import json

import typer

from flows.cli.options import Database, Key, Machine, reading
from flows.cli.text import table

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("approaches")(approaches)


def approaches(run: Key, db: Database = None, machine: Machine = False) -> None:
    """List the approaches that plans of a run followed, the worthiest first: how many, how many improved.

    Example: cambrian approaches last
    """
    with reading(db) as reader:
        trials = reader.approaches(reader.summary(run).run.id)
    rows = sorted(trials.items(), key=lambda item: (-item[1].worth, item[0]))
    if machine:
        listing = [
            {"approach": name, "plans": each.plans, "improved": each.improved, "worth": each.worth}
            for name, each in rows
        ]
        print(json.dumps(listing, allow_nan=False))
    elif not rows:
        print("No plan of this run has named an approach and come to an end yet.")
    else:
        table(
            ("approach", "plans", "improved", "worth"),
            [(name, str(each.plans), str(each.improved), f"{each.worth:.2f}") for name, each in rows],
        )
