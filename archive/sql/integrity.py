"""Whether a database is whole: what it says in one place holds against what it says in another.

Nothing is changed. The log (births, evaluations, attempts, calls) is taken for the truth, and what was
derived from it (counters, elites, curve, credits) is derived again. A finding says what was expected, what
was found and what to do. It takes some ten microseconds a program and table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import SQLAlchemyError

from archive.run import Run
from archive.sql import mapping_run
from archive.sql.engine import explained, reading_engine, url_of
from archive.sql.findings import RESTORE, Finding, Rules
from archive.sql.integrity_archive import archive_findings
from archive.sql.integrity_counts import count_findings, open_calls
from archive.sql.queries import find_run
from archive.sql.schema import check, version_of
from archive.sql.tables import metadata, runs

__all__ = ["MOST", "Finding", "Rules", "Verified", "verify"]

MOST = 20
"""Findings of one kind in one run that are told; where one row is damaged, often thousands are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at, and what was found.

    Attributes:
        version: of the schema; None where there is no database yet, which is clean.
        runs: names of the runs.
        findings: none where all is well.
        notes: what could not be looked at, and why.
        remarks: what is no fault and should be known.
    """

    version: str | None
    runs: tuple[str, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def verify(place: str | Path, *, rules_of: Callable[[Run], Rules | str], run: str | None = None) -> Verified:
    """Hold a database against itself.

    Args:
        place: the database.
        rules_of: gives what a run's problem says of scores and cells, or why that cannot be known.
        run: only this one, by id, name or prefix; the database as a whole is looked at in any case.

    Raises:
        NewerSchema, StoreError: it is not of this schema, or cannot be read at all.
        UnknownRun: no such run.
    """
    url = url_of(place)
    engine = reading_engine(url)
    try:
        with engine.begin() as connection:
            version = version_of(connection)
            if version is None:
                return Verified(version=None, runs=(), findings=(), notes=())
            check(version, url)
            findings = _of_database(connection)
            chosen = _chosen(connection, run)
            notes: list[str] = []
            remarks: list[str] = []
            for each in chosen:
                rules = rules_of(each)
                if isinstance(rules, str):
                    notes.append(f"{each.name}: scores and cells were not looked at: {rules}")
                remarks += open_calls(connection, each)
                findings += _first(count_findings(connection, each))
                findings += _first(
                    archive_findings(connection, each, None if isinstance(rules, str) else rules)
                )
    except SQLAlchemyError as error:
        raise explained(error, url) from error
    finally:
        engine.dispose()
    return Verified(
        version=version,
        runs=tuple(each.name for each in chosen),
        findings=tuple(findings),
        notes=tuple(notes),
        remarks=tuple(remarks),
    )


def _chosen(connection: Connection, run: str | None) -> Sequence[Run]:
    if run is not None:
        return [find_run(connection, run)]
    return [mapping_run.run_of(row) for row in connection.execute(select(runs).order_by(runs.c.serial))]


def _first(findings: Iterator[Finding]) -> list[Finding]:
    """Of each kind the first ones."""
    told: dict[str, int] = {}
    kept = []
    for finding in findings:
        told[finding.check] = told.get(finding.check, 0) + 1
        if told[finding.check] <= MOST:
            kept.append(finding)
    return kept


def _of_database(connection: Connection) -> list[Finding]:
    """What does not depend on runs: the file itself, and rows that refer to nothing."""
    findings = []
    if connection.dialect.name == "sqlite":
        for (line,) in connection.execute(text(f"PRAGMA integrity_check({MOST})")):
            if line != "ok":
                findings.append(
                    Finding(check="file", expected="a file without damage", found=line, remedy=RESTORE)
                )
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            findings += islice(_orphans(connection, table.name, key.column_keys, key.elements), MOST)
    return findings


def _orphans(
    connection: Connection, table: str, columns: Sequence[str], refers: Sequence[object]
) -> Iterator[Finding]:
    """Rows whose key has no row in the table it refers to."""
    targets = [str(getattr(element, "target_fullname", "")).split(".") for element in refers]
    other = targets[0][0]
    same = " AND ".join(
        f"there.{target[1]} = here.{column}" for column, target in zip(columns, targets, strict=True)
    )
    given = " AND ".join(f"here.{column} IS NOT NULL" for column in columns)
    shown = ", ".join(f"here.{column}" for column in columns)
    query = text(
        f"SELECT {shown}, count(*) FROM {table} AS here"
        f" WHERE {given} AND NOT EXISTS (SELECT 1 FROM {other} AS there WHERE {same})"
        f" GROUP BY {shown} LIMIT {MOST}"
    )
    for *key, number in connection.execute(query):
        yield Finding(
            check="orphan",
            expected=f"a row of {other} for {', '.join(columns)} = {', '.join(map(str, key))} in {table}",
            found=f"none, for {number} rows",
            remedy=RESTORE,
        )
