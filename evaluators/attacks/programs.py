"""From an attack to the text of a program, such as a model could have written."""

from __future__ import annotations

import json
from typing import Final

import numpy as np

from archive.program import Program
from evaluators.attacks.attack import DREAM, Attack
from evaluators.attacks.subject import Subject
from evaluators.values import Value
from problems.problem import Direction

__all__ = ["candidate"]

_HELPERS: Final = '''\
MARKUP = "<b>{0.__class__.__mro__}</b> %s%n%(x)d \\'; DROP TABLE runs; -- {{7*7}} ${x} `id` ../../etc"


def array(value, kind=None):
    import numpy

    return numpy.array(value, dtype=kind)


def plain(value):
    return value.tolist() if hasattr(value, "dtype") else value


def like(value, made):
    """An array where the honest value was one and numbers were made of it."""
    if not hasattr(value, "dtype"):
        return made
    try:
        found = array(made)
    except ValueError:
        return made
    return found if found.dtype.kind in "biuf" else made


def with_numbers(value, change):
    if hasattr(value, "dtype"):
        return like(value, with_numbers(value.tolist(), change))
    if isinstance(value, dict):
        return {name: with_numbers(part, change) for name, part in value.items()}
    if isinstance(value, list):
        return [with_numbers(part, change) for part in value]
    return change(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def with_number(value, place, change):
    """The value with its number at a place changed, counted from 0 and around."""
    count = [0]

    def counted(number):
        count[0] += 1
        return number

    with_numbers(value, counted)
    places = iter(range(count[0]))
    wanted = place % max(1, count[0])
    return with_numbers(value, lambda number: change(number) if next(places) == wanted else number)


def with_first_number(value, change):
    return with_number(value, 0, change)


def with_rows(value, change):
    if isinstance(value, dict):
        return {name: change(part) if isinstance(part, list) else part for name, part in value.items()}
    return like(value, change(plain(value)))


def grown(rows):
    """Over and over, up to about 900 kB or 400,000 elements."""
    size = len(repr(rows)) + 1
    return rows * max(2, min(900_000 // size, 400_000 // max(1, len(rows))))


def nested(depth):
    return [nested(depth - 1)] if depth else []


def other_form(value):
    if hasattr(value, "dtype"):
        return value.tolist()
    return array(value) if isinstance(value, list) else value
'''
_PROGRAM: Final = '''\
"""{title}"""

METRIC = {metric!r}
DREAM = {dream!r}

{helpers}

def honest(inputs):
    """What the initial program returned for these inputs."""
    known = {known}
    return next((value for asked, value in known if asked == inputs), known[0][1])


# EVOLVE-BLOCK-START
def {entrypoint}(**inputs):
    value = honest(inputs)
{body}
# EVOLVE-BLOCK-END
'''
_SHADOW: Final = """\
def score(output, context):
    return {{"valid": True, "score": {dream!r}, {metric!r}: {dream!r}}}
"""


def candidate(attack: Attack, subject: Subject) -> Program:
    """The program of an attack: the initial one, with the file that defines the entrypoint replaced."""
    problem = subject.problem
    command = subject.calls[0][0]
    objective = problem.objective
    dream = DREAM if objective.direction is Direction.MAXIMIZE else -DREAM
    metric = objective.metric.rpartition(".")[2]
    text = _PROGRAM.format(
        title=f"A hostile candidate of `cambrian check`: {attack.name}.",
        metric=metric,
        dream=dream,
        helpers=_HELPERS,
        known=_known(subject),
        entrypoint=command.function,
        body="\n".join(f"    {line}" if line else "" for line in attack.body.splitlines()),
    )
    shadows = (
        dict.fromkeys(problem.trusted, _SHADOW.format(dream=dream, metric=metric)) if attack.shadow else {}
    )
    return Program.of(problem.language, {**shadows, **problem.initial, command.module: text})


def _known(subject: Subject) -> str:
    """Python source of a list of (inputs, value)."""
    pairs = [
        f"({json.loads(command.arguments)['kwargs']!r}, {_source(value)})" for command, value in subject.calls
    ]
    return f"[{', '.join(pairs)}]"


def _source(value: Value) -> str:
    if not isinstance(value, np.ndarray):
        return repr(value)
    # An array without elements has no axes as a list.
    shape = "" if value.size else f".reshape({value.shape!r})"
    return f"array({value.tolist()!r}, {value.dtype.name!r}){shape}"
