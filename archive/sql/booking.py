"""The ledger of model calls: what a call costs is counted in the transaction that writes its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from archive.ledger import CallStatus
from archive.sql.encoding import Values
from archive.sql.statements import ADD_CALL, ANSWER, COUNT_CALL, OPEN_CALL, OPENED, SETTLE_CALL, SPENT
from archive.sql.writes import lock
from archive.store import UnknownRun

__all__ = ["add_call", "open_call", "settle_call"]


def add_call(connection: Connection, row: Values) -> None:
    """Book a call, unless one of its name was answered before and this one was answered too.

    Raises:
        UnknownRun: no such run.
    """
    spent = _spent(row)
    # Counted first, which takes the lock of the counters, and taken back where nothing was written.
    _count(connection, row, spent)
    if connection.execute(ADD_CALL, row).rowcount != 1:
        _count(connection, row, {name: -value for name, value in spent.items()})


def open_call(connection: Connection, row: Values) -> int:
    """Book a call that is about to be made; the number of its row.

    Raises:
        UnknownRun: no such run.
    """
    _count(connection, row, _spent(row))
    return int(connection.execute(OPEN_CALL, row).scalar_one())


def settle_call(connection: Connection, row: Values, number: int) -> None:
    """Turn the row of an open call into what became of it; nothing when that is done already.

    Raises:
        UnknownRun: no such run.
    """
    lock(connection, str(row["run"]))
    before = connection.execute(OPENED, {"of_id": number, "of_run": row["run"]}).mappings().one_or_none()
    if before is None:
        return
    if CallStatus(str(row["status"])).is_answer and connection.execute(ANSWER, row).first() is not None:
        row = {**row, "status": CallStatus.REPEATED.value}
    held = _spent(before)
    _count(connection, row, {name: value - held[name] for name, value in _spent(row).items()})
    connection.execute(SETTLE_CALL, {"of_id": number, **{f"new_{name}": row[name] for name in row}})


def _spent(row: Mapping[Any, Any]) -> dict[str, Any]:
    """What a row of ``calls`` adds to the counters of its run."""
    return {f"add_{column}": 1 if column == "calls" else row[column] for column in SPENT}


def _count(connection: Connection, row: Values, added: Mapping[str, Any]) -> None:
    if connection.execute(COUNT_CALL, {"of_run": row["run"], **added}).rowcount != 1:
        raise UnknownRun(f"there is no run with the id {row['run']}")
