"""When and by whom something is done to the seats of a company, with its subscriptions locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from perenne.accounts.models import Company, PersonRole
from perenne.accounts.queries import Member
from perenne.catalog.queries import regions
from perenne.platform.bulk import select
from perenne.platform.clock import today
from perenne.platform.journal import Fact
from perenne.rules.permissions import Scope, roles_with
from perenne.rules.seat_refusals import AdministratorsOnly, SeatRefusal
from perenne.seats.errors import SeatsRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """For which company and day, by whom and when."""

    company: str
    region: str
    day: date
    actor: str
    now: datetime

    def fact(self, kind: str, subject: str, **facts: Any) -> Fact:  # noqa: ANN401 - JSON
        """A fact of this moment."""
        return Fact(
            kind=kind,
            subject=subject,
            company=self.company,
            region=self.region,
            business_day=self.day,
            actor=self.actor,
            facts=facts,
        )


def may_assign(member: Member) -> bool:
    """Whether somebody looks after the seats of their company."""
    return member.company_id is not None and Scope.OWN in member.scopes("seat.assign")


def moment_of(member: Member, now: datetime) -> Moment:
    """The moment at which an administrator acts.

    Raises:
        SeatsRefusedError: if they are none.
    """
    if not may_assign(member):
        raise SeatsRefusedError([_administrators_only(member)])
    assert member.company_id is not None
    return moment_at(member.company_id, actor=member.actor, now=now)


def moment_at(company: str, *, actor: str, now: datetime) -> Moment:
    """The moment at which somebody acts for a company; its day is its region's."""
    region = Company.objects.values_list("region_id", flat=True).get(pk=company)
    day = today(now, regions()[region].zone)
    return Moment(company=company, region=region, day=day, actor=actor, now=now)


def _administrators_only(member: Member) -> SeatRefusal:
    holders = PersonRole.objects.filter(
        role__in=roles_with("seat.assign"), person__company_id=member.company_id
    ).order_by("person__name")
    return AdministratorsOnly(tuple(dict.fromkeys(holders.values_list("person__name", flat=True))))


def lock_seats(company: str) -> None:
    """Lock the living subscriptions of a company in the order of their ids: no deadlocks.

    All of them, because a person holds one seat of a product whichever of them gives it.
    """
    assert connection.in_atomic_block, "a lock lasts as long as its transaction"
    select(
        "select id from subscriptions_subscription where company_id = %s and ended_on is null "
        "order by id for update",
        [company],
    )


# Whoever has left may not be given anything.
_ACTIVE = """
select id from accounts_person
where company_id = %s and id = any(%s) and deactivated_at is null
"""


def active_people(company: str, people: Sequence[str]) -> frozenset[str]:
    """Those of these people who belong to the company and have not left it."""
    rows = select(_ACTIVE, [company, list(people)])
    return frozenset(row["id"] for row in rows)
