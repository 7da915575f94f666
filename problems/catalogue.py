"""The problems that come with Cambrian, and finding the problem that a user names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from problems.document import nearest
from problems.errors import Issue, ProblemError
from problems.loader import FILE, load

__all__ = ["LIBRARY", "Entry", "entries", "locate", "names"]

LIBRARY = Path(__file__).parent / "library"
"""The folder of the shipped problems, one folder each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the catalogue.

    Attributes:
        name: what `locate` takes.
        summary: first line of the statement.
        best_known: best value known, None where the problem states none.
        source: where that was published, None likewise.
    """

    name: str
    summary: str
    best_known: float | None
    source: str | None


def names() -> tuple[str, ...]:
    """Names of the shipped problems, sorted."""
    return tuple(sorted(file.parent.name for file in LIBRARY.glob(f"*/{FILE}")))


def entries() -> tuple[Entry, ...]:
    """The catalogue, sorted by name. Loads every shipped problem, some 30 ms each."""
    found = []
    for name in names():
        problem = load(LIBRARY / name)
        reference = problem.reference
        found.append(
            Entry(
                name=name,
                summary=problem.statement.splitlines()[0],
                best_known=reference.best_known if reference else None,
                source=reference.source if reference else None,
            )
        )
    return tuple(found)


def locate(text: str) -> Path:
    """What `problems.loader.load` takes for a folder, a YAML file or the name of a shipped problem.

    A folder or file that is there goes before a shipped problem of the same name.

    Raises:
        ProblemError: there is no such problem; its one issue names the nearest.
    """
    path = Path(text).expanduser()
    # os.path answers False where a Path method raises: a name too long, a folder that may not be read.
    if os.path.isfile(path) or os.path.isfile(path / FILE):
        return path
    shipped = names()
    if text in shipped:
        return LIBRARY / text
    folders = [str(file.parent) for file in path.parent.glob(f"*/{FILE}")]
    issue = Issue(
        file=text,
        key="PROBLEM",
        expected=f"a folder with a {FILE}, a YAML file, or one of {', '.join(shipped)}",
        found=f"a folder without {FILE}" if os.path.isdir(path) else "no such file or folder",
        nearest=nearest(text, [*shipped, *folders]),
    )
    raise ProblemError((issue,))
