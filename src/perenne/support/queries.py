"""The doors to contact requests, and what pages and mails tell of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, DateTimeField, F, OuterRef, Q, QuerySet, When

from perenne.accounts.queries import Member
from perenne.catalog.queries import current_catalogue
from perenne.partners.queries import is_gone
from perenne.platform.bulk import select
from perenne.rules.asking import Outcome, PreferredTime, RequestState, Topic
from perenne.rules.owners import OwnerKind
from perenne.rules.permissions import Scope
from perenne.support.models import ColleagueRequest, ContactEntry, ContactRequest


def contact_requests_visible_to(member: Member) -> QuerySet[ContactRequest]:
    """Every request that ``member`` may see.

    People see those of their company where their role sees its subscriptions, else their own.
    Partners see those routed to them, staff those of their role, as
    ``contact_requests_worked_by`` has them.
    """
    if member.company_id is None:
        return contact_requests_worked_by(member)
    own = ContactRequest.objects.filter(company_id=member.company_id)
    if Scope.OWN not in member.scopes("subscriptions.see"):
        own = own.filter(asked_by_id=member.id)
    return own


def contact_requests_worked_by(member: Member) -> QuerySet[ContactRequest]:
    """Every request that ``member`` may answer; none for people of a company.

    Source: docs/explanation/contact-requests.md, «Who sees a request».
    """
    if not member.may("contact.work"):
        return ContactRequest.objects.none()
    if member.partner_id is not None:
        return ContactRequest.objects.filter(
            owner_kind=OwnerKind.PARTNER, partner_id=member.partner_id
        ).exclude(has_lost_owner())
    return ContactRequest.objects.filter(_worked_by_staff(member))


def has_lost_owner() -> Q:
    """Whether who was to answer may no longer: without the company's consent, or gone."""
    partner_is_gone = Q(partner__isnull=False) & is_gone(
        partner="partner", company=OuterRef("company")
    )
    return Q(staff__deactivated_at__isnull=False) | partner_is_gone


def _worked_by_staff(member: Member) -> Q:
    own = Q(staff_id=member.id)
    of_contract = Q(subscription__contract__sales_person_id=member.id)
    if "specialist" in member.roles:
        # What was told as overdue was told to the renewals desk too, so that somebody steps in.
        desk = Q(owner_kind=OwnerKind.SPECIALIST) | Q(overdue_told_for__isnull=False)
        return own | of_contract | desk
    if "sales" in member.roles:
        return own | of_contract
    if "support" in member.roles:
        return own | Q(owner_kind=OwnerKind.SUPPORT)
    return Q(pk__in=())


@dataclass(frozen=True, slots=True)
class OwnerView:
    """Who answers; ``organisation`` is empty for the vendor's own staff."""

    kind: OwnerKind
    id: str
    name: str
    organisation: str
    email: str
    phone: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class AskedAbout:
    """The subscription that a request is about, as its owner needs it."""

    id: str
    code: str
    contract_code: str
    product_names: dict[str, str]
    months: int
    seats_owned: int
    renews_on: date
    has_ended: bool


@dataclass(frozen=True, slots=True)
class RequestView:
    """A contact request as pages and mails show it; ``zone`` is that of the company's region."""

    id: str
    reference: str
    company_id: str
    company_code: str
    company_name: str
    region: str
    zone: ZoneInfo
    asker_id: str
    asker_name: str
    asker_email: str
    phone: str
    topic: Topic
    action: str
    reason_code: str
    preferred_time: PreferredTime
    language: str
    about: AskedAbout | None
    state: RequestState
    owner: OwnerView
    asked_at: datetime
    answer_by: datetime
    outcome: Outcome | None
    was_told_overdue: bool

    def is_overdue(self, now: datetime) -> bool:
        """Whether the promise is broken."""
        return self.state is RequestState.OPEN and self.answer_by < now


_VIEWS = """
select r.id, r.reference, r.company_id, c.code as company_code, c.name as company_name,
       r.region_id, g.time_zone, r.asked_by_id, p.name as asker_name, p.email as asker_email,
       r.phone, r.topic, r.action, r.reason_code, r.preferred_time, r.language, r.state,
       r.owner_kind, r.asked_at, r.answer_by, r.outcome, r.overdue_told_for,
       coalesce(r.partner_id, r.staff_id) as owner_id,
       coalesce(pp.name, nullif(pt.contact_name, ''), pt.name, st.name) as owner_name,
       coalesce(pt.name, '') as owner_organisation,
       coalesce(pp.email, pt.email, st.email) as owner_email,
       coalesce(pt.phone, st.phone) as owner_phone,
       coalesce(og.time_zone, g.time_zone) as owner_time_zone,
       s.id as subscription_id, s.code as subscription_code, k.code as contract_code,
       s.renews_on, s.ended_on, o.product_id, o.months,
       (select coalesce(sum(l.seats), 0) from subscriptions_seatchange l
        where l.subscription_id = s.id
          and l.effective_on <= (%(now)s at time zone g.time_zone)::date) as seats_owned
from support_contactrequest r
join accounts_company c on c.id = r.company_id
join catalog_region g on g.code = r.region_id
join accounts_person p on p.id = r.asked_by_id
left join partners_partner pt on pt.id = r.partner_id
left join lateral (
    -- Whose address was the partner's has left: a colleague is written to.
    select q.name, q.email from partners_partnerperson q
    where q.partner_id = pt.id and q.deactivated_at is null
      and exists (select 1 from partners_partnerperson x where x.partner_id = pt.id
                  and lower(x.email) = lower(pt.email) and x.deactivated_at is not null)
    order by q.code limit 1) pp on true
left join accounts_staffmember st on st.id = r.staff_id
left join catalog_region og on og.code = coalesce(pt.region_id, st.region_id)
left join subscriptions_subscription s on s.id = r.subscription_id
left join subscriptions_contract k on k.id = s.contract_id
left join subscriptions_term t
  on t.subscription_id = s.id and t.renews_on = s.renews_on and t.reversed_by is null
left join catalog_offer o on o.id = t.offer_id
where r.id = any(%(ids)s)
"""


