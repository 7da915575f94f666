"""What a study found, in tables and JSON."""

from __future__ import annotations

from collections.abc import Sequence

from flows.comparing import Outcome
from flows.comparison_report import HEAD, as_json, markdown_table, rows, verdict_json, verdict_line
from flows.study import Finding, Study

__all__ = ["as_markdown", "study_json", "summary_lines", "verdict_head", "verdict_rows"]

_EMBEDDED = (
    "The embedded model is no language model: it edits programs at random and understands no text. A plan "
    "says which of its operators is to be used; lessons, and what was tried before, change the prompt and "
    "with it its random draws, and nothing else of what it does; it is never asked again when it repeats "
    "what is known. What planning, memory and novelty bring with a language model cannot be seen here; what "
    "the search and the tuner bring can."
)


def verdict_head(study: Study) -> tuple[str, ...]:
    """The head of the table of `verdict_rows`."""
    rival = "against" if study.is_ablation else "best other"
    return ("problem", "runs", "evaluations", rival, "verdict", "gap", "of the gain")


def verdict_rows(findings: Sequence[Finding]) -> list[tuple[str, ...]]:
    """How the first arm stands: a row for each verdict, at least one a problem."""
    found: list[tuple[str, ...]] = []
    for finding in findings:
        made = "-" if finding.comparison is None else str(finding.comparison.evaluations)
        if not finding.verdicts:
            found.append((finding.problem, str(finding.runs), made, "-", "-", "-", "-"))
        for verdict in finding.verdicts:
            gaps = (_percent(verdict.gap_percent), _percent(verdict.gain_percent))
            found.append(
                (finding.problem, str(finding.runs), made, verdict.rival, verdict.outcome.value, *gaps)
            )
    return found


def _percent(gap: float | None) -> str:
    # Minus nothing is nothing.
    return "-" if gap is None else f"{round(gap, 1) + 0.0:+.1f}%"


def summary_lines(study: Study, findings: Sequence[Finding]) -> list[str]:
    """On how many problems the first arm is better, worse, or neither."""
    verdicts = [verdict for finding in findings for verdict in finding.verdicts]
    rivals = [arm.label for arm in study.arms[1:]] if study.is_ablation else ["the best of the others"]
    lines = []
    for rival in rivals:
        met = [one.outcome for one in verdicts if not study.is_ablation or one.rival == rival]
        counts = ", ".join(f"{outcome.value} on {met.count(outcome)}" for outcome in Outcome)
        lines.append(f"{study.first} against {rival}: {counts} of {len(findings)} problems.")
    return lines


def study_json(study: Study, findings: Sequence[Finding]) -> dict[str, object]:
    """The study as JSON values."""
    return {
        "study": study.name,
        "strategies": [arm.label for arm in study.arms],
        "variants": {arm.label: {"strategy": arm.strategy, "set": list(arm.sets)} for arm in study.arms},
        "seeds": study.seeds,
        "evaluations": {subject.problem.name: subject.evaluations for subject in study.subjects},
        "unfinished": len(study.jobs) - sum(finding.runs for finding in findings),
        "problems": [
            {
                "problem": finding.problem,
                "runs": finding.runs,
                "comparison": None if finding.comparison is None else as_json(finding.comparison),
                "verdict": verdict_json(next(iter(finding.verdicts), None)),
                "verdicts": [verdict_json(verdict) for verdict in finding.verdicts],
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
    models = list(dict.fromkeys("+".join(subject.models) for subject in study.subjects))
    kind, rival = (
        ("variant", "each of the others")
        if study.is_ablation
        else ("strategy", "that other strategy whose median is best")
    )
    parts = [
        "# What each part brings" if study.is_ablation else "# Search quality",
        f"Made by `{command}` with the model {' and '.join(models)}: every {kind} on every problem with the "
        f"seeds 1 to {study.seeds} and {study.lengths} a run, one turn at a time. What the columns mean "
        "stands in [studies.md](studies.md).",
        *_arms(study, models),
        f"The verdict is on {study.first} against {rival}: better or worse only "
        "where the intervals of the two medians are apart. The gap is how far its median is behind, in "
        "percent of the other's, and in percent of what the other gained over the initial program; negative "
        "where it is ahead.",
        markdown_table(verdict_head(study), verdict_rows(findings)),
        *summary_lines(study, findings),
    ]
    for finding in findings:
        parts.append(f"## {finding.problem}")
        if finding.comparison is None:
            parts.append("No finished run.")
            continue
        objective = finding.comparison.objective
        aim = "" if objective.target is None else f", target {objective.target:g}"
        parts.append(f"{objective.direction.value.capitalize()} {objective.metric}{aim}.")
        parts.append(markdown_table((kind, *HEAD[1:]), rows(finding.comparison)))
        parts += [f"{verdict_line(verdict)}." for verdict in finding.verdicts]
        parts += finding.comparison.notes
    return "\n\n".join(parts) + "\n"


def _arms(study: Study, models: Sequence[str]) -> list[str]:
    """What an ablation compares, and what its model cannot show."""
    if not study.is_ablation:
        return []
    table = [(arm.label, arm.strategy, " ".join(arm.sets) or "nothing") for arm in study.arms]
    return [
        markdown_table(("variant", "strategy", "changes"), table),
        *([_EMBEDDED] if "embedded" in models else []),
    ]
