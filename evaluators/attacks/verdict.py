"""Whether an attack was held, and if not, what is to be said of it.

What is right depends on what the problem means, which no one but its author knows. So the rules err towards
silence where an honest program could have returned the same (strange numbers in the right shape), and towards
a finding where none could (nothing at all, text for numbers). Where the number of elements neither stands in
the statement nor among the inputs, another number is a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from archive.evaluation import Evaluation, StageResult
from archive.program import Program
from evaluators.attacks.attack import DREAM, Attack, Kind
from evaluators.attacks.findings import Finding, Severity
from evaluators.attacks.subject import Subject
from evaluators.failure import ScorerError, one_line

__all__ = ["judged", "lingers", "replays", "unescaped"]

_INVALID: Final = "return {'valid': False, 'reason': ...} there"
_CLAIMED: Final = "compute every number from the answer itself, and take none that the program names"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_MOST_CHARACTERS: Final = 4000
_ASTRONOMIC: Final = 1e4


def judged(
    attack: Attack, program: Program, outcome: Evaluation | ScorerError, subject: Subject
) -> Iterator[Finding]:
    """What got through; nothing where the attack was held.

    Args:
        attack: what was done.
        program: the candidate that did it.
        outcome: of evaluating it, with a pipeline that blames its scorer for what breaks.
        subject: what was attacked.
    """
    found = (
        _broken(attack, outcome, subject)
        if isinstance(outcome, ScorerError)
        else _evaluated(attack, outcome, subject)
    )
    for severity, rule, what, mend, cause in found:
        yield Finding(
            severity=severity,
            rule=rule,
            what=what,
            mend=mend,
            by=(attack.does,),
            attacks=(attack.name,),
            cause=cause,
            program=program,
        )


_Found = tuple[Severity, str, str, str, str]
"""Severity, rule, what, mend, cause."""


def replays(attack: Attack, program: Program, found: Evaluation, subject: Subject) -> Iterator[Finding]:
    """Whether knowing the answer is better than finding it: the objective then measures the finding."""
    utility = subject.problem.objective.utility
    if found.fitness is None or utility(found.fitness) <= utility(subject.fitness) + subject.slack:
        return
    yield Finding(
        severity=Severity.WARNING,
        rule="answer-by-heart",
        what=f"a program that {attack.does} gets {found.fitness:.6g}, better than the initial program's "
        f"{subject.fitness:.6g} for the same output",
        mend="score other inputs than those the program was written for, in a private stage",
        by=(attack.does,),
        attacks=(attack.name,),
        program=program,
    )


def lingers(
    before: Evaluation | ScorerError, after: Evaluation | ScorerError | None, subject: Subject
) -> Iterator[Finding]:
    """Whether one program was judged otherwise after all the attacks than before them."""
    if isinstance(before, ScorerError) or after is None:
        return
    now = None if isinstance(after, ScorerError) else after.fitness
    is_same = (now is None) == (before.fitness is None) if subject.measures_the_run else now == before.fitness
    if not is_same:
        told = "not valid" if now is None else f"{now:.6g}"
        yield Finding(
            severity=Severity.DANGER,
            rule="attacks-linger",
            what=f"after the attacks the same program is {told}, where it was {before.fitness} before",
            mend="look whether the scorer keeps anything or asks a clock; if not, please report this",
            attacks=("by-heart",),
        )


def unescaped(stages: tuple[StageResult, ...]) -> str | None:
    """Id of a stage whose texts could do harm in a prompt or a terminal; None where there is none."""
    for result in stages:
        for text in (result.note, *result.artifacts.values(), *result.artifacts):
            if _CONTROL.search(text) or len(text) > _MOST_CHARACTERS:
                return result.stage
    return None


def _broken(attack: Attack, error: ScorerError, subject: Subject) -> Iterator[_Found]:
    fault = one_line(error.fault, 240)
    when = f"for {_program(attack)}"
    if "longer than" in fault:
        usual = f"{subject.scoring_seconds:.2g} s over the honest output"
        mend = "look at the size of the output before anything else"
        yield Severity.WARNING, "scorer-is-slow", f"{error.file}: {fault} {when}; {usual}", mend, ""
    elif "of memory" in fault:
        mend = "look at the size of the output before anything else"
        yield Severity.WARNING, "scorer-out-of-memory", f"{error.file}: {fault} {when}", mend, ""
    elif "NaN" in fault or "range of floats" in fault or "is not among the metrics" in fault:
        what = f"{error.file}: {fault} {when}"
        yield Severity.WARNING, "scorer-gives-no-number", what, _INVALID, ""
    else:
        line = re.search(r"\(line \d+\)", fault)
        cause = line[0] if line else fault.partition(":")[0]
        yield Severity.WARNING, "scorer-crashes", f"{error.file}: {fault} {when}", _INVALID, cause


def _evaluated(attack: Attack, found: Evaluation, subject: Subject) -> Iterator[_Found]:
    stage = unescaped(found.stages)
    if stage is not None:
        mend = "this is a fault of Cambrian; please report it"
        what = f"texts of stage {stage} keep control characters, or are too long, for {_program(attack)}"
        yield Severity.DANGER, "unescaped-text", what, mend, ""
    if subject.is_slow(found.stages):
        usual = f"{subject.scoring_seconds:.2g} s over the honest output"
        what = f"scoring takes {found.seconds:.1f} s for {_program(attack)}; {usual}"
        mend = "look at the size of the output before anything else"
        yield Severity.WARNING, "scorer-is-slow", what, mend, ""
    if found.fitness is not None:
        yield from _accepted(attack, found, found.fitness, subject)


def _accepted(attack: Attack, found: Evaluation, fitness: float, subject: Subject) -> Iterator[_Found]:
    gain = subject.gain(fitness)
    better, equal = gain > subject.slack, abs(gain) <= subject.slack
    worth = f"{subject.problem.objective.metric} = {fitness:.6g}"
    beside = f"{'better than' if better else 'as good as' if equal else 'worse than'} your initial program's"
    what = f"{_program(attack)} is accepted with {worth}, {beside} {subject.fitness:.6g}"
    match attack.kind:
        case Kind.EMPTY:
            level = Severity.DANGER if better or equal else Severity.WARNING
            yield level, "accepts-empty", what, f"{_INVALID}: an empty answer is no answer", ""
        case Kind.NAN:
            mend = "look at the exact type of every number, and whether math.isfinite holds for it"
            what = f"the scorer takes NaN or infinity for a number: {what}"
            yield Severity.DANGER, "accepts-nan", what, mend, ""
        case Kind.KEYS | Kind.CLAIM if better:
            yield Severity.DANGER, "trusts-a-claim", f"the scorer believes a program: {what}", _CLAIMED, ""
        case Kind.TYPE | Kind.CLAIM | Kind.LOOSE:
            yield _type(loose=attack.kind is Kind.LOOSE, better=better, what=what)
        case Kind.LENGTH:
            yield _length(better=better, beats=subject.beats_the_best(fitness), what=what, subject=subject)
        case Kind.NUMBERS | Kind.COLLAPSED:
            yield from _strange(
                attack, gain, beats=subject.beats_the_best(fitness), what=what, subject=subject
            )
        case Kind.FORGERY:
            yield from _forged(attack, found, subject)
        case _:
            return


def _type(*, loose: bool, better: bool, what: str) -> _Found:
    if loose:
        mend = "to Python a bool is an int; compare type(x) with int and float where that matters"
        return Severity.WARNING if better else Severity.NOTE, "accepts-truth-values", what, mend, ""
    mend = "look at the exact type of the output and of what is in it"
    return Severity.DANGER if better else Severity.WARNING, "accepts-wrong-type", what, mend, ""


def _length(*, better: bool, beats: bool, what: str, subject: Subject) -> _Found:
    mend = "compare the number of elements with what was asked"
    if subject.length_is_asked_for:
        return Severity.DANGER if better else Severity.WARNING, "accepts-wrong-length", what, mend, ""
    level = Severity.DANGER if beats else Severity.NOTE
    return level, "accepts-wrong-length", what, f"{mend}; if any number will do, there is nothing to mend", ""


def _strange(attack: Attack, gain: float, *, beats: bool, what: str, subject: Subject) -> Iterator[_Found]:
    if beats:
        mend = "look at the range of every number; if this is a real answer, the reference is wrong"
        what = f"{what} and beyond the best known value"
        yield Severity.DANGER, "beats-the-best-known", what, mend, ""
    elif attack.kind is Kind.COLLAPSED and gain > subject.slack:
        mend = "if an answer may not be this plain, refuse it; else there is nothing to mend"
        yield Severity.WARNING, "rewards-the-trivial", what, mend, ""
    elif gain > _ASTRONOMIC * max(1.0, abs(subject.fitness)):
        mend = "if the numbers are meant to have bounds, look at them"
        yield Severity.WARNING, "accepts-extreme-numbers", what, mend, ""


def _forged(attack: Attack, found: Evaluation, subject: Subject) -> Iterator[_Found]:
    mend = "this is a fault of the sandbox, or of what the scorer believes; please report it"
    fair = subject.fitness if subject.replayed is None else subject.replayed
    utility = subject.problem.objective.utility
    gained = utility(found.fitness or 0.0) - utility(fair)
    # What a supervisor measures of a program that tampers is its own time, not that of another.
    if found.fitness is not None and abs(found.fitness) == DREAM:
        what = f"{_program(attack)} gets {found.fitness:.6g}, the score that it claims"
        yield Severity.DANGER, "trusts-a-claim", f"the scorer believes a program: {what}", _CLAIMED, ""
    elif gained > subject.slack and not subject.measures_the_run:
        what = f"{_program(attack)} gets {found.fitness:.6g} in place of {fair:.6g}"
        yield Severity.DANGER, "forged-score", what, mend, ""
    calls = {spec.id for spec in subject.problem.stages if spec.uses == "sandbox.call"}
    measured = max((result.seconds for result in found.stages if result.stage in calls), default=0.0)
    if attack.seconds and measured < 0.9 * attack.seconds:
        what = f"{_program(attack)} is measured at {measured:.2g} s"
        yield Severity.DANGER, "forged-time", what, mend, ""


def _program(attack: Attack) -> str:
    does = attack.does if attack.kind is Kind.FORGERY else f"returns {attack.does}"
    return f"a program that {does}"
