"""What the commands about money have in common: who asks, and how things are named."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

from perenne.billing.book_queries import invoices_numbered
from perenne.billing.errors import BooksError, InvoiceUnknownError
from perenne.billing.invoice_states import InvoiceState
from perenne.catalog.queries import regions
from perenne.platform.clock import clock, today
from perenne.platform.occasion import Occasion
from perenne.rules.bank_matching import numbers_in
from perenne.rules.money import Currency, parse_amount

P = ParamSpec("P")
R = TypeVar("R")


def asked_by(command: Callable[P, R]) -> Callable[P, R]:
    """Ask who does it."""
    return click.option("--by", required=True, help="Who decides; the journal names them.")(command)


def occasion_of(by: str, region: str = "") -> Occasion:
    """The present moment, used by a member of staff; the day is the region's, or Greenwich's."""
    now = clock().now()
    day = today(now, regions()[region].zone) if region else now.date()
    return Occasion(day, f"staff:{by}", now)


def currency_named(code: str) -> Currency:
    """A currency in which some region bills.

    Raises:
        BooksError: if there is none.
    """
    known = {region.currency.code: region.currency for region in regions().values()}
    if code not in known:
        raise BooksError(f"{code!r} is no currency of a region: {', '.join(sorted(known))}")
    return known[code]


def amount_of(text: str, currency: Currency) -> int:
    """An amount as people write it, in minor units.

    Raises:
        BooksError: if it is not an amount of the currency.
    """
    try:
        return parse_amount(text, exponent=currency.exponent, step_minor=1)
    except ValueError as error:
        raise BooksError(f"{text!r} {error}") from error


def invoice_named(name: str, seller: str | None) -> InvoiceState:
    """The invoice of a number such as ``R-000012``; each seller counts for itself.

    Raises:
        InvoiceUnknownError: if there is none, or several and no seller is named.
    """
    found = [
        one
        for series, number in numbers_in(name)
        for one in invoices_numbered(series, number)
        if seller in (None, one.seller)
    ]
    if len(found) > 1:
        sellers = ", ".join(f"“{one.seller}”" for one in found)
        raise InvoiceUnknownError(f"{name} is a number of several: say --seller {sellers}")
    if not found:
        raise InvoiceUnknownError(f"there is no invoice {name!r}: perenne invoices list")
    return found[0]
