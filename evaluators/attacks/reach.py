"""What a candidate can reach from where it runs."""

from __future__ import annotations

import hashlib
from typing import Final

from evaluators.attacks.findings import Finding
from evaluators.attacks.searches import COMMON, Search
from evaluators.failure import one_line
from evaluators.sandbox import Command, Ending, Limits, Policy, Sandbox
from evaluators.values import Malformed, Value, decode, encode_arguments
from problems.problem import Problem

__all__ = ["looked"]

_SHORTEST: Final = 16
"""Characters of a line below which it may well stand elsewhere too."""
_SHOWN: Final = 3


async def looked(search: Search, problem: Problem, sandbox: Sandbox, *, policy: Policy) -> Finding | None:
    """Run one search, and say what it found.

    Args:
        search: what to look for.
        problem: its trusted files are what must not be found.
        sandbox: the one for candidates.
        policy: under which the problem's programs run.

    Raises:
        SandboxUnavailable: the machine failed.
    """
    command = Command(
        files={"search.py": (COMMON + search.body).encode()},
        module="search.py",
        function="look",
        arguments=encode_arguments((), {"lines": list(_marks(problem)), "paths": list(_paths(problem))}),
        limits=Limits(seconds=6.0),
        policy=policy,
    )
    places: Value = []
    for _ in range(search.times):
        result = await sandbox.run(command)
        if result.ending is not Ending.RETURNED:
            return None
        try:
            places = decode(result.result)
        except Malformed:
            return None
    if not isinstance(places, list) or not places:
        return None
    named = [one_line(str(place), 200) for place in places]
    more = f" and {len(named) - _SHOWN} more" if len(named) > _SHOWN else ""
    return Finding(
        severity=search.severity,
        rule=search.rule,
        what=search.what.format(places=", ".join(named[:_SHOWN]) + more),
        mend=search.mend,
        attacks=(search.name,),
        cause=search.name,
    )


def _marks(problem: Problem) -> tuple[str, ...]:
    """SHA-256 of each long line of the trusted files that neither the statement nor the program has."""
    open_to_all = {line.strip() for text in problem.initial.values() for line in text.splitlines()}
    lines = {line.strip() for text in problem.trusted.values() for line in text.splitlines()}
    own = sorted(line for line in lines - open_to_all if len(line) >= _SHORTEST and _is_distinct(line))
    return tuple(hashlib.sha256(line.encode("utf-8", "replace")).hexdigest() for line in own)


def _is_distinct(line: str) -> bool:
    """Whether a line is unlikely to stand in another program: no plain import, and not of one word."""
    return not line.startswith(("import ", "from ", "#!", "return ", "def score(")) and " " in line


def _paths(problem: Problem) -> tuple[str, ...]:
    """The trusted files and the definition, where they stand on the host."""
    folder = problem.folder.resolve()
    return tuple(str(folder / name) for name in (*problem.trusted, "problem.yaml"))
