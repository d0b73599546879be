"""What Stripe answers, in its shapes and in billing's words."""

from __future__ import annotations

from typing import Literal

from perenne.billing.gateways.answers import Answer
from perenne.billing.gateways.protocol import (
    BookedCharge,
    ChargeOutcome,
    ChargeResult,
    GatewayRejectedError,
    MethodDetails,
    MethodKind,
    RefundResult,
    SetupUnfinishedError,
)
from perenne.billing.gateways.stripe_declines import kind_of
from perenne.billing.gateways.stripe_money import amount_minor_of
from perenne.rules.payments import DeclineKind

# The names under which we keep our own ids at Stripe.
ATTEMPT, COMPANY, REFUND = "attempt_id", "company_id", "refund_id"
# Types of payment methods at Stripe that are direct debits to us.
DEBIT_TYPES = ("sepa_debit", "us_bank_account", "bacs_debit", "au_becs_debit", "acss_debit")


class PaymentErrorAnswer(Answer):
    """Why a payment was declined."""

    code: str | None = None
    decline_code: str | None = None
    advice_code: str | None = None

    def kind(self) -> DeclineKind:
        """Say it in our words."""
        return kind_of(
            code=self.code or "",
            decline_code=self.decline_code or "",
            advice_code=self.advice_code or "",
        )


class LatestChargeAnswer(Answer):
    """The charge behind a PaymentIntent, where it was asked for."""

    id: str
    amount_refunded: int


class RedirectAnswer(Answer):
    """Where a payer confirms."""

    url: str | None = None


class NextActionAnswer(Answer):
    """What a payer has to do."""

    redirect_to_url: RedirectAnswer | None = None


class IntentAnswer(Answer):
    """A PaymentIntent; a status that is not listed here makes the answer unreadable."""

    id: str
    object: Literal["payment_intent"]
    amount: int
    currency: str
    status: Literal[
        "succeeded",
        "processing",
        "requires_action",
        "requires_capture",
        "requires_confirmation",
        "requires_payment_method",
        "canceled",
    ]
    metadata: dict[str, str]
    latest_charge: str | LatestChargeAnswer | None = None
    last_payment_error: PaymentErrorAnswer | None = None
    next_action: NextActionAnswer | None = None

    @property
    def attempt_id(self) -> str:
        """The attempt that it is for; empty if it is not one of ours."""
        return self.metadata.get(ATTEMPT, "")

    def result(self, declined_by: PaymentErrorAnswer | None = None) -> ChargeResult:
        """Say it in billing's words; whatever may still collect money is pending.

        Args:
            declined_by: the error that was the answer, if it was one.
        """
        outcome, decline = ChargeOutcome.PENDING, None
        reason = declined_by or self.last_payment_error
        if self.status == "succeeded":
            outcome = ChargeOutcome.SUCCEEDED
        elif self.status == "canceled" or (self.status == "requires_payment_method" and reason):
            outcome = ChargeOutcome.DECLINED
            decline = DeclineKind.DECLINED if reason is None else reason.kind()
        return ChargeResult(
            outcome=outcome,
            charge_id=self.id,
            amount_minor=amount_minor_of(self.amount, self.currency.upper()),
            currency=self.currency.upper(),
            decline=decline,
            authenticate_url=self._authenticate_url(),
        )

    def booked(self) -> BookedCharge:
        """Say it as a line of Stripe's book."""
        refunded = 0
        if isinstance(self.latest_charge, LatestChargeAnswer):
            refunded = self.latest_charge.amount_refunded
        return BookedCharge(
            attempt_id=self.attempt_id,
            result=self.result(),
            refunded_minor=amount_minor_of(refunded, self.currency.upper()),
        )

    def _authenticate_url(self) -> str:
        if self.status != "requires_action" or self.next_action is None:
            return ""
        redirect = self.next_action.redirect_to_url
        return "" if redirect is None else redirect.url or ""


class CardErrorBody(PaymentErrorAnswer):
    """The inside of a 402: the reason, and the PaymentIntent that it is about."""

    charge: str | None = None
    payment_intent: IntentAnswer | None = None


class CardErrorAnswer(Answer):
    """A 402."""

    error: CardErrorBody


class IntentsAnswer(Answer):
    """Some PaymentIntents, the newest first."""

    data: list[IntentAnswer]
    has_more: bool


class CreatedAnswer(Answer):
    """When something was made, in seconds since 1970."""

    id: str
    created: int


class CreatedListAnswer(Answer):
    """Only ids and moments of a list, the newest first."""

    data: list[CreatedAnswer]
    has_more: bool


