"""`db`: look after the archive's database."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import Database, Machine, database
from flows.cli.text import count, out

if TYPE_CHECKING:
    from archive.evaluation import Evaluation
    from archive.program import Program
    from archive.run import Run
    from archive.sql.findings import Rules
    from problems.problem import Problem

__all__ = ["register"]

_Version = Annotated[str, typer.Argument(metavar="SCHEMA", help="The earlier schema, for example 0002.")]
_OneRun = Annotated[
    str | None, typer.Option("--run", metavar="RUN", help="Only this run [default: all of them].")
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    verbs = typer.Typer(no_args_is_help=True, help="Look after the archive's database.")
    verbs.command("upgrade")(upgrade)
    verbs.command("downgrade")(downgrade)
    verbs.command("verify")(verify)
    app.add_typer(verbs, name="db")


def upgrade(db: Database = None, machine: Machine = False) -> None:
    """Bring the archive to the schema of this Cambrian, in one transaction; make it where there is none.

    Example: cambrian db upgrade
    """
    from archive.sql import schema

    url = database(db)
    before = schema.current(url)
    schema.upgrade(url)
    if machine:
        print(json.dumps({"before": before, "now": schema.HEAD}))
    elif before == schema.HEAD:
        out(f"The archive has schema {schema.HEAD} already")
    else:
        out(f"The archive has schema {schema.HEAD} now, from {before or 'nothing'}")


def downgrade(to: _Version, db: Database = None, machine: Machine = False) -> None:
    """Bring the archive back to an earlier schema, for an earlier Cambrian; copy the database first.

    What that schema cannot hold is lost.

    Example: cambrian db downgrade 0002
    """
    from archive.sql import schema

    url = database(db)
    before = schema.current(url)
    schema.downgrade(url, to)
    if machine:
        print(json.dumps({"before": before, "now": to}))
    else:
        out(f"The archive has schema {to} now, from {before}")


def verify(db: Database = None, run: _OneRun = None, machine: Machine = False) -> None:
    """Hold the archive against itself; exit code 0 only where all is well. Nothing is changed.

    Every program acknowledged is there once, counters are what the rows say, elites the best of their cells
    found again from all stored values, scores what the stored metrics say.

    Example: cambrian db verify --run last
    """
    from archive.sql import integrity

    verified = integrity.verify(database(db), rules_of=_rules_of, run=run)
    if machine:
        print(
            json.dumps(
                {
                    "schema": verified.version,
                    "runs": verified.runs,
                    "clean": not verified.findings,
                    "findings": [asdict(finding) for finding in verified.findings],
                    "notes": verified.notes,
                    "remarks": verified.remarks,
                }
            )
        )
    else:
        for note in verified.notes:
            out(f"Not checked: {note}")
        for remark in verified.remarks:
            out(remark)
        for finding in verified.findings:
            where = finding.run or "database"
            out(
                f"{where}, {finding.check}: expected {finding.expected}; found {finding.found}; "
                f"{finding.remedy}"
            )
        found = count(len(verified.findings), "finding") if verified.findings else "all is well"
        out(f"Verified {count(len(verified.runs), 'run')}: {found}")
    if verified.findings:
        raise typer.Exit(1)


def _rules_of(run: Run) -> Rules | str:
    """What the run's problem says of scores and cells; in words why that is not known."""
    from archive.learned import learn
    from archive.niches import make_archive
    from archive.sql.findings import Rules
    from flows.definition import problem_of_run
    from problems.errors import CambrianError

    try:
        problem = problem_of_run(run)
    except CambrianError as error:
        return str(error)
    return Rules(
        objective=problem.objective,
        make=lambda island, history: make_archive(
            problem.search.archive,
            descriptors=problem.descriptors,
            objective=problem.objective,
            objectives=problem.objectives,
            island=island,
            projection=learn(problem.descriptors, history),
        ),
        measure=partial(_measure, problem),
    )


def _measure(
    problem: Problem, program: Program, evaluation: Evaluation
) -> tuple[float | None, tuple[float, ...]]:
    """Fitness and further objectives from the stored results of stages."""
    from evaluators.appraisal import appraise, further

    again = appraise(problem, program, evaluation.stages, trust_scorer=True)
    return again.fitness, further(problem, program, again) if again.is_valid else ()
