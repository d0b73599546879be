"""What settled an invoice, how a payment was made, and what became of a credit note."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from perenne.billing.book_models import CreditNote
from perenne.billing.documents.content import SettledBy, Settlement
from perenne.billing.models import Invoice, Payment
from perenne.billing.numbering import number_sql
from perenne.platform.bulk import select
from perenne.rules.filling import fill

# Of money that came by itself, and of attempts without a method, nothing is known.
_WAY = """
case when p.gateway = 'bank' then 'bank_transfer' else coalesce((
    select m.kind from billing_paymentattempt t
    join billing_paymentmethod m on m.id = t.payment_method_id
    where t.idempotency_key = p.charge_key and m.kind in ('card', 'direct_debit', 'bank_transfer')
    limit 1), 'other') end
"""

_PAID = f"""
select p.received_on as day, {_WAY} as way, a.amount_minor as amount
from billing_paymentallocation a join billing_payment p on p.id = a.payment_id
where a.invoice_id = %(invoice)s
"""  # noqa: S608 - our own constants

# A refund that was declined is the holder's credit again.
_GIVEN_BACK = f"""
select r.business_day as day, case when r.state = 'declined' then 'customer_credit' else {_WAY} end
       as way, r.amount_minor as amount
from billing_refund r join billing_payment p on p.id = r.payment_id
where r.invoice_id = %(invoice)s
union all
select t.business_day, 'customer_credit', e.amount_minor
from billing_creditentry e
join billing_ledgertransaction t on t.subject = e.id and t.kind = 'given_back'
where e.invoice_id = %(invoice)s and e.kind = 'given_back'
"""  # noqa: S608 - our own constants

_CREDIT_USED = """
select t.business_day as day, 'customer_credit' as way, -e.amount_minor as amount
from billing_creditentry e
join billing_ledgertransaction t on t.subject = e.id and t.kind = 'credit_used'
where e.invoice_id = %(invoice)s and e.kind = 'used'
"""

_CREDITED = f"""
select n.issued_on as day, {number_sql("n")} as number, n.gross_minor as amount
from billing_creditnote n where n.invoice_id = %(invoice)s order by n.seller, n.number
"""  # noqa: S608 - our own constants


def settlements_of(invoice: Invoice) -> tuple[Settlement, ...]:
    """All that settled an invoice, by day; what went back to the payer is negative.

    One for each day and way: an invoice of many orders has many payments.
    """
    asked = {"invoice": invoice.pk}
    notes = [
        Settlement(
            settled_on=row["day"],
            by=SettledBy.CREDIT_NOTE,
            amount_minor=row["amount"],
            number=row["number"],
        )
        for row in select(_CREDITED, asked)
    ]
    settled = [
        *_by_day_and_way(select(_PAID, asked)),
        *_by_day_and_way(select(_CREDIT_USED, asked)),
        *notes,
        *_by_day_and_way(select(_GIVEN_BACK, asked), sign=-1),
    ]
    return tuple(sorted(settled, key=lambda one: one.settled_on))


def paid_by(payment: Payment) -> SettledBy:
    """How a payment was made."""
    (row,) = select(
        f"select {_WAY} as way from (values (%s, %s)) as p (gateway, charge_key)",  # noqa: S608 - idem
        [payment.gateway, payment.charge_key],
    )
    return SettledBy(row["way"])


def became_of(note: CreditNote) -> tuple[Settlement, ...]:
    """What a credit note lowered of the open amount, and then what went back, and how.

    Notes of one invoice and day shared what was open in the order of their numbers.
    """
    that_day = list(
        CreditNote.objects.filter(invoice=note.invoice_id, issued_on=note.issued_on).order_by(
            "number"
        )
    )
    gross = [one.gross_minor for one in that_day]
    back = [
        one
        for one in _by_day_and_way(select(_GIVEN_BACK, {"invoice": note.invoice_id}))
        if one.settled_on == note.issued_on
    ]
    lowered = fill(max(sum(gross) - _sum(back), 0), gross)
    position = that_day.index(note)
    others = sum(
        whole - part for whole, part in zip(gross[:position], lowered[:position], strict=True)
    )
    rest = note.gross_minor - lowered[position]
    settled = [] if not lowered[position] else [_lowering(note.issued_on, lowered[position])]
    return (*settled, *_part_of(back, after=others, amount=rest))


def _lowering(day: date, amount_minor: int) -> Settlement:
    return Settlement(settled_on=day, by=SettledBy.CREDIT_NOTE, amount_minor=amount_minor)


def _part_of(moves: Sequence[Settlement], *, after: int, amount: int) -> list[Settlement]:
    """So much of these moves, in their order, after so much of them that is another's."""
    amounts = [one.amount_minor for one in moves]
    until_here = fill(after, amounts)
    until_there = fill(after + amount, amounts)
    return [
        Settlement(settled_on=one.settled_on, by=one.by, amount_minor=there - here)
        for one, here, there in zip(moves, until_here, until_there, strict=True)
        if there > here
    ]


def _by_day_and_way(rows: Iterable[dict[str, Any]], *, sign: int = 1) -> list[Settlement]:
    sums: dict[tuple[date, SettledBy], int] = {}
    for row in rows:
        key = row["day"], SettledBy(row["way"])
        sums[key] = sums.get(key, 0) + row["amount"]
    return [
        Settlement(settled_on=day, by=way, amount_minor=sign * amount)
        for (day, way), amount in sorted(sums.items())
    ]


def _sum(settlements: Iterable[Settlement]) -> int:
    return sum(one.amount_minor for one in settlements)
