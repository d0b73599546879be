"""Give back what was paid of invoices that ask for less by now: to the payer, or as credit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from perenne.billing.customer_credit import CreditMove, move_credit
from perenne.billing.invoice_states import InvoiceState
from perenne.billing.ledger import Posting, copy_ledger
from perenne.billing.refunds import OpenedRefund, RefundWish, lock_payments, open_refunds
from perenne.platform.bulk import select
from perenne.platform.occasion import Occasion
from perenne.rules.filling import fill


class GiveBack(StrEnum):
    """Where money that is no longer owed goes."""

    TO_PAYER = "refund"
    TO_CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Excess:
    """What of an invoice is settled beyond what it asks for, in minor units."""

    invoice: InvoiceState
    amount_minor: int
    to: GiveBack


def give_back(excesses: Sequence[Excess], *, occasion: Occasion) -> list[OpenedRefund]:
    """Open refunds of the payments that settled these invoices, the latest first.

    In the caller's transaction, with the invoices locked. What no payment covers, because credit
    settled it, and all of it if so wished, becomes the holder's credit.

    Source: docs/explanation/money.md, «Refunds».
    """
    wishes = _refund_wishes([one for one in excesses if one.to is GiveBack.TO_PAYER])
    refunds = open_refunds(wishes, occasion=occasion)
    refunded: dict[str, int] = {}
    for wish in wishes:
        assert wish.invoice is not None
        refunded[wish.invoice] = refunded.get(wish.invoice, 0) + wish.amount_minor
    _keep_as_credit(
        {
            one.invoice.id: (one.invoice, rest)
            for one in excesses
            if (rest := one.amount_minor - refunded.get(one.invoice.id, 0))
        },
        occasion=occasion,
    )
    return refunds


_SETTLED_BY = """
select a.invoice_id, a.payment_id, a.amount_minor
       - coalesce((select sum(r.amount_minor) from billing_refund r
                   where r.payment_id = a.payment_id and r.invoice_id = a.invoice_id), 0)::bigint
       as settles_minor
from (select invoice_id, payment_id, sum(amount_minor) as amount_minor, max(id) as last
      from billing_paymentallocation where invoice_id = any(%s)
      group by invoice_id, payment_id) a
order by a.invoice_id, a.last desc
"""


def _refund_wishes(excesses: Sequence[Excess]) -> list[RefundWish]:
    rows = select(_SETTLED_BY, [[one.invoice.id for one in excesses]])
    left = {
        one.payment: one.left_minor
        for one in lock_payments(sorted({row["payment_id"] for row in rows})).values()
    }
    wishes = []
    for one in excesses:
        sources = [row for row in rows if row["invoice_id"] == one.invoice.id]
        limits = [min(row["settles_minor"], left[row["payment_id"]]) for row in sources]
        for row, part in zip(sources, fill(one.amount_minor, limits), strict=True):
            if part:
                left[row["payment_id"]] -= part
                wishes.append(
                    RefundWish(
                        payment=row["payment_id"],
                        amount_minor=part,
                        holder=one.invoice.holder,
                        region=one.invoice.region,
                        invoice=one.invoice.id,
                    )
                )
    return wishes


def _keep_as_credit(kept: Mapping[str, tuple[InvoiceState, int]], *, occasion: Occasion) -> None:
    entries = move_credit(
        [
            CreditMove(invoice.holder, "given_back", amount, invoice.id)
            for invoice, amount in kept.values()
        ],
        now=occasion.now,
    )
    copy_ledger(
        [
            Posting(
                company=invoice.holder.company,
                kind="given_back",
                subject=entry,
                currency=invoice.holder.currency,
                legs=(("receivable", amount), ("customer_credit", -amount)),
            )
            for entry, (invoice, amount) in zip(entries, kept.values(), strict=True)
        ],
        day=occasion.day,
        now=occasion.now,
    )
