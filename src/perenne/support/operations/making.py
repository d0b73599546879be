"""Make a contact request: find who answers it and by when, and tell both sides."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from perenne.accounts.models import Person
from perenne.accounts.queries import Member
from perenne.catalog.queries import current_catalogue
from perenne.notices.outbox import post
from perenne.platform import journal
from perenne.platform.clock import today
from perenne.platform.ids import new_id, new_reference
from perenne.platform.writing import atomic
from perenne.renewals.errors import ChangeRefusedError
from perenne.renewals.verdicts import verdicts
from perenne.rules.actions import Action
from perenne.rules.asking import TOPIC_OF_ACTION, PreferredTime, Topic, may_ask
from perenne.rules.owners import Owner, owner_for
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.support.errors import ContactRefusedError, UnknownRequestError
from perenne.support.facts import asked_today, owner_columns, owner_facts, promise_of, zone_of
from perenne.support.letters import assigned_letter, receipt_letter
from perenne.support.models import ContactEntry, ContactRequest
from perenne.support.queries import request_views
from perenne.support.telling import fact_of

_REASON_CODE = re.compile(r"[a-z_]{1,30}\.[a-z_]{1,60}")
_ONE_DAY = timedelta(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What somebody asks; ``action`` and ``reason_code`` name what was refused, empty if nothing.

    ``form_key`` was made with the form: sent twice it is one request.
    """

    topic: Topic
    message: str
    form_key: str
    language: str
    subscription_id: str | None = None
    action: str = ""
    reason_code: str = ""
    preferred_time: PreferredTime = PreferredTime.ANY
    phone: str = ""
    wants_vendor: bool = False


def make(asking: Asking, *, member: Member, now: datetime) -> str:
    """Record what ``member`` asks, find its owner and promise, write both mails; return its id.

    Raises:
        UnknownRequestError: if the member is nobody of a company, may not see the subscription,
            or names an action or reason that cannot be.
        ChangeRefusedError: if their roles do not let them ask about the subscription.
        ContactRefusedError: if they asked too often today, or there is nobody to answer.

    Source: docs/explanation/contact-requests.md, «Who answers».
    """
    with atomic("contact_request.made"):
        person = asking_person(member)
        sent_before = ContactRequest.objects.filter(asked_by=person, form_key=asking.form_key)
        known: str | None = sent_before.values_list("pk", flat=True).first()
        if known is not None:
            return known
        _check(asking, member, now=now)
        day = today(now, zone_of(person.company.region_id))
        owner = _owner(asking, person, day=day)
        request = _written(asking, person, owner, now=now)
        _say(request, asking.message, owner, day=day)
        view = request_views([request.pk], now=now)[0]
        letters = [
            receipt_letter(view, asking.message),
            assigned_letter(view, asking.message, owner.reasons),
        ]
        post(letters, day=day, now=now)
        fact = fact_of(
            request,
            kind="contact_request.made",
            day=day,
            actor=member.actor,
            topic=request.topic,
            subscription=request.subscription_id,
        )
        journal.record_all([fact], at=now)
    return request.pk


def asking_person(member: Member) -> Person:
    """Who asks; locked, so that two requests at once are counted one after the other.

    Raises:
        UnknownRequestError: if they are nobody of a company.
    """
    people = Person.objects.select_for_update(no_key=True).filter(company_id=member.company_id)
    person = people.filter(pk=member.id).first()
    if person is None:
        raise UnknownRequestError(f"{member.actor} is nobody of a company")
    return person


def _check(asking: Asking, member: Member, *, now: datetime) -> None:
    if asking.action and asking.action not in TOPIC_OF_ACTION:
        known = ", ".join(TOPIC_OF_ACTION)
        raise UnknownRequestError(f"action {asking.action!r} is none of {known}")
    check_reason(asking.reason_code)
    if asking.subscription_id is not None:
        seen = subscriptions_visible_to(member).filter(pk=asking.subscription_id)
        if not seen.exists():
            raise UnknownRequestError(f"subscription {asking.subscription_id!r} is not there")
        found = verdicts([asking.subscription_id], member=member, now=now)
        verdict = found[asking.subscription_id][Action.ASSISTED]
        if not verdict.allowed:
            raise ChangeRefusedError({asking.subscription_id: verdict})


def check_reason(code: str) -> None:
    """Refuse what cannot be a reason code.

    Raises:
        UnknownRequestError: if it cannot be one.
    """
    if code and not _REASON_CODE.fullmatch(code):
        raise UnknownRequestError(f"reason {code!r} is not a reason code")


def _owner(asking: Asking, person: Person, *, day: date) -> Owner:
    region = person.company.region_id
    owner = owner_for(
        owner_facts(
            company=person.company_id,
            region=region,
            subscription=asking.subscription_id,
            wants_vendor=asking.wants_vendor,
        )
    )
    refusals = may_ask(
        asked_today=asked_today(person.pk, day),
        most=current_catalogue().answer_policy_for(region, day).requests_a_day,
        next_day=day + _ONE_DAY,
        has_owner=owner is not None,
    )
    if refusals or owner is None:
        raise ContactRefusedError(refusals)
    return owner


def _written(asking: Asking, person: Person, owner: Owner, *, now: datetime) -> ContactRequest:
    region = person.company.region_id
    promise = promise_of(owner.id, region=region, now=now)
    return ContactRequest.objects.create(
        id=new_id("ask"),
        reference=_free_reference(),
        company_id=person.company_id,
        region_id=region,
        asked_by=person,
        subscription_id=asking.subscription_id,
        topic=asking.topic,
        action=asking.action,
        reason_code=asking.reason_code,
        preferred_time=asking.preferred_time,
        language=asking.language,
        phone=asking.phone,
        wants_vendor=asking.wants_vendor,
        form_key=asking.form_key,
        asked_at=now,
        asked_on=today(now, zone_of(region)),
        answer_by=promise.answer_by,
        remind_at=promise.remind_at,
        **owner_columns(owner.kind, owner.id),
    )


def _say(request: ContactRequest, message: str, owner: Owner, *, day: date) -> None:
    ContactEntry.objects.create(
        request=request,
        kind="asked",
        text=message,
        actor=f"person:{request.asked_by_id}",
        author=request.asked_by.name,
        happened_at=request.asked_at,
        business_day=day,
        facts={
            "owner": owner.id,
            "reasons": list(owner.reasons),
            "answer_by": request.answer_by.isoformat(),
        },
    )


def _free_reference() -> str:
    while True:
        reference = new_reference("CR")
        if not ContactRequest.objects.filter(reference=reference).exists():
            return reference
