"""Remind who promised an answer while there is still time to keep the promise."""

from datetime import datetime

from django.db.models import F

from perenne.notices.outbox import post
from perenne.platform import journal
from perenne.platform.clock import today
from perenne.platform.writing import atomic
from perenne.rules.asking import RequestState
from perenne.support.letters import reminding_letter
from perenne.support.models import ContactRequest
from perenne.support.queries import request_views
from perenne.support.telling import fact_of

BATCH = 500


def remind_owners(*, now: datetime, batch: int = BATCH) -> int:
    """Remind the owner of every promise of which a fifth is left; return how many.

    Any number of calls is fine: of each promise the owner is reminded once. What is overdue is
    told by the run of the day instead.

    Args:
        batch: requests in one transaction.

    Source: docs/explanation/contact-requests.md, «By when».
    """
    reminded = 0
    while how_many := _remind_some(now=now, batch=batch):
        reminded += how_many
    return reminded


def _remind_some(*, now: datetime, batch: int) -> int:
    with atomic("contact_request.reminded"):
        requests = list(
            ContactRequest.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(state=RequestState.OPEN, remind_at__lte=now, answer_by__gt=now)
            .exclude(reminded_for=F("answer_by"))
            .order_by("remind_at", "id")[:batch]
        )
        ids = [request.pk for request in requests]
        ContactRequest.objects.filter(pk__in=ids).update(reminded_for=F("answer_by"))
        views = request_views(ids, now=now)
        days = {view.region: today(now, view.zone) for view in views}
        for region, day in days.items():
            letters = [reminding_letter(view) for view in views if view.region == region]
            post(letters, day=day, now=now)
        facts = [
            fact_of(
                request,
                kind="contact_request.reminded",
                day=days[request.region_id],
                actor="worker",
                once_key=request.answer_by.isoformat(),
            )
            for request in requests
        ]
        journal.record_all(facts, at=now)
    return len(requests)
