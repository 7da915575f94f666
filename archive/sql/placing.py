"""What a record changes among the elites of a run, and what it counts for parents and islands."""

from __future__ import annotations

from sqlalchemy import Connection

from archive.sql.recording import RecordRows
from archive.sql.statements import (
    ADD_BIRTH,
    ADD_ELITES,
    DROP_ELITES,
    DROP_FRONT,
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
    """Replace the fronts of cells that changed; an island that is written whole has them already."""
    fronts = [row for row in rows.fronts if row["island"] not in rows.elites]
    for island, cell in dict.fromkeys((row["island"], row["cell"]) for row in fronts):
        connection.execute(DROP_FRONT, {"of_run": rows.run, "of_island": island, "of_cell": cell})
    if fronts:
        connection.execute(ADD_ELITES, fronts)
