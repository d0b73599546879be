"""What decides who answers a request: the sellers of what a company has, and the desks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from perenne.catalog.queries import current_catalogue
from perenne.partners.queries import partners_looking_after
from perenne.platform.bulk import select
from perenne.platform.clock import today
from perenne.rules.answering import answer_by, remind_at
from perenne.rules.owners import Desk, OwnerFacts, OwnerKind, Seller
from perenne.support.models import ColleagueRequest, ContactRequest

_SELLERS = """
select distinct k.partner_id, k.sales_person_id, f.deactivated_at is null as is_here
from subscriptions_subscription s join subscriptions_contract k on k.id = s.contract_id
left join accounts_staffmember f on f.id = k.sales_person_id
where s.company_id = %(company)s
  and case when %(subscription)s = '' then s.ended_on is null else s.id = %(subscription)s end
"""

_DESKS = """
select f.id, f.role, coalesce(f.region_id, '') as region,
       (select count(*) from support_contactrequest r
        where r.staff_id = f.id and r.state = 'open') as open_requests
from accounts_staffmember f
where f.role in ('specialist', 'support') and f.deactivated_at is null order by f.id
"""

_REGION_OF = """
select region_id from partners_partner where id = %(id)s
union all select region_id from accounts_staffmember where id = %(id)s
"""


def owner_facts(
    *, company: str, region: str, subscription: str | None, wants_vendor: bool
) -> OwnerFacts:
    """Who could answer what ``company`` asks about one subscription, or about none."""
    sold = select(_SELLERS, {"company": company, "subscription": subscription or ""})
    partners = set(partners_looking_after(company).values_list("pk", flat=True))
    return OwnerFacts(
        region=region,
        sellers=[_seller(row, partners) for row in sold],
        desks=_desks(),
        wants_vendor=wants_vendor,
    )


def desk_facts(region: str) -> OwnerFacts:
    """The vendor's desks alone: who steps in, and to whom a partner hands back."""
    seller = Seller("partner")
    return OwnerFacts(region=region, sellers=[seller], desks=_desks(), wants_vendor=True)


def _desks() -> list[Desk]:
    return [
        Desk(row["id"], OwnerKind(row["role"]), row["region"], row["open_requests"])
        for row in select(_DESKS)
    ]


def _seller(row: dict[str, Any], partners: Collection[str]) -> Seller:
    partner, sales_person = row["partner_id"], row["sales_person_id"]
    if partner is not None:
        return Seller("partner", partner, may_answer=partner in partners)
    if sales_person is not None:
        return Seller("sales", sales_person, may_answer=row["is_here"])
    return Seller("online")


@dataclass(frozen=True, slots=True)
class Promise:
    """By when an owner answers, and when they are reminded of it."""

    answer_by: datetime
    remind_at: datetime


def promise_of(owner_id: str, *, region: str, now: datetime) -> Promise:
    """By when this owner answers what is asked now, by the business hours of their region.

    Args:
        region: of the company; its hours count for owners who look after the whole world.
    """
    catalogue = current_catalogue()
    row = next(iter(select(_REGION_OF, {"id": owner_id})), None)
    hours_of = catalogue.regions[(row and row["region_id"]) or region]
    policy = catalogue.answer_policy_for(hours_of.code, today(now, hours_of.zone))
    days = policy.business_days
    return Promise(
        answer_by(now, zone=hours_of.zone, hours=policy.hours, business_days=days),
        remind_at(now, zone=hours_of.zone, hours=policy.hours, business_days=days),
    )


def asked_today(person_id: str, day: date) -> int:
    """How often somebody has asked on a day: the vendor, a partner or their own colleagues."""
    asked = {"asked_by_id": person_id, "asked_on": day}
    return (
        ContactRequest.objects.filter(**asked).count()
        + ColleagueRequest.objects.filter(**asked).count()
    )


def zone_of(region: str) -> ZoneInfo:
    """The time zone whose days are those of the region's companies."""
    return current_catalogue().regions[region].zone


def owner_columns(kind: OwnerKind, identity: str) -> dict[str, str | None]:
    """The columns of a request that name its owner."""
    is_partner = kind is OwnerKind.PARTNER
    return {
        "owner_kind": kind.value,
        "partner_id": identity if is_partner else None,
        "staff_id": None if is_partner else identity,
    }
