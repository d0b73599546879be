"""Reads requests in Stripe's wire format: form-encoded names with brackets, each mistake named."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from perenne.billing.gateways.sandbox_server.fields import (
    ChargeOrder,
    RefundOrder,
    is_web_address,
)
from perenne.billing.gateways.sandbox_server.scripts import read_method
from perenne.billing.gateways.sandbox_server.setup_fields import CustomerOrder, SetupOrder
from perenne.billing.gateways.sandbox_server.stripe_objects import charge_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from perenne.billing.gateways.sandbox_server.book import Book, Charge

# Stripe takes eight digits in most currencies.
_AMOUNT_MAX = 99_999_999
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)
_CURRENCY = re.compile(r"[a-z]{3}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_METADATA = re.compile(r"metadata\[([^\[\]]{1,40})\]")
_LISTED = re.compile(r"(expand|allowed_payment_method_types)\[[0-9]*\]")
_METADATA_CHARACTERS_MAX = 500
# Amounts that Stripe only takes in steps, for currencies whose smallest units are not used.
_STEPS = {"isk": 100, "ugx": 100, "bhd": 10, "jod": 10, "kwd": 10, "omr": 10, "tnd": 10}
_TYPES = {"card": "card", "sepa_debit": "direct_debit", "us_bank_account": "direct_debit"}


@dataclass(eq=False)
class StripeProblem(Exception):  # noqa: N818 - it is what Stripe's error object says
    """Why Stripe would refuse a request."""

    message: str
    code: str = "parameter_invalid"
    param: str = ""
    status: int = 400
    type: str = "invalid_request_error"


class Form:
    """The parameters of one request; each is taken once, and what nobody takes is a mistake."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {"expand": [], "allowed_payment_method_types": []}
        self._metadata: dict[str, str] = {}
        for name, value in pairs:
            if "\x00" in value:
                raise StripeProblem(f"Invalid value for {name}", param=name)
            if (listed := _LISTED.fullmatch(name)) is not None:
                self._lists[listed[1]].append(value)
            elif (kept := _METADATA.fullmatch(name)) is not None:
                self._metadata[kept[1]] = value[:_METADATA_CHARACTERS_MAX]
            else:
                self._values[name] = value

    def take(self, name: str, default: str | None = None) -> str:
        """Take a text; without a default it must be there.

        Raises:
            StripeProblem: if it is missing.
        """
        value = self._values.pop(name, default)
        if value is None or (value == "" and default is None):
            raise StripeProblem(
                f"Missing required param: {name}.", code="parameter_missing", param=name
            )
        return value

    def whole(self, name: str, *, least: int, most: int, default: int | None = None) -> int:
        """Take a whole number, both bounds included.

        Raises:
            StripeProblem: if it is missing, no whole number or out of bounds.
        """
        text = self.take(name, None if default is None else str(default))
        if not _WHOLE.fullmatch(text):
            message = f"Invalid integer: {text[:60]}"
            raise StripeProblem(message, code="parameter_invalid_integer", param=name)
        if int(text) < least:
            raise StripeProblem(f"{name} is too small", code=f"{name}_too_small", param=name)
        if int(text) > most:
            raise StripeProblem(f"{name} is too large", code=f"{name}_too_large", param=name)
        return int(text)

    def listed(self, name: str) -> list[str]:
        """Take a list, empty if it was not sent."""
        taken, self._lists[name] = self._lists[name], []
        return taken

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """Take the metadata."""
        taken, self._metadata = tuple(sorted(self._metadata.items())), {}
        return taken

    def finish(self) -> None:
        """End the reading.

        Raises:
            StripeProblem: if something was sent that nobody knows.
        """
        unread = [*self._values, *(f"metadata[{name}]" for name in self._metadata)]
        unread += [name for name, values in self._lists.items() if values]
        if unread:
            raise StripeProblem(
                f"Received unknown parameter: {unread[0][:60]}",
                code="parameter_unknown",
                param=unread[0][:60],
            )


def read_form(body: bytes) -> Form:
    """Read a form-encoded body.

    Raises:
        StripeProblem: if it is not one.
    """
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=100,
        )
    except ValueError:
        raise StripeProblem("Invalid request body: it is not form-encoded") from None
    return Form(pairs)


