"""Hear what the gateway's webhooks speak of: look it up, then note that it was looked up."""

from datetime import datetime

from perenne.billing.events import (
    ABOUT_CHARGES,
    WaitingEvent,
    claim_events,
    mark_processed,
)
from perenne.billing.leases import held_keys
from perenne.catalog.queries import regions
from perenne.platform.clock import today
from perenne.platform.faults import fp
from perenne.platform.writing import atomic
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.reconciling import reconcile_keys
from perenne.renewals.operations.trying import BATCH

ACTOR = "gateway"


def hear_of_charges(*, now: datetime) -> int:
    """Find out about the charges that waiting events are about; return how many were processed.

    An event of which a worker still awaits the answer is left waiting: that answer says more. The
    gateway is asked outside transactions, so two who hear at once may both ask; what is found is
    written once.

    Source: docs/explanation/exactly-once.md, «Webhooks».
    """
    with atomic("events.claim"):
        waiting = claim_events(ABOUT_CHARGES, limit=BATCH)
        held = held_keys([event.reference for event in waiting])
    free = [event for event in waiting if event.reference not in held]
    known = regions()
    for region in sorted({event.region for event in free if event.region}):
        keys = sorted({event.reference for event in free if event.region == region})
        reconcile_keys(keys, occasion=Occasion(today(now, known[region].zone), ACTOR, now))
    fp("events.looked_up")
    _note(free, now=now)
    return len(free)


def _note(events: list[WaitingEvent], *, now: datetime) -> None:
    with atomic("events.processed"):
        mark_processed(events, now=now)
