"""Lineage of a program in a run, both ways: what it came from, and what became of it.

The births of a run are the edges of a graph of programs. It is no tree: a program may have several parents
(crossover), and no order either: the same text may be born twice, so that a program can be its own ancestor.
A lineage is therefore a set of programs, each told once, at its least distance from the one asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from archive.cell import Outcome
from archive.evaluation import Verdict
from archive.lineage import Birth
from archive.program import ProgramId

__all__ = ["LOOKED_BEYOND", "Lineage", "Step", "distances", "main_line", "nearest"]

LOOKED_BEYOND = 100
"""Programs that a lineage counts beyond those it tells; what is left out is exact up to here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One program of a lineage: how it was made, why, and what that brought.

    Attributes:
        birth: its first birth in the run.
        depth: fewest births between it and the program asked for, from 0.
        idea: idea of the plan behind its first birth; empty when there was none.
        verdict: what became of it.
        fitness: in the objective's units; None unless valid.
        parent_fitness: of the main parent of its first birth; None where there is none, or it is not valid.
        gain: utility above that of its main parent, more than 0 where it is better, whatever the direction
            of the objective; None where one of both is not valid.
        outcome: what its first birth did to the archive.
        improvement: gain of utility over the elite that it displaced then, 0 or more.
        record: whether it was the best of the whole run then.
        reborn: later births of the same text by attempts or as a seed, oldest first.
        islands: islands that it migrated to, in that order.
        sources: island that it came from, for each of these; None where that was not kept.
    """

    birth: Birth
    depth: int
    idea: str
    verdict: Verdict
    fitness: float | None
    parent_fitness: float | None
    gain: float | None
    outcome: Outcome
    improvement: float
    record: bool
    reborn: tuple[Birth, ...] = ()
    islands: tuple[int, ...] = ()
    sources: tuple[int | None, ...] = ()

    @property
    def program(self) -> ProgramId:
        """Its id."""
        return self.birth.program

    @property
    def parents(self) -> tuple[ProgramId, ...]:
        """Parents of all its births, the main parent of the first birth first, each once."""
        return tuple(dict.fromkeys(p for birth in (self.birth, *self.reborn) for p in birth.parents))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What is known of the ancestors, or of the descendants, of one program in one run.

    Attributes:
        program: the program asked for.
        steps: it and its relatives, the nearest first, of equally near ones that with the older birth first;
            empty where the run does not know the program.
        left_out: relatives that were found and are not among the steps.
        more: whether there may be still more than `left_out`, for the search was ended there.
    """

    program: ProgramId
    steps: tuple[Step, ...] = ()
    left_out: int = 0
    more: bool = False


def distances(
    start: ProgramId, neighbours: Callable[[ProgramId], Iterable[ProgramId]]
) -> dict[ProgramId, int]:
    """Least distance of every program that is reached from one, in the order they are reached."""
    found = {start: 0}
    waiting = [start]
    for program in waiting:
        for other in neighbours(program):
            if other not in found:
                found[other] = found[program] + 1
                waiting.append(other)
    return found


def nearest(found: Mapping[ProgramId, int], *, depth: int | None, limit: int) -> dict[ProgramId, int]:
    """The first `limit` programs of `distances` that are no further than `depth` (None: however far)."""
    near = [item for item in found.items() if depth is None or item[1] <= depth]
    return dict(near[:limit])


def main_line(steps: Sequence[Step], program: ProgramId) -> tuple[Step, ...]:
    """A program and its main parents by first births, as far as they are among the steps; it comes first."""
    known = {step.program: step for step in steps}
    line: dict[ProgramId, Step] = {}
    following: ProgramId | None = program
    while following in known and following not in line:
        step = line[following] = known[following]
        following = next(iter(step.birth.parents), None)
    return tuple(line.values())
