"""Runs that wait for a report, with their problems as they lie on disk."""

from __future__ import annotations

from collections.abc import Iterable

from archive.run import Run
from flows.definition import problem_of_run
from flows.delayed import Takers
from problems.errors import CambrianError

__all__ = ["takers_of"]


def takers_of(runs: Iterable[Run]) -> Takers:
    """The runs with their problems, read from disk; those that cannot be read with the reason."""
    problems, unread = [], []
    for run in runs:
        try:
            problems.append((run, problem_of_run(run)))
        except CambrianError as error:
            unread.append((run, str(error)))
    return Takers(problems=problems, unread=unread)
