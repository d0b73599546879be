"""Void an invoice: a credit note takes all of it back, and what it sold ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from perenne.billing.crediting import CreditWish, IssuedCredit, issue_credits
from perenne.billing.errors import CreditRefusedError
from perenne.billing.giving_back import GiveBack
from perenne.billing.refund_calls import send_refunds
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.journal import Fact
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic
from perenne.renewals.operations.subscriptions import lock_subscriptions
from perenne.rules.voiding import VoidFacts, void_problem


@dataclass(frozen=True, slots=True)
class Voided:
    """The credit note, and the subscriptions that ended with the invoice."""

    credit: IssuedCredit
    ended: tuple[str, ...]


def void_invoice(invoice: str, *, occasion: Occasion) -> Voided:
    """Void an invoice on ``occasion.day``, for the vendor's staff.

    What was paid of it goes back to the payer. A subscription whose running term it sold expires,
    finally.

    Raises:
        CreditRefusedError: if it is credited in full, or what it sold cannot simply end.

    Source: docs/explanation/money.md, «Voiding».
    """
    with atomic("void"):
        orders = _locked_orders(invoice, day=occasion.day)
        notes = issue_credits(
            [CreditWish(order=one.id, reason="void", to=GiveBack.TO_PAYER) for one in orders],
            occasion=occasion,
        )
        if not notes:
            raise CreditRefusedError("it asks for nothing: there is nothing to void")
        ended = [one for one in orders if not one.facts.has_ended and not one.facts.is_reversed]
        _end(ended, occasion=occasion)
        journal.record_all(
            [_voided_fact(notes[0], occasion), *(_expired_fact(one, occasion) for one in ended)],
            at=occasion.now,
        )
    send_refunds([one.id for one in notes[0].refunds if one.way == "gateway"], occasion=occasion)
    return Voided(notes[0], tuple(one.subscription for one in ended))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """An order of the invoice, with what voiding it depends on."""

    id: str
    subscription: str
    company: str
    region: str
    facts: VoidFacts


_ORDERS = """
select o.id, o.kind, o.subscription_id, o.company_id, s.region_id, s.code, s.renews_on as last,
       s.ended_on, t.starts_on, t.renews_on, t.reversed_by is not null as is_reversed,
       exists (select 1 from billing_paymentattempt a where a.subscription_id = s.id
               and a.state in ('created', 'sent', 'pending', 'unknown')) as open
from billing_invoiceline l
join billing_order o on o.id = l.order_id
join subscriptions_subscription s on s.id = o.subscription_id
left join subscriptions_term t on t.order_id = o.id
where l.invoice_id = %s order by o.id
"""


def _locked_orders(invoice: str, *, day: date) -> list[_Order]:
    """The orders of the invoice, their subscriptions locked.

    Raises:
        CreditRefusedError: if one of them cannot be voided.
    """
    lock_subscriptions([row["subscription_id"] for row in select(_ORDERS, [invoice])])
    found = []
    for row in select(_ORDERS, [invoice]):
        facts = VoidFacts(
            kind=row["kind"],
            starts_on=row["starts_on"],
            renews_on=row["renews_on"],
            is_reversed=row["is_reversed"],
            subscription_renews_on=row["last"],
            has_ended=row["ended_on"] is not None,
            has_open_attempt=row["open"],
        )
        problem = void_problem(facts, as_of=day)
        if problem is not None:
            raise CreditRefusedError(f"{row['code']}: {problem.value}; nothing was voided")
        found.append(
            _Order(
                id=row["id"],
                subscription=row["subscription_id"],
                company=row["company_id"],
                region=row["region_id"],
                facts=facts,
            )
        )
    return found


def _end(orders: Sequence[_Order], *, occasion: Occasion) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_subscription set ended_on = %s, ended_because = 'voided', "
            "version = version + 1 where id = any(%s)",
            [occasion.day, [one.subscription for one in orders]],
        )


def _voided_fact(credit: IssuedCredit, occasion: Occasion) -> Fact:
    return Fact(
        kind="invoice.voided",
        subject=credit.invoice.id,
        company=credit.invoice.holder.company,
        region=credit.invoice.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={"number": credit.invoice.name, "credit_note": credit.name},
    )


def _expired_fact(order: _Order, occasion: Occasion) -> Fact:
    return Fact(
        kind="subscription.expired",
        subject=order.subscription,
        company=order.company,
        region=order.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={
            "renews_on": order.facts.subscription_renews_on.isoformat(),
            "reason": "invoice.voided",
        },
        once_key=order.facts.subscription_renews_on.isoformat(),
    )
