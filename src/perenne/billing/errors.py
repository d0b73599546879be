"""What the books refuse; nothing was written.

PerenneError
└── BooksError
    ├── CreditRefusedError      more would be credited than is left of what was invoiced
    ├── RefundExceedsError      more would go back than was paid, or than the credit that is there
    ├── RefundRefusedError      the refund is not in the state that is asked of it
    ├── PaymentRefusedError     a bank line is not there, is somebody's payment, or names nothing
    ├── InvoiceUnknownError     no invoice has that number
    ├── PeriodRefusedError      a period that is not over, or was closed before
    ├── NoProviderError         no payment provider is set up in this installation
    └── NoHostedPageError       the payment provider gave no page to enter a method on
"""

from perenne.platform.errors import PerenneError


class BooksError(PerenneError):
    """Something that the books do not do."""

    code = "books.refused"


class CreditRefusedError(BooksError):
    """There is not so much left to credit."""

    code = "credit.refused"


class RefundExceedsError(BooksError):
    """There is not so much left to give back."""

    code = "refund.exceeds"


class RefundRefusedError(BooksError):
    """The refund cannot go to that state."""

    code = "refund.refused"


class PaymentRefusedError(BooksError):
    """The bank line cannot be booked like that."""

    code = "payment.refused"


class InvoiceUnknownError(BooksError):
    """Nobody knows that invoice."""

    code = "invoice.unknown"


class PeriodRefusedError(BooksError):
    """The period cannot be closed."""

    code = "period.refused"


class NoProviderError(BooksError):
    """Nothing can be charged here, so no method can be entered."""

    code = "payment_method.no_provider"


class NoHostedPageError(BooksError):
    """The payment provider gave no page just now."""

    code = "payment_method.no_page"
