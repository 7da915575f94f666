"""Rows and domain values, each made from the other by hand.

Evaluations and runs have modules of their own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import MappingProxyType

from archive.attempt import Attempt, AttemptState, Candidate, Likeness, Outline, Plan
from archive.cell import Elite, Outcome, Placement
from archive.fingerprint import fingerprint
from archive.lineage import Birth
from archive.program import Program
from archive.sql.encoding import (
    AnyRow,
    Values,
    cell_in,
    json_out,
    mark_out,
    optional_text_in,
    text_in,
    text_out,
    time_in,
    time_out,
)
from archive.sql.mapping_evaluation import evaluation_of
from archive.store import Child

__all__ = [
    "AnyRow",
    "Values",
    "attempt_of",
    "attempt_row",
    "birth_of",
    "candidate_of",
    "child_of",
    "elite_of",
    "plan_in",
    "program_of",
    "program_row",
]


def program_row(program: Program) -> Values:
    """A row of ``programs``."""
    mark = fingerprint(program)
    return {
        "id": program.id,
        "language": text_out(program.language),
        "sources": json_out(dict(program.sources)),
        "fingerprint": None if mark is None else mark_out(mark),
    }


def program_of(row: AnyRow, *, key: str = "id") -> Program:
    """A program, its id in the column `key`."""
    return Program(
        id=getattr(row, key),
        language=text_in(row.language),
        sources=MappingProxyType(json.loads(row.sources)),
    )


def birth_of(row: AnyRow) -> Birth:
    """A birth, from a row with the columns of ``births``."""
    return Birth(
        run=text_in(row.run),
        program=row.program,
        parents=tuple(json.loads(row.parents)),
        inspirations=tuple(json.loads(row.inspirations)),
        operator=text_in(row.operator),
        island=row.island,
        attempt=row.attempt,
        model=optional_text_in(row.model),
        source=row.source,
        at=time_in(row.at),
    )


def candidate_of(row: AnyRow) -> Candidate:
    """A candidate, from a row that joins birth, program and evaluation."""
    return Candidate(
        round=row.round,
        slot=row.slot,
        operator=text_in(row.operator),
        program=program_of(row, key="program"),
        model=optional_text_in(row.model),
        evaluation=evaluation_of(row),
        placement=Placement(
            outcome=Outcome(row.outcome),
            cell=cell_in(row.cell) if row.cell is not None else None,
            improvement=row.improvement,
            displaced=row.displaced,
            record=row.record,
            reindexed=row.reindexed,
        ),
    )


def elite_of(row: AnyRow) -> Elite:
    """An elite, from a row of ``elites``."""
    return Elite(
        program=row.program,
        cell=cell_in(row.cell),
        fitness=row.fitness,
        descriptors=tuple(json.loads(row.descriptors)),
        island=row.island,
        objectives=() if row.objectives == "[]" else tuple(json.loads(row.objectives)),
    )


def attempt_row(attempt: Attempt) -> Values:
    """A row of ``attempts``; candidates stand in ``births``."""
    plan = attempt.plan
    return {
        "run": text_out(attempt.run),
        "number": attempt.number,
        "island": attempt.island,
        "parents": json_out(list(attempt.parents)),
        "inspirations": json_out(list(attempt.inspirations)),
        "state": attempt.state.value,
        "plan": _plan_out(plan) if plan else None,
        "idea": text_out(plan.idea) if plan else "",
        "note": text_out(attempt.note),
        "likeness": attempt.likeness.value if attempt.likeness else None,
        "started": time_out(attempt.started),
        "ended": time_out(attempt.ended) if attempt.ended else None,
    }


def attempt_of(row: AnyRow, candidates: Sequence[Candidate] = ()) -> Attempt:
    """An attempt, from a row of ``attempts`` and the candidates found for it."""
    return Attempt(
        run=text_in(row.run),
        number=row.number,
        island=row.island,
        parents=tuple(json.loads(row.parents)),
        inspirations=tuple(json.loads(row.inspirations)),
        state=AttemptState(row.state),
        plan=plan_in(row.plan) if row.plan is not None else None,
        candidates=tuple(candidates),
        note=text_in(row.note),
        likeness=Likeness(row.likeness) if row.likeness is not None else None,
        started=time_in(row.started),
        ended=time_in(row.ended) if row.ended is not None else None,
    )


def child_of(row: AnyRow) -> Child:
    """A step of lineage, from a row that joins birth, evaluation, attempt and the parent's evaluation."""
    return Child(
        program=row.program,
        operator=text_in(row.operator),
        idea=text_in(row.idea or ""),
        verdict=row.verdict,
        fitness=row.fitness,
        parent_fitness=row.parent_fitness,
    )


def _plan_out(plan: Plan) -> str:
    return json_out(
        {
            "idea": plan.idea,
            "steps": plan.steps,
            "expects": plan.expects,
            "rejected": plan.rejected,
            "lessons": plan.lessons,
        }
        # Left out where there is none, as older versions wrote it.
        | ({"operator": plan.operator} if plan.operator else {})
        | ({"outlines": [[o.idea, o.expects, o.risk] for o in plan.outlines]} if plan.outlines else {})
        | ({"choice": plan.choice} if plan.choice is not None else {})
        | ({"approach": plan.approach} if plan.approach else {})
        | ({"reason": plan.reason} if plan.reason else {})
    )


def plan_in(text: str) -> Plan:
    """The plan in a row of attempts."""
    plan = json.loads(text)
    return Plan(
        idea=plan["idea"],
        steps=tuple(plan["steps"]),
        expects=plan["expects"],
        rejected=tuple(plan["rejected"]),
        lessons=tuple(plan["lessons"]),
        operator=plan.get("operator", ""),
        outlines=tuple(
            Outline(idea=idea, expects=expects, risk=risk) for idea, expects, risk in plan.get("outlines", ())
        ),
        choice=plan.get("choice"),
        approach=plan.get("approach", ""),
        reason=plan.get("reason", ""),
    )
