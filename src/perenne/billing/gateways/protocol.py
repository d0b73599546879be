"""What every payment gateway promises to billing, and how it says no.

PerenneError
└── GatewayError
    ├── GatewayUnavailableError   the outcome is unknown: ask again with the same key
    ├── GatewayRejectedError      our request is wrong: asking again changes nothing
    ├── GatewayMismatchError      the answer is about something else: park, tell staff, book nothing
    └── SetupUnfinishedError      nobody has entered a payment method on the hosted page

Webhooks are refused with the errors of ``event.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from perenne.platform.errors import PerenneError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from perenne.billing.gateways.event import GatewayEvent
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


class SetupUnfinishedError(GatewayError):
    """The hosted page has given no payment method.

    The code is ``setup_open``, ``setup_cancelled`` or ``setup_expired``; only the first may still
    become one.
    """


class ChargeOutcome(StrEnum):
    """What a gateway says of a charge; *unknown* is not among them, it is the lack of an answer."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    PENDING = "pending"


class MethodKind(StrEnum):
    """The kinds of payment methods that a gateway charges."""

    CARD = "card"
    DIRECT_DEBIT = "direct_debit"


class ChargeRequest(Struct, frozen=True, kw_only=True):
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


class ChargeResult(Struct, frozen=True, kw_only=True):
    """The gateway's word on one attempt; ``decline`` is set exactly when it was declined.

    ``authenticate_url`` is set while a charge is pending because its payer has to confirm it.
    """

    outcome: ChargeOutcome
    charge_id: str
    amount_minor: int
    currency: str
    decline: DeclineKind | None = None
    authenticate_url: str = ""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupRequest:
    """A wish to have a payment method entered on the gateway's own page.

    ``kinds`` are the kinds that may be entered, ``currency`` is what will be collected with it.
    The payer comes back to ``success_url`` or ``cancel_url``, which prove nothing.
    """

    idempotency_key: str
    company_id: str
    company_name: str
    email: str
    locale: str
    currency: str
    kinds: tuple[MethodKind, ...]
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class HostedPage:
    """Where the payer enters a method; keep ``setup_id`` with the company that it is for."""

    url: str
    setup_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodDetails:
    """What may be shown of a method and the token that charges it; never a card number.

    ``valid_through`` is a card's last month like ``2027-05``, empty for a direct debit.
    ``company_id`` is the one of the request: compare it before you keep the method.
    """

    company_id: str
    kind: MethodKind
    last4: str
    valid_through: str
    token: str


class PaymentGateway(Protocol):
    """A neighbour that moves money; safe to call from several threads.

    Source: docs/reference/sandbox-gateway.md, «Idempotency keys».
    """

    @property
    def name(self) -> str:
        """The stable code that is stored beside each charge id."""

    def charge(self, request: ChargeRequest) -> ChargeResult:
        """Collect the money of one attempt; the same key again never collects twice.

        It gives the same answer, as long as the gateway remembers the key: Stripe may forget it
        after 24 hours. Before asking again later than that, look the attempt up.

        Raises:
            GatewayUnavailableError: if the outcome is unknown.
            GatewayRejectedError: if the request is malformed, or the key was used for another.
            GatewayMismatchError: if the answer names another amount, currency or attempt.
        """

    def find_charge(self, attempt_id: str, *, method_token: str = "") -> ChargeResult | None:
        """Look an attempt up; None if the gateway has no charge for it so far.

        Args:
            attempt_id: as it was charged.
            method_token: what was to be charged. Without it a charge of the last minute may be
                missed at Stripe, whose search is late, so None proves nothing then.

        Raises:
            GatewayUnavailableError: if the gateway gave no answer.
            GatewayMismatchError: if the answer is about another attempt.
        """

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give back a charge or a part of it; the same key again gives the same answer.

        Raises:
            GatewayUnavailableError: if the outcome is unknown.
            GatewayRejectedError: if more would go back than was collected.
            GatewayMismatchError: if the answer names another amount, currency or charge.
        """

    def find_refund(self, charge_id: str, refund_id: str) -> RefundResult | None:
        """Look a refund up by our own id; None if the gateway has none for it.

        Raises:
            GatewayUnavailableError: if the gateway gave no answer.
            GatewayRejectedError: if there is no such charge.
            GatewayMismatchError: if the answer is about another charge.
        """

    def charges_after(self, cursor: str, *, limit: int) -> BookPage:
        """Read the gateway's book on from ``cursor``; the empty cursor starts at its beginning.

        A page may be shorter than ``limit``, even empty, and more may follow.

        Raises:
            GatewayUnavailableError: if the gateway gave no answer.
        """

    def begin_setup(self, request: SetupRequest) -> HostedPage:
        """Open a page at the gateway on which a payment method is entered.

        Raises:
            GatewayUnavailableError: if the gateway gave no answer; the same key may ask again.
            GatewayRejectedError: if the gateway does not offer such a method or page.
        """

    def finish_setup(self, setup_id: str) -> MethodDetails:
        """Fetch the method that was entered; any number of times, always the same.

        Raises:
            SetupUnfinishedError: if none was entered so far, or none will be.
            GatewayUnavailableError: if the gateway gave no answer.
            GatewayRejectedError: if there is no such setup, or its method is of no known kind.
        """

    def read_event(self, body: bytes, headers: Mapping[str, str], now: datetime) -> GatewayEvent:
        """Verify a webhook and say what it is about; asks nobody.

        Args:
            body: the bytes as they came; any change breaks the signature.
            headers: with names in any case.
            now: the machine's moment, not that of a demo's turned clock.

        Raises:
            EventRefusedError: if it is too large, forged, too old or malformed.
        """
