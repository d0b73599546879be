"""Compare a gateway's own book with ours, one to one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.gateways.protocol import BookedCharge, ChargeOutcome
from perenne.platform.bulk import copy_rows, make_staging, select

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which the books differ; ``what`` is a code of docs/how-to/reconciliation.md.

    Amounts in minor units: the gateway's, then ours.
    """

    what: str
    key: str
    charge: str
    currency: str
    theirs_minor: int
    ours_minor: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How much was compared, and what differs."""

    gateway: str
    charges: int
    differences: tuple[Difference, ...]


def compare_books() -> Comparison:
    """Read the gateway's whole book, outside any transaction, and compare it with ours.

    Raises:
        GatewayUnavailableError: if the gateway does not answer.

    Source: docs/explanation/money.md, «Reconciliation».
    """
    gateway = configured_gateway()
    charges = list(_all_charges())
    with transaction.atomic():
        _stage(charges)
        rows = select(_DIFFERENCES, {"gateway": gateway.name})
    return Comparison(gateway.name, len(charges), tuple(Difference(*row.values()) for row in rows))


def _all_charges() -> Iterator[BookedCharge]:
    gateway = configured_gateway()
    cursor, has_more = "", True
    while has_more:
        page = gateway.charges_after(cursor, limit=PAGE)
        yield from page.charges
        cursor, has_more = page.cursor, page.has_more


def _stage(charges: Sequence[BookedCharge]) -> None:
    make_staging(
        "their_charges",
        "key text, charge text, outcome text, currency text, amount bigint, refunded bigint",
    )
    copy_rows(
        "their_charges",
        ("key", "charge", "outcome", "currency", "amount", "refunded"),
        (
            (
                one.attempt_id,
                one.result.charge_id,
                ChargeOutcome(one.result.outcome).value,
                one.result.currency,
                one.result.amount_minor,
                one.refunded_minor,
            )
            for one in charges
        ),
    )


# An attempt under way explains a charge that is not booked yet; a refund under way explains that
# ours is not written down as gone.
_DIFFERENCES = """
with theirs as (select * from pg_temp.their_charges where outcome = 'succeeded'),
ours as (
    select p.id, p.charge_key as key, p.charge_id as charge, p.currency, p.amount_minor as amount,
           coalesce((select sum(r.amount_minor) from billing_refund r
                     where r.payment_id = p.id and r.state = 'succeeded'), 0)::bigint as refunded,
           coalesce((select sum(r.amount_minor) from billing_refund r
                     where r.payment_id = p.id and r.state in ('sent', 'unknown')), 0)::bigint
               as under_way
    from billing_payment p where p.gateway = %(gateway)s
)
select case
         when o.id is null then 'charge.not_booked'
         when t.charge is null then 'charge.not_at_gateway'
         when t.amount <> o.amount or t.currency <> o.currency then 'charge.differs'
         else 'refund.differs' end as what,
       coalesce(o.key, t.key) as key, coalesce(o.charge, t.charge) as charge,
       coalesce(o.currency, t.currency) as currency,
       case when t.amount = o.amount and t.currency = o.currency then t.refunded
            else coalesce(t.amount, 0) end as theirs_minor,
       case when t.amount = o.amount and t.currency = o.currency then o.refunded
            else coalesce(o.amount, 0) end as ours_minor
from theirs t full join ours o on o.charge = t.charge
where (o.id is null and not exists (
        select 1 from billing_paymentattempt a where a.idempotency_key = t.key
        and a.state in ('created', 'sent', 'pending', 'unknown')))
   or (t.charge is null and o.id is not null)
   or t.amount <> o.amount or t.currency <> o.currency
   or t.refunded < o.refunded or t.refunded > o.refunded + o.under_way
union all
select 'charge.doubled', key, min(charge), min(currency), sum(amount)::bigint, 0
from theirs group by key having count(*) > 1
order by 1, 2, 3
"""
