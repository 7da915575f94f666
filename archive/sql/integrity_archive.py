"""Whether a run's elites are the best of what it evaluated, its scores what its metrics say, its curve true.

Elites are found again in a way that does not depend on the order of the log. The stored ones are put into an
empty archive, which must hold each in the cell it is stored with. Then all programs of the island are offered
to it: where one is taken, the store has missed it. Programs that came before an island was renewed do not
count.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from archive.cell import Elite, Outcome
from archive.evaluation import Evaluation, Verdict
from archive.niches import Archive
from archive.program import Program, ProgramId
from archive.rescoring import REPORT
from archive.run import CurvePoint, Run
from archive.sql import mapping
from archive.sql.contending import began_after
from archive.sql.encoding import AnyRow
from archive.sql.findings import RESTORE, Finding, Rules
from archive.sql.mapping_evaluation import evaluation_of
from archive.sql.queries import EVALUATIONS, curve_of, elites_of
from archive.sql.tables import births, evaluations, programs, progress

__all__ = ["archive_findings"]

_BATCH = 1000
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)
"""What reading a row raises whose texts are not what was written."""
_REBUILT = "`cambrian resume` the run, which places what comes next by what is stored; or " + RESTORE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    """What of a valid evaluation bears on an archive."""

    fitness: float
    descriptors: tuple[float, ...]
    objectives: tuple[float, ...]


def archive_findings(connection: Connection, run: Run, rules: Rules | None) -> Iterator[Finding]:
    """Findings on what a run's evaluations led to; without rules, only what can be told without them."""
    scored: dict[ProgramId, _Scored] = {}
    for row in _evaluated(connection, run):
        try:
            program, evaluation, utility = _read(row)
        except _UNREADABLE as error:
            told = f"a row of evaluations and its program, of {row.program}, that can be read"
            yield _finding(run, "text", told, f"{type(error).__name__}: {error}")
            continue
        again = Program.of(program.language, program.sources)
        if again.id != program.id:
            yield _finding(run, "text", f"the text of program {program.id}", f"that of {again.id}")
        if evaluation.fitness is None:
            continue
        fitness = evaluation.fitness
        objectives: tuple[float, ...] = ()
        if rules is not None:
            measured, objectives = rules.measure(program, evaluation)
            if measured != fitness:
                told = f"{program.id} to be worth {measured}, as its metrics say"
                yield _finding(run, "scores", told, str(fitness))
            if utility != rules.objective.utility(fitness):
                told = f"utility {rules.objective.utility(fitness)} of program {program.id}"
                yield _finding(run, "scores", told, str(utility))
        scored[program.id] = _Scored(
            fitness=fitness, descriptors=evaluation.descriptors, objectives=objectives
        )
    try:
        kept = elites_of(connection, run.id)
    except _UNREADABLE as error:
        told = "rows of elites that can be read"
        yield _finding(run, "elites", told, f"{type(error).__name__}: {error}", remedy=_REBUILT)
    else:
        yield from _elites(run, kept, scored, _arrivals(connection, run), rules)
    yield from _curve(run, curve_of(connection, run.id), connection, scored)


def _read(row: AnyRow) -> tuple[Program, Evaluation, float | None]:
    return mapping.program_of(row, key="program"), evaluation_of(row), row.utility


def _evaluated(connection: Connection, run: Run) -> Iterator[AnyRow]:
    """Rows of all evaluations of a run with their programs, a batch at a time."""
    query = (
        EVALUATIONS.add_columns(programs.c.language, programs.c.sources)
        .join(programs, programs.c.id == evaluations.c.program)
        .where(evaluations.c.run == run.id)
        .order_by(evaluations.c.id)
    )
    after = 0
    while True:
        rows = connection.execute(query.where(evaluations.c.id > after).limit(_BATCH)).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].id


@dataclass(frozen=True, slots=True, kw_only=True)
class _Came:
    """Valid programs in the order they came: to each island since it began, and all different ones."""

    to: Mapping[int, Sequence[ProgramId]]
    ever: Sequence[ProgramId]


def _arrivals(connection: Connection, run: Run) -> _Came:
    since = began_after(connection, run.id)
    found: dict[int, list[ProgramId]] = {}
    ever: dict[ProgramId, None] = {}
    for row in connection.execute(
        select(births.c.id, births.c.island, births.c.program)
        .where(births.c.run == run.id, births.c.verdict == Verdict.VALID.value)
        .order_by(births.c.id)
    ):
        if row.id > since.get(row.island, 0):
            found.setdefault(row.island, []).append(row.program)
        ever[row.program] = None
    return _Came(to=found, ever=tuple(ever))


