"""What a record or a rescoring changes in the store in memory."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from archive.evaluation import Evaluation, Verdict
from archive.experience import Lesson
from archive.learned import LAST
from archive.memory_reader import Kept, KeptRun
from archive.program import Program, ProgramId
from archive.rescoring import (
    REPORT,
    Change,
    Contender,
    Rescored,
    Revision,
    foremost,
    projection_of,
    rebuild,
)
from archive.run import Best, CurvePoint
from archive.store import Record, StoreError

__all__ = [
    "birth_key",
    "check",
    "count",
    "finite",
    "history_of",
    "rank",
    "rescore",
    "teach",
]


def check(record: Record) -> None:
    """Refuse a record that contradicts itself.

    Raises:
        StoreError: it does, or holds a number that is not finite.
    """
    attempt, evaluation = record.attempt, record.evaluation
    if (attempt is None) != (record.candidate is None):
        raise StoreError("a record has both an attempt and a candidate, or, for a seed, neither")
    if record.birth.attempt != (attempt.number if attempt else None):
        raise StoreError(f"a birth in attempt {record.birth.attempt} is recorded with another attempt")
    if {record.birth.program, evaluation.program} != {record.program.id}:
        raise StoreError(f"birth or evaluation of a record is not that of its program {record.program.id}")
    if (record.utility is None) == evaluation.is_valid:
        raise StoreError(f"utility {record.utility} does not go with the verdict {evaluation.verdict.value}")
    finite(
        *(value for value in (evaluation.fitness, record.utility) if value is not None),
        evaluation.seconds,
        record.placement.improvement,
        *evaluation.descriptors,
        *evaluation.metrics.values(),
        *(value for stage in evaluation.stages for value in (stage.seconds, *stage.metrics.values())),
        *(
            value
            for elite, utility in (*record.elites, *record.front)
            for value in (elite.fitness, utility, *elite.descriptors, *elite.objectives)
        ),
        *(state.pace for state in record.islands),
        *(state.weariness for state in record.islands),
    )


def finite(*values: float) -> float:
    """The first of these values.

    Raises:
        StoreError: one is not finite.
    """
    for value in values:
        if not math.isfinite(value):
            raise StoreError(f"only finite numbers can be stored, not {value}")
    return values[0]


def rank(evaluation: Evaluation) -> int:
    """Which of like programs is told of first, from 0; see `Store.alike`."""
    return 2 if evaluation.verdict is Verdict.REFUSED else int(not evaluation.is_valid)


def birth_key(record: Record) -> tuple[object, ...]:
    """What makes a birth the same one when it is recorded again."""
    # A seed is born once on each island; a candidate has its slot.
    if record.attempt is None or record.candidate is None:
        return (record.program.id, record.birth.island)
    return (record.attempt.number, record.candidate.round, record.candidate.slot)


def count(kept: KeptRun, record: Record) -> None:
    """Count the first evaluation of a program in a run."""
    evaluation, utility = record.evaluation, record.utility
    kept.evaluations[record.program.id] = evaluation
    if utility is None or evaluation.fitness is None:
        kept.failures[evaluation.verdict] += 1
        return
    kept.worst = utility if kept.worst is None else min(kept.worst, utility)
    if kept.best is None or utility > kept.best_utility:
        kept.best_utility = utility
        kept.best = Best(
            program=record.program.id,
            fitness=evaluation.fitness,
            metrics=evaluation.metrics,
            attempt=record.birth.attempt,
        )
        _note_best(kept, operator=record.birth.operator)


def teach(everything: Kept, kept: KeptRun, lesson: Lesson) -> None:
    """Keep a lesson, unless the run has the same one of that attempt."""
    name = (lesson.attempt, lesson.kind, lesson.text)
    if all((other.attempt, other.kind, other.text) != name for other in kept.lessons):
        everything.lessons_given += 1
        kept.lessons.append(replace(lesson, id=everything.lessons_given))


def rescore(
    kept: KeptRun,
    programs: Sequence[tuple[Program, dict[str, float]]],
    revision: Revision,
    unknown: Sequence[ProgramId],
    *,
    texts: Mapping[ProgramId, Program],
) -> Rescored:
    """Score programs that a run knows again; see `Store.rescore`.

    Args:
        kept: the run.
        programs: each with its newest reports by metric.
        revision: how all follows.
        unknown: programs asked for that it does not know.
        texts: every program of the run by its id.
    """
    changes, best_before = [], kept.best
    for program, reports in programs:
        before = kept.evaluations[program.id]
        after = revision.revise(program, before, reports)
        changes.append(Change(before=before, after=after))
        _replace_evaluation(kept, before, after)
    touched = {
        birth.island for birth in kept.births for program, _ in programs if birth.program == program.id
    }
    contenders = _contenders(kept, revision, texts)
    projection = projection_of(contenders, revision)
    for island in {birth.island for birth in kept.births} if revision.is_learned else touched:
        kept.elites = {key: value for key, value in kept.elites.items() if key[0] != island}
        for elite in rebuild(contenders, island=island, revision=revision, projection=projection):
            worth = revision.objective.utility(elite.fitness)
            kept.elites.setdefault((island, elite.cell), []).append((elite, worth))
    if changes:
        _set_bounds(kept, contenders, revision)
    return Rescored(
        changes=tuple(changes),
        unknown=tuple(unknown),
        best_before=None if best_before is None else best_before.program,
        best=None if kept.best is None else kept.best.program,
        fitness=None if kept.best is None else kept.best.fitness,
    )


def history_of(
    kept: KeptRun, revision: Revision, *, texts: Mapping[ProgramId, Program]
) -> Sequence[Contender]:
    """See `Store.history`; `texts` has every program of the run by its id."""
    contenders, seen = _contenders(kept, revision, texts), set[ProgramId]()
    for number, each in enumerate(contenders, start=1):
        seen.add(each.program)
        if len(seen) == LAST:
            return contenders[:number]
    return contenders


def _replace_evaluation(kept: KeptRun, before: Evaluation, after: Evaluation) -> None:
    kept.evaluations[after.program] = after
    if not before.is_valid:
        kept.failures[before.verdict] -= 1
    if not after.is_valid:
        kept.failures[after.verdict] += 1
    kept.failures = +kept.failures
    for number, attempt in kept.attempts.items():
        if any(one.program.id == after.program for one in attempt.candidates):
            candidates = tuple(
                replace(one, evaluation=after) if one.program.id == after.program else one
                for one in attempt.candidates
            )
            kept.attempts[number] = replace(attempt, candidates=candidates)


def _contenders(kept: KeptRun, revision: Revision, texts: Mapping[ProgramId, Program]) -> list[Contender]:
    found, evaluated = [], list(kept.evaluations)
    # Each island that began anew, with the program whose birth was the last that came to it before.
    last = {
        state.island: evaluated[state.renewed_at - 1] for state in kept.islands.values() if state.renewed_at
    }
    came = [birth.program for birth in kept.births]
    began = {island: came.index(program) for island, program in last.items()}
    for number, birth in enumerate(kept.births):
        evaluation = kept.evaluations[birth.program]
        if evaluation.fitness is not None:
            found.append(
                Contender(
                    program=birth.program,
                    island=birth.island,
                    fitness=evaluation.fitness,
                    descriptors=evaluation.descriptors,
                    attempt=birth.attempt,
                    objectives=(
                        revision.further(texts[birth.program], evaluation) if revision.further else ()
                    ),
                    has_left=number <= began.get(birth.island, -1),
                )
            )
    return found


def _set_bounds(kept: KeptRun, contenders: Sequence[Contender], revision: Revision) -> None:
    """Worst and best of the run, and a point of the curve where the best changed."""
    utility = revision.objective.utility
    kept.worst = min((utility(each.fitness) for each in contenders), default=None)
    best, before = foremost(contenders, revision.objective), kept.best
    kept.best, kept.best_utility = None, -math.inf
    if best is None:
        return
    kept.best_utility = utility(best.fitness)
    kept.best = Best(
        program=best.program,
        fitness=best.fitness,
        metrics=kept.evaluations[best.program].metrics,
        attempt=best.attempt,
    )
    if before is None or (before.program, before.fitness) != (best.program, best.fitness):
        _note_best(kept, operator=REPORT)


def _note_best(kept: KeptRun, *, operator: str) -> None:
    if kept.best is not None:
        kept.curve.append(
            CurvePoint(
                evaluations=len(kept.evaluations),
                seconds=kept.seconds,
                fitness=kept.best.fitness,
                program=kept.best.program,
                operator=operator,
            )
        )
