"""Have gateways give money back, under leases, and write down what they answered.

The steps are those of a charge: the refund is committed with its key, the gateway is asked outside
any transaction, and its answer is written with the ledger in one.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from perenne.billing.collecting import CONCURRENT_CALLS
from perenne.billing.customer_credit import CreditMove, Holder, move_credit
from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.gateways.protocol import (
    GatewayError,
    GatewayRejectedError,
    GatewayUnavailableError,
    RefundRequest,
    RefundResult,
)
from perenne.billing.leased import LEASE
from perenne.billing.leases import IS_FREE, KEY_LIFETIME
from perenne.billing.ledger import Posting, copy_ledger
from perenne.billing.telling import refund_fact
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.faults import fp
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic

BATCH = 1000
_OF_THE_KEY = "idempotency_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeasedRefund:
    """A refund under way on which this process works."""

    id: str
    payment: str
    charge: str
    key: str
    amount_minor: int
    holder: Holder
    region: str
    lease_no: int
    key_may_be_forgotten: bool


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """The state that an answer gives a refund; ``problem`` if only a person can go on."""

    refund: LeasedRefund
    state: str
    gateway_refund: str = ""
    declined: str = ""
    problem: str = ""


_TAKE = f"""
update billing_refund a
set lease_no = a.lease_no + 1, lease_pid = pg_backend_pid(),
    lease_until = clock_timestamp() + %(lease)s
from billing_payment p, accounts_company c
where p.id = a.payment_id and c.id = a.company_id and a.id = any(array(
    select a.id from billing_refund a join accounts_company c on c.id = a.company_id
    where a.state in ('created', 'sent', 'unknown') and a.way = 'gateway' and a.problem = ''
      and (c.region_id = %(region)s or a.id = any(%(ids)s)) and a.id > %(after)s
      and (a.id = any(%(ids)s) or {IS_FREE})
      and (a.sent_at is null or a.sent_at <= clock_timestamp() - %(rest)s)
    order by a.id limit %(limit)s for update of a skip locked))
returning a.id, a.company_id, a.partner_id, a.payment_id, p.charge_id, a.idempotency_key,
          a.amount_minor, a.currency, c.region_id, a.lease_no,
          coalesce(a.sent_at < clock_timestamp() - %(lifetime)s, false) as forgotten
"""  # noqa: S608 - our own constants


def send_refunds(identities: Sequence[str], *, occasion: Occasion) -> None:
    """Have the gateway give back refunds that this process has just committed."""
    if identities:
        _give_back(_taken(region="", ids=identities), occasion=occasion)


def reconcile_refunds(region: str, *, occasion: Occasion, rest: timedelta = timedelta(0)) -> None:
    """Go on with the region's refunds under way on which nobody works, with their own keys.

    Only this leaves ``unknown``. A key that the gateway may have forgotten is not used again: a
    person compares the books.

    Source: docs/explanation/money.md, «Refunds».
    """
    after = ""
    while taken := _taken(region=region, after=after, rest=rest):
        _give_back(taken, occasion=occasion)
        after = max(one.id for one in taken)


def book_what_went_back(region: str, *, occasion: Occasion) -> int:
    """Look up the region's refunds under way, and book those that the gateway has made; how many.

    For a restored book: how long ago they were asked for is not known to it, so the gateway may
    have forgotten their keys, and asking again would give back twice.

    Raises:
        GatewayError: if the gateway gave no answer; what it answered before is booked.

    Source: docs/explanation/exactly-once.md, «After a restore».
    """
    booked, after = 0, ""
    while taken := _taken(region=region, after=after):
        found = [(one, configured_gateway().find_refund(one.charge, one.id)) for one in taken]
        outcomes = [_outcome(one, answer) for one, answer in found if answer is not None]
        settle_refunds(outcomes, occasion=occasion)
        booked += len(outcomes)
        after = max(one.id for one in taken)
    return booked


def _taken(
    *, region: str, ids: Sequence[str] = (), after: str = "", rest: timedelta = timedelta(0)
) -> list[LeasedRefund]:
    rows = select(
        _TAKE,
        {
            "lease": LEASE,
            "lifetime": KEY_LIFETIME,
            "region": region,
            "ids": list(ids),
            "after": after,
            "rest": rest,
            "limit": BATCH,
        },
    )
    return sorted((_leased(row) for row in rows), key=lambda one: one.id)


def _leased(row: dict[str, Any]) -> LeasedRefund:
    return LeasedRefund(
        id=row["id"],
        payment=row["payment_id"],
        charge=row["charge_id"],
        key=row["idempotency_key"],
        amount_minor=row["amount_minor"],
        holder=Holder(row["company_id"], row["partner_id"], row["currency"]),
        region=row["region_id"],
        lease_no=row["lease_no"],
        key_may_be_forgotten=row["forgotten"],
    )


def _give_back(taken: Sequence[LeasedRefund], *, occasion: Occasion) -> None:
    askable = _mark_sent([one for one in taken if not one.key_may_be_forgotten])
    fp("refund.sending")
    answers = _answers(askable)
    fp("refund.answered")
    outcomes = [_outcome(one, answer) for one, answer in zip(askable, answers, strict=True)]
    problem = "refund.key_forgotten: compare the gateway's book, then say what became of it"
    outcomes += [
        RefundOutcome(one, "unknown", problem=problem) for one in taken if one.key_may_be_forgotten
    ]
    settle_refunds(outcomes, occasion=occasion)


def _mark_sent(taken: Sequence[LeasedRefund]) -> list[LeasedRefund]:
    """Write down that the gateway is about to be asked; committed at once."""
    rows = select(
        "update billing_refund a set state = case when a.state = 'created' then 'sent' "
        "else a.state end, sent_at = clock_timestamp() "
        "from unnest(%s::text[], %s::int[]) as v(id, lease_no) "
        "where a.id = v.id and a.lease_no = v.lease_no "
        "and a.state in ('created', 'sent', 'unknown') returning a.id",
        [[one.id for one in taken], [one.lease_no for one in taken]],
    )
    ours = {row["id"] for row in rows}
    return [one for one in taken if one.id in ours]


def _answers(refunds: Sequence[LeasedRefund]) -> list[RefundResult | GatewayError]:
    gateway = configured_gateway() if refunds else None

    def ask(one: LeasedRefund) -> RefundResult | GatewayError:
        assert gateway is not None
        try:
            return gateway.refund(
                RefundRequest(
                    idempotency_key=one.key,
                    charge_id=one.charge,
                    amount_minor=one.amount_minor,
                    currency=one.holder.currency,
                    refund_id=one.id,
                )
            )
        except GatewayError as error:
            return error

    if len(refunds) <= 1:
        return [ask(one) for one in refunds]
    with ThreadPoolExecutor(CONCURRENT_CALLS, "refund") as pool:
        return list(pool.map(ask, refunds))


def _outcome(refund: LeasedRefund, answer: RefundResult | GatewayError) -> RefundOutcome:
    if isinstance(answer, RefundResult):
        return RefundOutcome(refund, "succeeded", gateway_refund=answer.gateway_refund_id)
    if isinstance(answer, GatewayUnavailableError):
        return RefundOutcome(refund, "unknown")
    if isinstance(answer, GatewayRejectedError) and answer.code != _OF_THE_KEY:
        return RefundOutcome(refund, "declined", declined=answer.code)
    return RefundOutcome(refund, "unknown", problem=f"{answer.code}: {answer}")


_SETTLE = """
update billing_refund r
set state = v.state, gateway_refund_id = v.gateway_refund, declined_because = v.declined,
    problem = v.problem,
    settled_at = case when v.state in ('succeeded', 'declined') then %(now)s end
