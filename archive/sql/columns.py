"""What the tables are made of: kinds of columns, constraints, and the catalogue they belong to."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

__all__ = [
    "Row",
    "among",
    "count_column",
    "finite",
    "flag_column",
    "key_column",
    "metadata",
    "number_column",
    "of_run",
    "partial",
    "serial_column",
    "table_of",
    "text_column",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only in a column of the type INTEGER.
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")


def serial_column() -> Any:  # noqa: ANN401  SQLModel's Field is Any as well: it stands for a value of each type
    """A key that the database numbers."""
    return Field(default=None, primary_key=True, sa_type=_SERIAL)


def key_column() -> Any:  # noqa: ANN401  as above
    """A text that is, or belongs to, the key."""
    return Field(primary_key=True, sa_type=Text)


def text_column(*, null: bool = False, default: str | None = None) -> Any:  # noqa: ANN401  as above
    """A text; `default` is what rows have that were written before there was such a column."""
    return Field(sa_type=Text, nullable=null, sa_column_kwargs={"server_default": default})


def flag_column() -> Any:  # noqa: ANN401  as above
    """A truth value that is false in rows that were written before there was such a column."""
    return Field(sa_type=Boolean, nullable=False, sa_column_kwargs={"server_default": false()})


def number_column(*, null: bool = False) -> Any:  # noqa: ANN401  as above
    """A real number; `finite` says that it is one."""
    return Field(sa_type=Double, nullable=null)


def count_column(*, null: bool = False, default: str | None = None) -> Any:  # noqa: ANN401  as above
    """A whole number of 64 bits; `default` as for texts."""
    return Field(sa_type=BigInteger, nullable=null, sa_column_kwargs={"server_default": default})


def finite(*columns: str) -> list[CheckConstraint]:
    """Constraints that these columns hold no NaN and no infinity."""
    # SQLite makes NULL of NaN and of inf - inf, PostgreSQL makes NaN of it and holds NaN = NaN to be true;
    # "x - x = 0" is true on both for finite numbers alone.
    return [
        CheckConstraint(f"{column} IS NULL OR ({column} - {column} = 0) IS TRUE", name=f"finite_{column}")
        for column in columns
    ]


def partial(*columns: str, name: str, where: str, unique: bool = False) -> Index:
    """An index of the rows for which `where` holds."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def of_run() -> ForeignKeyConstraint:
    """The reference to the run that a row belongs to."""
    return ForeignKeyConstraint(["run"], ["runs.id"])


class Row(SQLModel, registry=registry(metadata=metadata)):
    """Base of the tables, with a catalogue of their own."""


def among(column: str, values: list[str]) -> str:
    """A predicate that a column holds one of these texts."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


def table_of(row: type[Row]) -> Table:
    """The table of a row class."""
    return metadata.tables[str(row.__tablename__)]
