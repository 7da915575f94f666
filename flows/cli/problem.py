"""Verbs about problems: problems, schema, check, score."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from flows.cli.options import Machine, ProblemName, SandboxName, checked_sandbox
from flows.cli.text import plain, table

if TYPE_CHECKING:
    from archive.evaluation import Evaluation
    from flows.appraise import Appraisal, Check
    from problems.problem import Problem

__all__ = ["register"]

Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE", exists=True, readable=True, help="Programs: files, or folders."),
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("problems")(problems)
    app.command("schema")(schema)
    app.command("check")(check)
    app.command("score")(score)


def problems(machine: Machine = False) -> None:
    """List the problems that come with Cambrian."""
    from problems.catalogue import entries

    found = entries()
    if machine:
        listing = [
            {"name": e.name, "summary": e.summary, "best_known": e.best_known, "source": e.source}
            for e in found
        ]
        print(json.dumps(listing, allow_nan=False))
        return
    table(
        ("name", "best known", "what is asked"),
        [(e.name, "-" if e.best_known is None else f"{e.best_known:.10g}", e.summary) for e in found],
    )


def schema(machine: Machine = False) -> None:
    """Print the JSON Schema of problem.yaml, for editors; with --json on one line."""
    from problems.schema import json_schema

    print(json.dumps(json_schema(), indent=None if machine else 2))


def check(
    problem: ProblemName,
    sandbox: SandboxName = "auto",
    quick: Annotated[
        bool, typer.Option("--quick", help="Make no attacks, look at the definition alone.")
    ] = False,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", file_okay=False, help="Write the candidates that got through here."),
    ] = None,
    machine: Machine = False,
) -> None:
    """Validate PROBLEM, run its initial program, and let hostile programs attack its scorer and the sandbox.

    Exit code: 0 all well, or warnings and notes only; 1 a danger got through, or the score of one program
    with one seed changes; 2 the definition, the scorer or the initial program is not valid.
    """
    from evaluators.failure import ScorerError
    from flows.appraise import check_problem
    from flows.cli.findings import Progress, answer, lines, write_candidates
    from flows.definition import problem_of
    from flows.terms import Terms
    from problems.errors import Issue, ProblemError

    checked_sandbox(sandbox)
    try:
        loaded = problem_of(Terms(problem=problem))
        with Progress(f"{loaded.name}: ") as progress:
            found = asyncio.run(check_problem(loaded, sandbox=sandbox, attacks=not quick, say=progress.say))
    except (ProblemError, ScorerError) as error:
        if not machine:
            raise
        issues = (
            error.issues
            if isinstance(error, ProblemError)
            else (Issue(file=error.file, key="score", expected="a scorer that works", found=error.fault),)
        )
        print(json.dumps({"problem": problem, "ok": False, "issues": [asdict(issue) for issue in issues]}))
        raise typer.Exit(2) from None
    kept = [] if keep is None or found.report is None else write_candidates(found.report, keep)
    is_safe = found.report is None or not found.report.is_dangerous
    ok = found.is_valid and found.is_deterministic and is_safe
    if machine:
        whole = {
            "problem": loaded.name,
            "ok": ok,
            "issues": [],
            "sandbox": found.sandbox,
            "deterministic": found.is_deterministic,
            **(_NOT_EVALUATED if found.first is None else _evaluation(found.first)),
            **answer(found),
        }
        print(json.dumps(whole, allow_nan=False))
    else:
        print("\n".join([*_check_lines(loaded, found), *lines(found, kept)]))
    if not ok:
        raise typer.Exit(1 if found.is_valid else 2)


def score(
    problem: ProblemName, files: Files, sandbox: SandboxName = "auto", machine: Machine = False
) -> None:
    """Evaluate programs through the problem's stages, without a search: one JSON object a program.

    A line for people goes to standard error beside each, unless --json is given. Exit code 1 when the machine
    or the scorer failed, so that a program got no verdict.
    """
    from flows.definition import problem_of
    from flows.terms import Terms

    checked_sandbox(sandbox)
    loaded = problem_of(Terms(problem=problem))

    async def run() -> bool:
        from flows.appraise import appraise

        judged = True
        async for appraisal in appraise(loaded, files, sandbox=sandbox):
            print(json.dumps(_appraisal(appraisal), allow_nan=False), flush=True)
            judged = judged and appraisal.evaluation is not None
            if not machine:
                print(_line(appraisal), file=sys.stderr, flush=True)
        return judged

    if not asyncio.run(run()):
        raise typer.Exit(1)


def _appraisal(appraisal: Appraisal) -> dict[str, object]:
    if appraisal.evaluation is None:
        return {"file": appraisal.file, **_NOT_EVALUATED, "infra": appraisal.infra}
    return {"file": appraisal.file, **_evaluation(appraisal.evaluation), "infra": None}


_NOT_EVALUATED: Final[dict[str, object]] = {
    "program": None,
    "verdict": None,
    "fitness": None,
    "metrics": {},
    "reason": "",
    "seconds": 0.0,
    "stages": [],
}


def _evaluation(found: Evaluation) -> dict[str, object]:
    return {
        "program": found.program,
        "verdict": found.verdict.value,
        "fitness": found.fitness,
        "metrics": dict(found.metrics),
        "reason": found.reason,
        "seconds": found.seconds,
        "stages": [
            {
                "stage": stage.stage,
                "state": stage.state.value,
                "verdict": None if stage.verdict is None else stage.verdict.value,
                "note": stage.note,
                "seconds": stage.seconds,
                "cached": stage.cached,
            }
            for stage in found.stages
        ],
    }


def _line(appraisal: Appraisal) -> str:
    found = appraisal.evaluation
    if found is None:
        return f"{appraisal.file}: no verdict: {appraisal.infra}"
    what = f"{found.fitness:.10g}" if found.fitness is not None else f"{found.verdict.value}: {found.reason}"
    return plain(f"{appraisal.file}: {what}")


def _check_lines(problem: Problem, found: Check) -> list[str]:
    from flows.cli.show import clock

    first, second = found.first, found.second
    lines = [f"{problem.name}: the definition is valid", f"  {found.sandbox}"]
    if first is None or second is None:
        return [*lines, "  no initial program: a model writes the first one from the statement"]
    for stage in first.stages:
        note = f"  {plain(stage.note)}" if stage.note else ""
        lines.append(f"  {stage.stage:<12} {stage.state.value:<8} {stage.seconds * 1000:8.1f} ms{note}")
    if not first.is_valid:
        return [*lines, f"  the initial program is not valid: {first.verdict.value}: {plain(first.reason)}"]
    same = "the same both times" if found.is_deterministic else "not the same both times"
    lines.append(f"  initial program: {problem.objective.metric} = {first.fitness:.10g}, {same}")
    if not found.is_deterministic:
        lines.append(
            "  a score that changes by itself misleads the search: take chance from context['seed'], or set "
            "evaluation.repeat"
        )
    if problem.reference is not None:
        lines.append(f"  best known: {problem.reference.best_known:.10g} ({problem.reference.source})")
    limit = problem.budget.evaluations
    if limit is not None:
        # The first of the two also waited for a child to start.
        total = clock(min(first.seconds, second.seconds) * limit)
        lines.append(f"  {limit} evaluations would take about {total} of one core, without the model")
    return lines
