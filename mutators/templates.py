"""Prompt templates: those that come with Cambrian, and a problem's own in place of some of them.

A file of the same name in the folder ``prompts`` beside ``problem.yaml`` takes a template's place, parts that
others include among them. Templates of a problem run in jinja2's sandbox, like everything that comes with a
problem from elsewhere. The judge's template decides scores and is therefore not among them: what a problem
says to a judge is the rubric.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import jinja2
from jinja2 import meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mutators.approaches import MENU, read_menu
from problems.errors import Issue

__all__ = ["Template", "environment", "issues_of", "own_folder", "templates"]

_SHIPPED = Path(__file__).parent / "prompts"
_JUDGE = "judge.md"
_FIXED = frozenset({"problem", "aim", "task", "files"})
_EXECUTE = _FIXED | {"view", "plan", "crossover", "complaint", "style", "last", "tried", "repair"}
_GIVEN = {
    "system.md": _FIXED,
    MENU: frozenset(),
    "plan.md": _FIXED | {"view", "style", "notebook", "approaches", "suggested"},
    "execute_diff.md": _EXECUTE,
    "execute_rewrite.md": _EXECUTE,
    "begin.md": _FIXED | {"last", "complaints"},
    "summarize.md": _FIXED
    | {"plan", "change", "before", "after", "effect", "failure", "siblings", "lessons"},
}
"""What each task's template is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template as its author sees it.

    Attributes:
        name: of the file.
        given: names of the values it can speak of.
        text: the one in force.
        is_own: whether that is the problem's.
    """

    name: str
    given: tuple[str, ...]
    text: str
    is_own: bool


def templates(own: Path | None) -> tuple[Template, ...]:
    """All templates that a problem may have of its own, by name, as they are in force.

    Args:
        own: folder of the problem's own ones.
    """
    env = environment(own)
    return tuple(
        Template(
            name=name,
            given=tuple(sorted(_given(name, env))),
            text=((own if own and (own / name).is_file() else _SHIPPED) / name).read_text(encoding="utf-8"),
            is_own=own is not None and (own / name).is_file(),
        )
        for name in sorted(_names())
    )


def own_folder(problem: Path) -> Path | None:
    """The folder with a problem's own templates, or None.

    Args:
        problem: folder of the problem.
    """
    folder = problem / "prompts"
    return folder if folder.is_dir() else None


@lru_cache(maxsize=64)
def environment(own: Path | None = None) -> jinja2.Environment:
    """Compiled templates. Values are put in as they are: prompts are no HTML.

    Args:
        own: folder whose templates go before the ones that come with Cambrian.
    """
    shipped = jinja2.FileSystemLoader(_SHIPPED)
    kind = jinja2.Environment if own is None else ImmutableSandboxedEnvironment
    return kind(
        loader=shipped if own is None else jinja2.ChoiceLoader([jinja2.FileSystemLoader(own), shipped]),
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def issues_of(own: Path) -> tuple[Issue, ...]:
    """Every mistake in a problem's own templates, so that none is found when a run has already paid.

    Args:
        own: folder of the templates.
    """
    env = environment(own)
    names = _names()
    issues = []
    for path in sorted(own.iterdir()):
        if path.name.startswith("."):
            continue
        if path.name not in names:
            issues.append(_unknown(path, names))
            continue
        if path.name == MENU:
            issues += _issues_of_menu(path)
            continue
        try:
            tree = env.parse(path.read_text(encoding="utf-8"), filename=str(path))
        except (jinja2.TemplateSyntaxError, UnicodeDecodeError) as error:
            line = getattr(error, "lineno", None)
            issues.append(
                Issue(
                    file=str(path), line=line, key=path.name, expected="a jinja2 template", found=str(error)
                )
            )
            continue
        given = _given(path.name, env)
        issues += [
            Issue(
                file=str(path),
                key=path.name,
                expected=f"only the values {', '.join(sorted(given))}",
                found=repr(name),
                nearest=next(iter(difflib.get_close_matches(name, given, n=1)), None),
            )
            for name in sorted(meta.find_undeclared_variables(tree) - given)
        ]
        issues += [
            Issue(
                file=str(path),
                key=path.name,
                expected="to include a template that there is",
                found=repr(part),
                nearest=next(iter(difflib.get_close_matches(part or "", names, n=1)), None),
            )
            for part in meta.find_referenced_templates(tree)
            if part not in names
        ]
    return tuple(issues)


def _issues_of_menu(path: Path) -> tuple[Issue, ...]:
    try:
        read_menu(path.read_text(encoding="utf-8"))
    except ValueError as error:
        where, _, what = str(error).partition(": expected ")
        expected, _, found = what.rpartition(" found ")
        line = where.removeprefix("line ")
        return (
            Issue(
                file=str(path),
                line=int(line) if line.isdecimal() else None,
                key=path.name,
                expected=expected.rstrip(",; ") or "a menu in UTF-8",
                found=found or str(error),
            ),
        )
    return ()


def _names() -> set[str]:
    return {path.name for path in _SHIPPED.glob("*.md")} - {_JUDGE}


def _unknown(path: Path, names: set[str]) -> Issue:
    expected = f"one of {', '.join(sorted(names))}"
    if path.name == _JUDGE:
        expected += "; a judge is told what to look for by the rubric of its stage"
    nearest = next(iter(difflib.get_close_matches(path.name, names, n=1)), None)
    return Issue(file=str(path), key="prompts", expected=expected, found=path.name, nearest=nearest)


def _given(name: str, env: jinja2.Environment) -> frozenset[str]:
    """What a template can count on: a part that several tasks include, on what all of them are given."""
    if name in _GIVEN:
        return _GIVEN[name]
    users = [given for task, given in _GIVEN.items() if name in _parts(task, env, frozenset())]
    return frozenset.intersection(*users) if users else _FIXED


def _parts(name: str, env: jinja2.Environment, above: frozenset[str]) -> set[str]:
    """The templates that one includes, directly or through others; none where it cannot be read."""
    try:
        source = env.loader.get_source(env, name)[0] if env.loader else ""
        found = {part for part in meta.find_referenced_templates(env.parse(source)) if part}
    except (jinja2.TemplateError, UnicodeDecodeError):
        return set()
    deeper = (_parts(part, env, above | {name}) for part in found - above - {name})
    return found.union(*deeper)
