"""Reports of metrics that arrive after the evaluation: written once, asked for by serial or by program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, bindparam, func, insert, select

from archive.program import ProgramId
from archive.report import Report
from archive.sql.encoding import AnyRow, Values, number, text_in, text_out, time_in, time_out
from archive.sql.tables import programs, reports
from archive.store import UnknownRun

__all__ = ["add_report", "newest_of", "report_row", "reported_of", "reports_after", "reports_of"]

# Any number, the same in all processes; another one than that of `archive.sql.schema`.
_ADVISORY = 0x63616D63


def report_row(report: Report) -> Values:
    """A row of ``reports``, without its serial.

    Raises:
        StoreError: the value is not finite.
    """
    return {
        "program": report.program,
        "metric": text_out(report.metric),
        "value": number(report.value, name="a reported value"),
        "at": time_out(report.at),
    }


def add_report(connection: Connection, row: Values) -> Report:
    """Keep a report, unless the newest one says the same; gives back the one that counts.

    Raises:
        UnknownRun: there is no such program.
    """
    if connection.dialect.name == "postgresql":
        # A serial is given before the commit. Without the lock a smaller one could show after a greater one.
        connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY)))
    if connection.execute(select(programs.c.id).where(programs.c.id == row["program"])).first() is None:
        raise UnknownRun(f"there is no program {row['program']}")
    asked = {"of_program": row["program"], "of_metric": row["metric"]}
    newest = connection.execute(_NEWEST, asked).first()
    if newest is None or newest.value != row["value"]:
        connection.execute(insert(reports).inline(), row)
        newest = connection.execute(_NEWEST, asked).one()
    return _report_of(newest)


def reports_after(connection: Connection, serial: int) -> Sequence[Report]:
    """Reports with a greater serial, by serial."""
    return [_report_of(row) for row in connection.execute(_AFTER, {"of_serial": serial})]


def reports_of(connection: Connection, program: ProgramId) -> Sequence[Report]:
    """Reports of a program, oldest first."""
    return [_report_of(row) for row in connection.execute(_OF_PROGRAM, {"of_program": program})]


def newest_of(connection: Connection, program: ProgramId) -> Mapping[str, float]:
    """The newest values reported of a program, by metric."""
    return {report.metric: report.value for report in reports_of(connection, program)}


def reported_of(connection: Connection, program: ProgramId, metric: str) -> float | None:
    """The newest value reported of a program under a metric."""
    asked = {"of_program": program, "of_metric": text_out(metric)}
    row = connection.execute(_NEWEST, asked).first()
    return None if row is None else row.value


def _report_of(row: AnyRow) -> Report:
    return Report(
        program=row.program,
        metric=text_in(row.metric),
        value=row.value,
        at=time_in(row.at),
        serial=row.serial,
    )


_AFTER = select(reports).where(reports.c.serial > bindparam("of_serial")).order_by(reports.c.serial)
_OF_PROGRAM = select(reports).where(reports.c.program == bindparam("of_program")).order_by(reports.c.serial)
_NEWEST = (
    select(reports)
    .where(reports.c.program == bindparam("of_program"), reports.c.metric == bindparam("of_metric"))
    .order_by(reports.c.serial.desc())
    .limit(1)
)
