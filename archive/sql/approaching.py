"""How the plans of a run did, by approach. Scans the attempts: for people, and for the beginning of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, text

from archive.approach import TRIED, Trials, counted

__all__ = ["approaches_of"]

_STATES = ", ".join(f"'{state.value}'" for state in sorted(TRIED))
_PLANS = (
    "SELECT attempts.number, attempts.plan,"
    " max(CASE WHEN births.outcome <> 'refused' THEN 1 ELSE 0 END) AS improved"
    " FROM attempts LEFT JOIN births ON births.run = attempts.run AND births.attempt = attempts.number"
    f" WHERE attempts.run = :run AND attempts.plan IS NOT NULL AND attempts.state IN ({_STATES})"
    " GROUP BY attempts.number, attempts.plan ORDER BY attempts.number"
)


def approaches_of(connection: Connection, run: str) -> Mapping[str, Trials]:
    """What came of the plans of a run that has an id."""
    rows = connection.execute(text(_PLANS), {"run": run})
    return counted((json.loads(row.plan).get("approach", ""), bool(row.improved)) for row in rows)
