"""Tell once that an invoice is overdue, and once that it takes access away."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import transaction

from perenne.billing.invoice_states import InvoiceState, invoice_states
from perenne.catalog.queries import current_catalogue
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.journal import Fact
from perenne.platform.occasion import Occasion
from perenne.renewals.facts import RenewalFacts, renewal_facts
from perenne.renewals.pricing import Pricer
from perenne.rules.lifecycle import owes_too_long
from perenne.rules.receivables import overdue_from, suspends_from

ONE_DAY = timedelta(1)

_UNPAID_DUE = """
select invoice_id as id from billing_receivable
where region_id = %s and open_minor > 0 and due_on = any(%s) order by invoice_id
"""

_SUBSCRIPTIONS = """
select distinct o.subscription_id as id from billing_invoiceline l
join billing_order o on o.id = l.order_id where l.invoice_id = any(%s)
"""


def tell_overdue_invoices(region: str, *, occasion: Occasion) -> None:
    """Tell the region's invoices that are overdue from the day on, and whose access ends with it.

    Both are derived, never stored: whoever pays is active again at once. A second call tells
    nothing twice.

    Source: docs/explanation/money.md, «Overdue invoices».
    """
    day = occasion.day
    with transaction.atomic():
        overdue = _unpaid(region, [day - ONE_DAY])
        assert all(overdue_from(one.due_on) == day for one in overdue)
        suspending = _owing(_unpaid(region, _due_days_that_suspend(day)), day=day)
        journal.record_new(
            [_overdue_fact(one, occasion) for one in overdue]
            + [_suspended_fact(one, occasion) for one in suspending],
            at=occasion.now,
        )


def _due_days_that_suspend(day: date) -> list[date]:
    """Due days whose unpaid invoices end an access on ``day`` by some policy."""
    records = current_catalogue().policy_records
    named = (one.settings.get("payment_grace_days") for one in records)
    return [
        due_on
        for grace in sorted({days for days in named if days is not None})
        for due_on in (day - ONE_DAY * (grace + 1),)
        if suspends_from(due_on, grace_days=grace) == day
    ]


def _unpaid(region: str, due_days: Iterable[date]) -> list[InvoiceState]:
    rows = select(_UNPAID_DUE, [region, list(due_days)])
    return list(invoice_states([row["id"] for row in rows]).values())


def _owing(invoices: Sequence[InvoiceState], *, day: date) -> list[RenewalFacts]:
    """The subscriptions of these invoices that lose access on ``day`` because they are unpaid."""
    rows = select(_SUBSCRIPTIONS, [[one.id for one in invoices]])
    pricer = Pricer()
    return [
        facts
        for facts in renewal_facts([row["id"] for row in rows])
        for policy in (pricer.policy(facts, on=day),)
        if facts.ended_on is None
        and owes_too_long(facts.stage_facts, as_of=day, policy=policy)
        and not owes_too_long(facts.stage_facts, as_of=day - ONE_DAY, policy=policy)
    ]


def _overdue_fact(invoice: InvoiceState, occasion: Occasion) -> Fact:
    return Fact(
        kind="invoice.overdue",
        subject=invoice.id,
        company=invoice.holder.company,
        region=invoice.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={
            "number": invoice.name,
            "due_on": invoice.due_on.isoformat(),
            "open_minor": invoice.sums.open_minor,
            "currency": invoice.holder.currency,
        },
        once_key=invoice.due_on.isoformat(),
    )


def _suspended_fact(facts: RenewalFacts, occasion: Occasion) -> Fact:
    assert facts.unpaid_due_on is not None
    return Fact(
        kind="subscription.suspended",
        subject=facts.id,
        company=facts.company,
        region=facts.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={
            "renews_on": facts.term.renews_on.isoformat(),
            "reason": "invoice.overdue",
            "due_on": facts.unpaid_due_on.isoformat(),
        },
        once_key=f"unpaid/{facts.unpaid_due_on}",
    )
