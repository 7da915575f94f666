"""What prompts show: programs, numbers and words of a search, each within its share of a token budget.

Nothing private to a scorer gets through here, and text that a candidate could have written (its output, its
errors, ideas and lessons about it) comes out as single printable lines without markup of ours.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from archive.evaluation import Evaluation, StageResult, StageState
from archive.experience import Fault, Lesson
from archive.program import Program
from archive.store import Child
from mutators.answers import one_line
from problems.kinds import VALUES
from problems.problem import Direction, Problem, Visibility

__all__ = [
    "CHARS_A_TOKEN",
    "Room",
    "aim",
    "change",
    "clipped",
    "failure",
    "fenced",
    "lesson",
    "lessons",
    "measures",
    "number",
    "objective_is_shown",
    "quoted",
    "sources",
    "step",
    "visible",
]

CHARS_A_TOKEN = 4
"""A rough average for code and English; the worst case that money is held for is counted in bytes instead."""

_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_MARKUP = re.compile(r"<{5,}|>{5,}|={7,}|`{3,}|~{3,}")
_NUMBER = re.compile(r"(?<![^\W\d])[+-]?(?:\d|\.\d)\d*(?:[.,]\d+)*(?:e[+-]?\d+)?", re.IGNORECASE)
_METRICS = 20


@dataclass(slots=True)
class Room:
    """What is left of a prompt's budget, in characters."""

    left: int

    @classmethod
    def of_tokens(cls, tokens: int) -> Room:
        return cls(tokens * CHARS_A_TOKEN)


def clipped(text: str, limit: int) -> str:
    """The text, with its middle left out where it has more than `limit` characters."""
    limit = max(0, limit)
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    tail = limit - head
    start, end = text.rfind("\n", 0, head) + 1, text.find("\n", len(text) - tail) + 1
    if start <= 0 or end <= 0:
        start, end = head, len(text) - tail
    return f"{text[:start]}[… {end - start} characters left out …]\n{text[end:]}"


