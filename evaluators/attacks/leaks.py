"""What a problem gives away by itself, seen from its definition and from what its scorer says aloud."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from archive.evaluation import Evaluation, StageState
from evaluators.attacks.findings import Finding, Severity
from evaluators.stages.options import told_of
from problems.problem import Problem, Visibility

__all__ = ["leaks"]

_DIGITS: Final = 4
"""Significant digits from which on a number is no coincidence."""
_NUMBER: Final = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w])")
_TEXT: Final = "take it out: a model that is told the answer copies it, or stops there"


def leaks(problem: Problem, evaluations: Iterable[Evaluation]) -> Iterator[Finding]:
    """Weaknesses of the definition itself.

    Args:
        problem: the problem.
        evaluations: what the scorer said of honest and hostile programs; the first is the initial program's.
    """
    seen = tuple(evaluations)
    yield from _best_values(problem, seen)
    yield from _private_metrics(problem, seen)
    for spec in problem.stages:
        if spec.uses == "sandbox.trusted_together":
            yield Finding(
                severity=Severity.WARNING,
                rule="trusted-together",
                what=f"stage {spec.id} runs the program and its scorer together, so any program can forge "
                "its score there",
                mend="return values from an entrypoint and score them with sandbox.score; until then believe "
                "no champion that you have not read",
                cause=spec.id,
            )


def agrees(text: str, value: float) -> bool:
    """Whether a number written in a text is a value, to at least four digits and as far as both go."""
    written, known = Decimal(text), Decimal(repr(value))
    digits = min(_significant(written), _significant(known))
    if digits < _DIGITS or not written:
        return False
    room = Decimal(10) ** (known.adjusted() - digits + 1)
    # Less than one unit of the last digit both have: the number may have been rounded or cut off.
    return abs(abs(written) - abs(known)) < room


def _best_values(problem: Problem, seen: tuple[Evaluation, ...]) -> Iterator[Finding]:
    values = {}
    if problem.objective.target is not None:
        values["target"] = problem.objective.target
    if problem.reference is not None:
        values["best known value"] = problem.reference.best_known
    for name, value in values.items():
        for place, reader, text in _told(problem, seen):
            number = next((one[0] for one in _NUMBER.finditer(text) if agrees(one[0], value)), None)
            if number is not None:
                yield Finding(
                    severity=Severity.DANGER if "message" not in place else Severity.WARNING,
                    rule=f"best-value-in-{place}",
                    what=f"the {name} {value:.10g} stands in the {place} (as {number}), "
                    f"where {reader} reads it",
                    mend=_TEXT,
                    by=(f"the {name}",),
                )


def _told(problem: Problem, seen: tuple[Evaluation, ...]) -> Iterator[tuple[str, str, str]]:
    """Place, reader and text of everything that a model or a program is told."""
    yield "statement", "the model", problem.statement
    for text in problem.initial.values():
        yield "program", "every candidate", text
    for spec in problem.stages:
        if spec.uses in {"sandbox.call", "sandbox.command"}:
            yield "inputs", "every candidate", str(told_of(spec))
        if spec.uses == "model.judge":
            yield "rubric", "the judging model", str(spec.options.get("rubric") or "")
    scorers = {spec.id for spec in problem.stages if spec.uses == "sandbox.score"}
    for evaluation in seen:
        for result in evaluation.stages:
            if result.private or result.stage not in scorers:
                continue
            yield "messages", "the model", "\n".join((result.note, *result.artifacts.values()))
            own = problem.objective.metric.rpartition(".")[2]
            numbers = (repr(value) for name, value in result.metrics.items() if name != own)
            yield "messages", "the model", " ".join(numbers)


def _private_metrics(problem: Problem, seen: tuple[Evaluation, ...]) -> Iterator[Finding]:
    private = {spec.id for spec in problem.stages if spec.visibility is Visibility.PRIVATE}
    wanted = [("the objective", problem.objective.metric, Severity.WARNING)]
    wanted += [
        (
            f"the descriptor {one.name}",
            one.name if one.source == "metric" else one.source,
            Severity.WARNING,
        )
        for one in problem.descriptors
    ]
    for role, name, severity in wanted:
        owner = _owner(name, seen)
        if owner in private:
            yield Finding(
                severity=severity,
                rule="private-metric-optimized",
                what=f"{role} is a metric of the private stage {owner}, and what is optimized is no longer "
                "held out",
                mend="optimize a public metric, and keep the private one to judge the result by",
                cause=role,
            )


def _owner(name: str, seen: tuple[Evaluation, ...]) -> str | None:
    """The stage that gave a metric: the one named in it, else the first that gave it, public ones first."""
    stage, dot, _ = name.partition(".")
    if dot:
        return stage
    for evaluation in seen[:1]:
        passed = [result for result in evaluation.stages if result.state is StageState.PASSED]
        for result in sorted(passed, key=lambda one: one.private):
            if name in result.metrics:
                return result.stage
    return None


def _significant(number: Decimal) -> int:
    """Digits without leading and trailing zeros."""
    return len("".join(map(str, number.as_tuple().digits)).strip("0"))
