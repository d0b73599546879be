"""Open refunds: committed with their key before any gateway hears of them, never above the payment.

A refund takes its money from an invoice that asks for less by now, or from the customer's credit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from perenne.billing.book_models import Refund
from perenne.billing.customer_credit import CreditMove, Holder, move_credit
from perenne.billing.errors import RefundExceedsError
from perenne.billing.ledger import Posting, copy_ledger
from perenne.billing.telling import refund_fact
from perenne.platform import journal
from perenne.platform.bulk import copy_in, select
from perenne.platform.ids import new_ids
from perenne.platform.occasion import Occasion


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWish:
    """So much of a payment shall go back; ``invoice`` None takes it from the holder's credit."""

    payment: str
    amount_minor: int
    holder: Holder
    region: str
    invoice: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRefund:
    """A refund as it was committed; ``way`` is ``gateway`` or ``by_hand``."""

    id: str
    payment: str
    amount_minor: int
    holder: Holder
    region: str
    invoice: str | None
    way: str


@dataclass(frozen=True, slots=True)
class LeftOfPayment:
    """What of a payment did not go back yet, in minor units, and through whom it came."""

    payment: str
    left_minor: int
    gateway: str


_LEFT = """
select p.id, p.gateway, p.amount_minor
       - coalesce((select sum(r.amount_minor) from billing_refund r
                   where r.payment_id = p.id and r.state <> 'declined'), 0)::bigint as left_minor
from billing_payment p where p.id = any(%s) order by p.id
"""


def left_of_payments(payments: Sequence[str]) -> dict[str, LeftOfPayment]:
    """What of these payments can still go back, by id."""
    return {
        row["id"]: LeftOfPayment(row["id"], row["left_minor"], row["gateway"])
        for row in select(_LEFT, [list(payments)])
    }


def lock_payments(payments: Sequence[str]) -> dict[str, LeftOfPayment]:
    """Lock these payments in the order of their ids, and read what of them can still go back.

    Without the lock two refunds at once would each see what the other is about to take.
    """
    select(
        "select id from billing_payment where id = any(%s) order by id for update", [list(payments)]
    )
    return left_of_payments(payments)


def open_refunds(wishes: Sequence[RefundWish], *, occasion: Occasion) -> list[OpenedRefund]:
    """Commit to give back: append the refunds and what they take it from, locked, or nothing.

    In the caller's transaction; after its commit ``send_refunds`` asks the gateway. What came by
    bank goes back by hand, and waits for a person's word.

    Raises:
        RefundExceedsError: if more would go back than is left of a payment.

    Source: docs/explanation/money.md, «Refunds».
    """
    if not wishes:
        return []
    left = lock_payments([wish.payment for wish in wishes])
    _refuse_what_exceeds(wishes, {one.payment: one.left_minor for one in left.values()})
    opened = [
        OpenedRefund(
            id=identity,
            payment=wish.payment,
            amount_minor=wish.amount_minor,
            holder=wish.holder,
            region=wish.region,
            invoice=wish.invoice,
            way="by_hand" if left[wish.payment].gateway == "bank" else "gateway",
        )
        for identity, wish in zip(new_ids("rfd", len(wishes)), wishes, strict=True)
    ]
    append_refunds(opened, occasion=occasion)
    _take(opened, occasion=occasion)
    journal.record_all(
        [refund_fact(one, kind="refund.requested", occasion=occasion) for one in opened],
        at=occasion.now,
    )
    return opened


def _refuse_what_exceeds(wishes: Sequence[RefundWish], left: dict[str, int]) -> None:
    for wish in wishes:
        left[wish.payment] -= wish.amount_minor
        if left[wish.payment] < 0:
            raise RefundExceedsError(
                f"refund of {wish.amount_minor} {wish.holder.currency} minor units: only "
                f"{left[wish.payment] + wish.amount_minor} are left of payment {wish.payment}"
            )


def append_refunds(opened: Sequence[OpenedRefund], *, occasion: Occasion) -> None:
    """Append the rows; the key is the refund, so a repeated call never gives back twice."""
    copy_in(
        Refund,
        "id company_id partner_id payment_id invoice_id currency amount_minor way state "
        "idempotency_key gateway_refund_id declined_because problem reference business_day actor "
        "created_at".split(),
        (
            (
                one.id,
                one.holder.company,
                one.holder.partner,
                one.payment,
                one.invoice,
                one.holder.currency,
                one.amount_minor,
                one.way,
                "created",
                one.id,
                "",
                "",
                "",
                "",
                occasion.day,
                occasion.actor,
                occasion.now,
            )
            for one in opened
        ),
    )


def _take(opened: Sequence[OpenedRefund], *, occasion: Occasion) -> None:
    """Take the money from the invoice or the credit; it is owed until it has gone back."""
    move_credit(
        [
            CreditMove(one.holder, "paid_out", -one.amount_minor, one.id)
            for one in opened
            if one.invoice is None
        ],
        now=occasion.now,
    )
    copy_ledger(
        [
            Posting(
                company=one.holder.company,
                kind="refund_requested",
                subject=one.id,
                currency=one.holder.currency,
                legs=(
                    ("customer_credit" if one.invoice is None else "receivable", one.amount_minor),
                    ("refunds", -one.amount_minor),
                ),
            )
            for one in opened
        ],
        day=occasion.day,
        now=occasion.now,
    )
