"""Prompts from the templates in ``mutators/prompts``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mutators.context import aim
from mutators.model import Message
from mutators.templates import environment, own_folder
from problems.problem import Problem, StageSpec, Visibility

__all__ = ["conversation", "render"]


def render(template: str, *, own: Path | None = None, **values: object) -> str:
    """The text of a template; a value it names and is not given is an error.

    Args:
        template: name of the file without its ending.
        own: folder of a problem's own templates, which go before those that come with Cambrian.
        values: what the template speaks of.

    Raises:
        jinja2.UndefinedError: a value is missing.
    """
    return environment(own).get_template(f"{template}.md").render(values).strip() + "\n"


def conversation(problem: Problem, template: str, *, files: int, **values: object) -> tuple[Message, ...]:
    """System and user message for one task.

    The system message depends on the problem and the task alone and begins with what all tasks share, so that
    a provider's prompt cache serves all the calls of a run.

    Args:
        problem: what is asked.
        template: name of the task's template.
        files: number of files of the program.
        values: what the template speaks of.
    """
    own = own_folder(problem.folder)
    fixed = {"problem": _told(problem), "aim": aim(problem), "task": template, "files": files}
    # All of the problem that the system message shows; the digest stands for its stages.
    key = (problem.digest, problem.statement, problem.language, problem.entrypoint, template, files, own)
    system = _SYSTEM.get(key)
    if system is None:
        if len(_SYSTEM) >= _SYSTEMS:
            _SYSTEM.clear()
        system = _SYSTEM[key] = Message(role="system", content=render("system", own=own, **fixed))
    return system, Message(role="user", content=render(template, own=own, **fixed, **values))


_SYSTEMS = 64
_SYSTEM: dict[tuple[object, ...], Message] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a template may know of a problem: nothing private, whatever a template of its own asks."""

    name: str
    statement: str
    language: str
    entrypoint: str | None
    stages: tuple[StageSpec, ...]


def _told(problem: Problem) -> _Told:
    return _Told(
        name=problem.name,
        statement=problem.statement,
        language=problem.language,
        entrypoint=problem.entrypoint,
        stages=tuple(stage for stage in problem.stages if stage.visibility is Visibility.PUBLIC),
    )
