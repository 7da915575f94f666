"""The rows of a `Record`, checked against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from archive.cell import Cell, Elite, Outcome
from archive.evaluation import Verdict
from archive.lineage import Birth
from archive.sql.encoding import Values, cell_out, json_out, number, text_out, time_out
from archive.sql.mapping import attempt_row, program_row
from archive.sql.mapping_evaluation import evaluation_row, recipe_row
from archive.sql.mapping_run import island_state_row
from archive.store import Record, StoreError
from archive.stored import single_elite

__all__ = ["RecordRows", "elite_row", "elite_rows", "record_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRows:
    """The rows that make up a `Record`.

    Attributes:
        run: id of the run.
        program: a row of ``programs``.
        birth: a row of ``births``.
        parentage: rows of ``parentage``, one for each parent beside the main one.
        evaluation: a row of ``evaluations``.
        recipe: the row of ``recipes`` that the evaluation names; None where it names none.
        elite: the row of ``elites`` to put where it is better; None when the program is in no cell.
        elites: all rows of the islands whose cells were changed, by island.
        migrants: births and elites that came along, put where they are better; the elite is None where it
            belongs to a front.
        fronts: all elites of the cells that hold a front and were changed.
        islands: rows of ``island_states`` to put.
        improved: whether the program was placed, for the credit of its parent and the stall of its island.
        attempt: the attempt's row; None for a seed.
    """

    run: str
    program: Values
    birth: Values
    parentage: Sequence[Values]
    evaluation: Values
    recipe: Values | None
    elite: Values | None
    elites: Mapping[int, Sequence[Values]]
    migrants: Sequence[tuple[Values, Values | None]]
    fronts: Sequence[Values]
    islands: Sequence[Values]
    improved: bool
    attempt: Values | None


def record_rows(record: Record) -> RecordRows:
    """All rows of a record.

    Raises:
        StoreError: its parts contradict each other, or hold a number that is not finite.
    """
    _check(record)
    run = record.birth.run
    fronts = {(each.island, each.cell) for each, _ in record.front}
    elite = single_elite(record)
    if elite is not None and (elite.island, elite.cell) in fronts:
        elite = None
    moved: dict[int, list[Values]] = {}
    for row in elite_rows(run, record.elites):
        moved.setdefault(int(str(row["island"])), []).append(row)
    return RecordRows(
        run=text_out(run),
        program=program_row(record.program),
        birth=_birth_row(record),
        parentage=[
            {"run": text_out(run), "parent": parent, "child": record.program.id}
            for parent in dict.fromkeys(record.birth.parents[1:])
        ],
        evaluation=evaluation_row(run, record.evaluation, record.utility),
        recipe=recipe_row(record.evaluation.provenance),
        elite=elite_row(run, elite, record.utility) if elite and record.utility is not None else None,
        elites=moved,
        migrants=[
            (
                _arrival_row(birth, each),
                None if (each.island, each.cell) in fronts else elite_row(run, each, utility),
            )
            for birth, each, utility in record.migrants
        ],
        fronts=elite_rows(run, record.front),
        islands=[island_state_row(run, state) for state in record.islands],
        improved=record.placement.outcome is not Outcome.REFUSED,
        attempt=attempt_row(record.attempt) if record.attempt else None,
    )


def _check(record: Record) -> None:
    attempt = record.attempt
    if (attempt is None) != (record.candidate is None):
        raise StoreError("a record has both an attempt and a candidate, or, for a seed, neither")
    if record.birth.attempt != (attempt.number if attempt else None):
        raise StoreError(f"a birth in attempt {record.birth.attempt} is recorded with another attempt")
    if {record.birth.program, record.evaluation.program} != {record.program.id}:
        raise StoreError(f"birth or evaluation of a record is not that of its program {record.program.id}")


def _birth_row(record: Record) -> Values:
    candidate, placement = record.candidate, record.placement
    return {
        **_origin(record.birth),
        "round": candidate.round if candidate else None,
        "slot": candidate.slot if candidate else None,
        "verdict": record.evaluation.verdict.value,
        "outcome": placement.outcome.value,
        "cell": cell_out(placement.cell) if placement.cell is not None else None,
        "improvement": number(placement.improvement, name="improvement"),
        "displaced": placement.displaced,
        "record": placement.record,
        "reindexed": placement.reindexed,
    }


def _arrival_row(birth: Birth, elite: Elite) -> Values:
    """A migrant's birth on its new island. What it displaced there is told by the island's elites alone."""
    return {
        **_origin(birth),
        "round": None,
        "slot": None,
        "verdict": Verdict.VALID.value,
        "outcome": Outcome.NEW.value,
        "cell": cell_out(elite.cell),
        "improvement": 0.0,
        "displaced": None,
        "record": False,
        "reindexed": False,
    }


def _origin(birth: Birth) -> Values:
    return {
        "run": text_out(birth.run),
        "program": birth.program,
        "parent": birth.parents[0] if birth.parents else None,
        "parents": json_out(list(birth.parents)),
        "inspirations": json_out(list(birth.inspirations)),
        "operator": text_out(birth.operator),
        "island": birth.island,
        "attempt": birth.attempt,
        "model": text_out(birth.model) if birth.model is not None else None,
        "source": birth.source,
        "at": time_out(birth.at),
    }


def elite_rows(run: str, elites: Iterable[tuple[Elite, float]]) -> list[Values]:
    """Rows of ``elites``; those of one cell get their places in the order they come."""
    taken: Counter[tuple[int, Cell]] = Counter()
    rows = []
    for elite, utility in elites:
        rows.append(elite_row(run, elite, utility, place=taken[elite.island, elite.cell]))
        taken[elite.island, elite.cell] += 1
    return rows


def elite_row(run: str, elite: Elite, utility: float, *, place: int = 0) -> Values:
    """A row of ``elites``."""
    return {
        "run": text_out(run),
        "island": elite.island,
        "cell": cell_out(elite.cell),
        "place": place,
        "program": elite.program,
        "fitness": number(elite.fitness, name="fitness"),
        "utility": number(utility, name="utility"),
        "descriptors": json_out(list(elite.descriptors)),
        "objectives": json_out(list(elite.objectives)),
    }
