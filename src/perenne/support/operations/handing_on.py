"""Have the renewals desk answer what was asked of somebody who may no longer."""

from collections.abc import Sequence
from datetime import datetime

from perenne.accounts.models import StaffMember
from perenne.catalog.queries import current_catalogue
from perenne.notices.outbox import post
from perenne.platform import journal
from perenne.platform.clock import today
from perenne.platform.writing import atomic
from perenne.rules.asking import RequestState
from perenne.rules.owners import Owner, OwnerReason, owner_for
from perenne.support.facts import desk_facts, owner_columns, zone_of
from perenne.support.letters import assigned_letter
from perenne.support.models import ContactEntry, ContactRequest
from perenne.support.queries import has_lost_owner, request_views
from perenne.support.telling import fact_of

BATCH = 500


def hand_on_lost(*, now: datetime, batch: int = BATCH) -> int:
    """Hand on every request that waits for somebody who may not answer it; return how many.

    The promise stays. Where the vendor has nobody either, a request waits until there is one.

    Args:
        batch: requests in one transaction.

    Source: docs/explanation/contact-requests.md, «When the owner is gone».
    """
    handed = 0
    after = ""
    while True:
        with atomic("contact_request.handed_on"):
            requests = list(
                ContactRequest.objects.select_for_update(
                    of=("self",), no_key=True, skip_locked=True
                )
                .filter(has_lost_owner(), pk__gt=after)
                .exclude(state=RequestState.CLOSED)
                .order_by("pk")[:batch]
            )
            if not requests:
                return handed
            handed += hand_on(requests, now=now)
            after = requests[-1].pk


def hand_on(requests: Sequence[ContactRequest], *, now: datetime) -> int:
    """Give requests that are locked and have lost their owner to the desks; return how many."""
    handed = 0
    for request in requests:
        owner = owner_for(desk_facts(request.region_id))
        if owner is not None:
            _give(request, owner, now=now)
            handed += 1
    return handed


def lost_owner(request: ContactRequest) -> bool:
    """Whether who was to answer it may no longer."""
    return ContactRequest.objects.filter(has_lost_owner(), pk=request.pk).exists()


def _give(request: ContactRequest, owner: Owner, *, now: datetime) -> None:
    columns = owner_columns(owner.kind, owner.id)
    for column, value in columns.items():
        setattr(request, column, value)
    ContactRequest.objects.filter(pk=request.pk).update(**columns)
    day = today(now, zone_of(request.region_id))
    to = {"to": owner.id, "to_name": StaffMember.objects.get(pk=owner.id).name}
    ContactEntry.objects.create(
        request=request,
        kind="reassigned",
        actor="worker",
        author=current_catalogue().vendor_name,
        happened_at=now,
        business_day=day,
        facts=to,
    )
    fact = fact_of(request, kind="contact_request.reassigned", day=day, actor="worker", **to)
    journal.record_all([fact], at=now)
    if request.state != RequestState.CLOSED:
        asked = ContactEntry.objects.filter(request=request, kind="asked").get()
        reasons = (OwnerReason.SELLER_GONE, owner.reasons[-1])
        view = request_views([request.pk], now=now)[0]
        post([assigned_letter(view, asked.text, reasons)], day=day, now=now)
