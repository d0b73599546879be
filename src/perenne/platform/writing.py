"""Transactions of operations, with the fail points around their commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection, transaction

from perenne.platform.faults import fp

# A process that says nothing for so long inside a transaction was stopped or cut off: the server
# gives it up, because the rows that it holds are waited for.
SILENCE = timedelta(minutes=2)


@contextmanager
def atomic(name: str) -> Iterator[None]:
    """One transaction, which a fault may strike before its commit: ``NAME.committing``.

    It ends by itself if its process falls silent for longer than ``SILENCE``.
    """
    with transaction.atomic():
        _end_if_silent()
        yield
        fp(f"{name}.committing")


def _end_if_silent() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select set_config('idle_in_transaction_session_timeout', %s, true)",
            [str(SILENCE // timedelta(milliseconds=1))],
        )
