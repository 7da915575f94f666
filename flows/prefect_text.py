"""How a run reads on Prefect's pages: plain text and tables, nothing of Prefect itself."""

from __future__ import annotations

from collections.abc import Sequence

from archive.run import Run, RunState, Summary
from flows.events import Improved, Progress
from problems.errors import CambrianError
from problems.problem import Reference

__all__ = ["bests_table", "how_far", "percentage", "reference_of", "result_page"]

_MOST_ROWS = 200
"""Rows of the table of bests; a run that improves more often shows its latest."""


def percentage(progress: Progress) -> float:
    """How much of the run is done, 0 to 100, by the nearest wall; 0 where there is none to tell by."""
    shares = [0.0]
    if progress.limit:
        shares.append(progress.evaluations / progress.limit)
    if progress.eta_seconds is not None and progress.seconds + progress.eta_seconds > 0:
        shares.append(progress.seconds / (progress.seconds + progress.eta_seconds))
    return 100 * min(max(shares), 1.0)


def how_far(progress: Progress) -> str:
    """One line on how far a run has come."""
    wall = f" of {progress.limit}" if progress.limit is not None else ""
    best = f"{progress.best:.10g}" if progress.best is not None else "none yet"
    failed = ", ".join(
        f"{number} {verdict}" for verdict, number in sorted(progress.failures.items()) if number
    )
    parts = (
        f"{progress.evaluations}{wall} evaluations",
        f"best {best}",
        f"{progress.rate:.2f} a second",
        f"${progress.dollars:.4f} in {progress.calls} calls",
        f"{progress.cells} cells",
        f"{progress.duplicates} duplicates",
        failed or "no failures",
    )
    return ", ".join(parts)


def bests_table(improvements: Sequence[Improved]) -> list[dict[str, object]]:
    """One row an improvement, oldest first, at most `_MOST_ROWS` of the latest."""
    return [
        {
            "evaluations": improvement.evaluations,
            "fitness": improvement.fitness,
            "gain": None if improvement.previous is None else improvement.fitness - improvement.previous,
            "seconds": round(improvement.seconds, 1),
            "operator": improvement.operator,
            "idea": improvement.idea,
            "program": improvement.program[:12],
        }
        for improvement in improvements[-_MOST_ROWS:]
    ]


def result_page(summary: Summary, reference: Reference | None = None) -> str:
    """The result as Markdown: what was found beside what is known, what it cost, how to see it and go on."""
    run = summary.run
    best = summary.best
    found = f"**{best.fitness:.10g}** by program `{best.program[:12]}`" if best else "nothing valid"
    failed = ", ".join(
        f"{number} {verdict}" for verdict, number in sorted(summary.failures.items()) if number
    )
    rows = [
        ("Found", found),
        ("Best known", f"{reference.best_known:.10g} ({reference.source})" if reference else "not stated"),
        ("Evaluations", f"{summary.evaluations}, {summary.valid} valid, {summary.duplicates} duplicates"),
        ("Failures", failed or "none"),
        ("Spent", f"${summary.usage.dollars:.4f} in {summary.calls} calls"),
        ("Time", f"{summary.seconds:.0f} s"),
        ("Cells", f"{summary.cells} ({summary.coverage:.1%} of the grid)"),
        ("Strategy", f"{run.strategy}, {run.islands} islands, seed {run.seed}"),
        ("Models", ", ".join(run.models)),
        ("Sandbox", run.sandbox),
        ("Stopped by", run.stopped_by or "not stopped"),
    ]
    metrics = [(name, f"{value:.10g}") for name, value in sorted(best.metrics.items())] if best else []
    commands = [f"cambrian show {run.name}", f"cambrian best {run.name}", f"cambrian verify {run.name}"]
    if run.state is not RunState.FINISHED:
        commands.append(f"cambrian resume {run.name}")
    return "\n\n".join(
        (
            f"# {run.problem}: run {run.name}",
            _table(("", ""), rows),
            _table(("metric", "value"), metrics) if metrics else "No metrics.",
            "```\n" + "\n".join(commands) + "\n```",
        )
    )


def reference_of(run: Run) -> Reference | None:
    """The best value known for the problem of a run, where its definition still stands."""
    from flows.definition import problem_of_run

    try:
        return problem_of_run(run).reference
    except CambrianError:
        return None


def _table(head: tuple[str, str], rows: Sequence[tuple[str, str]]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "| --- | --- |"]
    return "\n".join(lines + [f"| {key} | {value.replace('|', chr(92) + '|')} |" for key, value in rows])
