"""Whether this code knows the database's tables: a newer version's it would misread."""

import psycopg
from django.db.migrations.loader import MigrationLoader

NAMED = 3  # of the unknown changes; the others are counted


class NewerTables(Exception):
    """The tables are of a newer version; the message says which of their changes are unknown."""


def check(connection: psycopg.Connection) -> None:
    """Raises NewerTables after a return to older code that has left the database as it was."""
    unknown = unknown_changes(connection)
    if unknown:
        more = f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else ""
        raise NewerTables(
            "The database's tables are those of a newer version of Concord: this one does not "
            f"know {', '.join(unknown[:NAMED])}{more}. Run that version again, or restore a backup "
            "from before the upgrade."
        )


def unknown_changes(connection: psycopg.Connection) -> list[str]:
    """The migrations that the database has had and this code has not."""
    if connection.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,):
        return []
    done = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    known = MigrationLoader(None).disk_migrations
    return [f"{app}.{name}" for app, name in done if (app, name) not in known]
