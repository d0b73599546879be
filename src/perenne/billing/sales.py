"""What is sold, frozen before anybody pays: lines, terms, seats and the plan that follows."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct


class SaleKind(StrEnum):
    """What a sale does to its subscription."""

    RENEWAL = "renewal"
    SEATS = "seats"
    ALIGNMENT = "alignment"
    PURCHASE = "purchase"


class SaleLine(Struct, frozen=True, kw_only=True):
    """A priced line; amounts in minor units, traces as JSON, ``covers_until`` is not covered."""

    offer: str
    seats: int
    unit_minor: int
    net_minor: int
    tax_minor: int
    tax_rate: str
    price_class: str
    covers_from: date
    covers_until: date
    trace: list[dict[str, Any]]
    tax_trace: list[dict[str, Any]]
    # What an agency partner earns of the net amount.
    partner_minor: int = 0


class SoldTerm(Struct, frozen=True, kw_only=True):
    """A term that the sale appends; without an anchor if it is aligned to a day.

    An aligned one is a part, by price, of a term that would run until ``whole_until``.
    """

    starts_on: date
    renews_on: date
    offer: str
    seats: int
    anchor: int | None
    whole_until: date | None = None


class SeatMove(Struct, frozen=True, kw_only=True):
    """What the seat ledger moves by from a day on; negative when fewer."""

    effective_on: date
    seats: int
    reason: str


class PlanAfter(Struct, frozen=True, kw_only=True):
    """The plan once the sale is executed; ``seats`` None means all seats then owned.

    ``automatic`` None leaves automatic renewal as it is then: turning it off is sticky.
    """

    offer: str
    seats: int | None
    method: str | None
    automatic: bool | None = None


class Opening(Struct, frozen=True, kw_only=True):
    """A subscription that the sale begins; ``successor_of`` is the expired one it follows.

    ``opens_contract`` says that the sale's contract begins too, sold on line.
    """

    anchor: int
    renewable_online: bool | None
    successor_of: str | None
    opens_contract: bool


class Sale(Struct, frozen=True, kw_only=True):
    """One subscription's part of what is paid for at once, exactly as it will be executed.

    ``starts_on`` is the first day of what is sold: with the subscription, what is owed.
    ``change`` is the customer's change it belongs to, empty for the run's own. ``partner`` is
    who sold it, by ``partner_model``: as an agency, or in a resale as the buyer.
    """

    kind: SaleKind
    subscription: str
    company: str
    contract: str
    channel: str
    region: str
    currency: str
    starts_on: date
    lines: tuple[SaleLine, ...]
    method: str | None
    method_kind: str
    plan_revision: int
    version: int
    term: SoldTerm | None = None
    seat_moves: tuple[SeatMove, ...] = ()
    plan: PlanAfter | None = None
    anchor: int | None = None
    anchor_before: int | None = None
    opens: Opening | None = None
    # Subscriptions that this one takes in: they end as switched on the day this one starts.
    merges: tuple[str, ...] = ()
    change: str = ""
    campaign: str = ""
    purchase_order: str = ""
    partner: str | None = None
    partner_model: str = ""
    # Days from issue to due day, when it is paid on account.
    due_days: int = 30

    @property
    def buying_partner(self) -> str | None:
        """The partner who is invoiced, if it bought to sell on; None: the company is."""
        return self.partner if self.partner_model == "resale" else None

    @property
    def partner_minor(self) -> int:
        """What an agency partner earns."""
        return sum(line.partner_minor for line in self.lines)

    @property
    def net_minor(self) -> int:
        """The sum of its lines before tax."""
        lines = self.lines
        # Nearly always there is one, and a run asks thousands of times.
        return lines[0].net_minor if len(lines) == 1 else sum(one.net_minor for one in lines)

    @property
    def tax_minor(self) -> int:
        """The sum of its lines' tax."""
        lines = self.lines
        return lines[0].tax_minor if len(lines) == 1 else sum(one.tax_minor for one in lines)

    @property
    def gross_minor(self) -> int:
        """What is to be paid."""
        return self.net_minor + self.tax_minor


_encoder = msgspec.json.Encoder()


def sale_as_stored(sale: Sale) -> str:
    """The sale as JSON text, as it is stored with its attempt."""
    return _encoder.encode(sale).decode()


def sale_from_stored(stored: Mapping[str, Any]) -> Sale:
    """The sale exactly as it was frozen."""
    return msgspec.convert(stored, Sale)
