"""What a record changes among the elites of a run, and what it counts for parents and islands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from archive.fronts import front_of
from archive.sql.encoding import Values
from archive.sql.recording import RecordRows
from archive.sql.statements import (
    ADD_BIRTH,
    ADD_ELITES,
    DROP_ELITES,
    DROP_FRONT,
    FRONT,
    PUT_CREDIT,
    PUT_ELITE,
    PUT_STALL,
)

__all__ = ["count_birth", "put_elites"]


def put_elites(connection: Connection, rows: RecordRows) -> None:
    """All elites that changed, and the births of migrants."""
    for island, elites_there in rows.elites.items():
        connection.execute(DROP_ELITES, {"of_run": rows.run, "of_island": island})
        connection.execute(ADD_ELITES, list(elites_there))
    if rows.elite is not None:
        connection.execute(PUT_ELITE, rows.elite)
    for birth, elite in rows.migrants:
        connection.execute(ADD_BIRTH, birth)
        if elite is not None:
            connection.execute(PUT_ELITE, elite)
    _put_fronts(connection, rows)


def count_birth(connection: Connection, rows: RecordRows) -> None:
    """What the birth means for the credit of its parent and the stall of its island."""
    birth, improved = rows.birth, int(rows.improved)
    if birth["parent"] is not None:
        row = {"run": rows.run, "program": birth["parent"], "children": 1, "improved": improved}
        connection.execute(PUT_CREDIT, row)
    stall = {"run": rows.run, "island": birth["island"], "stall": 1 - improved}
    connection.execute(PUT_STALL, stall)


def _put_fronts(connection: Connection, rows: RecordRows) -> None:
    """Merge the fronts of cells that changed into the stored ones; an island written whole has them already.

    The lock of the run is held, see `archive.sql.writes`: nobody adds to a front between its being read and
    its being written, so that what another process has put there stays as long as nothing is superior to it.
    """
    fronts: dict[tuple[Any, Any], list[Values]] = {}
    for row in rows.fronts:
        if row["island"] not in rows.elites:
            fronts.setdefault((row["island"], row["cell"]), []).append(row)
    for (island, cell), offered in fronts.items():
        place = {"of_run": rows.run, "of_island": island, "of_cell": cell}
        stored: list[Values] = [row._asdict() for row in connection.execute(FRONT, place)]
        merged = _merged(stored, offered)
        if merged != stored:
            connection.execute(DROP_FRONT, place)
            connection.execute(ADD_ELITES, merged)


def _merged(stored: Sequence[Values], offered: Sequence[Values]) -> list[Values]:
    """The front of both, numbered; what a program is worth is told by the stored row where it has one."""
    there = {row["program"] for row in stored}
    both = [*stored, *(row for row in offered if row["program"] not in there)]
    return [{**row, "place": place} for place, row in enumerate(front_of((_point(row), row) for row in both))]


def _point(row: Values) -> tuple[float, ...]:
    return (float(str(row["utility"])), *json.loads(str(row["objectives"])))
