"""What the sandbox gateway answers, in its shapes and in billing's words."""

from __future__ import annotations

from pydantic import ValidationError

from perenne.billing.gateways.answers import Answer, decline_kind, unreadable
from perenne.billing.gateways.protocol import (
    BookedCharge,
    BookPage,
    ChargeOutcome,
    ChargeResult,
    MethodDetails,
    MethodKind,
    RefundResult,
)


class ChargeAnswer(Answer):
    """A charge as the gateway shows it."""

    id: str
    attempt_id: str
    amount_minor: int
    currency: str
    outcome: ChargeOutcome
    decline: str | None
    refunded_minor: int
    authenticate_url: str = ""

    def result(self) -> ChargeResult:
        """Say it in billing's words.

        Raises:
            GatewayUnavailableError: if it was declined without a kind, or has one without.
        """
        try:
            return ChargeResult(
                outcome=self.outcome,
                charge_id=self.id,
                amount_minor=self.amount_minor,
                currency=self.currency,
                decline=None if self.decline is None else decline_kind(self.decline),
                authenticate_url=self.authenticate_url,
            )
        except ValueError as error:
            raise unreadable(str(error)) from error

    def booked(self) -> BookedCharge:
        """Say it as a line of the gateway's book."""
        return BookedCharge(
            attempt_id=self.attempt_id, result=self.result(), refunded_minor=self.refunded_minor
        )


class ChargesAnswer(Answer):
    """Some charges; a look-up of one attempt has no cursor."""

    charges: list[ChargeAnswer]
    cursor: str = ""
    has_more: bool = False

    def page(self) -> BookPage:
        """Say it in billing's words."""
        charges = tuple(charge.booked() for charge in self.charges)
        return BookPage(charges=charges, cursor=self.cursor, has_more=self.has_more)


class RefundAnswer(Answer):
    """A refund as the gateway shows it."""

    id: str
    charge_id: str
    amount_minor: int
    currency: str

    def result(self) -> RefundResult:
        """Say it in billing's words."""
        return RefundResult(
            gateway_refund_id=self.id,
            charge_id=self.charge_id,
            amount_minor=self.amount_minor,
            currency=self.currency,
        )


class HealthAnswer(Answer):
    """Whose gateway it is."""

    home: str


class BookAnswer(Answer):
    """What the gateway's book holds."""

    charges: int
    succeeded: int
    refunds: int
    idempotency_errors: int


class ProblemAnswer(Answer):
    """A refusal; the code is stable."""

    code: str = "unnamed"


class RefundsAnswer(Answer):
    """The refunds of a charge under one id of ours."""

    refunds: list[RefundAnswer]


class MethodAnswer(Answer):
    """A payment method that was entered on the hosted page."""

    kind: MethodKind
    last4: str
    valid_through: str
    token: str


class SetupAnswer(Answer):
    """A visit to the hosted page; ``method`` is set once it is completed."""

    id: str
    company_id: str
    state: str
    url: str
    method: MethodAnswer | None

    def details(self) -> MethodDetails | None:
        """Say it in billing's words; None if nothing was entered."""
        if self.method is None:
            return None
        return MethodDetails(company_id=self.company_id, **self.method.model_dump())


class EventAnswer(Answer):
    """An event of the sandbox's outbox."""

    seq: int
    id: str
    type: str
    object_id: str
    attempt_id: str
    tries: int
    delivered_at: int | None


class EventsAnswer(Answer):
    """Some events, oldest first."""

    events: list[EventAnswer]


class ToldObject(Answer):
    """What a webhook of the sandbox is about."""

    kind: str
    id: str


class ToldEvent(Answer):
    """The body of a webhook of the sandbox."""

    id: str
    object: ToldObject
    attempt_id: str


def problem_code(body: bytes) -> str:
    """Read the code of a refusal, ``unnamed`` if there is none."""
    try:
        return ProblemAnswer.model_validate_json(body).code
    except ValidationError:
        return "unnamed"
