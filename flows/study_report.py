"""What a study found, in tables and JSON."""

from __future__ import annotations

from collections.abc import Sequence

from flows.comparing import Outcome
from flows.comparison_report import HEAD, as_json, markdown_table, rows, verdict_json, verdict_line
from flows.study import Finding, Study

__all__ = ["VERDICT_HEAD", "as_markdown", "study_json", "summary_line", "verdict_rows"]

VERDICT_HEAD = ("problem", "runs", "evaluations", "best other", "verdict", "gap", "of the gain")


def verdict_rows(findings: Sequence[Finding]) -> list[tuple[str, ...]]:
    """One row a problem: how the first strategy stands against the best of the others."""
    found: list[tuple[str, ...]] = []
    for finding in findings:
        made = "-" if finding.comparison is None else str(finding.comparison.evaluations)
        verdict = finding.verdict
        if verdict is None:
            found.append((finding.problem, str(finding.runs), made, "-", "-", "-", "-"))
            continue
        gaps = (_percent(verdict.gap_percent), _percent(verdict.gain_percent))
        found.append((finding.problem, str(finding.runs), made, verdict.rival, verdict.outcome.value, *gaps))
    return found


def _percent(gap: float | None) -> str:
    return "-" if gap is None else f"{gap:+.1f}%"


def summary_line(study: Study, findings: Sequence[Finding]) -> str:
    """On how many problems the first strategy is better, worse, or neither."""
    verdicts = [finding.verdict.outcome for finding in findings if finding.verdict is not None]
    counts = ", ".join(f"{outcome.value} on {verdicts.count(outcome)}" for outcome in Outcome)
    return f"{study.strategies[0]} against the best of the others: {counts} of {len(findings)} problems."


def study_json(study: Study, findings: Sequence[Finding]) -> dict[str, object]:
    """The study as JSON values."""
    return {
        "study": study.name,
        "strategies": list(study.strategies),
        "seeds": study.seeds,
        "evaluations": {subject.problem.name: subject.evaluations for subject in study.subjects},
        "unfinished": len(study.jobs) - sum(finding.runs for finding in findings),
        "problems": [
            {
                "problem": finding.problem,
                "runs": finding.runs,
                "comparison": None if finding.comparison is None else as_json(finding.comparison),
                "verdict": verdict_json(finding.verdict),
            }
            for finding in findings
        ],
    }


def as_markdown(study: Study, findings: Sequence[Finding], *, command: str) -> str:
    """The study as a page of Markdown.

    Args:
        study: what was asked.
        findings: what was found.
        command: that made it, for the reader to repeat.
    """
    models = " and ".join(dict.fromkeys("+".join(subject.models) for subject in study.subjects))
    first = study.strategies[0]
    parts = [
        "# Search quality",
        f"Made by `{command}` with the model {models}: every strategy on every problem with the seeds 1 to "
        f"{study.seeds} and {study.lengths} a run, one turn at a time. What the columns mean "
        "stands in [studies.md](studies.md).",
        f"The verdict is on {first} against that other strategy whose median is best: better or worse only "
        "where the intervals of the two medians are apart. The gap is how far its median is behind, in "
        "percent of the other's, and in percent of what the other gained over the initial program; negative "
        "where it is ahead.",
        markdown_table(VERDICT_HEAD, verdict_rows(findings)),
        summary_line(study, findings),
    ]
    for finding in findings:
        parts.append(f"## {finding.problem}")
        if finding.comparison is None:
            parts.append("No finished run.")
            continue
        objective = finding.comparison.objective
        aim = "" if objective.target is None else f", target {objective.target:g}"
        parts.append(f"{objective.direction.value.capitalize()} {objective.metric}{aim}.")
        parts.append(markdown_table(("strategy", *HEAD[1:]), rows(finding.comparison)))
        if finding.verdict is not None:
            parts.append(f"{verdict_line(finding.verdict)}.")
        parts += finding.comparison.notes
    return "\n\n".join(parts) + "\n"
