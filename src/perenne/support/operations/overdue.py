"""Tell broken promises once: the owner, and the renewals desk so that somebody steps in."""

from collections.abc import Sequence
from datetime import date, datetime, time

from django.db.models import F

from perenne.notices.outbox import Letter, post
from perenne.platform import journal
from perenne.platform.writing import atomic
from perenne.rules.asking import RequestState
from perenne.rules.owners import owner_for
from perenne.support.facts import desk_facts, zone_of
from perenne.support.letter_words import Addressee
from perenne.support.letters import addressee_of_staff, overdue_letters
from perenne.support.models import ContactRequest
from perenne.support.queries import request_views
from perenne.support.telling import fact_of

BATCH = 500


def tell_overdue(*, region: str, day: date, now: datetime, batch: int = BATCH) -> int:
    """Tell every promise that was broken before ``day`` began in the region; return how many.

    Any number of calls a day is fine: a promise that was told is not told again.

    Args:
        batch: requests in one transaction.

    Source: docs/explanation/contact-requests.md, «When nobody answers».
    """
    began_at = datetime.combine(day, time(), tzinfo=zone_of(region))
    told = 0
    while how_many := _tell_some(region, began_at, day=day, now=now, batch=batch):
        told += how_many
    return told


def _tell_some(region: str, began_at: datetime, *, day: date, now: datetime, batch: int) -> int:
    with atomic("contact_request.overdue"):
        requests = list(
            ContactRequest.objects.select_for_update(no_key=True)
            .filter(region_id=region, state=RequestState.OPEN, answer_by__lt=began_at)
            .exclude(overdue_told_for=F("answer_by"))
            .order_by("answer_by", "id")[:batch]
        )
        ids = [request.pk for request in requests]
        ContactRequest.objects.filter(pk__in=ids).update(overdue_told_for=F("answer_by"))
        post(_letters(ids, region, now=now), day=day, now=now)
        facts = [
            fact_of(
                request,
                kind="contact_request.overdue",
                day=day,
                actor="run",
                once_key=request.answer_by.isoformat(),
            )
            for request in requests
        ]
        journal.record_all(facts, at=now)
    return len(requests)


def _letters(ids: Sequence[str], region: str, *, now: datetime) -> list[Letter]:
    desk = _desk(region) if ids else None
    return [
        letter for view in request_views(ids, now=now) for letter in overdue_letters(view, desk)
    ]


def _desk(region: str) -> Addressee | None:
    owner = owner_for(desk_facts(region))
    return None if owner is None else addressee_of_staff(owner.id)