class RefundAnswer(Answer):
    """A Refund."""

    id: str
    amount: int
    currency: str
    payment_intent: str | None
    status: Literal["succeeded", "pending", "requires_action", "failed", "canceled"] | None
    metadata: dict[str, str] | None = None

    @property
    def refund_id(self) -> str:
        """Our own id of it; empty if it is not one of ours."""
        return (self.metadata or {}).get(REFUND, "")

    def result(self) -> RefundResult:
        """Say it in billing's words.

        Raises:
            GatewayRejectedError: if it has failed: the money is still here.
        """
        if self.status in {"failed", "canceled"}:
            raise GatewayRejectedError(f"the refund has {self.status}", code="refund_failed")
        currency = self.currency.upper()
        return RefundResult(
            gateway_refund_id=self.id,
            charge_id=self.payment_intent or "",
            amount_minor=amount_minor_of(self.amount, currency),
            currency=currency,
        )


class RefundsAnswer(Answer):
    """Some Refunds."""

    data: list[RefundAnswer]


class CustomerAnswer(Answer):
    """A Customer."""

    id: str


class CustomersAnswer(Answer):
    """Some Customers."""

    data: list[CustomerAnswer]


class CardAnswer(Answer):
    """A card, without its number."""

    last4: str
    exp_month: int
    exp_year: int


class DebitAnswer(Answer):
    """A bank account, without its number."""

    last4: str | None = None


class MethodAnswer(Answer):
    """A PaymentMethod."""

    id: str
    type: str
    customer: str | None = None
    card: CardAnswer | None = None
    sepa_debit: DebitAnswer | None = None
    us_bank_account: DebitAnswer | None = None
    bacs_debit: DebitAnswer | None = None
    au_becs_debit: DebitAnswer | None = None
    acss_debit: DebitAnswer | None = None

    def details(self, *, company_id: str, customer: str) -> MethodDetails:
        """Say it in billing's words; the token names type, customer and method.

        Raises:
            GatewayRejectedError: if it is of a kind that we do not charge.
        """
        token = f"{self.type}:{customer}:{self.id}"
        if self.card is not None:
            return MethodDetails(
                company_id=company_id,
                kind=MethodKind.CARD,
                last4=self.card.last4,
                valid_through=f"{self.card.exp_year:04d}-{self.card.exp_month:02d}",
                token=token,
            )
        debit: object = getattr(self, self.type) if self.type in DEBIT_TYPES else None
        if not isinstance(debit, DebitAnswer):
            raise GatewayRejectedError(
                f"a payment method of type {self.type[:40]!r} is not charged here",
                code="method_unsupported",
            )
        return MethodDetails(
            company_id=company_id,
            kind=MethodKind.DIRECT_DEBIT,
            last4=debit.last4 or "",
            valid_through="",
            token=token,
        )


class SetupIntentAnswer(Answer):
    """What a Checkout Session in setup mode made."""

    status: str
    payment_method: MethodAnswer | None = None


class SessionAnswer(Answer):
    """A Checkout Session, with its SetupIntent when that was asked for."""

    id: str
    url: str | None
    status: Literal["open", "complete", "expired"]
    customer: str | None
    metadata: dict[str, str] | None = None
    setup_intent: str | SetupIntentAnswer | None = None

    @property
    def company_id(self) -> str:
        """The company that it was opened for."""
        return (self.metadata or {}).get(COMPANY, "")

    def details(self) -> MethodDetails:
        """Say in billing's words what was entered.

        Raises:
            SetupUnfinishedError: if nothing was, or the bank has not confirmed it yet.
            GatewayRejectedError: if it is of a kind that we do not charge.
        """
        if self.status == "expired":
            raise SetupUnfinishedError("the page has expired", code="setup_expired")
        made = self.setup_intent if isinstance(self.setup_intent, SetupIntentAnswer) else None
        # A bank account may still have to be confirmed when the page is complete.
        method = None if made is None or made.status != "succeeded" else made.payment_method
        if self.status != "complete" or method is None:
            raise SetupUnfinishedError("nothing has been entered so far", code="setup_open")
        return method.details(company_id=self.company_id, customer=self.customer or "")


class EventObjectAnswer(Answer):
    """What an event is about."""

    id: str
    object: str
    payment_intent: str | None = None
    metadata: dict[str, str] | None = None
    mode: str | None = None


class EventDataAnswer(Answer):
    """The wrapping around it."""

    object: EventObjectAnswer


class StripeEventAnswer(Answer):
    """An Event."""

    id: str
    object: Literal["event"]
    type: str
    data: EventDataAnswer
