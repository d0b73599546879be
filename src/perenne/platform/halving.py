"""Work on a set of which one may be bad: halve it until the bad one is alone, and give that up."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

T = TypeVar("T")

TRIES = 5
# Two transactions were in each other's way: serialization failure, deadlock, lock not available.
_IN_THE_WAY = ("40001", "40P01", "55P03")
_WAIT_S = 0.05
log = logging.getLogger(__name__)


def do_in_halves(
    items: Sequence[T],
    work: Callable[[Sequence[T]], object],
    *,
    give_up: Callable[[T, str], object],
) -> None:
    """Do ``work`` for the set; if it fails, for its halves, down to the one that fails alone.

    That one is tried five times and then given up, with the reason. ``work`` is one transaction,
    or finds by itself what it has done already. Transactions that were in each other's way are
    tried again as they were.

    Raises:
        OperationalError, InterfaceError: if the database is away, which is nobody's fault.
    """
    if not items:
        return
    reason = ""
    for attempt in range(1, TRIES + 1 if len(items) == 1 else 2):
        try:
            _do_patiently(items, work)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if _is_cut_off():
                raise
            log.exception("try %s of a set of %s failed", attempt, len(items))
            reason = f"{type(error).__name__}: {error}"
        else:
            return
    if len(items) == 1:
        give_up(items[0], reason)
        return
    half = len(items) // 2
    do_in_halves(items[:half], work, give_up=give_up)
    do_in_halves(items[half:], work, give_up=give_up)


def _do_patiently(items: Sequence[T], work: Callable[[Sequence[T]], object]) -> None:
    for attempt in range(1, TRIES + 1):
        try:
            work(items)
        except OperationalError as error:
            if attempt == TRIES or getattr(error.__cause__, "sqlstate", None) not in _IN_THE_WAY:
                raise
            time.sleep(_WAIT_S * attempt * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        else:
            return


def _is_cut_off() -> bool:
    """Whether the session ended under our hands, whatever the error said."""
    session = connection.connection
    return session is not None and bool(session.closed)