from unnest(%(ids)s::text[], %(states)s::text[], %(gateway_refunds)s::text[],
            %(declines)s::text[], %(problems)s::text[], %(leases)s::int[])
     as v(id, state, gateway_refund, declined, problem, lease_no)
where r.id = v.id and r.lease_no = v.lease_no and r.state in ('created', 'sent', 'unknown')
returning r.id
"""


def settle_refunds(outcomes: Sequence[RefundOutcome], *, occasion: Occasion) -> None:
    """Write answers with all that follows from them, in one transaction.

    What somebody else settled meanwhile, or took over, is left as it is. Declined money is the
    customer's credit.
    """
    if not outcomes:
        return
    with atomic("refund"):
        select(
            "select id from billing_refund where id = any(%s) order by id for update",
            [[one.refund.id for one in outcomes]],
        )
        rows = select(
            _SETTLE,
            {
                "now": occasion.now,
                "ids": [one.refund.id for one in outcomes],
                "states": [one.state for one in outcomes],
                "gateway_refunds": [one.gateway_refund for one in outcomes],
                "declines": [one.declined for one in outcomes],
                "problems": [one.problem[:2000] for one in outcomes],
                "leases": [one.refund.lease_no for one in outcomes],
            },
        )
        written = {row["id"] for row in rows}
        _book([one for one in outcomes if one.refund.id in written], occasion=occasion)
    fp("refund.booked")


def _book(outcomes: Sequence[RefundOutcome], *, occasion: Occasion) -> None:
    gone = [one.refund for one in outcomes if one.state == "succeeded"]
    kept = [one for one in outcomes if one.state == "declined"]
    move_credit(
        [
            CreditMove(one.refund.holder, "refund_declined", one.refund.amount_minor, one.refund.id)
            for one in kept
        ],
        now=occasion.now,
    )
    copy_ledger(
        [_posting(one, kind="refund", to="cash") for one in gone]
        + [_posting(one.refund, kind="refund_declined", to="customer_credit") for one in kept],
        day=occasion.day,
        now=occasion.now,
    )
    journal.record_all(
        [refund_fact(one, kind="refund.succeeded", occasion=occasion) for one in gone]
        + [
            refund_fact(one.refund, kind="refund.declined", occasion=occasion, reason=one.declined)
            for one in kept
        ],
        at=occasion.now,
    )


def _posting(refund: LeasedRefund, *, kind: str, to: str) -> Posting:
    return Posting(
        company=refund.holder.company,
        kind=kind,
        subject=refund.id,
        currency=refund.holder.currency,
        legs=(("refunds", refund.amount_minor), (to, -refund.amount_minor)),
    )
