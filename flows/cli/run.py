"""`run` and `resume`: the main job."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.driving import Watched, drive
from flows.cli.options import Database, Key, Machine, ProblemName, SandboxName, checked_sandbox

if TYPE_CHECKING:
    from archive.run import Summary
    from flows.terms import Terms

__all__ = ["register"]

Evaluations = Annotated[int | None, typer.Option(min=1, help="Stop after so many programs were evaluated.")]
Dollars = Annotated[float | None, typer.Option(min=0.0, help="Stop before the model calls cost more.")]
Minutes = Annotated[float | None, typer.Option(min=0.0, help="Stop after so much wall time.")]
Target = Annotated[float | None, typer.Option(help="Stop at this fitness; exit code 3 if it is not reached.")]
ModelNames = Annotated[list[str] | None, typer.Option("--model", help="Model to use; may be repeated.")]
BaseUrl = Annotated[str | None, typer.Option(help="Endpoint of the models [default: $OPENAI_BASE_URL].")]
Workers = Annotated[int | None, typer.Option(min=1, help="Turns at a time.")]
NoPrefect = Annotated[bool, typer.Option("--no-prefect", help="Run without Prefect.")]
Picture = Annotated[
    Path | None,
    typer.Option("--picture", help="Write the best program's picture here as PNG, if it has one."),
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("run")(run)
    app.command("resume")(resume)


def run(
    problem: ProblemName,
    evaluations: Evaluations = None,
    dollars: Dollars = None,
    minutes: Minutes = None,
    target: Target = None,
    model: ModelNames = None,
    base_url: BaseUrl = None,
    strategy: Annotated[
        str | None,
        typer.Option(
            help="map_elites, best_of_n, hill_climb, random_elite, or FILE.py in the problem's folder."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of all random streams [default: drawn].")] = None,
    workers: Workers = None,
    db: Database = None,
    name: Annotated[str | None, typer.Option(help="Name of the run [default: a friendly one].")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the problem.")
    ] = None,
    sandbox: SandboxName = "auto",
    memory: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Carry the best lessons of that run over to this one."),
    ] = None,
    no_prefect: NoPrefect = False,
    picture: Picture = None,
    json: Machine = False,
) -> None:
    """Evolve programs for PROBLEM until a budget, the target or Ctrl-C.

    Example: cambrian run circle_packing --evaluations 500
    """
    from flows.terms import Terms

    terms = Terms(
        problem=problem,
        evaluations=evaluations,
        dollars=dollars,
        minutes=minutes,
        target=target,
        models=tuple(model or ()),
        base_url=base_url,
        strategy=strategy,
        seed=seed,
        workers=workers,
        db=db,
        name=name,
        sets=tuple(set_ or ()),
        sandbox=checked_sandbox(sandbox),
        memory=memory,
    )
    _go(terms, prefect=not no_prefect, machine=json, picture=picture)


def resume(
    run: Key,
    evaluations: Evaluations = None,
    dollars: Dollars = None,
    minutes: Minutes = None,
    target: Target = None,
    model: ModelNames = None,
    base_url: BaseUrl = None,
    workers: Workers = None,
    db: Database = None,
    sandbox: SandboxName = "auto",
    no_prefect: NoPrefect = False,
    picture: Picture = None,
    json: Machine = False,
) -> None:
    """Go on with a run where it was left; nothing that was paid for is asked again.

    Example: cambrian resume last --evaluations 2000
    """
    from flows.terms import Terms

    terms = Terms(
        resume=run,
        evaluations=evaluations,
        dollars=dollars,
        minutes=minutes,
        target=target,
        models=tuple(model or ()),
        base_url=base_url,
        workers=workers,
        db=db,
        sandbox=checked_sandbox(sandbox),
    )
    _go(terms, prefect=not no_prefect, machine=json, picture=picture)


def _go(terms: Terms, *, prefect: bool, machine: bool, picture: Path | None) -> None:
    """Carry out the terms, show them, and exit with the promised code."""
    from flows.cli.show import open_view

    with open_view(machine=machine, db=terms.db) as view:
        summary = asyncio.run(drive(terms, Watched(view, terms.db), prefect=prefect))
    if picture is not None:
        _draw(summary, terms.db, picture, quiet=machine)
    sys.exit(_code(summary, required=terms.target is not None))


def _draw(summary: Summary, db: str | None, path: Path, *, quiet: bool) -> None:
    from flows.picture import draw_best

    written = asyncio.run(draw_best(summary.run.id, db, path))
    if not quiet:
        print(f"Picture: {written}" if written else f"{summary.run.problem} has no picture of its results")


def _code(summary: Summary, *, required: bool) -> int:
    """0 done, 3 out of budget before a target that was asked for, 1 paused by trouble, 130 interrupted."""
    from archive.run import StopReason

    match summary.run.stopped_by:
        case StopReason.INTERRUPTED:
            return 130
        case StopReason.MODEL_UNREACHABLE | StopReason.SANDBOX_UNAVAILABLE | StopReason.ERROR:
            return 1
        case StopReason.TARGET:
            return 0
        case _:
            return 3 if required else 0
