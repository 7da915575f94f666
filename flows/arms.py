"""What a study compares: strategies, or variants of one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.definition import problem_of
from flows.settings import SettingsError
from flows.terms import Terms
from problems.problem import Problem

__all__ = ["Arm", "check_arms", "check_distinct", "common_problem", "variants_of"]

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """What a study compares: a strategy, or a variant of one.

    Attributes:
        label: what runs and tables call it.
        strategy: how its runs search.
        sets: ``key=value`` changes to the problems that only its runs make.
    """

    label: str
    strategy: str
    sets: tuple[str, ...] = ()

    def changes(self, base: Sequence[str]) -> tuple[str, ...]:
        """All changes of its runs: its own, and those of `base`, which all runs make, to other keys."""
        own = {change.partition("=")[0] for change in self.sets}
        return (*(change for change in base if change.partition("=")[0] not in own), *self.sets)


def variants_of(strategy: str, texts: Sequence[str]) -> list[Arm]:
    """The arms of an ablation.

    Args:
        strategy: of all of them.
        texts: for each its label and, with blanks between, its changes: ``no-tuner search.tuner=none``. A
            change with a blank in it stands in quotation marks, as in a shell.

    Raises:
        SettingsError: a text cannot be read.
    """
    arms = []
    for text in texts:
        try:
            words = shlex.split(text)
        except ValueError:  # a quotation mark without its other half
            words = []
        if not words:
            raise SettingsError(
                "expected the name of a variant and KEY=VALUE behind it, as in 'no-tuner search.tuner=none', "
                f"found {text!r}"
            )
        arms.append(Arm(label=words[0], strategy=strategy, sets=tuple(words[1:])))
    return arms


def common_problem(text: str, arms: Sequence[Arm], base: Terms) -> Problem:
    """The problem as the first arm has it, after a look at what the others make of it.

    Args:
        text: a folder, a YAML file or a name.
        arms: at least one.
        base: what all runs have in common.

    Raises:
        ProblemError: the problem, or a change to it, is wrong.
        SettingsError: an arm changes how programs are scored.
    """
    found = [
        problem_of(replace(base, problem=text, strategy=arm.strategy, sets=arm.changes(base.sets)))
        for arm in arms
    ]
    for arm, problem in zip(arms, found, strict=True):
        if problem.digest != found[0].digest:
            raise SettingsError(
                f"expected variants of how to search, found {arm.label} ({' '.join(arm.sets)}) to change how "
                f"programs of {problem.name} are scored: their figures could not be compared"
            )
    return found[0]


def check_arms(arms: Sequence[Arm]) -> None:
    """See that arms can be told apart.

    Raises:
        SettingsError: one cannot be named so, or two are named alike.
    """
    for arm in arms:
        if arm.label != arm.strategy and not _LABEL.fullmatch(arm.label):
            raise SettingsError(
                "expected a variant's name of up to 40 letters, digits, - and _, "
                f"found {arm.label!r}: name it like no-tuner"
            )
    check_distinct("variant" if any(arm.sets for arm in arms) else "strategy", [arm.label for arm in arms])


def check_distinct(what: str, names: Sequence[str]) -> None:
    """See that no name comes twice.

    Raises:
        SettingsError: one does.
    """
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingsError(f"expected every {what} once, found {', '.join(twice)} more than once")
