"""The facts of the books, as the journal tells them."""

from collections.abc import Iterable
from typing import Protocol

from perenne.billing.customer_credit import Holder
from perenne.billing.invoice_states import InvoiceState
from perenne.platform.journal import Fact
from perenne.platform.occasion import Occasion


def paid_facts(invoices: Iterable[InvoiceState], *, occasion: Occasion) -> list[Fact]:
    """That these invoices, which had been open, are settled."""
    return [
        Fact(
            kind="invoice.paid",
            subject=one.id,
            company=one.holder.company,
            region=one.region,
            business_day=occasion.day,
            actor=occasion.actor,
            facts={"number": one.name},
        )
        for one in invoices
    ]


class ToldRefund(Protocol):
    """What the journal tells of a refund."""

    @property
    def id(self) -> str:
        """Of the refund."""

    @property
    def payment(self) -> str:
        """Whose money goes back."""

    @property
    def amount_minor(self) -> int:
        """How much, in minor units."""

    @property
    def holder(self) -> Holder:
        """To whom."""

    @property
    def region(self) -> str:
        """Of the company."""


def refund_fact(refund: ToldRefund, *, kind: str, occasion: Occasion, **more: str | int) -> Fact:
    """What became of a refund."""
    return Fact(
        kind=kind,
        subject=refund.id,
        company=refund.holder.company,
        region=refund.region,
        business_day=occasion.day,
        actor=occasion.actor,
        facts={
            "payment": refund.payment,
            "amount_minor": refund.amount_minor,
            "currency": refund.holder.currency,
            **more,
        },
    )
