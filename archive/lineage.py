"""Where a program came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archive.program import ProgramId

__all__ = ["Birth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """One arrival of a program in a run. The same text may be born twice; birth is not the program.

    Attributes:
        run: id of the run.
        program: id of the program.
        parents: programs it was made from, the main parent first; empty for a seed.
        inspirations: programs that were shown beside the parents.
        operator: how it was made (``seed``, ``diff``, ``rewrite``, ``crossover``, ``tune``, ``migrate``).
        island: number of the island it was made for, from 0.
        attempt: number of the attempt; None for a seed.
        model: name of the model that wrote it; None where no model did.
        source: island that a migrant came from; None for what did not migrate, or where that was not kept.
        at: when, aware UTC.
    """

    run: str
    program: ProgramId
    parents: tuple[ProgramId, ...] = ()
    inspirations: tuple[ProgramId, ...] = ()
    operator: str
    island: int = 0
    attempt: int | None = None
    model: str | None = None
    source: int | None = None
    at: datetime
