"""The gate that a restore shuts: nothing charges until what the gateway did since is known.

It is a table that exists only while the gate is shut, so that it lies in the database that was
restored, and every process of the installation sees it.
"""

from django.db import connection

from perenne.platform.bulk import select
from perenne.platform.errors import PerenneError

GATE = "perenne_restored"


class GateShutError(PerenneError):
    """The database was restored, and not yet compared with the gateway's book."""

    code = "restore.unreconciled"

    def __init__(self) -> None:
        super().__init__(
            "this database was restored from a backup: run perenne reconcile-restored first, "
            "or what was paid since the backup would be charged again"
        )


def is_shut() -> bool:
    """Whether a restore was not reconciled yet."""
    return bool(select("select to_regclass(%s) is not null as shut", [GATE])[0]["shut"])


def require_open() -> None:
    """Let pass unless a restore was not reconciled yet.

    Raises:
        GateShutError: if so.
    """
    if is_shut():
        raise GateShutError


def shut() -> None:
    """Shut the gate; shut already, it stays so."""
    with connection.cursor() as cursor:
        cursor.execute(f"create table if not exists {GATE} (restored_at timestamptz default now())")


def open_again() -> None:
    """Open the gate, because everything is known."""
    with connection.cursor() as cursor:
        cursor.execute(f"drop table if exists {GATE}")
