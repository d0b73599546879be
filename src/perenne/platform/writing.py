"""Transactions of operations, with the fail points around their commit."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from perenne.platform.faults import fp


@contextmanager
def atomic(name: str) -> Iterator[None]:
    """One transaction, which a fault may strike before its commit: ``NAME.committing``."""
    with transaction.atomic():
        yield
        fp(f"{name}.committing")
