"""`compare`: runs side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import Database, Machine, reading
from flows.cli.text import table

if TYPE_CHECKING:
    from flows.comparing import Comparison

__all__ = ["By", "register"]

Runs = Annotated[
    list[str], typer.Argument(metavar="RUN...", help="Runs by name or id; of a study, its name brings all.")
]
Horizon = Annotated[
    int | None,
    typer.Option("--evaluations", min=1, help="Compare after so many [default: what all runs have made]."),
]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", dir_okay=False, help="Also write .html, .svg or .png."),
]
By = Annotated[
    str | None,
    typer.Option(metavar="METRIC", help="Judge by this metric of the best programs, not by their fitness."),
]
Mixed = Annotated[bool, typer.Option("--mixed", help="Accept runs whose problems score differently.")]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("compare")(compare)


def compare(
    runs: Runs,
    target: Annotated[
        float | None, typer.Option(help="Fitness to count evaluations to [default: the problem's].")
    ] = None,
    evaluations: Horizon = None,
    output: Output = None,
    problem: Annotated[
        str | None, typer.Option("--problem", metavar="NAME", help="Of the runs named, only those of it.")
    ] = None,
    by: By = None,
    mixed: Mixed = False,
    db: Database = None,
    machine: Machine = False,
) -> None:
    """Put runs side by side: medians with intervals, evaluations to the target, area, failures, spending.

    Runs of one strategy and model that differ in their seeds are taken together.

    Example: cambrian compare amber-pikaia-07 teal-ottoia-31 -o runs.html
    """
    from flows.comparing import compare as side_by_side
    from flows.comparison_report import as_json
    from flows.traces import read_objective, read_traces

    suffix = None if output is None else _checked_suffix(output)
    with reading(db) as reader:
        traces = read_traces(reader, runs, problem=problem, by=by)
    objective = read_objective(traces, target)
    comparison = side_by_side(traces, objective, evaluations=evaluations, mixed=mixed)
    if output is not None and suffix is not None:
        write(comparison, output, suffix)
    if machine:
        print(json.dumps(as_json(comparison), allow_nan=False))
        return
    show(comparison)
    if output is not None:
        print(f"Written: {output}")


def show(comparison: Comparison) -> None:
    """The plot, the table and the notes on standard output."""
    from flows.cli.plot import plot_lines
    from flows.comparison_report import HEAD, rows

    objective = comparison.objective
    aim = "" if objective.target is None else f", target {objective.target:g}"
    print(
        f"{comparison.problem}: {objective.direction.value} {objective.metric}{aim}, "
        f"after {comparison.evaluations} evaluations"
    )
    print("\n".join(["", *plot_lines(comparison), ""]))
    table(HEAD, rows(comparison))
    for note in comparison.notes:
        print(note)


def write(comparison: Comparison, path: Path, suffix: str) -> None:
    """Write the comparison as a page, or its plot as an image; the folder is made."""
    from flows.comparison_report import as_page
    from flows.figure import lay_out, png, svg

    match suffix:
        case ".html":
            content = as_page(comparison).encode()
        case ".svg":
            content = svg(lay_out(comparison)).encode()
        case _:
            content = png(lay_out(comparison))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _checked_suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".html", ".svg", ".png"):
        raise typer.BadParameter(
            f"expected a file that ends with .html, .svg or .png, found {path.name!r}", param_hint="-o"
        )
    return suffix
