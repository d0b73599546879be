"""What every payment gateway promises to billing, and how it says no.

PerenneError
└── GatewayError
    ├── GatewayUnavailableError   the outcome is unknown: ask again with the same key
    ├── GatewayRejectedError      our request is wrong: asking again changes nothing
    └── GatewayMismatchError      the answer is about something else: park, tell staff, book nothing
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from perenne.platform.errors import PerenneError

if TYPE_CHECKING:
    from datetime import date

    from perenne.rules.payments import DeclineKind


class GatewayError(PerenneError):
    """A call that gave no usable answer.

    ``code`` is stable and fit for the journal; it never holds a secret or a method token.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class GatewayUnavailableError(GatewayError):
    """Nobody knows whether the money moved: ask again with the same idempotency key.

    ``retry_after_s`` is how long the gateway asked us to wait, 0 if it did not say.
    """

    def __init__(self, message: str, *, code: str, retry_after_s: int = 0) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class GatewayRejectedError(GatewayError):
    """The gateway did not accept the request as such, and no money moved because of it."""


class GatewayMismatchError(GatewayError):
    """The gateway answered with another amount, currency or attempt than the one asked for."""


class ChargeOutcome(StrEnum):
    """What a gateway says of a charge; *unknown* is not among them, it is the lack of an answer."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRequest:
    """One wish to collect money, frozen when its attempt was committed.

    ``amount_minor`` is at least 1, in ISO 4217 minor units of ``currency``. ``business_day`` is
    the day of the run in the region's zone: the sandbox judges a card's validity by it, because
    the demo's clock is not the gateway's.
    """

    idempotency_key: str
    amount_minor: int
    currency: str
    method_token: str
    attempt_id: str
    description: str
    business_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeResult:
    """The gateway's word on one attempt; ``decline`` is set exactly when it was declined."""

    outcome: ChargeOutcome
    charge_id: str
    amount_minor: int
    currency: str
    decline: DeclineKind | None = None

    def __post_init__(self) -> None:
        if (self.outcome is ChargeOutcome.DECLINED) is (self.decline is None):
            raise ValueError(f"{self.outcome} does not go with the decline kind {self.decline}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """A wish to give back ``amount_minor``, the whole charge or a part of it."""

    idempotency_key: str
    charge_id: str
    amount_minor: int
    currency: str
    refund_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundResult:
    """Money given back; ``gateway_refund_id`` is the gateway's own name for it."""

    gateway_refund_id: str
    charge_id: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedCharge:
    """A line of the gateway's own book, for comparing it with ours one to one."""

    attempt_id: str
    result: ChargeResult
    refunded_minor: int


@dataclass(frozen=True, slots=True)
class BookPage:
    """Some lines of the gateway's book, oldest first; ``cursor`` asks for the lines after them."""

    charges: tuple[BookedCharge, ...]
    cursor: str
    has_more: bool


class PaymentGateway(Protocol):
    """A neighbour that moves money; safe to call from several threads.

    Source: docs/reference/sandbox-gateway.md, «Idempotency keys».
    """

    @property
    def name(self) -> str:
        """The stable code that is stored beside each charge id."""

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Collect the money of one attempt; the same key again gives the same answer.

        Raises:
            GatewayUnavailableError: if the outcome is unknown.
            GatewayRejectedError: if the request is malformed, or the key was used for another.
            GatewayMismatchError: if the answer names another amount, currency or attempt.
        """

    def find_charge(self, attempt_id: str) -> ChargeResult | None:
        """Look an attempt up; None if the gateway has no charge for it so far.

        Raises:
            GatewayUnavailableError: if the gateway gave no answer.
        """

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give back a charge or a part of it; the same key again gives the same answer.

        Raises:
            GatewayUnavailableError: if the outcome is unknown.
            GatewayRejectedError: if more would go back than was collected.
            GatewayMismatchError: if the answer names another amount, currency or charge.
        """

    def charges_after(self, cursor: str, *, limit: int) -> BookPage:
        """Read the gateway's book on from ``cursor``; the empty cursor starts at its beginning.

        Raises:
            GatewayUnavailableError: if the gateway gave no answer.
        """