def request_views(request_ids: Iterable[str], *, now: datetime) -> list[RequestView]:
    """Each request, in the order given, in one query. The ids must come from a door."""
    ids = list(request_ids)
    found = {row["id"]: row for row in select(_VIEWS, {"ids": ids, "now": now})}
    names = current_catalogue().product_names
    return [_view(found[identity], names) for identity in ids]


def _view(row: dict[str, Any], names: dict[str, dict[str, str]]) -> RequestView:
    return RequestView(
        id=row["id"],
        reference=row["reference"],
        company_id=row["company_id"],
        company_code=row["company_code"],
        company_name=row["company_name"],
        region=row["region_id"],
        zone=ZoneInfo(row["time_zone"]),
        asker_id=row["asked_by_id"],
        asker_name=row["asker_name"],
        asker_email=row["asker_email"],
        phone=row["phone"],
        topic=Topic(row["topic"]),
        action=row["action"],
        reason_code=row["reason_code"],
        preferred_time=PreferredTime(row["preferred_time"]),
        language=row["language"],
        about=None if row["subscription_id"] is None else _about(row, names),
        state=RequestState(row["state"]),
        owner=OwnerView(
            kind=OwnerKind(row["owner_kind"]),
            id=row["owner_id"],
            name=row["owner_name"],
            organisation=row["owner_organisation"],
            email=row["owner_email"],
            phone=row["owner_phone"],
            zone=ZoneInfo(row["owner_time_zone"]),
        ),
        asked_at=row["asked_at"],
        answer_by=row["answer_by"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        was_told_overdue=row["overdue_told_for"] is not None,
    )


def _about(row: dict[str, Any], names: dict[str, dict[str, str]]) -> AskedAbout:
    return AskedAbout(
        id=row["subscription_id"],
        code=row["subscription_code"],
        contract_code=row["contract_code"],
        product_names=names.get(row["product_id"], {}),
        months=row["months"] or 0,
        seats_owned=row["seats_owned"],
        renews_on=row["renews_on"],
        has_ended=row["ended_on"] is not None,
    )


@dataclass(frozen=True, slots=True)
class EntryView:
    """One step of the conversation; ``facts`` holds the new owner, the outcome or the promise."""

    kind: str
    text: str
    author: str
    is_from_asker: bool
    happened_at: datetime
    facts: dict[str, Any]


def conversation_of(request_id: str) -> list[EntryView]:
    """What was said and done, oldest first. The id must come from a door."""
    return [
        EntryView(
            kind=entry.kind,
            text=entry.text,
            author=entry.author,
            is_from_asker=entry.actor.startswith("person:"),
            happened_at=entry.happened_at,
            facts=entry.facts,
        )
        for entry in ContactEntry.objects.filter(request_id=request_id).order_by("id")
    ]


@dataclass(frozen=True, slots=True)
class ColleagueView:
    """What somebody asked of their company's contract managers, and who was told."""

    asker_name: str
    action: str
    message: str
    told: tuple[str, ...]
    subscription_id: str
    subscription_code: str
    asked_at: datetime
    zone: ZoneInfo


def colleague_requests_visible_to(member: Member) -> QuerySet[ColleagueRequest]:
    """What people of the member's company asked of each other; latest first.

    Those who see the company's subscriptions see all of it, others their own; nobody outside
    the company sees any.
    """
    own = ColleagueRequest.objects.filter(company_id=member.company_id)
    if Scope.OWN not in member.scopes("subscriptions.see"):
        own = own.filter(asked_by_id=member.id)
    return own.order_by("-asked_at", "-id")


def colleague_views(requests: QuerySet[ColleagueRequest]) -> list[ColleagueView]:
    """Each of them, in one query. They must come from their door."""
    return [
        ColleagueView(
            asker_name=one.asked_by.name,
            action=one.action,
            message=one.message,
            told=tuple(one.told),
            subscription_id=one.subscription_id,
            subscription_code=one.subscription.code,
            asked_at=one.asked_at,
            zone=ZoneInfo(one.company.region.time_zone),
        )
        for one in requests.select_related("asked_by", "subscription", "company__region")
    ]


def in_order_of_work(requests: QuerySet[ContactRequest]) -> QuerySet[ContactRequest]:
    """Open ones by their promise, so that what is overdue comes first; then the latest promised."""
    is_open = Q(state=RequestState.OPEN)
    return requests.annotate(
        waits=Case(When(is_open, then="answer_by"), output_field=DateTimeField())
    ).order_by(F("waits").asc(nulls_last=True), F("answer_by").desc(), "id")
