"""A comparison in figures and words: rows of a table, JSON for scripts, a page for a browser, Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from flows.comparing import Comparison, Group, Verdict
from flows.figure import lay_out, svg
from flows.statistics import CONFIDENCE, RESAMPLES, Estimate

__all__ = ["HEAD", "as_json", "as_page", "markdown_table", "rows", "verdict_json", "verdict_line"]

HEAD = (
    "group",
    "runs",
    "median",
    f"{CONFIDENCE:.0%} interval",
    "to target",
    "area",
    "failures",
    "dollars",
    "s/run",
)


def rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """The table without its head, a group a row, best first."""
    return [_row(group, comparison.evaluations) for group in comparison.groups]


def as_json(comparison: Comparison) -> dict[str, object]:
    """The comparison as JSON values; null for what is not known, and for an end that is not bounded."""
    objective = comparison.objective
    return {
        "problem": comparison.problem,
        "metric": objective.metric,
        "direction": objective.direction.value,
        "target": _finite(objective.target),
        "evaluations": comparison.evaluations,
        "first": _finite(comparison.first),
        "confidence": CONFIDENCE,
        "resamples": RESAMPLES,
        "groups": [_group_json(group) for group in comparison.groups],
        "notes": list(comparison.notes),
    }


def verdict_json(verdict: Verdict | None) -> dict[str, object] | None:
    """A verdict as JSON values."""
    if verdict is None:
        return None
    return {
        "subject": verdict.subject,
        "rival": verdict.rival,
        "outcome": verdict.outcome.value,
        "difference": _estimate_json(verdict.difference),
        "gap_percent": verdict.gap_percent,
        "gain_percent": verdict.gain_percent,
    }


def verdict_line(verdict: Verdict) -> str:
    """A verdict in one sentence."""
    gap = verdict.gap_percent
    told = "" if gap is None else f", {_percent(abs(gap))} {'behind' if gap > 0 else 'ahead'}"
    return (
        f"{verdict.subject} against {verdict.rival}: {verdict.outcome.value} (difference of medians "
        f"{_value(verdict.difference)}{_between(verdict.difference)}{told})"
    )


def markdown_table(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; bars within a cell are kept from ending it."""
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines)


def as_page(comparison: Comparison) -> str:
    """One HTML page that needs nothing else: the plot, the table, the notes."""
    title = escape(f"{comparison.problem}: runs side by side")
    head = "".join(f"<th>{escape(cell)}</th>" for cell in HEAD)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows(comparison)
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in comparison.notes)
    runs = ", ".join(escape(trace.summary.run.name) for group in comparison.groups for trace in group.traces)
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font-family: sans-serif; margin: 2em; max-width: 1000px; color: #222 }}
table {{ border-collapse: collapse }}
th, td {{ padding: .3em .8em; border-bottom: 1px solid #ddd; text-align: left }}
</style></head>
<body>
<h1>{title}</h1>
<p>After {comparison.evaluations} evaluations, {escape(comparison.objective.direction.value)}
{escape(comparison.objective.metric)}{escape(_target(comparison))}.</p>
{svg(lay_out(comparison))}
<table><thead><tr>{head}</tr></thead><tbody>
{body}
</tbody></table>
<ul>{notes}</ul>
<p>Runs: {runs}.</p>
</body></html>
"""


def _row(group: Group, horizon: int) -> tuple[str, ...]:
    share = f"{group.reached}/{len(group.traces)}"
    wait = "-" if group.wait is None else f"{_waited(group.wait, horizon)} ({share})"
    return (
        group.label,
        str(len(group.traces)),
        "-" if group.best is None else _value(group.best),
        "-" if group.best is None else _span(group.best).strip() or "-",
        wait,
        "-" if group.area is None else _value(group.area),
        str(sum(group.failures.values())),
        f"{group.dollars:.4f}",
        f"{group.seconds / len(group.traces):.1f}",
    )


def _group_json(group: Group) -> dict[str, object]:
    return {
        "label": group.label,
        "runs": [
            {
                "run": trace.summary.run.name,
                "id": trace.summary.run.id,
                "seed": trace.summary.run.seed,
                "evaluations": trace.summary.evaluations,
                "stopped_by": None
                if trace.summary.run.stopped_by is None
                else trace.summary.run.stopped_by.value,
            }
            for trace in group.traces
        ],
        "values": list(group.values),
        "best": _estimate_json(group.best),
        "area": _estimate_json(group.area),
        "evaluations_to_target": _estimate_json(group.wait),
        "reached": None if group.wait is None else group.reached,
        "without": group.without,
        "failures": dict(group.failures),
        "evaluations": group.evaluations,
        "tokens": group.tokens,
        "dollars": group.dollars,
        "seconds": group.seconds,
    }


def _estimate_json(estimate: Estimate | None) -> dict[str, object] | None:
    if estimate is None:
        return None
    interval = estimate.interval
    return {
        "value": _finite(estimate.value),
        "low": None if interval is None else _finite(interval.low),
        "high": None if interval is None else _finite(interval.high),
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _value(estimate: Estimate) -> str:
    return f"{estimate.value:.6g}"


def _span(estimate: Estimate) -> str:
    interval = estimate.interval
    return "" if interval is None else f" [{interval.low:.4g}, {interval.high:.4g}]"


def _between(estimate: Estimate) -> str:
    span = _span(estimate)
    return f", {CONFIDENCE:.0%}{span}" if span else ""


def _waited(estimate: Estimate, horizon: int) -> str:
    """A number of evaluations; what was not reached is only known to lie beyond the horizon."""

    def told(value: float) -> str:
        return f">{horizon}" if math.isinf(value) else f"{value:.0f}"

    interval = estimate.interval
    span = "" if interval is None else f" [{told(interval.low)}, {told(interval.high)}]"
    return told(estimate.value) + span


def _percent(value: float) -> str:
    return f"{value:.1f}%" if value < 1000 else f"{value / 100:.0f} times"


def _target(comparison: Comparison) -> str:
    target = comparison.objective.target
    return "" if target is None else f", target {target:g}"
