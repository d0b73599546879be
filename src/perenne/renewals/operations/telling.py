"""The facts of sales and of tries that failed, as the journal tells them."""

from datetime import date
from typing import Any

from perenne.billing.attempts import Attempt
from perenne.billing.sales import Sale, SaleKind
from perenne.platform.journal import Fact

_KINDS = {
    SaleKind.RENEWAL: "subscription.renewed",
    SaleKind.SEATS: "seats.added",
    SaleKind.ALIGNMENT: "subscription.aligned",
    SaleKind.PURCHASE: "subscription.bought",
}


def sold_fact(sale: Sale, order: str, *, day: date, actor: str) -> Fact:
    """That a sale was executed."""
    facts: dict[str, Any] = {
        "starts_on": sale.starts_on.isoformat(),
        "renews_on": sale.lines[-1].covers_until.isoformat(),
        "offer": sale.lines[0].offer,
        "seats": sale.lines[0].seats,
        "net_minor": sale.net_minor,
        "tax_minor": sale.tax_minor,
        "currency": sale.currency,
        "order": order,
    }
    if sale.change:
        facts["change"] = sale.change
    if sale.merges:
        facts["merges"] = list(sale.merges)
    return Fact(
        kind=_KINDS[sale.kind],
        subject=sale.subscription,
        company=sale.company,
        region=sale.region,
        business_day=day,
        actor=actor,
        facts=facts,
        # A term is sold once; after a return it can be sold again, by another order.
        once_key=order,
    )


def declined_fact(attempt: Attempt, decline: str, *, day: date, actor: str) -> Fact:
    """That a try to be paid failed."""
    sale = attempt.sale
    return Fact(
        kind="payment.declined",
        subject=sale.subscription,
        company=sale.company,
        region=sale.region,
        business_day=day,
        actor=actor,
        facts={
            "attempt": attempt.id,
            "reason": decline,
            "retry_day": attempt.retry_day,
            "term_starts_on": sale.starts_on.isoformat(),
        },
    )