def _elites(
    run: Run,
    kept: Sequence[Elite],
    scored: dict[ProgramId, _Scored],
    came: _Came,
    rules: Rules | None,
) -> Iterator[Finding]:
    for elite in kept:
        known = scored.get(elite.program)
        place = f"cell {elite.cell} of island {elite.island}"
        if known is None or elite.program not in came.to.get(elite.island, ()):
            told = f"a valid program that came to the island in {place}"
            yield _finding(run, "elites", told, elite.program, remedy=_REBUILT)
        elif (known.fitness, known.descriptors) != (elite.fitness, elite.descriptors):
            told = f"{elite.program} in {place} with fitness {known.fitness} at {known.descriptors}"
            yield _finding(run, "elites", told, f"{elite.fitness} at {elite.descriptors}", remedy=_REBUILT)
    if rules is None:
        return
    history = [scored[program].descriptors for program in came.ever if program in scored]
    for island in sorted(came.to.keys() | {elite.island for elite in kept}):
        here = [elite for elite in kept if elite.island == island]
        there = [(program, scored[program]) for program in came.to.get(island, []) if program in scored]
        yield from _replaced(run, island, rules.make(island, history), here, there)


def _replaced(
    run: Run,
    island: int,
    archive: Archive,
    kept: Sequence[Elite],
    came: Sequence[tuple[ProgramId, _Scored]],
) -> Iterator[Finding]:
    """The stored elites of an island in an archive of their own, and whatever else would enter it."""
    archive.recall(kept)
    for elite in kept:
        archive.add(
            elite.program,
            fitness=elite.fitness,
            descriptors=elite.descriptors,
            objectives=elite.objectives,
        )
    before = {(elite.program, elite.cell) for elite in kept}
    for elite in archive.elites:
        if (elite.program, elite.cell) not in before:
            told = f"{elite.program} in cell {elite.cell} of island {island}, where its descriptors put it"
            yield _finding(run, "elites", told, "another cell", remedy=_REBUILT)
    if len(archive.elites) != len(kept):
        told = f"{len(archive.elites)} elites on island {island}, each the best of its cell"
        yield _finding(run, "elites", told, str(len(kept)), remedy=_REBUILT)
    for program, each in came:
        placement = archive.add(
            program, fitness=each.fitness, descriptors=each.descriptors, objectives=each.objectives
        )
        if placement.outcome is not Outcome.REFUSED:
            told = f"{program}, worth {each.fitness}, in cell {placement.cell} of island {island}"
            found = placement.displaced or "no such elite"
            yield _finding(run, "elites", told, found, remedy=_REBUILT)


def _curve(
    run: Run, points: Sequence[CurvePoint], connection: Connection, scored: dict[ProgramId, _Scored]
) -> Iterator[Finding]:
    row = connection.execute(select(progress).where(progress.c.run == run.id)).first()
    if row is None:
        return
    sign = -1.0 if (row.best_utility or 0.0) != (row.best_fitness or 0.0) else 1.0
    for before, after in itertools.pairwise(points):
        if after.evaluations < before.evaluations:
            told = f"evaluations that never fall along the curve, {before.evaluations} or more"
            yield _finding(run, "curve", told, str(after.evaluations))
        if after.operator != REPORT and sign * after.fitness <= sign * before.fitness:
            told = f"a point of the curve better than {before.fitness}"
            yield _finding(run, "curve", told, str(after.fitness))
    for point in points:
        if point.program not in scored and not any(each.operator == REPORT for each in points):
            told = f"a valid program of the run at {point.evaluations} evaluations of the curve"
            yield _finding(run, "curve", told, point.program)
    last = points[-1].fitness if points else None
    if row.best_fitness is not None and last != row.best_fitness:
        yield _finding(run, "curve", f"a curve that ends at the best, {row.best_fitness}", str(last))
    if points and points[-1].evaluations > row.evaluations:
        told = f"a curve of at most {row.evaluations} evaluations"
        yield _finding(run, "curve", told, str(points[-1].evaluations))


def _finding(run: Run, check: str, expected: str, found: str, *, remedy: str = RESTORE) -> Finding:
    return Finding(run=run.name, check=check, expected=expected, found=found, remedy=remedy)
