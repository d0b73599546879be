"""Keeps what is earned of a region's sales still while somebody counts on it."""

from collections.abc import Iterable
from zlib import crc32

from django.db import connection

_LOCK_SPACE = 0x5045_5256  # "PERV": revenue, apart from the run's own lock


def hold_revenue(regions: Iterable[str], *, exclusively: bool) -> None:
    """Wait for whoever releases revenue of these regions; held until the transaction ends.

    Those who credit share the lock: they lock their invoices besides.
    """
    name = "pg_advisory_xact_lock" if exclusively else "pg_advisory_xact_lock_shared"
    with connection.cursor() as cursor:
        for region in sorted(set(regions)):
            cursor.execute(
                f"select {name}(%s, %s)",
                [_LOCK_SPACE, crc32(region.encode()) & 0x7FFF_FFFF],
            )
