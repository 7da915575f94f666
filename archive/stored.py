"""What goes into a store and comes out of it, beside the nouns of the domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.attempt import Attempt, Candidate
from archive.cell import Elite, Placement
from archive.evaluation import Evaluation
from archive.experience import Lesson
from archive.ledger import Usage
from archive.lineage import Birth
from archive.program import Program, ProgramId
from archive.standing import IslandState

__all__ = ["LESSONS_WEIGHED", "Child", "Known", "Record", "Surroundings", "Totals", "single_elite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One evaluated candidate, written in one transaction.

    Attributes:
        attempt: the attempt in its new state (EVALUATED), or None for a seed.
        program: the program.
        birth: where it came from.
        candidate: round, slot and operator; None for a seed.
        evaluation: what it was found to be worth.
        placement: its place in the archive.
        utility: fitness on the axis where larger is better; None unless valid.
        elites: all elites, with their utility, of every island that was reindexed by this record; else empty.
        migrants: elites that moved between islands because of it, each with its birth there and utility.
        front: where cells hold fronts of several elites: the whole front, with utilities, of every cell that
            this record changed, migrants' cells included. In the same transaction the store keeps the front
            of this and of what it has of these cells, so that several processes may add to one cell; see
            `archive.fronts.front_of`. `elites` may hold several of a cell as well, and replace all that is
            there. Empty with single elites.
        islands: states of islands that changed with it.
    """

    attempt: Attempt | None
    program: Program
    birth: Birth
    candidate: Candidate | None
    evaluation: Evaluation
    placement: Placement
    utility: float | None
    elites: Sequence[tuple[Elite, float]] = ()
    migrants: Sequence[tuple[Birth, Elite, float]] = ()
    front: Sequence[tuple[Elite, float]] = ()
    islands: Sequence[IslandState] = ()


def single_elite(record: Record) -> Elite | None:
    """What a record offers to its cell where a cell holds a single elite; None where it is in no cell.

    None as well where the record brings all elites of its island: these are the whole truth, and a program
    that was refused by an island must not enter it after it was renewed.
    """
    cell, evaluation = record.placement.cell, record.evaluation
    if any(elite.island == record.birth.island for elite, _ in record.elites):
        return None
    if cell is None or record.utility is None or evaluation.fitness is None:
        return None
    return Elite(
        program=record.program.id,
        cell=cell,
        fitness=evaluation.fitness,
        descriptors=evaluation.descriptors,
        island=record.birth.island,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counters of a run that its budget is held against."""

    evaluations: int = 0
    attempts: int = 0
    duplicates: int = 0
    usage: Usage = Usage()
    calls: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One step of lineage: a program made from another, why, and what it brought.

    Attributes:
        program: the child's id.
        operator: how it was made.
        idea: idea of its plan; empty when there was none.
        verdict: what became of it.
        fitness: in the objective's units; None unless valid.
        parent_fitness: of its main parent; None when unknown.
    """

    program: ProgramId
    operator: str
    idea: str
    verdict: str
    fitness: float | None
    parent_fitness: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a program before it is run.

    Attributes:
        here: whether the run itself has evaluated it.
        evaluation: what it was found to be worth under the problem's digest, in this run or another; None
            when it never was evaluated.
    """

    here: bool
    evaluation: Evaluation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a planner wants to know about a parent, read at one moment.

    Attributes:
        ancestors: see `Store.ancestors`.
        children: see `Store.children`.
        failures: see `Store.failures`.
        lessons: of the newest `LESSONS_WEIGHED` that are not expired, those of greatest worth, the newer
            first among equals.
    """

    ancestors: Sequence[Child]
    children: Sequence[Child]
    failures: Sequence[Evaluation]
    lessons: Sequence[Lesson]


LESSONS_WEIGHED = 60
"""Newest lessons among which `Store.surroundings` chooses."""
