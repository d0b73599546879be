"""Let a customer's credit settle open invoices."""

from collections.abc import Mapping

from perenne.billing.customer_credit import CreditMove, Holder, move_credit
from perenne.billing.invoice_states import InvoiceState, lower_open
from perenne.billing.ledger import Posting, copy_ledger
from perenne.billing.telling import paid_facts
from perenne.platform import journal
from perenne.platform.occasion import Occasion


def use_credit(
    parts: Mapping[str, int], invoices: Mapping[str, InvoiceState], *, occasion: Occasion
) -> None:
    """Settle so much of these invoices, locked by the caller, with their holders' credit.

    Raises:
        IntegrityError: if a holder has not so much, or not so much is open.
    """
    used = [(invoices[invoice], part) for invoice, part in parts.items() if part]
    entries = move_credit(
        [CreditMove(invoice.holder, "used", -part, invoice.id) for invoice, part in used],
        now=occasion.now,
    )
    settled = lower_open({invoice.id: part for invoice, part in used})
    copy_ledger(
        [
            credit_used(entry, invoice.holder, part)
            for entry, (invoice, part) in zip(entries, used, strict=True)
        ],
        day=occasion.day,
        now=occasion.now,
    )
    facts = paid_facts([invoices[one] for one in settled], occasion=occasion)
    journal.record_all(facts, at=occasion.now)


def credit_used(entry: str, holder: Holder, amount_minor: int) -> Posting:
    """The ledger's side of credit that settles an invoice."""
    return Posting(
        company=holder.company,
        kind="credit_used",
        subject=entry,
        currency=holder.currency,
        legs=(("customer_credit", amount_minor), ("receivable", -amount_minor)),
    )
