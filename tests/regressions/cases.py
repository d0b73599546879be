"""What the regressions have in common: somebody due today, and what became of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db import connections

from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.models import Order, Payment, PaymentAttempt, PaymentMethod
from perenne.daily.invariants import breaches
from perenne.platform.models import JournalEntry
from tests.support.builders import a_card, a_company, a_method, a_subscription

if TYPE_CHECKING:
    from collections.abc import Callable

    from perenne.billing.gateways.protocol import BookedCharge
    from perenne.subscriptions.models import Subscription

TODAY = date(2026, 12, 10)
ONE_DAY = timedelta(1)


def due_by_card(on: date = TODAY, *, last4: str = "4242") -> Subscription:
    company = a_company()
    return a_subscription(
        renews_on=on,
        company=company,
        renews_automatically=True,
        pays_with=a_card(company, last4=last4),
    )


def due_on_account(on: date = TODAY) -> Subscription:
    """Needs no gateway."""
    company = a_company()
    return a_subscription(
        renews_on=on,
        company=company,
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )


def due_by_debit(on: date = TODAY) -> Subscription:
    """Collected by a bank, days later."""
    company = a_company()
    method = PaymentMethod.objects.create(
        id=f"pmt_{company.pk}",
        code=f"D{company.code}",
        company=company,
        kind="direct_debit",
        token=f"direct_debit:::{company.code}",
    )
    return a_subscription(
        renews_on=on, company=company, renews_automatically=True, pays_with=method
    )


def charges_of(subscription: Subscription) -> list[BookedCharge]:
    """The gateway's own charges for a subscription's attempts."""
    keys = set(
        PaymentAttempt.objects.filter(subscription=subscription).values_list(
            "idempotency_key", flat=True
        )
    )
    gateway, cursor, found = configured_gateway(), "", []
    while True:
        page = gateway.charges_after(cursor, limit=1000)
        found += [one for one in page.charges if one.attempt_id in keys]
        cursor = page.cursor
        if not page.has_more:
            return found


def sold_once(subscription: Subscription) -> bool:
    """One order, one payment, one charge, one fact; and no law is broken."""
    facts = JournalEntry.objects.filter(subject=subscription.pk, kind="subscription.renewed")
    counts = (
        Order.objects.filter(subscription=subscription).count(),
        Payment.objects.filter(company=subscription.company).count(),
        len([one for one in charges_of(subscription) if one.result.outcome == "succeeded"]),
        facts.count(),
    )
    return counts == (1, 1, 1, 1) and broken() == []


def broken() -> list[str]:
    """The laws that do not hold, with examples."""
    return [f"{law.code}: {breach.examples}" for law, breach in breaches() if breach is not None]


def at_once(*works: Callable[[], object]) -> list[object]:
    """Do all of these at once, each with a connection of its own."""

    def working(work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(working, works))
