"""Invoices put into words for pages."""

from typing import assert_never

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from perenne.rules.receivables import InvoiceStatus


def status_text(status: InvoiceStatus) -> str:
    """Where an invoice is."""
    match status:
        case InvoiceStatus.OPEN:
            return _("To be paid")
        case InvoiceStatus.OVERDUE:
            return pgettext("invoice", "Overdue")
        case InvoiceStatus.PAID:
            return _("Paid")
        case InvoiceStatus.CREDITED:
            return _("Credited")
        case _ as unknown:
            assert_never(unknown)


def status_tone(status: InvoiceStatus) -> str:
    """The tone in which it is shown, beside its word."""
    match status:
        case InvoiceStatus.OVERDUE:
            return "warn"
        case InvoiceStatus.OPEN:
            return "wait"
        case InvoiceStatus.PAID:
            return ""
        case InvoiceStatus.CREDITED:
            return "over"
        case _ as unknown:
            assert_never(unknown)
