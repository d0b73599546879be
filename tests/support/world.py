"""A world whose calendar a test turns, and in which nothing may happen that was not expected."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from perenne.catalog.models import Region
from perenne.daily.models import FinishedDay
from perenne.daily.running import run_to
from perenne.platform.clock import moment_of, turn_demo_clock
from perenne.platform.models import JournalEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

ONE_DAY = timedelta(1)
# What `told` shows of a fact; ids and order numbers are not what a customer asks about.
_SHOWN = {
    "reminder.sent": ("days_before",),
    "subscription.renewed": ("renews_on", "seats", "net_minor"),
    "seats.added": ("seats", "net_minor"),
    "subscription.aligned": ("renews_on", "seats", "net_minor"),
    "subscription.bought": ("renews_on", "seats", "net_minor"),
    "renewal_plan.changed": ("action",),
    "renewal_plan.undone": ("action",),
    "payment.declined": ("reason",),
    "renewal_plan.conflicted": ("reason",),
    "seats.released": ("owned",),
    "invoice.overdue": ("number", "open_minor"),
    "invoice.paid": ("number",),
    "invoice.voided": ("number", "credit_note"),
    "payment.received": ("amount_minor", "invoices", "to_credit_minor"),
    "credit_note.issued": ("number", "invoice", "net_minor", "tax_minor"),
    "refund.requested": ("amount_minor",),
    "refund.succeeded": ("amount_minor",),
    "refund.declined": ("amount_minor", "reason"),
    "order.returned": ("seats", "whole", "renews_on"),
    "transfer.reserved": ("amount_minor", "last_day"),
    "subscription.restored": ("renews_on",),
    "quote.drafted": ("version",),
    "quote.sent": ("version", "valid_through"),
    "quote.accepted": ("version", "option"),
    "quote.expiring": ("version", "days_left"),
}


class World:
    """Fjord Software's demo vendor on one day, with every region's book finished the day before.

    ``regions``: those that have a book; without any, all.
    """

    def __init__(self, *, today: date, regions: Sequence[str] = ()) -> None:
        self.today = today
        known = Region.objects.all()
        for region in known.filter(code__in=regions) if regions else known:
            FinishedDay.objects.create(
                region=region,
                day=today - ONE_DAY,
                finished_at=self.now,
                was_run=False,
                currency=region.currency,
            )
        turn_demo_clock(today)
        self._seen = JournalEntry.objects.count()

    @property
    def now(self) -> datetime:
        """The moment at which the calendar stands."""
        return moment_of(self.today)

    def run_today(self) -> None:
        """Run the business day on which the calendar stands."""
        run_to(self.today, now=self.now)

    def advance_to(self, day: date, *, expect: Sequence[tuple[date, str]]) -> None:
        """Run every day from the present one through ``day``; exactly these facts may happen."""
        self.run_through(day)
        self.expect(expect)

    def run_through(self, day: date) -> None:
        """Run every day from the present one through ``day``."""
        while True:
            self.run_today()
            if self.today >= day:
                break
            self.today += ONE_DAY
            turn_demo_clock(self.today)

    def expect(self, facts: Sequence[tuple[date, str]]) -> None:
        """The facts since the last look: these, in this order, and no other."""
        entries = list(JournalEntry.objects.order_by("id")[self._seen :])
        self._seen += len(entries)
        found = [(entry.business_day, told(entry)) for entry in entries]
        assert found == list(facts), "happened:\n" + "\n".join(
            f"{day} {fact}" for day, fact in found
        )


def told(entry: JournalEntry) -> str:
    """A fact in one line: its kind and what matters to the customer."""
    shown = [f"{name}={entry.facts[name]}" for name in _SHOWN.get(entry.kind, ())]
    return " ".join([entry.kind, *shown])
