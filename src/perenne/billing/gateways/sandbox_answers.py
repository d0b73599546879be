"""Reads what the sandbox gateway answered; an answer that cannot be read proves nothing."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from perenne.billing.gateways.protocol import (
    BookedCharge,
    BookPage,
    ChargeOutcome,
    ChargeResult,
    GatewayUnavailableError,
    RefundResult,
)
from perenne.rules.payments import DeclineKind


class _Answer(BaseModel):
    # A gateway may say more than we know, but not in other types: "420" is no amount.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class ChargeAnswer(_Answer):
    """A charge as the gateway shows it."""

    id: str
    attempt_id: str
    amount_minor: int
    currency: str
    outcome: ChargeOutcome
    decline: str | None
    refunded_minor: int

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
                decline=None if self.decline is None else _decline_kind(self.decline),
            )
        except ValueError as error:
            raise unreadable(str(error)) from error

    def booked(self) -> BookedCharge:
        """Say it as a line of the gateway's book."""
        return BookedCharge(
            attempt_id=self.attempt_id, result=self.result(), refunded_minor=self.refunded_minor
        )


class ChargesAnswer(_Answer):
    """Some charges; a look-up of one attempt has no cursor."""

    charges: list[ChargeAnswer]
    cursor: str = ""
    has_more: bool = False

    def page(self) -> BookPage:
        """Say it in billing's words."""
        charges = tuple(charge.booked() for charge in self.charges)
        return BookPage(charges=charges, cursor=self.cursor, has_more=self.has_more)


class RefundAnswer(_Answer):
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


class HealthAnswer(_Answer):
    """Whose gateway it is."""

    home: str


class BookAnswer(_Answer):
    """What the gateway's book holds."""

    charges: int
    succeeded: int
    refunds: int
    idempotency_errors: int


class ProblemAnswer(_Answer):
    """A refusal; the code is stable."""

    code: str = "unnamed"


AnswerT = TypeVar("AnswerT", bound=_Answer)


def read_answer(shape: type[AnswerT], body: bytes) -> AnswerT:
    """Read ``body`` as ``shape``.

    Raises:
        GatewayUnavailableError: if it is anything else, for example a proxy's page in HTML: then
            nobody knows what happened to the request.
    """
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise unreadable(f"{error.error_count()} mistakes in {shape.__name__}") from error


def problem_code(body: bytes) -> str:
    """Read the code of a refusal, ``unnamed`` if there is none."""
    try:
        return ProblemAnswer.model_validate_json(body).code
    except ValidationError:
        return "unnamed"


def unreadable(reason: str) -> GatewayUnavailableError:
    """Make the error for an answer that says nothing."""
    return GatewayUnavailableError(f"the answer is unreadable: {reason}", code="unreadable_answer")


def _decline_kind(told: str) -> DeclineKind:
    # Whatever the reason, the money did not move; an unknown one may be tried again.
    return DeclineKind(told) if told in set(DeclineKind) else DeclineKind.DECLINED
