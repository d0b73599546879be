"""What a change would do, exactly: the one thing that page, API, mail and PDF show."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from perenne.billing.sales import SaleLine


class WarningCode(StrEnum):
    """What else follows from a change, as stable codes; surfaces have the words."""

    ENDS_TODAY = "ends_today"
    AUTOMATIC_RENEWAL_OFF = "automatic_renewal_off"
    EXPIRES_UNLESS_RENEWED = "expires_unless_renewed"
    PLAN_DROPPED = "plan_dropped"
    MERGED_COME_BACK = "merged_come_back"
    PEOPLE_LOSE_SEATS = "people_lose_seats"
    INVOICE_LOWERED = "invoice_lowered"
    ALIGNMENT_DROPPED = "alignment_dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What will be charged on a day, tax included, in minor units."""

    on: date
    gross_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A subscription before or after: what runs, and what is decided for the renewal day.

    ``next_charge`` is that of the next renewal, whether it happens by itself or by hand; None if
    it could not be sold.
    """

    offer: str
    starts_on: date
    renews_on: date
    seats: int
    automatic: bool
    planned_offer: str
    planned_seats: int
    method: str | None
    campaign: str
    next_charge: Charge | None
    ends_on: date | None = None
    # First day not covered by the next term; None if it could not be sold.
    planned_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPreview:
    """One subscription's part: the lines to pay now, and how it stands before and after.

    ``before`` is None for a subscription that begins; ``subscription`` is then the one it follows.
    """

    subscription: str
    code: str
    lines: tuple[SaleLine, ...]
    credit_minor: int
    before: Snapshot | None
    after: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A change as it is shown, and as it is committed or not at all; amounts in minor units.

    ``gross_minor`` is charged now; ``credit_minor`` is given back. Warnings are of
    ``WarningCode``. What is paid by bank transfer is reserved until ``reserved_until``, that day
    included, instead of being charged.
    """

    kind: str
    currency: str
    method: str | None
    effective_on: date
    net_minor: int
    tax_minor: int
    gross_minor: int
    credit_minor: int
    items: tuple[ItemPreview, ...]
    warnings: tuple[str, ...]
    expires_at: datetime
    reserved_until: date | None = None

    @property
    def hash(self) -> str:
        """Names everything that is shown, but for how long it is valid."""
        bound = preview_as_stored(self) | {"expires_at": None}
        return hashlib.sha256(msgspec.json.encode(bound, order="deterministic")).hexdigest()


def preview_as_stored(preview: Preview) -> dict[str, Any]:
    """The preview as JSON values; ``preview_from_stored`` reads it back."""
    stored: dict[str, Any] = msgspec.to_builtins(preview)
    return stored


def preview_from_stored(stored: Mapping[str, Any]) -> Preview:
    """The preview exactly as it was shown."""
    return msgspec.convert(stored, Preview)


def differences(shown: Preview, present: Preview) -> tuple[tuple[str, str, str], ...]:
    """Where two previews differ: place, what was shown, what it would be now.

    Traces are left out: they differ whenever their amounts do.
    """
    before = dict(_leaves(preview_as_stored(shown)))
    after = dict(_leaves(preview_as_stored(present)))
    return tuple(
        (place, before.get(place, ""), after.get(place, ""))
        for place in sorted(before.keys() | after.keys())
        if before.get(place) != after.get(place)
    )


_NOT_COMPARED = ("expires_at", "trace", "tax_trace")


def _leaves(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _NOT_COMPARED:
                yield from _leaves(inner, f"{place}.{name}" if place else str(name))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{place}[{index}]")
    else:
        yield place, "" if value is None else str(value)
