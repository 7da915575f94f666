"""What becomes of an archive when a program turns out to be worth something else.

A cell keeps its best program only, so an elite that fell says nothing about who is next. The islands that
know the program are therefore built anew from all programs ever placed on them, in the order they came. This
gives what the archive would be had every program been worth from the start what it is worth now: ties go to
the program that was there first, and ranges are as wide as the present descriptors ask for. It costs some
10 microseconds a program, and a report is rare.

What a placement did at its time (credits of parents, stalls) stays as it was: it is history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from archive.cell import Elite
from archive.evaluation import Evaluation
from archive.niches import make_archive
from archive.program import Program, ProgramId
from problems.problem import ArchiveSpec, Descriptor, Objective

__all__ = ["REPORT", "Change", "Contender", "Rescored", "Revision", "foremost", "rebuild"]

REPORT = "report"
"""Operator of a point of the curve where the best changed because of a report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One arrival of a valid program on an island, by birth or by migration.

    Attributes:
        program: id.
        island: number of the island.
        fitness: present one, in the objective's own units.
        descriptors: present ones.
        attempt: number of the attempt it came from; None for a seed and for a migrant.
        objectives: present utilities of the further objectives, from `Revision.further`.
    """

    program: ProgramId
    island: int
    fitness: float
    descriptors: tuple[float, ...]
    attempt: int | None = None
    objectives: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """How what is reported bears on evaluations, and evaluations on an archive. All of it is pure.

    Attributes:
        descriptors: axes of the archive.
        objective: says which fitness is better.
        revise: gives the evaluation of a program from the one before and its newest reports by metric; the
            same evaluation where they say nothing new.
        archive: kind of archive.
        objectives: further objectives.
        further: gives their utilities of a valid evaluation, in their order; None where there are none.
    """

    descriptors: Sequence[Descriptor]
    objective: Objective
    revise: Callable[[Program, Evaluation, Mapping[str, float]], Evaluation]
    archive: ArchiveSpec = field(default_factory=ArchiveSpec)
    objectives: Sequence[Objective] = ()
    further: Callable[[Program, Evaluation], tuple[float, ...]] | None = None

    def utility(self, evaluation: Evaluation) -> float | None:
        """Fitness on the axis where larger is better; None unless valid."""
        return None if evaluation.fitness is None else self.objective.utility(evaluation.fitness)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A program that was scored again.

    Attributes:
        before: its evaluation so far.
        after: its evaluation from now on.
    """

    before: Evaluation
    after: Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescored:
    """What a rescoring did to a run.

    Attributes:
        changes: of the programs the run knows, in the order they were asked for, also where nothing changed.
        unknown: programs that the run has not evaluated.
        best_before: the best of the run until now; None where there was none.
        best: the best of the run from now on; None where there is none.
        fitness: of the best; None where there is none.
    """

    changes: tuple[Change, ...]
    unknown: tuple[ProgramId, ...]
    best_before: ProgramId | None
    best: ProgramId | None
    fitness: float | None


def rebuild(contenders: Sequence[Contender], *, island: int, revision: Revision) -> tuple[Elite, ...]:
    """The island's elites, by cell, had all contenders come to it with their present worth.

    Args:
        contenders: of all islands, in the order they came; those of others are passed over.
        island: number of the island.
        revision: gives kind, axes and objectives.
    """
    archive = make_archive(
        revision.archive,
        descriptors=revision.descriptors,
        objective=revision.objective,
        objectives=revision.objectives,
        island=island,
    )
    for each in contenders:
        if each.island == island:
            archive.add(
                each.program,
                fitness=each.fitness,
                descriptors=each.descriptors,
                objectives=each.objectives,
            )
    return archive.elites


def foremost(contenders: Sequence[Contender], objective: Objective) -> Contender | None:
    """The contender of greatest utility, the one that came first among equals; None when there is none."""
    return max(contenders, key=lambda each: objective.utility(each.fitness), default=None)
