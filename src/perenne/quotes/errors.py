"""Errors of quotes.

PerenneError
└── QuoteError
    ├── QuoteRefusedError   a step that a rule refuses, with the reasons
    └── UnknownQuoteError   a quote, option or link that is not there for who asks
"""

from collections.abc import Sequence

from perenne.platform.errors import PerenneError
from perenne.rules.quotes import QuoteRefusal


class QuoteError(PerenneError):
    """A step of a quote that was not taken; nothing has happened."""

    code = "quote"


class QuoteRefusedError(QuoteError):
    """Asked for what a rule refuses."""

    code = "quote.refused"

    def __init__(self, refusals: Sequence[QuoteRefusal]) -> None:
        super().__init__(", ".join(f"{one.code} {one}" for one in refusals))
        self.refusals = tuple(refusals)


class UnknownQuoteError(QuoteError):
    """It is not there for who asks."""

    code = "quote.unknown"
