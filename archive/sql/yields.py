"""What the attempts of a run made, a program at a time. Scans a run: for people, not for turns."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, and_, select

from archive.attempt import Plan
from archive.cell import Outcome
from archive.evaluation import Verdict
from archive.sql.encoding import text_in
from archive.sql.mapping import plan_in
from archive.sql.tables_program import births
from archive.sql.tables_run import attempts
from archive.yields import Label, Trial

__all__ = ["trials_in"]

_AT_A_TIME = 10_000


def trials_in(connection: Connection, run: str, label: Label) -> Iterator[Trial]:
    """Programs of a run with the names of their changes; rows are read as they are asked for."""
    rows = connection.execution_options(yield_per=_AT_A_TIME).execute(
        select(
            births.c.operator,
            births.c.model,
            births.c.verdict,
            births.c.outcome,
            births.c.record,
            attempts.c.plan,
        )
        .join(attempts, and_(attempts.c.run == births.c.run, attempts.c.number == births.c.attempt))
        .where(births.c.run == run)
    )
    for row in rows:
        model = None if row.model is None else text_in(row.model)
        plan: Plan | None = None if row.plan is None else plan_in(row.plan)
        yield Trial(
            operator=text_in(row.operator),
            model=model,
            label=label(model, plan),
            verdict=Verdict(row.verdict),
            outcome=Outcome(row.outcome),
            record=row.record,
        )
