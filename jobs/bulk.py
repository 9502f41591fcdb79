"""Tens of thousands of rows at once, past the ORM's work for each of them."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from psycopg import sql


def copy_rows(model: type[Model], fields: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows by PostgreSQL's COPY; the database's constraints hold as for any insert.

    `fields` names every column that has no default in the database: Django's own
    defaults do not count here.
    """
    columns = [str(model._meta.get_field(field).column) for field in fields]  # type: ignore[union-attr]
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(column) for column in columns),
    )
    wrapped = connection.wrap_database_errors  # Django leaves COPY's own errors as they are
    with wrapped, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
