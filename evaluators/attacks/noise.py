"""How much of a score is chance, beside how much is merit."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence

from evaluators.attacks.findings import Finding, Severity
from evaluators.attacks.subject import Subject

__all__ = ["noise"]


def noise(subject: Subject, nudged: Sequence[float | None]) -> Iterator[Finding]:
    """That the score is noisy, and how many replicas would tell a small change from chance.

    Two means of n replicas differ by chance with a deviation of ``s * sqrt(2 / n)``; it is to be half the
    deviation that a small change of the output makes. The chance is taken from a few seeds alone, so the
    number is a first guess, seldom off by more than three times.

    Args:
        subject: with the spread of the initial program over seeds.
        nudged: fitness of outputs with one number changed a little; None where one was not valid.
    """
    valid = [value for value in nudged if value is not None]
    merit = statistics.stdev(valid) if len(valid) > 1 else 0.0
    if merit > 0:
        # The range of two or three draws is 1.1 to 1.7 deviations.
        times = min(30, max(3, math.ceil(8 * (subject.spread / 1.4 / merit) ** 2)))
        beside = f"a small change of the output makes {merit:.3g}"
    else:
        times, beside = 5, "no small change of the output could be scored beside it"
    if subject.problem.repeat.times >= times:
        return
    yield Finding(
        severity=Severity.WARNING,
        rule="noisy-score",
        what=f"the score of one program changes with the seed by {subject.spread:.3g}; {beside}",
        mend=f"set evaluation.repeat to {{times: {times}}}, or score with a fixed seed of your own",
    )
