"""Verbs that start something lasting: dashboard, model serve, schedule, schedules, worker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import Database, Machine, ProblemName, SandboxName, database
from flows.cli.text import command, table

if TYPE_CHECKING:
    from flows.schedule import Scheduled

__all__ = ["register"]

model = typer.Typer(help="The embedded model.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("dashboard")(dashboard)
    app.command("schedule")(schedule)
    app.command("schedules")(schedules)
    app.command("worker")(worker)
    model.command("serve")(model_serve)
    app.add_typer(model, name="model")


@model.callback()
def _model() -> None:
    """The embedded model: a seeded program editor, no language model."""


def dashboard(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 for a free one.")] = 8501,
    run: Annotated[str | None, typer.Option(help="Run to open first.")] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser.")] = False,
    db: Database = None,
) -> None:
    """Watch runs in a browser, on 127.0.0.1, until Ctrl-C."""
    import os

    from flows.settings import child_environment

    # The dashboard lies above this layer, so it is not imported but becomes this process. The URL goes by the
    # environment: a command line would show its password to every user of the machine.
    options = ["--port", str(port), *(["--run", run] if run else []), *(["--browser"] if browser else [])]
    os.execve(
        sys.executable,
        [sys.executable, "-P", "-m", "dashboard", *options],
        child_environment(CAMBRIAN_DB=database(db)),
    )


def model_serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 8484,
) -> None:
    """Serve the embedded model behind an OpenAI-compatible endpoint on 127.0.0.1."""
    from mutators.embedded.app import serve

    print("Embedded model: a seeded program editor, no language model. Use it with", flush=True)
    print(f"  export OPENAI_BASE_URL=http://127.0.0.1:{port}/v1 OPENAI_API_KEY=none", flush=True)
    serve(port=port)


def schedule(
    problem: ProblemName,
    every: Annotated[str | None, typer.Option(help="Interval such as 30m, 1h, 2d.")] = None,
    cron: Annotated[str | None, typer.Option(help="Cron expression, in local time.")] = None,
    evaluations: Annotated[int | None, typer.Option(min=1, help="Budget of each run.")] = None,
    dollars: Annotated[float | None, typer.Option(min=0.0, help="Budget of each run.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.0, help="Budget of each run.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the schedule [default: the problem's].")] = None,
    sandbox: SandboxName = "auto",
    db: Database = None,
) -> None:
    """Run PROBLEM on a schedule through a Prefect deployment.

    Example: cambrian schedule circle_packing --every 1h --evaluations 500
    """
    from flows.schedule import schedule as deploy
    from flows.terms import Terms
    from problems.catalogue import locate

    terms = Terms(
        problem=str(locate(problem)),
        evaluations=evaluations,
        dollars=dollars,
        minutes=minutes,
        sandbox=sandbox,
        db=database(db),
    )
    deployed = asyncio.run(deploy(terms, every=every, cron=cron, name=name))
    print(f"Scheduled {deployed.name}: {deployed.problem}, {deployed.schedule}, at {deployed.api}")
    if not deployed.workers:
        print(f"No worker is there yet: nothing runs until `{command()} worker` is started.")


def schedules(
    remove: Annotated[str | None, typer.Option(metavar="NAME", help="Remove this schedule.")] = None,
    machine: Machine = False,
) -> None:
    """List the schedules with their next runs."""
    from flows.schedule import schedules as listed
    from flows.schedule import unschedule

    if remove is not None:
        asyncio.run(unschedule(remove))
        print(f"Removed {remove}; runs that it started stay.", file=sys.stderr)
    rows = asyncio.run(listed())
    if machine:
        print(json.dumps([_row_json(row) for row in rows]))
        return
    if not rows:
        print(f"No schedules. `{command()} schedule circle_packing --every 1h` makes one.")
        return
    table(
        ("name", "problem", "schedule", "active", "next run", "last run"),
        [
            (
                row.name,
                row.problem,
                row.schedule,
                "yes" if row.active else "no",
                f"{row.next_runs[0].astimezone():%Y-%m-%d %H:%M:%S}" if row.next_runs else "-",
                row.last_state or "-",
            )
            for row in rows
        ],
    )


def worker(limit: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = 1) -> None:
    """Carry out scheduled runs on this machine until Ctrl-C."""
    from flows.worker import worker as work

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(work(say=lambda line: print(line, flush=True), limit=limit))


def _row_json(row: Scheduled) -> dict[str, object]:
    return {
        "name": row.name,
        "problem": row.problem,
        "schedule": row.schedule,
        "active": row.active,
        "next_runs": [at.isoformat() for at in row.next_runs],
        "last_run": None if row.last_run is None else row.last_run.isoformat(),
        "last_state": row.last_state,
    }
