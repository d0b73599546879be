"""Reading a gateway in the contract's tests, and the words of their fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from perenne.billing.gateways.protocol import ChargeResult, GatewayError, RefundRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from perenne.billing.gateways.protocol import BookedCharge, PaymentGateway


class Token(Protocol):
    """Gives the token of a method that plays the script of its last digits."""

    def __call__(self, last4: str, kind: str = "card") -> str: ...


class Settling(Protocol):
    """Gives a pending charge its outcome, as a bank or a payer does elsewhere."""

    def __call__(self, charge_id: str, *, succeeds: bool) -> None: ...


def a_refund(charge: ChargeResult, refund_id: str, *, amount_minor: int) -> RefundRequest:
    return RefundRequest(
        idempotency_key=f"{charge.charge_id}_{refund_id}",
        charge_id=charge.charge_id,
        amount_minor=amount_minor,
        currency=charge.currency,
        refund_id=refund_id,
    )


def said(call: Callable[[], object]) -> object:
    """What a call gives, or the kind of error that it raises."""
    try:
        return call()
    except GatewayError as error:
        return type(error)


def whole_book(
    gateway: PaymentGateway, *, cursor: str = "", limit: int = 1000
) -> list[BookedCharge]:
    page = gateway.charges_after(cursor, limit=limit)
    lines = list(page.charges)
    while page.has_more:
        page = gateway.charges_after(page.cursor, limit=limit)
        lines += page.charges
    return lines


def end_of_book(gateway: PaymentGateway) -> str:
    page = gateway.charges_after("", limit=1000)
    while page.has_more:
        page = gateway.charges_after(page.cursor, limit=1000)
    return page.cursor


def booked_for(gateway: PaymentGateway, attempt_id: str) -> list[BookedCharge]:
    return [line for line in whole_book(gateway) if line.attempt_id == attempt_id]
