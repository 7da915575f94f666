"""What becomes of an archive when a program turns out to be worth something else.

A cell keeps its best program only, so an elite that fell says nothing about who is next. The islands that
know the program are therefore built anew from all programs ever placed on them, in the order they came. This
gives what the archive would be had every program been worth from the start what it is worth now: ties go to
the program that was there first, and ranges are as wide as the present descriptors ask for. It costs some
10 microseconds a program, and a report is rare. Where axes are learned, the projection follows from the
valid programs and their order, so all islands are built anew.

What a placement did at its time (credits of parents, stalls, renewals of islands) stays as it was: it is
history. Who came to an island before it began anew is not a part of it, whatever it is worth now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from archive.cell import Elite
from archive.evaluation import Evaluation
from archive.learned import Projection, Vector, is_learned, learn
from archive.niches import make_archive
from archive.program import Program, ProgramId
from problems.problem import Descriptor, Objective
from problems.search import ArchiveSpec

__all__ = [
    "REPORT",
    "Change",
    "Contender",
    "Rescored",
    "Revision",
    "foremost",
    "of_each_program",
    "projection_of",
    "rebuild",
]

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
        has_left: whether its island began anew since then.
    """

    program: ProgramId
    island: int
    fitness: float
    descriptors: tuple[float, ...]
    attempt: int | None = None
    objectives: tuple[float, ...] = ()
    has_left: bool = False


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

    @property
    def is_learned(self) -> bool:
        """Whether an axis is learned, so that the worth of one program may change the cells of all."""
        return any(map(is_learned, self.descriptors))

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


def of_each_program(contenders: Iterable[Contender]) -> Mapping[ProgramId, Vector]:
    """Descriptors of the different programs, in the order in which they came first."""
    found: dict[ProgramId, Vector] = {}
    for each in contenders:
        found.setdefault(each.program, each.descriptors)
    return found


def projection_of(contenders: Sequence[Contender], revision: Revision) -> Projection | None:
    """What is learned from all contenders of a run; None where no axis is."""
    return learn(revision.descriptors, of_each_program(contenders).values()) if revision.is_learned else None


def rebuild(
    contenders: Sequence[Contender], *, island: int, revision: Revision, projection: Projection | None = None
) -> tuple[Elite, ...]:
    """The island's elites, by cell, had all contenders come to it with their present worth.

    Args:
        contenders: of all islands, in the order they came; those of others, and those that came before the
            island began anew, are passed over.
        island: number of the island.
        revision: gives kind, axes and objectives.
        projection: gives the values of learned axes, see `projection_of`.
    """
    archive = make_archive(
        revision.archive,
        descriptors=revision.descriptors,
        objective=revision.objective,
        objectives=revision.objectives,
        island=island,
        projection=projection,
    )
    for each in contenders:
        if each.island == island and not each.has_left:
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
