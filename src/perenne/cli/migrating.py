"""Bring the schema up: an empty database at once, an older one only when asked."""

from django.core.management import call_command
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor

from perenne.platform.errors import PerenneError


class SchemaBehindError(PerenneError):
    """The database was made by an older version."""

    code = "schema.behind"


def migrate_if_empty() -> None:
    """Migrate a database that has no tables of ours yet.

    Raises:
        SchemaBehindError: if it has some, and migrations are missing.
    """
    executor = MigrationExecutor(connection)
    missing = _missing(executor)
    if not missing:
        return
    if executor.loader.applied_migrations:
        raise SchemaBehindError(
            f"the database lacks {len(missing)} migrations: back it up, then run perenne migrate"
        )
    migrate()


def migrate() -> None:
    """Apply every migration; two commands at once take turns by the home's lock."""
    if _missing(MigrationExecutor(connection)):
        call_command("migrate", verbosity=0, interactive=False)


def _missing(executor: MigrationExecutor) -> list[tuple[Migration, bool]]:
    """What is to be applied; looking costs a tenth of applying nothing."""
    return executor.migration_plan(executor.loader.graph.leaf_nodes())
