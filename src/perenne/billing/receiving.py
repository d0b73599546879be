"""Book money that came by bank: payments, what they settle, and the surplus as credit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from perenne.billing.customer_credit import CreditMove, Holder, move_credit
from perenne.billing.invoice_states import InvoiceState, lower_open
from perenne.billing.ledger import Posting, copy_ledger
from perenne.billing.models import Payment, PaymentAllocation
from perenne.billing.telling import paid_facts
from perenne.platform import journal
from perenne.platform.bulk import copy_in
from perenne.platform.ids import new_ids
from perenne.platform.journal import Fact
from perenne.platform.occasion import Occasion

BANK = "bank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One company's part of a bank line: what it settles of which invoice, and the surplus.

    ``holder`` is whose credit the surplus becomes; amounts in minor units.
    """

    line: str
    booked_on: date
    holder: Holder
    region: str
    parts: Mapping[str, int] = field(default_factory=dict)
    surplus_minor: int = 0

    @property
    def amount_minor(self) -> int:
        """All that this company paid."""
        return sum(self.parts.values()) + self.surplus_minor


def book_receipts(
    receipts: Sequence[Receipt], invoices: Mapping[str, InvoiceState], *, occasion: Occasion
) -> list[str]:
    """Append payments with what they settle; return their ids. The invoices are locked.

    In the caller's transaction. Access that an unpaid invoice took away is back at once, because
    it is derived from what is open.

    Raises:
        IntegrityError: if more would be settled than is open, or a line is booked twice.

    Source: docs/explanation/money.md, «Paying an invoice».
    """
    payments = new_ids("pay", len(receipts))
    _copy_payments(receipts, payments)
    move_credit(
        [
            CreditMove(one.holder, "surplus", one.surplus_minor, payment)
            for one, payment in zip(receipts, payments, strict=True)
            if one.surplus_minor
        ],
        now=occasion.now,
    )
    lowered: dict[str, int] = {}
    for one in receipts:
        for invoice, part in one.parts.items():
            lowered[invoice] = lowered.get(invoice, 0) + part
    settled = lower_open(lowered)
    copy_ledger(
        [_posting(one, payment) for one, payment in zip(receipts, payments, strict=True)],
        day=occasion.day,
        now=occasion.now,
    )
    journal.record_all(
        [
            _fact(one, payment, invoices, occasion)
            for one, payment in zip(receipts, payments, strict=True)
        ]
        + paid_facts([invoices[one] for one in settled], occasion=occasion),
        at=occasion.now,
    )
    return payments


def _copy_payments(receipts: Sequence[Receipt], payments: Sequence[str]) -> None:
    copy_in(
        Payment,
        "id company_id charge_key gateway charge_id bank_line_id currency amount_minor "
        "received_on".split(),
        (
            (
                payment,
                one.holder.company,
                payment,
                BANK,
                # A line may pay for several companies, as a reseller's does, but each only once.
                f"{one.line}/{one.holder.company}",
                one.line,
                one.holder.currency,
                one.amount_minor,
                one.booked_on,
            )
            for one, payment in zip(receipts, payments, strict=True)
        ),
    )
    copy_in(
        PaymentAllocation,
        ("payment_id", "invoice_id", "amount_minor"),
        (
            (payment, invoice, part)
            for one, payment in zip(receipts, payments, strict=True)
            for invoice, part in one.parts.items()
            if part
        ),
    )


def _posting(receipt: Receipt, payment: str) -> Posting:
    return Posting(
        company=receipt.holder.company,
        kind="payment",
        subject=payment,
        currency=receipt.holder.currency,
        legs=(
            ("cash", receipt.amount_minor),
            ("receivable", -sum(receipt.parts.values())),
            ("customer_credit", -receipt.surplus_minor),
        ),
    )


def _fact(
    receipt: Receipt, payment: str, invoices: Mapping[str, InvoiceState], occasion: Occasion
) -> Fact:
    return Fact(
        kind="payment.received",
        subject=payment,
        company=receipt.holder.company,
        region=receipt.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={
            "amount_minor": receipt.amount_minor,
            "currency": receipt.holder.currency,
            "booked_on": receipt.booked_on.isoformat(),
            "invoices": [invoices[one].name for one, part in receipt.parts.items() if part],
            "to_credit_minor": receipt.surplus_minor,
            "bank_line": receipt.line,
        },
    )
