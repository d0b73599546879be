"""Sets of rows in one round trip: COPY in, arrays as parameters."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from django.db import connection, models
from psycopg import Copy, sql


def copy_in(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Append rows by COPY, in the transaction that is open; return how many.

    Dictionaries and lists are written as JSON. Constraints and triggers apply as for INSERT.
    """
    return copy_rows(model._meta.db_table, columns, rows)  # noqa: SLF001 - Django documents it


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Append rows to a table by its name, such as a temporary one; return how many."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table),
        sql.SQL(", ").join(sql.Identifier(column) for column in columns),
    )
    written = 0
    with copying(statement) as copy:
        for row in rows:
            copy.write_row([_as_sent(value) for value in row])
            written += 1
    return written


@contextmanager
def copying(statement: sql.Composed) -> Iterator[Copy]:
    """A COPY into a table, whose errors are Django's, as those of every other statement."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        yield copy


def make_staging(table: str, columns: str) -> None:
    """Make a temporary table that ends with the transaction; one of an earlier use goes first."""
    name = sql.Identifier(table)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("drop table if exists pg_temp.{} cascade").format(name))
        cursor.execute(
            sql.SQL("create temporary table {} ({}) on commit drop").format(name, sql.SQL(columns))
        )


_encoder = msgspec.json.Encoder()


def _as_sent(value: object) -> object:
    # As text: COPY reads every column from text, and this is the fastest encoder.
    return _encoder.encode(value).decode() if isinstance(value, dict | list) else value


def select(query: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
    """Read rows as dictionaries by column name."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        assert cursor.description is not None
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
