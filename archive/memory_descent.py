"""Lineage both ways among what the store in memory holds: the plain reference of `archive.sql.descent`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archive.attempt import Attempt
from archive.cell import Outcome, Placement
from archive.descent import LOOKED_BEYOND, Lineage, Step, distances, nearest
from archive.evaluation import Evaluation
from archive.lineage import Birth
from archive.program import ProgramId
from archive.store import Record

__all__ = ["ancestry_in", "descent_in"]

_MIGRATED = "migrate"


def ancestry_in(
    births: Sequence[Birth],
    log: Sequence[Record],
    attempts: Mapping[int, Attempt],
    evaluations: Mapping[ProgramId, Evaluation],
    program: ProgramId,
    *,
    depth: int | None,
    limit: int,
) -> Lineage:
    """A program and what it came from, by all parents of all births.

    Args:
        births: of the run, oldest first, arrivals of migrants among them.
        log: what was recorded of the run; all its births but those of migrants stand in it.
        attempts: of the run by number.
        evaluations: of the run by program.
        program: the one asked for.
        depth: see `archive.store.Reader.ancestry`.
        limit: see there.
    """
    parents: dict[ProgramId, list[ProgramId]] = {birth.program: [] for birth in births}
    for birth in births:
        parents[birth.program] += [each for each in birth.parents if each in parents]
    steps = _Steps(births, log, attempts, evaluations)
    return _lineage(program, parents, steps, depth=depth, limit=limit)


def descent_in(
    births: Sequence[Birth],
    log: Sequence[Record],
    attempts: Mapping[int, Attempt],
    evaluations: Mapping[ProgramId, Evaluation],
    program: ProgramId,
    *,
    depth: int | None,
    limit: int,
) -> Lineage:
    """A program and what was made from it; arguments as for `ancestry_in`."""
    children: dict[ProgramId, list[ProgramId]] = {birth.program: [] for birth in births}
    for birth in births:
        for parent in birth.parents:
            children.setdefault(parent, []).append(birth.program)
    steps = _Steps(births, log, attempts, evaluations)
    return _lineage(program, children, steps, depth=depth, limit=limit)


class _Steps:
    """Makes the steps of a run."""

    def __init__(
        self,
        births: Sequence[Birth],
        log: Sequence[Record],
        attempts: Mapping[int, Attempt],
        evaluations: Mapping[ProgramId, Evaluation],
    ) -> None:
        self._births: dict[ProgramId, list[Birth]] = {}
        for birth in births:
            self._births.setdefault(birth.program, []).append(birth)
        self._placements: dict[ProgramId, Placement] = {}
        self._sign = 1.0
        for record in log:
            self._placements.setdefault(record.program.id, record.placement)
            if record.utility and record.utility == -(record.evaluation.fitness or 0.0):
                self._sign = -1.0
        self._attempts = attempts
        self._evaluations = evaluations

    def __contains__(self, program: ProgramId) -> bool:
        return program in self._births

    def step(self, program: ProgramId, depth: int) -> Step:
        first, *later = self._births[program]
        own = self._evaluations[program]
        parent = self._evaluations.get(first.parents[0]) if first.parents else None
        before = parent.fitness if parent is not None else None
        plan = self._attempts[first.attempt].plan if first.attempt is not None else None
        placement = self._placements.get(program, Placement(outcome=Outcome.NEW))
        return Step(
            birth=first,
            depth=depth,
            idea=plan.idea if plan else "",
            verdict=own.verdict,
            fitness=own.fitness,
            parent_fitness=before,
            gain=None if own.fitness is None or before is None else self._sign * (own.fitness - before),
            outcome=placement.outcome,
            improvement=placement.improvement,
            record=placement.record,
            reborn=tuple(birth for birth in later if birth.operator != _MIGRATED),
            islands=tuple(birth.island for birth in later if birth.operator == _MIGRATED),
            sources=tuple(birth.source for birth in later if birth.operator == _MIGRATED),
        )


def _lineage(
    program: ProgramId,
    edges: Mapping[ProgramId, Sequence[ProgramId]],
    steps: _Steps,
    *,
    depth: int | None,
    limit: int,
) -> Lineage:
    if program not in steps:
        return Lineage(program=program)
    found = distances(program, lambda each: edges.get(each, ()))
    told = nearest(found, depth=depth, limit=limit)
    looked = min(len(found), limit + LOOKED_BEYOND)
    return Lineage(
        program=program,
        steps=tuple(steps.step(each, at) for each, at in told.items()),
        left_out=looked - len(told),
        more=looked < len(found),
    )
