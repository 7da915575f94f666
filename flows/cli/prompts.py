"""`prompts`: what models are told, and how a problem says it otherwise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import Machine, ProblemName
from flows.cli.text import plain, table

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("prompts")(prompts)


def prompts(
    problem: ProblemName,
    show: Annotated[str | None, typer.Option(metavar="NAME", help="Print this template.")] = None,
    own: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Copy this template into the problem's folder, to be changed there."
        ),
    ] = None,
    machine: Machine = False,
) -> None:
    """List the templates of prompts: which are the problem's own, and what each is given.

    Example: cambrian prompts my_problem --own plan.md
    """
    from flows.definition import problem_of
    from flows.terms import Terms
    from mutators.templates import own_folder, templates
    from problems.errors import Issue, ProblemError

    folder = problem_of(Terms(problem=problem)).folder
    found = {template.name: template for template in templates(own_folder(folder))}
    asked = show or own
    if asked is not None and asked not in found:
        issue = Issue(file=str(folder), key="prompts", expected=f"one of {', '.join(found)}", found=asked)
        raise ProblemError((issue,))
    if show is not None:
        print(found[show].text, end="")
    elif own is not None:
        print(_copied(folder / "prompts" / own, found[own].text))
    elif machine:
        print(json.dumps([{"name": t.name, "own": t.is_own, "given": list(t.given)} for t in found.values()]))
    else:
        rows: list[tuple[str, ...]] = [
            (t.name, "own" if t.is_own else "", ", ".join(t.given)) for t in found.values()
        ]
        table(("template", "", "is given"), rows)


def _copied(path: Path, text: str) -> str:
    if path.exists():
        return f"{plain(str(path))} is there already and was left as it is"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return (
        f"{plain(str(path))} takes the place of the template that comes with Cambrian; change it as you like"
    )
