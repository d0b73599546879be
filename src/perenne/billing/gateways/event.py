"""What a gateway's webhook tells us, and how one is refused: a hint to look, never a fact.

PerenneError
└── EventRefusedError
    ├── EventTooLargeError    more bytes than any event has
    ├── EventForgedError      not signed by the gateway
    ├── EventTooOldError      signed by the gateway, but long ago: somebody plays it back
    └── EventMalformedError   signed, and yet not an event
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from perenne.platform.errors import PerenneError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# Stripe's largest events stay far below; whatever is bigger is not read to its end.
EVENT_BYTES_MAX = 256 * 1024
# What Stripe and Standard Webhooks allow between two clocks.
EVENT_TOLERANCE = timedelta(minutes=5)
_ID_CHARACTERS_MAX = 255


class EventRefusedError(PerenneError):
    """A webhook that changes nothing; its content is neither stored nor logged."""

    code = "event_refused"


class EventTooLargeError(EventRefusedError):
    """The body has more than ``EVENT_BYTES_MAX`` bytes."""

    code = "event_too_large"


class EventForgedError(EventRefusedError):
    """The signature is missing, or it is not the gateway's signature of this body."""

    code = "event_forged"


class EventTooOldError(EventRefusedError):
    """The signature is right, but its moment is not within ``EVENT_TOLERANCE`` of ours."""

    code = "event_too_old"


class EventMalformedError(EventRefusedError):
    """The signature is right, but what it covers is no event."""

    code = "event_malformed"


class EventSubject(StrEnum):
    """What an event is about; of ``other`` we have nothing to look up."""

    CHARGE = "charge"
    REFUND = "refund"
    SETUP = "setup"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayEvent:
    """A verified hint that something has changed; the caller fetches what it is about again.

    ``object_id`` is the charge's id, also for a refund of it, or the setup's id. ``attempt_id``
    is our own, empty if the event does not name it.
    """

    gateway: str
    event_id: str
    about: EventSubject
    object_id: str = ""
    attempt_id: str = ""

    def __post_init__(self) -> None:
        for value in (self.event_id, self.object_id, self.attempt_id):
            if len(value) > _ID_CHARACTERS_MAX or not value.isascii() or "\x00" in value:
                raise EventMalformedError("an id of the event is longer or other than ids are")
        if not self.event_id:
            raise EventMalformedError("the event has no id")


def header_of(headers: Mapping[str, str], name: str) -> str:
    """Read a header by its name, whatever its case; empty if it is not there."""
    wanted = name.lower()
    return next((value for key, value in headers.items() if key.lower() == wanted), "")


def demand_small(body: bytes) -> None:
    """Refuse a body that is larger than events are.

    Raises:
        EventTooLargeError: if it has more than ``EVENT_BYTES_MAX`` bytes.
    """
    if len(body) > EVENT_BYTES_MAX:
        raise EventTooLargeError(f"the event has more than {EVENT_BYTES_MAX} bytes")


def demand_fresh(signed_at_s: int, *, now: datetime) -> None:
    """Refuse a signature of another time.

    Args:
        signed_at_s: seconds since 1970.
        now: the machine's moment, not that of a demo's turned clock.

    Raises:
        EventTooOldError: if more than ``EVENT_TOLERANCE`` lies between the two, either way.
    """
    if abs(signed_at_s - int(now.timestamp())) > EVENT_TOLERANCE.total_seconds():
        raise EventTooOldError("the event was signed at another time")
