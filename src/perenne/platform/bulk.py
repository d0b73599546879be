"""Sets of rows in one round trip: COPY in, arrays as parameters."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from psycopg import Copy, sql

from perenne.platform.copying import write_rows

_NEEDS_QUOTING = re.compile(r'[\s{}"\\]')


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
    with copying(statement) as copy:
        return write_rows(copy, rows)


@contextmanager
def copying(statement: sql.Composed) -> Iterator[Copy]:
    """A COPY into a table, whose errors are Django's, as those of every other statement."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        yield copy


def as_array(texts: Sequence[str]) -> str | list[str]:
    """Texts as one parameter; cast it, ``%s::text[]``. Ids become one text, fast by the thousand.

    Texts that would need quoting stay a list.
    """
    array = ",".join(texts)
    if "" in texts or array.count(",") != len(texts) - 1:
        return list(texts)
    # Ids are letters, digits and underscores, which need not be searched for anything.
    is_plain = array.replace(",", "").replace("_", "").replace("-", "").isalnum()
    if "null" in array.lower() or (not is_plain and _NEEDS_QUOTING.search(array)):
        return list(texts)
    return f"{{{array}}}"


def make_staging(table: str, columns: str) -> None:
    """Make a temporary table that ends with the transaction; one of an earlier use goes first."""
    name = sql.Identifier(table)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("drop table if exists pg_temp.{} cascade").format(name))
        cursor.execute(
            sql.SQL("create temporary table {} ({}) on commit drop").format(name, sql.SQL(columns))
        )


def select(query: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[dict[str, Any]]:
    """Read rows as dictionaries by column name."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        assert cursor.description is not None
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
