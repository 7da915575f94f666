"""How the plans of a run did, by approach."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, text

from archive.approach import TRIED

__all__ = ["followed_in"]

_STATES = ", ".join(f"'{state.value}'" for state in sorted(TRIED))
_PLANS = (
    "SELECT attempts.number, attempts.plan,"
    " max(CASE WHEN births.outcome <> 'refused' THEN 1 ELSE 0 END) AS improved"
    " FROM attempts LEFT JOIN births ON births.run = attempts.run AND births.attempt = attempts.number"
    " WHERE attempts.run = :run AND attempts.number > :after AND attempts.plan IS NOT NULL"
    f" AND attempts.state IN ({_STATES})"
    " GROUP BY attempts.number, attempts.plan ORDER BY attempts.number"
)


def followed_in(connection: Connection, run: str, after: int) -> Mapping[int, tuple[str, bool]]:
    """Approaches of the plans of a run, with whether they improved a cell, of attempts after a number."""
    rows = connection.execute(text(_PLANS), {"run": run, "after": after})
    return {row.number: (json.loads(row.plan).get("approach", ""), bool(row.improved)) for row in rows}
