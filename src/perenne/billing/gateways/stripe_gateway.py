"""Stripe behind our protocol: off-session PaymentIntents, Checkout for set-up, signed webhooks.

The charge of an attempt is its PaymentIntent. Card data never come here: payers enter them at
Stripe, and we keep the token that ``finish_setup`` gives.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from perenne.billing.gateways.answers import demand_equal, read_answer, weightiest
from perenne.billing.gateways.protocol import (
    ChargeOutcome,
    ChargeResult,
    GatewayRejectedError,
    HostedPage,
    MethodKind,
)
from perenne.billing.gateways.stripe_answers import (
    ATTEMPT,
    COMPANY,
    REFUND,
    CardErrorAnswer,
    CustomerAnswer,
    CustomersAnswer,
    IntentAnswer,
    RefundAnswer,
    RefundsAnswer,
    SessionAnswer,
)
from perenne.billing.gateways.stripe_book import attempts_found, attempts_of, page_after
from perenne.billing.gateways.stripe_connection import STRIPE_API, StripeConnection
from perenne.billing.gateways.stripe_errors import RepeatedFailureError
from perenne.billing.gateways.stripe_events import read_stripe_event
from perenne.billing.gateways.stripe_money import stripe_amount

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from stripe.params import PaymentIntentCreateParams
    from stripe.params.checkout import SessionCreateParams

    from perenne.billing.gateways.event import GatewayEvent
    from perenne.billing.gateways.protocol import (
        BookPage,
        ChargeRequest,
        MethodDetails,
        RefundRequest,
        RefundResult,
        SetupRequest,
    )

_TOKEN = re.compile(r"([a-z_]{1,40}):(cus_\w{1,200}):(pm_\w{1,200})", re.ASCII)
_OUR_ID = re.compile(r"[\w-]{1,100}", re.ASCII)
_SESSION = re.compile(r"cs_\w{1,250}", re.ASCII)
# The direct debit that is usual where a currency is.
_DEBIT_OF_CURRENCY = {
    "EUR": "sepa_debit",
    "USD": "us_bank_account",
    "GBP": "bacs_debit",
    "AUD": "au_becs_debit",
}
_LOCALES = {"zh-Hant": "zh-TW", "en": "en"}


class StripeGateway:
    """One Stripe account; safe to use from several threads, not to be carried over a fork."""

    name = "stripe"

    def __init__(
        self, key: str, webhook_secret: str, *, api_base: str = STRIPE_API, timeout_s: int = 30
    ) -> None:
        self._stripe = StripeConnection(key, api_base=api_base, timeout_s=timeout_s)
        self._intents = self._stripe.client.v1.payment_intents
        self._webhook_secret = webhook_secret

    def close(self) -> None:
        """Close the connections."""
        self._stripe.close()

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Collect the money of one attempt, as the protocol says, with nobody there to confirm.

        A bank that wants its customer to confirm declines: ``authentication_required``.
        """
        kind, customer, method = _read_token(request.method_token)
        amount = stripe_amount(request.amount_minor, request.currency)
        wanted: PaymentIntentCreateParams = {
            "amount": amount,
            "currency": request.currency.lower(),
            "customer": customer,
            "payment_method": method,
            # Named, or Stripe would ask where to send payers whose method needs a redirect.
            "allowed_payment_method_types": [kind],
            "confirm": True,
            "off_session": True,
            "description": request.description,
            "metadata": {
                ATTEMPT: request.attempt_id,
                "business_day": request.business_day.isoformat(),
            },
        }
        try:
            told = self._stripe.ask_for_money(
                lambda: self._intents.create(
                    wanted, options={"idempotency_key": request.idempotency_key}
                )
            )
        except RepeatedFailureError:
            return self._charged_all_the_same(request)
        if told.is_card_error:
            return _declined(told.body, request)
        intent = read_answer(IntentAnswer, told.body)
        _demand_asked(intent, request)
        return intent.result()

    def _charged_all_the_same(self, request: ChargeRequest) -> ChargeResult:
        """Look up what Stripe did before it failed; re-raises if that is nothing so far."""
        found = self.find_charge(request.attempt_id, method_token=request.method_token)
        if found is None:
            raise  # noqa: PLE0704 - called where the failure is handled
        demand_equal(found.amount_minor, request.amount_minor, "amount")
        demand_equal(found.currency, request.currency, "currency")
        return found

    def find_charge(self, attempt_id: str, *, method_token: str = "") -> ChargeResult | None:
        """Look an attempt up, as the protocol says.

        The payments of the method's customer are listed at once; the search finds any payment,
        but only about a minute after it was made.

        Raises:
            ValueError: if it cannot be an id of ours.
        """
        if not _OUR_ID.fullmatch(attempt_id):
            raise ValueError(f"{attempt_id!r} is no attempt")
        token = _TOKEN.fullmatch(method_token)
        found = [] if token is None else attempts_of(self._stripe, token[2], attempt_id)
        if not found:
            found = attempts_found(self._stripe, f"metadata['{ATTEMPT}']:'{attempt_id}'")
            for intent in found:
                demand_equal(intent.attempt_id, attempt_id, "attempt")
        best = weightiest([intent.booked() for intent in found])
        return None if best is None else best.result

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give back a charge or a part of it, as the protocol says."""
        amount = stripe_amount(request.amount_minor, request.currency)
        refunds = self._stripe.client.v1.refunds
        try:
            body = self._stripe.ask(
                lambda: refunds.create(
                    {
                        "payment_intent": request.charge_id,
                        "amount": amount,
                        "metadata": {REFUND: request.refund_id},
                    },
                    options={"idempotency_key": request.idempotency_key},
                )
            )
        except RepeatedFailureError:
            result = self.find_refund(request.charge_id, request.refund_id)
            if result is None:
                raise
        else:
            result = read_answer(RefundAnswer, body).result()
        demand_equal(result.charge_id, request.charge_id, "charge")
        demand_equal(result.amount_minor, request.amount_minor, "amount")
        demand_equal(result.currency, request.currency, "currency")
        return result

    def find_refund(self, charge_id: str, refund_id: str) -> RefundResult | None:
        """Look a refund up, as the protocol says, among the newest 100 of its charge."""
        refunds = self._stripe.client.v1.refunds
        body = self._stripe.ask(lambda: refunds.list({"payment_intent": charge_id, "limit": 100}))
        found = [
            refund
            for refund in read_answer(RefundsAnswer, body).data
            if refund.refund_id == refund_id
        ]
        for refund in found:
            demand_equal(refund.payment_intent or "", charge_id, "charge")
        return found[0].result() if found else None

    def charges_after(self, cursor: str, *, limit: int) -> BookPage:
        """Read Stripe's book on from ``cursor``, at most 100 lines at a time.

        Payments of the same account that are not ours are left out.
        """
        return page_after(self._stripe, cursor, limit=limit)

    def begin_setup(self, request: SetupRequest) -> HostedPage:
        """Open a Checkout Session in setup mode, as the protocol says.

        Raises:
            GatewayRejectedError: if a direct debit is wished for in a currency that has none here.
        """
        wanted: SessionCreateParams = {
            "mode": "setup",
            "customer": self._customer(request),
            "currency": request.currency.lower(),
            "allowed_payment_method_types": [
                _type_of(kind, request.currency) for kind in request.kinds
            ],
            "locale": _LOCALES.get(request.locale, "auto"),
            "success_url": request.success_url,
            "cancel_url": request.cancel_url,
            "metadata": {COMPANY: request.company_id},
        }
        body = self._stripe.ask(
            lambda: self._stripe.client.v1.checkout.sessions.create(
                wanted, options={"idempotency_key": request.idempotency_key}
            )
        )
        answer = read_answer(SessionAnswer, body)
        demand_equal(answer.company_id, request.company_id, "company")
        if not answer.url:
            raise GatewayRejectedError("the page is over already", code=f"setup_{answer.status}")
        return HostedPage(url=answer.url, setup_id=answer.id)

    def finish_setup(self, setup_id: str) -> MethodDetails:
        """Fetch what was entered at Stripe, as the protocol says."""
        if not _SESSION.fullmatch(setup_id):
            raise GatewayRejectedError("that is no page of Stripe's", code="setup_not_found")
        body = self._stripe.ask(
            lambda: self._stripe.client.v1.checkout.sessions.retrieve(
                setup_id, {"expand": ["setup_intent.payment_method"]}
            )
        )
        answer = read_answer(SessionAnswer, body)
        demand_equal(answer.id, setup_id, "setup")
        return answer.details()

    def read_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> GatewayEvent:
        """Verify a webhook of Stripe, as the protocol says."""
        return read_stripe_event(body, headers, now, secret=self._webhook_secret)

    def _customer(self, request: SetupRequest) -> str:
        if not _OUR_ID.fullmatch(request.company_id):
            raise ValueError(f"{request.company_id!r} is no company")
        customers = self._stripe.client.v1.customers
        query = f"metadata['{COMPANY}']:'{request.company_id}'"
        body = self._stripe.ask(lambda: customers.search({"query": query, "limit": 1}))
        if found := read_answer(CustomersAnswer, body).data:
            return found[0].id
        # Two customers for one company, because the search is late, harm nobody: each method
        # names its own.
        body = self._stripe.ask(
            lambda: customers.create(
                {
                    "name": request.company_name,
                    "email": request.email,
                    "metadata": {COMPANY: request.company_id},
                },
                options={"idempotency_key": f"{request.idempotency_key}-customer"},
            )
        )
        return read_answer(CustomerAnswer, body).id


def _read_token(token: str) -> tuple[str, str, str]:
    match = _TOKEN.fullmatch(token)
    if match is None:
        # Not quoted: a token is not for logs.
        raise GatewayRejectedError(
            "the method's token is not one of Stripe's", code="token_unknown"
        )
    return match[1], match[2], match[3]


def _type_of(kind: MethodKind, currency: str) -> str:
    if kind is MethodKind.CARD:
        return "card"
    if currency not in _DEBIT_OF_CURRENCY:
        raise GatewayRejectedError(
            f"there is no direct debit in {currency} at Stripe", code="method_unsupported"
        )
    return _DEBIT_OF_CURRENCY[currency]


def _demand_asked(intent: IntentAnswer, request: ChargeRequest) -> None:
    demand_equal(intent.attempt_id, request.attempt_id, "attempt")
    demand_equal(intent.currency.upper(), request.currency, "currency")
    demand_equal(intent.amount, stripe_amount(request.amount_minor, request.currency), "amount")


def _declined(body: str, request: ChargeRequest) -> ChargeResult:
    error = read_answer(CardErrorAnswer, body).error
    if error.payment_intent is not None:
        _demand_asked(error.payment_intent, request)
        return error.payment_intent.result(declined_by=error)
    return ChargeResult(
        outcome=ChargeOutcome.DECLINED,
        charge_id=error.charge or "",
        amount_minor=request.amount_minor,
        currency=request.currency,
        decline=error.kind(),
    )
