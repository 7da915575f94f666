"""Prompts from the templates in ``mutators/prompts``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2

from mutators.context import aim
from mutators.model import Message
from problems.problem import Problem

__all__ = ["conversation", "render"]


def render(template: str, **values: object) -> str:
    """The text of a template; a value it names and is not given is an error.

    Args:
        template: name of the file without its ending.
        values: what the template speaks of.

    Raises:
        jinja2.UndefinedError: a value is missing.
    """
    return _environment().get_template(f"{template}.md").render(values).strip() + "\n"


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
    fixed = {"problem": problem, "aim": aim(problem), "task": template, "files": files}
    # All of the problem that the system message shows; the digest stands for its stages.
    key = (problem.digest, problem.statement, problem.language, problem.entrypoint, template, files)
    system = _SYSTEM.get(key)
    if system is None:
        if len(_SYSTEM) >= _SYSTEMS:
            _SYSTEM.clear()
        system = _SYSTEM[key] = Message(role="system", content=render("system", **fixed))
    return system, Message(role="user", content=render(template, **fixed, **values))


_SYSTEMS = 64
_SYSTEM: dict[tuple[object, ...], Message] = {}


@cache
def _environment() -> jinja2.Environment:
    """Compiled templates. Values are put in as they are: prompts are no HTML."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "prompts"),
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