def fenced(text: str, language: str) -> str:
    """The text in a fence longer than any run of backticks in it, with control characters made visible."""
    text = visible(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    tag = re.sub(r"[^\w+#-]", "", language)
    joint = "" if text.endswith("\n") or not text else "\n"
    return f"{fence}{tag}\n{text}{joint}{fence}"


def visible(text: str) -> str:
    """The text with control characters other than tabs and line ends written as escapes."""
    text = text.replace("\r\n", "\n")
    return _CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def quoted(value: object, limit: int = 300) -> str:
    """Words of a candidate or a model as one harmless line: no fences, edit markers or control characters."""
    return _quoted(value, limit) if isinstance(value, str) else _MARKUP.sub("…", one_line(value, limit))


@lru_cache(maxsize=4096)
def _quoted(text: str, limit: int) -> str:
    # The same lessons, ideas and names stand in one prompt after the other.
    return _MARKUP.sub("…", one_line(text, limit))


def number(value: float | None) -> str:
    """A fitness or a metric; ``none`` where there is none."""
    return "none" if value is None else f"{value:.10g}"


def objective_is_shown(problem: Problem, evaluation: Evaluation) -> bool:
    """Whether the fitness may be told: not where a private stage alone gives the objective.

    Args:
        problem: the problem.
        evaluation: of any valid program, whose stages tell who gave a metric with a bare name.
    """
    stage, dot, metric = problem.objective.metric.rpartition(".")
    private = _private_stages(problem, evaluation)
    if dot:
        return stage not in private
    given = [result.stage for result in evaluation.stages if metric in result.metrics]
    return not given or any(one not in private for one in given)


def measures(problem: Problem, evaluation: Evaluation) -> str:
    """Verdict, fitness (unless it is private) and public metrics on one line."""
    parts = [f"verdict {evaluation.verdict.value}"]
    if evaluation.fitness is not None and objective_is_shown(problem, evaluation):
        parts.append(f"{problem.objective.metric} = {number(evaluation.fitness)}")
    public = _public_metrics(problem, evaluation)
    public.pop(problem.objective.metric, None)
    parts += [f"{quoted(name, 60)} = {number(value)}" for name, value in list(public.items())[:_METRICS]]
    return ", ".join(parts)


def failure(problem: Problem, evaluation: Evaluation) -> str:
    """Why a program was not valid, on one line, with the end of its public standard error."""
    private = _private_stages(problem, evaluation)
    failed = next((stage for stage in evaluation.stages if stage.state is StageState.FAILED), None)
    if failed is None:
        return f"{evaluation.verdict.value}: {quoted(evaluation.reason or 'no reason given')}"
    if failed.stage in private:
        return f"{evaluation.verdict.value}: a check that is not shown did not pass"
    words = quoted(evaluation.reason or failed.note or "no reason given")
    tail = _last_words(failed)
    return f"{evaluation.verdict.value} in stage {failed.stage}: {words}" + (f" ({tail})" if tail else "")


def step(problem: Problem, child: Child, *, figures: bool = True) -> str:
    """One step of lineage with what it brought, on one line; `figures` as `objective_is_shown` has it."""
    idea = f": {quoted(child.idea, 200)}" if child.idea else ""
    if child.fitness is None:
        return f"{quoted(child.operator, 20)}, {quoted(child.verdict, 20)}{idea}"
    delta = ""
    if child.parent_fitness is not None:
        gain = problem.objective.utility(child.fitness) - problem.objective.utility(child.parent_fitness)
        word = "better" if gain > 0 else "worse" if gain < 0 else "same"
        if not figures:
            return f"{quoted(child.operator, 20)}, {word}{idea}"
        delta = f" ({child.fitness - child.parent_fitness:+.4g}, {word})"
    fitness = number(child.fitness) if figures else "valid"
    return f"{quoted(child.operator, 20)}, {fitness}{delta}{idea}"


def lesson(item: Lesson, *, figures: bool = True, foreign_figures: bool = True, counts: bool = True) -> str:
    """A lesson on one line, with what it rests on.

    Args:
        item: the lesson.
        figures: as `objective_is_shown` has it; without, it is not told how often the lesson helped.
        foreign_figures: whether numbers in the text of another run's lesson are shown.
        counts: whether it is told how often it was shown, which changes from turn to turn.
    """
    notes = [f"{len(item.evidence)} attempts"] if len(item.evidence) > 1 else []
    if item.fault is Fault.EXECUTION:
        notes.append("the execution was at fault, the idea is as good as untried")
    if item.uses and counts:
        helped = f", {item.successes} of these improved" if figures else ""
        notes.append(f"shown to {item.uses}{helped}")
    text = item.text
    if item.origin is not None:
        notes.append("from another run")
        text = text if foreign_figures else _NUMBER.sub("…", text)
    rests = f" ({', '.join(notes)})" if notes else ""
    return f"{item.kind.value}{rests}: {quoted(text)}"


def lessons(
    problem: Problem, evaluation: Evaluation, items: Iterable[Lesson], *, counts: bool = True
) -> tuple[str, ...]:
    """Lessons as a turn may see them, one on a line.

    What this run taught was written from what prompts show. Another run may have shown what is private here:
    of its lessons those that name a private stage are left out, and where anything is private, numbers too.

    Args:
        problem: the problem.
        evaluation: of any valid program, see `objective_is_shown`.
        items: the lessons.
        counts: see `lesson`.
    """
    private = _private_stages(problem, evaluation)
    figures = objective_is_shown(problem, evaluation)
    return tuple(
        lesson(item, figures=figures, foreign_figures=figures and not private, counts=counts)
        for item in items
        if item.origin is None or not any(stage in item.text for stage in private)
    )


def sources(program: Program, limit: int) -> tuple[str, bool]:
    """The program's files in fences, clipped to `limit` characters, and whether nothing is left out."""
    size = sum(len(text) for text in program.sources.values())
    parts = []
    whole = True
    for path, text in program.sources.items():
        # Files share the limit by their size.
        kept = clipped(text, limit * len(text) // size if size > limit else len(text))
        whole = whole and len(kept) == len(text)
        block = fenced(kept, program.language)
        parts.append(f"file: {path}\n{block}" if len(program.sources) > 1 else block)
    return "\n".join(parts) or fenced("", program.language), whole


def change(before: Program, after: Program, limit: int) -> str:
    """The unified difference of two programs, clipped to `limit` characters."""
    lines: list[str] = []
    for path in sorted({*before.sources, *after.sources}):
        old, new = before.sources.get(path, ""), after.sources.get(path, "")
        if old != new:
            lines += difflib.unified_diff(old.splitlines(), new.splitlines(), path, path, n=2, lineterm="")
    return clipped("\n".join(lines), limit)


def aim(problem: Problem) -> str:
    """The objective in words, as prompts and the built-in model know it."""
    word = "maximize" if problem.objective.direction is Direction.MAXIMIZE else "minimize"
    return f"{word} {problem.objective.metric}"


def _public_metrics(problem: Problem, evaluation: Evaluation) -> dict[str, float]:
    """Metrics fit for a prompt: none of a private stage, under whatever name it goes.

    Time and memory of a call are left out unless the problem asks for them: they differ each time, and a
    prompt that differs would make two runs of one seed differ as well.
    """
    private = _private_stages(problem, evaluation)
    wanted = {problem.objective.metric, *(axis.name for axis in problem.descriptors)}
    calls = {spec.id for spec in problem.stages if spec.uses in VALUES}
    hidden: set[str] = set()
    shown: set[str] = set()
    for stage in evaluation.stages:
        (hidden if stage.stage in private else shown).update(stage.metrics)
    return {
        name: value
        for name, value in _sorted(evaluation.metrics)
        if name.split(".", 1)[0] not in private
        and (name in shown or name not in hidden)
        and (name in wanted or name.split(".", 1)[0] not in calls)
    }


def _sorted(metrics: Mapping[str, float]) -> Sequence[tuple[str, float]]:
    return sorted(metrics.items())


def _private_stages(problem: Problem, evaluation: Evaluation) -> frozenset[str]:
    declared = {spec.id for spec in problem.stages if spec.visibility is Visibility.PRIVATE}
    return frozenset(declared | {stage.stage for stage in evaluation.stages if stage.private})


def _last_words(stage: StageResult) -> str:
    """The last line with content of what the program wrote to standard error."""
    for name in ("stderr", "error", "traceback"):
        lines = [line for line in stage.artifacts.get(name, "").splitlines() if line.strip()]
        if lines and lines[-1].strip() not in stage.note:
            return quoted(lines[-1], 200)
    return ""
