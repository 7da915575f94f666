"""The command line's table of contents."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.cli.approaches import register as register_approaches
from flows.cli.compare import register as register_compare
from flows.cli.db import register as register_db
from flows.cli.doctor import register as register_doctor
from flows.cli.lineage import register as register_lineage
from flows.cli.models import register as register_models
from flows.cli.operators import register as register_operators
from flows.cli.problem import register as register_problem
from flows.cli.program import register as register_program
from flows.cli.prompts import register as register_prompts
from flows.cli.read import register as register_read
from flows.cli.replay import register as register_replay
from flows.cli.report_metric import register as register_report_metric
from flows.cli.run import register as register_run
from flows.cli.serve import register as register_serve
from flows.cli.study import register as register_study
from flows.cli.trust import register as register_trust

__all__ = ["app"]

app = typer.Typer(
    name="cambrian",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"cambrian {version('cambrian')}")
        raise typer.Exit


@app.callback()
def _cambrian(
    _: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Evolve programs with language models: sandboxed, durable, measured."""


for register in (
    register_run,
    register_replay,
    register_read,
    register_approaches,
    register_program,
    register_lineage,
    register_operators,
    register_problem,
    register_prompts,
    register_compare,
    register_study,
    register_trust,
    register_report_metric,
    register_db,
    register_serve,
    register_doctor,
    register_models,
):
    register(app)
