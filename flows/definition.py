"""The problem as a run asks for it: the folder's definition with the changes of the command line."""

from __future__ import annotations

from dataclasses import replace

from archive.plugins import is_file, strategy_file
from archive.run import Run
from archive.strategy import STRATEGIES
from flows.settings import SettingsError
from flows.terms import Terms
from mutators.templates import issues_of, own_folder
from problems.catalogue import locate
from problems.errors import ProblemError
from problems.loader import load
from problems.problem import Budget, Problem

__all__ = ["changes", "problem_of", "problem_of_run", "remembered"]

_SET = "set."
"""Prefix of the keys under which a run remembers `--set` changes."""


def problem_of(terms: Terms) -> Problem:
    """The problem with the command line's changes applied.

    Raises:
        ProblemError: it is wrong, or a prompt of its own is.
        SettingsError: a change is not ``key=value``, or there is no such strategy.
        StrategyError: the strategy's file is not in the problem's folder.
    """
    problem = load(locate(terms.problem), overrides=_overrides(terms.sets))
    prompts = own_folder(problem.folder)
    if prompts is not None and (issues := issues_of(prompts)):
        raise ProblemError(issues)
    strategy = terms.strategy or problem.search.strategy
    if is_file(strategy):
        strategy_file(strategy, problem.folder)
    elif strategy not in STRATEGIES:
        known = f"{', '.join(STRATEGIES)}, FILE.py or FILE.py:NAME"
        raise SettingsError(f"expected one of the strategies {known}, found {strategy!r}")
    target = problem.objective.target if terms.target is None else terms.target
    if terms.study is not None:
        target = None
    return replace(
        problem,
        objective=replace(problem.objective, target=target),
        search=replace(problem.search, strategy=strategy),
        budget=_budget(terms, problem.budget),
    )


def problem_of_run(run: Run, terms: Terms | None = None, *, changed: bool = False) -> Problem:
    """The problem of a run as it was when the run began, with wider walls where `terms` give new ones.

    Args:
        run: the run.
        terms: of a resume.
        changed: whether files that score otherwise now are accepted; the digest of the problem then differs
            from the run's, and the caller says so.

    Raises:
        ProblemError: its files are gone or wrong.
        SettingsError: they score otherwise now, so old and new programs could not be compared.
    """
    terms = terms or Terms()
    kept = Terms(
        problem=run.problem_path,
        sets=tuple(f"{key}={value}" for key, value in changes(run).items()),
        strategy=run.strategy,
        target=_number(run.overrides.get("target")) if terms.target is None else terms.target,
        study=run.study,
    )
    problem = problem_of(kept)
    if problem.digest != run.problem_digest and not changed:
        raise SettingsError(
            f"the problem in {run.problem_path} scores otherwise than when {run.name} began, so its old and "
            "new programs cannot be compared. Put the old files back, or begin a new run"
        )
    return replace(problem, budget=_budget(terms, run.budget))


def changes(run: Run) -> dict[str, str]:
    """The `--set` changes that a run was begun with, value by key."""
    return {k.removeprefix(_SET): v for k, v in run.overrides.items() if k.startswith(_SET)}


def remembered(terms: Terms) -> dict[str, str]:
    """What a resume needs to know of the command line, as text.

    Raises:
        SettingsError: a change is not ``key=value``.
    """
    kept = {f"{_SET}{key}": value for key, value in _overrides(terms.sets).items()}
    if terms.target is not None:
        kept["target"] = repr(terms.target)
    if terms.base_url is not None:
        kept["base_url"] = terms.base_url
    if terms.replay is not None:
        kept["replay"] = terms.replay
    return kept


def _overrides(sets: tuple[str, ...]) -> dict[str, str]:
    changes = {}
    for change in sets:
        key, equals, value = change.partition("=")
        if not equals or not key:
            raise SettingsError(f"--set: expected KEY=VALUE, such as search.islands=3, found {change!r}")
        changes[key] = value
    return changes


def _budget(terms: Terms, declared: Budget) -> Budget:
    """The command line's walls where it gives any, else the declared ones."""
    return Budget(
        evaluations=declared.evaluations if terms.evaluations is None else terms.evaluations,
        dollars=declared.dollars if terms.dollars is None else terms.dollars,
        minutes=declared.minutes if terms.minutes is None else terms.minutes,
    )


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
