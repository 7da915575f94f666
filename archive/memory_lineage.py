"""Who made whom, in the store in memory: credits, lines and what failed nearby; as `archive.sql.lineage`."""

from __future__ import annotations

from collections.abc import Container, Sequence

from archive.cell import Outcome
from archive.evaluation import Evaluation
from archive.lineage import Birth
from archive.memory_reader import KeptRun
from archive.program import ProgramId
from archive.selection import Credit
from archive.standing import Standing
from archive.store import Child

__all__ = ["children_of", "failures_of", "line_of", "standing_of"]


def standing_of(kept: KeptRun, told: Container[ProgramId] | None = None) -> Standing:
    """Credits and stalls, counted over all that was recorded.

    Args:
        kept: the run.
        told: programs whose credits are wanted; of everybody when None.
    """
    credits: dict[ProgramId, Credit] = {}
    stalls: dict[int, int] = {}
    for record in kept.log:
        improved = record.placement.outcome is not Outcome.REFUSED
        island = record.birth.island
        stalls[island] = 0 if improved else stalls.get(island, 0) + 1
        if record.birth.parents:
            before = credits.get(record.birth.parents[0], Credit())
            credits[record.birth.parents[0]] = Credit(
                children=before.children + 1, improved=before.improved + int(improved)
            )
    return Standing(
        credits={program: credit for program, credit in credits.items() if told is None or program in told},
        stalls={island: stall for island, stall in stalls.items() if stall},
    )


def line_of(kept: KeptRun, program: ProgramId, limit: int) -> list[Child]:
    """A program, its parent, its parent's parent and so on; each by the birth that came first."""
    line: list[Child] = []
    seen: set[ProgramId] = set()
    while len(line) < limit and program not in seen:
        birth = next((birth for birth in kept.births if birth.program == program), None)
        if birth is None:
            break
        line.append(_child_of(kept, birth))
        seen.add(program)
        if not birth.parents:
            break
        program = birth.parents[0]
    return line


def children_of(kept: KeptRun, program: ProgramId, limit: int) -> list[Child]:
    """What was made of a program, latest first."""
    births = [birth for birth in reversed(kept.births) if birth.parents[:1] == (program,)]
    return [_child_of(kept, birth) for birth in births[:limit]]


def failures_of(kept: KeptRun, island: int, limit: int) -> Sequence[Evaluation]:
    """What failed on an island, latest first."""
    births = [birth for birth in reversed(kept.births) if birth.island == island]
    evaluations = [kept.evaluations[birth.program] for birth in births]
    return [evaluation for evaluation in evaluations if not evaluation.is_valid][:limit]


def _child_of(kept: KeptRun, birth: Birth) -> Child:
    """How a program was made, and what it brought."""
    evaluation = kept.evaluations[birth.program]
    plan = kept.attempts[birth.attempt].plan if birth.attempt is not None else None
    parent = kept.evaluations.get(birth.parents[0]) if birth.parents else None
    return Child(
        program=birth.program,
        operator=birth.operator,
        idea=plan.idea if plan else "",
        verdict=evaluation.verdict.value,
        fitness=evaluation.fitness,
        parent_fitness=parent.fitness if parent else None,
    )
