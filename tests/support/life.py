"""A subscription's life as arithmetic: an own model, to compare the product with.

It knows nothing of the rules: days are counted, months are added, and what may be done is written
down as the documentation says it. One seat of Draft LT or more, sold on line in the US.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta

OPENS_DAYS, GRACE_DAYS, TRIES = 90, 7, (0, 1, 3, 5, 7)
ONE_DAY = timedelta(1)


def months_after(day: date, months: int, *, anchor: int) -> date:
    """The anchor's day of the month that comes ``months`` later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(anchor, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Stretch:
    """A term as it was sold; ``renews_on`` is not covered."""

    starts_on: date
    renews_on: date
    months: int
    seats: int


@dataclass
class Life:
    """What a customer who counts by hand knows of a subscription.

    ``next_seats`` None: as many as there are then.
    """

    terms: list[Stretch]
    anchor: int
    automatic: bool
    next_months: int
    has_method: bool
    today: date
    next_seats: int | None = None
    ended_on: date | None = None

    @property
    def last(self) -> Stretch:
        """The last term that is sold."""
        return self.terms[-1]

    @property
    def is_running(self) -> bool:
        """Whether a term covers today."""
        return self.ended_on is None and self.today < self.last.renews_on

    @property
    def state(self) -> str:
        """Where in its life it is, in a word."""
        if self.ended_on is not None:
            return "expired"
        if not self.is_running:
            return "past due"
        return "renewed early" if self.today < self.last.starts_on else "running"

    @property
    def seats_today(self) -> int:
        """Seats of the term that covers today, or of the last one after its end."""
        covers = [one for one in self.terms if one.starts_on <= self.today < one.renews_on]
        return (covers or self.terms)[-1].seats

    def may(self) -> dict[str, bool]:
        """Which actions are possible today."""
        lives = self.ended_on is None
        is_sold_ahead = self.today < self.last.starts_on
        opens_on = self.last.renews_on - timedelta(OPENS_DAYS)
        return {
            "renew": lives and not is_sold_ahead and self.today >= opens_on and self.has_method,
            "auto_renew": self.is_running and (self.automatic or self.has_method),
            "change_term": self.is_running,
            "add_seats": self.is_running and self.automatic and self.has_method,
            "reduce_seats": self.is_running and self.last.seats > 1,
            "payment_method": lives,
            "buy_again": True,
        }

    def renew(self) -> None:
        """Sell what is planned."""
        seats = self.next_seats or self.last.seats
        starts_on = self.last.renews_on
        ends_on = months_after(starts_on, self.next_months, anchor=self.anchor)
        self.terms.append(Stretch(starts_on, ends_on, self.next_months, seats))
        self.next_seats = None

    def turn_automatic_renewal(self) -> None:
        """On if it is off, off if it is on."""
        self.automatic = not self.automatic

    def change_term(self, months: int) -> None:
        """Another length from the renewal day on."""
        self.next_months = months

    def pay_by_card(self) -> None:
        """There is something to pay with from now on."""
        self.has_method = True

    def add_seats(self, seats: int) -> None:
        """More seats from today on, in whatever is sold."""
        self.terms = [
            replace(one, seats=one.seats + seats) if one.renews_on > self.today else one
            for one in self.terms
        ]

    def reduce_seats(self, seats: int) -> None:
        """Fewer from the renewal day on."""
        self.next_seats = None if seats == self.last.seats else seats

    def pass_to(self, day: date) -> None:
        """Let every day through ``day`` come, with what it brings."""
        while self.today < day:
            self.today += ONE_DAY
            if self.ended_on is None:
                self._begin_day()

    def _begin_day(self) -> None:
        late_days = (self.today - self.last.renews_on).days
        if late_days < 0:
            return
        if self.automatic and self.has_method and late_days in TRIES:
            self.renew()
        elif not self.automatic or late_days >= GRACE_DAYS:
            self.ended_on = self.today

    def notable_days(self) -> list[date]:
        """Days after today on which something may change, the soonest first, at most a few."""
        renews_on = self.last.renews_on
        opens_on = renews_on - timedelta(OPENS_DAYS)
        days = [opens_on - ONE_DAY, opens_on, renews_on - ONE_DAY, renews_on]
        days += [renews_on + timedelta(days) for days in (1, 2, 3, GRACE_DAYS - 1, GRACE_DAYS)]
        return [day for day in days if self.today < day][:5] or [self.today + ONE_DAY]
