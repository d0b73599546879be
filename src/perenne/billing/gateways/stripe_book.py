"""Reads Stripe's PaymentIntents: all of them, those of a customer, or those of an attempt.

A list begins with the newest and is never late; a search is.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from perenne.billing.gateways.answers import read_answer, unreadable
from perenne.billing.gateways.protocol import BookPage
from perenne.billing.gateways.stripe_answers import CreatedListAnswer, IntentsAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stripe.params import PaymentIntentListParams, PaymentIntentSearchParams

    from perenne.billing.gateways.stripe_answers import IntentAnswer
    from perenne.billing.gateways.stripe_connection import StripeConnection

# As many as Stripe gives at a time.
_PAGE_MAX = 100
_PAGES_MAX = 200


def page_after(connection: StripeConnection, cursor: str, *, limit: int) -> BookPage:
    """Read the lines after a PaymentIntent, oldest first; the empty cursor is before the oldest.

    The first page of all has one line only: to find it takes about thirty short calls.

    Args:
        connection: to the account.
        cursor: the id of a PaymentIntent, or empty.
        limit: lines at most; Stripe gives no more than 100.
    """
    if not cursor:
        return _oldest_page(connection)
    asked: PaymentIntentListParams = {
        "ending_before": cursor,
        "limit": min(limit, _PAGE_MAX),
        "expand": ["data.latest_charge"],
    }
    page = _read(connection, asked)
    if not page.data:
        return BookPage(charges=(), cursor=cursor, has_more=False)
    booked = tuple(intent.booked() for intent in reversed(page.data) if intent.attempt_id)
    return BookPage(charges=booked, cursor=page.data[0].id, has_more=page.has_more)


def attempts_of(connection: StripeConnection, customer: str, attempt_id: str) -> list[IntentAnswer]:
    """Find the PaymentIntents of an attempt among all those of one customer."""
    asked: PaymentIntentListParams = {"customer": customer, "limit": _PAGE_MAX}
    return [
        intent
        for page in _pages(connection, asked)
        for intent in page.data
        if intent.attempt_id == attempt_id
    ]


def attempts_found(connection: StripeConnection, query: str) -> list[IntentAnswer]:
    """Find PaymentIntents with Stripe's search, which misses those of the last minute."""
    asked: PaymentIntentSearchParams = {"query": query, "limit": _PAGE_MAX}
    body = connection.ask(lambda: connection.client.v1.payment_intents.search(asked))
    return read_answer(IntentsAnswer, body).data


def _oldest_page(connection: StripeConnection) -> BookPage:
    newest = _created(connection, {"limit": 1}).data
    if not newest:
        return BookPage(charges=(), cursor="", has_more=False)

    def has_older(second: int) -> bool:
        return bool(_created(connection, {"limit": 1, "created": {"lte": second}}).data)

    second = bisect_left(range(newest[0].created), x=True, key=has_older)
    # Those of the very first second come with the newest first, too.
    asked: PaymentIntentListParams = {
        "created": {"lte": second},
        "limit": _PAGE_MAX,
        "expand": ["data.latest_charge"],
    }
    *_, last_page = _pages(connection, asked)
    if not last_page.data:
        raise unreadable("a payment has disappeared from the list")
    oldest = last_page.data[-1]
    booked = (oldest.booked(),) if oldest.attempt_id else ()
    return BookPage(charges=booked, cursor=oldest.id, has_more=True)


def _pages(connection: StripeConnection, asked: PaymentIntentListParams) -> Iterator[IntentsAnswer]:
    page = _read(connection, asked)
    yield page
    for _ in range(_PAGES_MAX):
        if not page.has_more or not page.data:
            return
        page = _read(connection, {**asked, "starting_after": page.data[-1].id})
        yield page
    # Nobody has so many payments: it goes round in circles.
    raise unreadable("the list does not end")


def _read(connection: StripeConnection, asked: PaymentIntentListParams) -> IntentsAnswer:
    body = connection.ask(lambda: connection.client.v1.payment_intents.list(asked))
    return read_answer(IntentsAnswer, body)


def _created(connection: StripeConnection, asked: PaymentIntentListParams) -> CreatedListAnswer:
    body = connection.ask(lambda: connection.client.v1.payment_intents.list(asked))
    return read_answer(CreatedListAnswer, body)
