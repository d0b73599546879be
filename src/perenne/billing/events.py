"""Webhooks of the gateway: verified, counted once, and kept until what they speak of is looked up.

Nothing in a webhook is believed but that something has happened: whoever processes it asks the
gateway what.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection, transaction

from perenne.billing.event_models import InboxEvent
from perenne.billing.gateways.configured import (
    GatewayNotConfiguredError,
    configured_gateway,
    demo_gateway,
)
from perenne.billing.gateways.event import (
    EVENT_BYTES_MAX,
    EventRefusedError,
    EventSubject,
    EventTooLargeError,
    GatewayEvent,
)
from perenne.billing.models import Payment, PaymentAttempt
from perenne.platform.bulk import select

WEBHOOK_BYTES_MAX = EVENT_BYTES_MAX
# What waiting events can be about: charges and refunds of them, or set-ups of payment methods.
ABOUT_CHARGES = (EventSubject.CHARGE.value, EventSubject.REFUND.value)
ABOUT_SETUPS = (EventSubject.SETUP.value,)
_log = logging.getLogger(__name__)


def listen_to_sandbox(address: str) -> None:
    """Have the demo's gateway deliver its webhooks to this address from now on.

    Raises:
        GatewayError: if it does not answer or takes no such address.
    """
    demo_gateway().send_events_to(address)


class Reception(StrEnum):
    """What became of a webhook."""

    TAKEN = "taken"
    KNOWN = "known"
    FORGED = "event_forged"
    TOO_OLD = "event_too_old"
    TOO_LARGE = "event_too_large"
    MALFORMED = "event_malformed"
    NO_GATEWAY = "gateway_not_configured"


def take_webhook(
    body: bytes, headers: Mapping[str, str], *, arrived_at: datetime, now: datetime
) -> Reception:
    """Verify a webhook of the configured gateway and keep it; of a refused one only a count.

    Args:
        body: the bytes as they came, one more than ``WEBHOOK_BYTES_MAX`` at most.
        headers: with names in any case.
        arrived_at: the machine's moment, with which the signature's is compared.
        now: the moment of the books; a demo's clock may stand elsewhere.
    """
    try:
        gateway = configured_gateway()
    except GatewayNotConfiguredError:
        return Reception.NO_GATEWAY
    try:
        event = gateway.read_event(body, headers, arrived_at)
    except EventRefusedError as refusal:
        return _refused(gateway.name, refusal, now=now)
    return Reception.TAKEN if receive_event(event, now=now) else Reception.KNOWN


def refuse_oversize(*, now: datetime) -> Reception:
    """Count a webhook that is too large to be read at all."""
    try:
        gateway = configured_gateway()
    except GatewayNotConfiguredError:
        return Reception.NO_GATEWAY
    return _refused(gateway.name, EventTooLargeError("announced as too large"), now=now)


_KEEP = """
insert into billing_inboxevent
    (gateway, event_id, about, reference, received_at, processed_at)
values (%(gateway)s, %(event_id)s, %(about)s, %(reference)s, %(now)s, %(processed_at)s)
on conflict (gateway, event_id) do nothing returning id
"""


def receive_event(event: GatewayEvent, *, now: datetime) -> bool:
    """Append a verified event to the inbox; False if it is there already.

    An event about nothing of ours has nothing to wait for: it counts as processed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        reference = _reference_of(event)
        cursor.execute(
            _KEEP,
            {
                "gateway": event.gateway,
                "event_id": event.event_id,
                "about": event.about.value,
                "reference": reference,
                "now": now,
                "processed_at": None if reference else now,
            },
        )
        return cursor.fetchone() is not None


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """An event whose charge or set-up has to be looked up; ``region`` is empty for a set-up."""

    id: int
    reference: str
    region: str


_CLAIM = """
select e.id, e.reference, coalesce((
    select c.region_id from billing_paymentattempt a join accounts_company c on c.id = a.company_id
    where a.idempotency_key = e.reference limit 1), '') as region
from billing_inboxevent e
where e.processed_at is null and e.about = any(%(about)s)
order by e.id limit %(limit)s for update of e skip locked
"""


def claim_events(about: Sequence[str], *, limit: int) -> list[WaitingEvent]:
    """Lock the oldest events that wait, in the caller's transaction; another worker skips them.

    Several may refer to one charge: looking it up once is enough for all.

    Args:
        about: ``ABOUT_CHARGES`` or ``ABOUT_SETUPS``.
        limit: events at most.
    """
    assert connection.in_atomic_block, "a claim lasts as long as its transaction"
    rows = select(_CLAIM, {"about": list(about), "limit": limit})
    return [WaitingEvent(row["id"], row["reference"], row["region"]) for row in rows]


def mark_processed(events: Sequence[WaitingEvent], *, now: datetime) -> None:
    """Note that what the events speak of was looked up."""
    waiting = InboxEvent.objects.filter(
        pk__in=[event.id for event in events], processed_at__isnull=True
    )
    waiting.update(processed_at=now)


def _reference_of(event: GatewayEvent) -> str:
    if event.about is EventSubject.SETUP:
        return event.object_id
    if event.about is EventSubject.OTHER:
        return ""
    key = event.attempt_id
    if key and PaymentAttempt.objects.filter(idempotency_key=key).exists():
        return key
    # A refund may only name the charge.
    paid = Payment.objects.filter(gateway=event.gateway, charge_id=event.object_id)
    return paid.values_list("charge_key", flat=True).first() or ""


_COUNT = """
insert into billing_eventrefusal (gateway, reason, count, last_at)
values (%(gateway)s, %(reason)s, 1, %(now)s)
on conflict (gateway, reason) do update
set count = billing_eventrefusal.count + 1, last_at = excluded.last_at
"""


def _refused(gateway: str, refusal: EventRefusedError, *, now: datetime) -> Reception:
    _log.warning("a webhook of %s was refused: %s", gateway, refusal.code)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"gateway": gateway, "reason": refusal.code, "now": now})
    return Reception(refusal.code)
