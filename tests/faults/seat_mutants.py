"""Planted bugs of seats: a lock that was forgotten, and a seat of which nobody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection

from perenne.seats import writing
from perenne.seats.book import SeatBook, seat_book
from perenne.seats.operations import assigning, grouping
from tests.faults.steps import Step, killed_at
from tests.faults.workers import Blow, Strike

if TYPE_CHECKING:
    from datetime import date


def gives_seats_without_a_lock() -> None:
    """Who looks at the same moment sees the same seat free."""
    for module in (assigning, grouping):
        module.lock_seats = lambda _company: None  # type: ignore[attr-defined]
        module.seat_book = _without_lock  # type: ignore[attr-defined]


def _without_lock(company: str, *, on: date, **_lock: bool) -> SeatBook:
    return seat_book(company, on=on)


def gives_and_tells_apart() -> None:
    """Seats are given in one transaction, and told in the next."""
    giving = writing.give

    def give_and_commit(*given: Any) -> None:
        giving(*given)
        connection.connection.commit()

    writing.give = give_and_commit


# The second line behind the lock, which would refuse the seat that is one too many.
NO_GUARD = ("drop trigger held_are_owned on subscriptions_assignment",)
RACE_STEPS = (Step(("give_seats", "seat_by_group"), Strike("seats.committing", 1, Blow.PAUSE)),)
TELLING_STEPS = tuple(killed_at("give_seats", "seats.committing"))