def read_intent(form: Form, book: Book) -> ChargeOrder:
    """Read what shall be charged at once, with nobody there.

    Raises:
        StripeProblem: naming the first parameter that Stripe would refuse.
    """
    amount = form.whole("amount", least=1, most=_AMOUNT_MAX)
    currency = _currency(form, amount)
    for name, value in (("confirm", "true"), ("off_session", "true")):
        if form.take(name) != value:
            raise StripeProblem("The sandbox only charges at once and off session.", param=name)
    customer, method_id = form.take("customer"), form.take("payment_method")
    types = form.listed("allowed_payment_method_types")
    metadata = dict(form.metadata())
    description = form.take("description", "")
    form.finish()
    entered = book.setups.method(method_id)
    if entered is None or entered.customer != customer:
        raise no_such("PaymentMethod", method_id, "payment_method")
    method = read_method(entered.token)
    assert method is not None, "the hosted page writes tokens that can be read"
    if method.kind not in {_TYPES.get(name) for name in types}:
        raise StripeProblem(
            "The PaymentMethod is not of an allowed type.",
            code="payment_intent_incompatible_payment_method",
            param="payment_method",
        )
    return ChargeOrder(
        attempt_id=metadata.get("attempt_id", ""),
        amount_minor=amount,
        currency=currency.upper(),
        method=method,
        description=description,
        business_day=_business_day(metadata.get("business_day", "")),
        customer=customer,
        metadata=tuple(sorted(metadata.items())),
    )


def read_refund(form: Form, book: Book) -> RefundOrder:
    """Read what shall go back; without an amount everything that is left.

    Raises:
        StripeProblem: naming the first parameter that Stripe would refuse.
    """
    charge = charge_of(form.take("payment_intent"), book, param="payment_intent")
    amount = form.whole("amount", least=0, most=_AMOUNT_MAX, default=0)
    metadata = dict(form.metadata())
    form.finish()
    return RefundOrder(
        refund_id=metadata.get("refund_id", ""),
        charge_id=charge.id,
        amount_minor=amount,
        currency=charge.currency,
    )


def read_customer(form: Form) -> CustomerOrder:
    """Read who pays.

    Raises:
        StripeProblem: if something was sent that nobody knows.
    """
    order = CustomerOrder(
        company_id=dict(form.metadata()).get("company_id", ""),
        name=form.take("name", ""),
        email=form.take("email", ""),
    )
    form.listed("expand")
    form.finish()
    return order


def read_session(form: Form, book: Book) -> SetupOrder:
    """Read which page shall be opened.

    Raises:
        StripeProblem: naming the first parameter that Stripe would refuse.
    """
    if form.take("mode") != "setup":
        raise StripeProblem("The sandbox only sets up payment methods.", param="mode")
    types = form.listed("allowed_payment_method_types")
    kinds = tuple(dict.fromkeys(_TYPES[name] for name in types if name in _TYPES))
    if not kinds or any(name not in _TYPES for name in types):
        raise StripeProblem("Invalid payment method types.", param="allowed_payment_method_types")
    form.take("currency", "")
    customer = form.take("customer")
    if book.setups.customer(customer) is None:
        raise no_such("customer", customer, "customer")
    order = SetupOrder(
        company_id=dict(form.metadata()).get("company_id", ""),
        kinds=kinds,
        locale=form.take("locale", "en"),
        success_url=_address(form, "success_url"),
        cancel_url=_address(form, "cancel_url"),
        customer=customer,
    )
    form.finish()
    return order


def charge_of(payment_intent_id: str, book: Book, *, param: str) -> Charge:
    """Find the charge of a PaymentIntent.

    Raises:
        StripeProblem: if there is none.
    """
    charge = book.charge(charge_id(payment_intent_id))
    if charge is None or not payment_intent_id.startswith("pi_"):
        raise no_such("payment_intent", payment_intent_id, param)
    return charge


def no_such(noun: str, name: str, param: str) -> StripeProblem:
    """Say that there is no such object, as Stripe does: with 400 or, for an address, 404."""
    message = f"No such {noun}: '{name[:60]}'"
    status = 404 if param == "id" else 400
    return StripeProblem(message, code="resource_missing", param=param, status=status)


def _currency(form: Form, amount: int) -> str:
    currency = form.take("currency").lower()
    if not _CURRENCY.fullmatch(currency):
        raise StripeProblem(f"Invalid currency: {currency[:60]}", param="currency")
    if amount % _STEPS.get(currency, 1):
        message = f"Invalid amount for {currency}"
        raise StripeProblem(message, code="parameter_invalid_integer", param="amount")
    return currency


def _address(form: Form, name: str) -> str:
    address = form.take(name)
    if not is_web_address(address):
        raise StripeProblem("Not a valid URL", code="url_invalid", param=name)
    return address


def _business_day(told: str) -> str:
    # Stripe judges a card by its own calendar; the sandbox by the run's, so that tests can.
    if _DAY.fullmatch(told):
        return told
    return datetime.fromtimestamp(time.time(), UTC).date().isoformat()
