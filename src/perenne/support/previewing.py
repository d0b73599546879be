"""Who would answer, and by when, before anything is sent."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from perenne.accounts.models import Company, StaffMember
from perenne.accounts.queries import Member
from perenne.partners.models import Partner
from perenne.rules.owners import OwnerKind, owner_for
from perenne.support.facts import owner_facts, promise_of, zone_of


@dataclass(frozen=True, slots=True)
class Preview:
    """What a request sent now would get; ``zone`` is that of the company's region."""

    kind: OwnerKind
    name: str
    answer_by: datetime
    zone: ZoneInfo


def preview_for(member: Member, *, subscription_id: str | None, now: datetime) -> Preview | None:
    """Who would answer ``member`` and by when; None if there is nobody.

    Args:
        subscription_id: came through the member's door; None for a request about none.
    """
    assert member.company_id is not None, "only people of a company ask"
    region = Company.objects.values_list("region_id", flat=True).get(pk=member.company_id)
    owner = owner_for(
        owner_facts(
            company=member.company_id,
            region=region,
            subscription=subscription_id,
            wants_vendor=False,
        )
    )
    if owner is None:
        return None
    named = Partner if owner.kind is OwnerKind.PARTNER else StaffMember
    return Preview(
        kind=owner.kind,
        name=named.objects.values_list("name", flat=True).get(pk=owner.id),
        answer_by=promise_of(owner.id, region=region, now=now).answer_by,
        zone=zone_of(region),
    )
