"""A SQLite connection that executes SQLAlchemy's statements without its engine.

A statement that is a constant of a module is compiled once; after that an execution is a call of the driver.
SQLAlchemy's own execution costs several times what SQLite takes for a row, and the loop makes some thirty a
turn. Only what `writes` and `queries` need of a connection and its results is here; types are those of
SQLite, so a boolean column reads as 0 or 1.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import NoResultFound
from sqlalchemy.sql.elements import ClauseElement

__all__ = ["Quick"]

Values = Mapping[str, Any]


@dataclass(slots=True)
class _Plan:
    """A compiled statement.

    Attributes:
        text: SQL with question marks.
        names: name of the value for each mark.
        given: values that the statement brings itself.
        row: makes a row from a tuple; None until the first result.
    """

    text: str
    names: Sequence[str]
    given: Values
    row: Any = None


class Quick:
    """One connection, opened at its first use. Not thread-safe; for the thread of one event loop.

    Reads go over the same connection as writes: a connection that did not write itself what changed has to
    forget all pages it keeps, and a read of what is about to be written has brought in its pages.

    Args:
        connect: opens the connection, which begins no transaction by itself.
    """

    dialect = sqlite.dialect()

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._raw: sqlite3.Connection | None = None
        self._plans: WeakKeyDictionary[ClauseElement, _Plan] = WeakKeyDictionary()

    @contextmanager
    def begin(self, *, writing: bool) -> Iterator[Connection]:
        """A transaction, committed at the end of the context.

        Args:
            writing: whether it holds the lock of the database from its beginning; a read waits for nobody.

        Raises:
            sqlite3.Error: the database refused something, or is locked; nothing is changed then.
        """
        if self._raw is None:
            self._raw = self._connect()
        self._raw.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
        try:
            # It has all that is used of a Connection by those it is handed to.
            yield cast(Connection, self)
            self._raw.execute("COMMIT")
        except BaseException:
            if self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
            raise

    def execute(self, statement: ClauseElement, values: Values | Sequence[Values] | None = None) -> _Result:
        """The result of a statement; with a sequence of values it is executed for each."""
        if self._raw is None:
            raise sqlite3.ProgrammingError("no transaction was begun")
        plan = self._plans.get(statement)
        if plan is None:
            plan = self._plans[statement] = self._planned(statement)
        if values is None or isinstance(values, Mapping):
            return _Result(self._raw.execute(plan.text, _in_order(plan, values or {})), plan)
        return _Result(self._raw.executemany(plan.text, [_in_order(plan, each) for each in values]), plan)

    def dispose(self) -> None:
        """Close the connection."""
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def _planned(self, statement: ClauseElement) -> _Plan:
        compiled: Any = statement.compile(dialect=self.dialect, compile_kwargs={"render_postcompile": True})
        return _Plan(text=compiled.string, names=compiled.positiontup or (), given=dict(compiled.params))


class _Result:
    """The rows of a statement, fetched at once, or the number of rows it changed."""

    def __init__(self, cursor: sqlite3.Cursor, plan: _Plan) -> None:
        self.rowcount = cursor.rowcount
        self._rows: list[Any] = []
        if cursor.description is not None:
            if plan.row is None:
                names = [column[0] for column in cursor.description]
                # The names are known at run time only, so no typed tuple can be declared.
                make_row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
                plan.row = make_row._make
            self._rows = [plan.row(row) for row in cursor]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        return self._rows

    def first(self) -> Any | None:  # noqa: ANN401  a row of any table
        return self._rows[0] if self._rows else None

    def one_or_none(self) -> Any | None:  # noqa: ANN401  a row of any table
        return self.first()

    def one(self) -> Any:  # noqa: ANN401  a row of any table
        if not self._rows:
            raise NoResultFound("no row was found when one was required")
        return self._rows[0]


def _in_order(plan: _Plan, values: Values) -> tuple[Any, ...]:
    return tuple([values[name] if name in values else plan.given[name] for name in plan.names])
