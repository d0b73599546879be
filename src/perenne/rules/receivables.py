"""What an invoice still asks for, and what follows when it is not paid in time."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class InvoiceStatus(StrEnum):
    """Where an invoice is; derived from what settled it and the day, never stored."""

    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDITED = "credited"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceSums:
    """All that settled an invoice, in minor units, none negative.

    ``given_back_minor`` is what was paid and then no longer owed: it went back to the payer, or
    to the customer's credit.
    """

    gross_minor: int
    paid_minor: int = 0
    credit_used_minor: int = 0
    credited_minor: int = 0
    given_back_minor: int = 0

    @property
    def open_minor(self) -> int:
        """What is still to be paid; negative if more settled it than it asks for."""
        settled = self.paid_minor + self.credit_used_minor + self.credited_minor
        return self.gross_minor - settled + self.given_back_minor


def invoice_status(sums: InvoiceSums, *, due_on: date, as_of: date) -> InvoiceStatus:
    """The status on a day: an invoice is overdue from the day after the one on which it is due.

    Source: docs/explanation/money.md, «Status of an invoice».
    """
    if sums.open_minor > 0:
        return InvoiceStatus.OVERDUE if as_of >= overdue_from(due_on) else InvoiceStatus.OPEN
    if sums.credited_minor and sums.credited_minor == sums.gross_minor:
        return InvoiceStatus.CREDITED
    return InvoiceStatus.PAID


def overdue_from(due_on: date) -> date:
    """The first day on which an unpaid invoice is overdue."""
    return due_on + timedelta(1)


def suspends_from(due_on: date, *, grace_days: int) -> date:
    """The first day on which an unpaid invoice takes access away: so many days overdue.

    Source: docs/explanation/money.md, «Overdue invoices».
    """
    return overdue_from(due_on) + timedelta(grace_days)
