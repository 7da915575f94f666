"""What calls came to, by model and purpose. Scans a run's calls: for people, and for a run's beginning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, text

from archive.ledger import CallStatus, ModelUse, Purpose, Usage
from archive.sql.encoding import text_in, time_in

__all__ = ["uses_of"]

_Key: TypeAlias = tuple[str, str]

_SPENT = (
    "SELECT model, purpose, status, count(*) AS number, sum(tokens_in) AS tokens_in,"
    " sum(tokens_out) AS tokens_out, sum(tokens_cached) AS tokens_cached,"
    " sum(tokens_reasoning) AS tokens_reasoning, sum(dollars) AS dollars, sum(latency) AS seconds,"
    " max(at) AS last, max(id) AS newest"
    " FROM calls {where} GROUP BY model, purpose, status"
)
_TRIED = (
    "SELECT model, purpose, count(*) AS attempts, sum(improved) AS improved FROM ("
    "SELECT calls.model, calls.purpose, calls.run, calls.attempt,"
    " max(CASE WHEN births.outcome <> 'refused' THEN 1 ELSE 0 END) AS improved"
    " FROM calls LEFT JOIN births ON births.run = calls.run AND births.attempt = calls.attempt"
    " {where} calls.attempt > 0 GROUP BY calls.model, calls.purpose, calls.run, calls.attempt"
    ") AS tried GROUP BY model, purpose"
)
_FAILING = (
    "SELECT count(*) FROM calls WHERE model = :model AND purpose = :purpose AND id > :since"
    " AND status IN ({outages}) {also}"
)
_UNSUPPORTED = (
    "SELECT DISTINCT error FROM calls WHERE model = :model AND purpose = :purpose"
    " AND error <> '' AND status IN ({teaching}) {also}"
)
_OUTAGES = ", ".join(f"'{status.value}'" for status in CallStatus if status.is_outage)
_TEACHING = ", ".join(f"'{status.value}'" for status in CallStatus if status.teaches)


def uses_of(connection: Connection, run: str | None) -> Sequence[ModelUse]:
    """What the calls of a run, or of all runs, came to."""
    values = {} if run is None else {"run": run}
    where = "" if run is None else "WHERE calls.run = :run"
    spent = connection.execute(text(_SPENT.format(where=where)), values)
    groups: defaultdict[_Key, list[Any]] = defaultdict(list)
    for row in spent:
        groups[row.model, row.purpose].append(row)
    clause = "WHERE" if run is None else f"{where} AND"
    tried = {
        (row.model, row.purpose): row for row in connection.execute(text(_TRIED.format(where=clause)), values)
    }
    also = "" if run is None else "AND run = :run"
    uses = []
    for (model, purpose), rows in sorted(groups.items()):
        served = max((row.newest for row in rows if not CallStatus(row.status).is_outage), default=0)
        failing = connection.execute(
            text(_FAILING.format(outages=_OUTAGES, also=also)),
            {**values, "model": model, "purpose": purpose, "since": served},
        ).scalar_one()
        said = connection.execute(
            text(_UNSUPPORTED.format(teaching=_TEACHING, also=also)),
            {**values, "model": model, "purpose": purpose},
        )
        refused = {text_in(row.error).partition(":")[0] for row in said}
        trials = tried.get((model, purpose))
        uses.append(
            ModelUse(
                model=text_in(model),
                purpose=Purpose(purpose),
                statuses={CallStatus(row.status): row.number for row in rows},
                usage=Usage(
                    tokens_in=int(sum(row.tokens_in for row in rows)),
                    tokens_out=int(sum(row.tokens_out for row in rows)),
                    tokens_cached=int(sum(row.tokens_cached for row in rows)),
                    tokens_reasoning=int(sum(row.tokens_reasoning for row in rows)),
                    dollars=float(sum(row.dollars for row in rows)),
                ),
                seconds=float(sum(row.seconds for row in rows)),
                attempts=0 if trials is None else int(trials.attempts),
                improved=0 if trials is None else int(trials.improved),
                failing=int(failing),
                unsupported=tuple(sorted(refused)),
                last=time_in(max(row.last for row in rows)),
            )
        )
    return uses
