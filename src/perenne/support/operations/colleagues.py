"""Ask the company's own contract managers for what only they may do; they are told by mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from perenne.accounts.models import Person
from perenne.accounts.queries import Member
from perenne.catalog.queries import current_catalogue
from perenne.notices.outbox import post
from perenne.notices.recipients import Recipient, recipients_of
from perenne.platform import journal
from perenne.platform.clock import today
from perenne.platform.ids import new_id
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic
from perenne.renewals.queries import outlooks
from perenne.rules.actions import Action
from perenne.rules.asking import may_ask
from perenne.subscriptions.queries import subscriptions_visible_to
from perenne.support.colleague_letters import colleague_letter
from perenne.support.errors import ContactRefusedError, UnknownRequestError
from perenne.support.facts import asked_today, zone_of
from perenne.support.models import ColleagueRequest
from perenne.support.operations.making import asking_person, check_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class ColleagueAsking:
    """What somebody asks of their contract managers: an action that was refused to them.

    ``form_key`` was made with the form: sent twice it is one request.
    """

    subscription_id: str
    action: Action
    message: str
    form_key: str
    reason_code: str = ""


def colleagues_who_decide(member: Member) -> list[Recipient]:
    """The contract managers of a member's company, else its primary administrators.

    Who asks is never among them. Empty if nobody else holds either role.
    """
    if member.company_id is None:
        return []
    found = recipients_of([member.company_id]).get(member.company_id, [])
    return [one for one in found if one.id != member.id]


def ask_colleagues(asking: ColleagueAsking, *, member: Member, now: datetime) -> str:
    """Tell those who may do it what ``member`` asks for, and keep it on record; return its id.

    Raises:
        UnknownRequestError: if the member is nobody of a company, may not see the subscription,
            or names a reason that cannot be.
        ContactRefusedError: if they asked too often today, or nobody else holds the role.

    Source: docs/explanation/contact-requests.md, «Asking colleagues».
    """
    with atomic("colleague_request.made"):
        person = asking_person(member)
        sent_before = ColleagueRequest.objects.filter(asked_by=person, form_key=asking.form_key)
        known: str | None = sent_before.values_list("pk", flat=True).first()
        if known is not None:
            return known
        check_reason(asking.reason_code)
        seen = subscriptions_visible_to(member).filter(pk=asking.subscription_id)
        if not seen.exists():
            raise UnknownRequestError(f"subscription {asking.subscription_id!r} is not there")
        colleagues = _colleagues(person, member, now=now)
        request = _written(asking, person, colleagues, now=now)
        outlook = outlooks([asking.subscription_id], now=now)[0]
        letters = [colleague_letter(request, outlook, to=one) for one in colleagues]
        post(letters, day=request.asked_on, now=now)
        journal.record_all([_fact(request, region=outlook.region, member=member)], at=now)
    return request.pk


def _colleagues(person: Person, member: Member, *, now: datetime) -> list[Recipient]:
    region = person.company.region_id
    day = today(now, zone_of(region))
    colleagues = colleagues_who_decide(member)
    refusals = may_ask(
        asked_today=asked_today(person.pk, day),
        most=current_catalogue().answer_policy_for(region, day).requests_a_day,
        next_day=day + timedelta(1),
        has_owner=bool(colleagues),
    )
    if refusals:
        raise ContactRefusedError(refusals)
    return colleagues


def _written(
    asking: ColleagueAsking, person: Person, colleagues: list[Recipient], *, now: datetime
) -> ColleagueRequest:
    return ColleagueRequest.objects.create(
        id=new_id("col"),
        company_id=person.company_id,
        asked_by=person,
        subscription_id=asking.subscription_id,
        action=asking.action,
        reason_code=asking.reason_code,
        message=asking.message,
        form_key=asking.form_key,
        told=[one.name for one in colleagues],
        asked_at=now,
        asked_on=today(now, zone_of(person.company.region_id)),
    )


def _fact(request: ColleagueRequest, *, region: str, member: Member) -> Fact:
    return Fact(
        kind="colleague_request.made",
        subject=request.pk,
        company=request.company_id,
        region=region,
        business_day=request.asked_on,
        actor=member.actor,
        facts={
            "subscription": request.subscription_id,
            "action": request.action,
            "told": len(request.told),
        },
    )
