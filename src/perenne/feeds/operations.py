"""Make the secret address of a member's feed, and end it."""

from datetime import datetime

from perenne.accounts.memberships import membership
from perenne.accounts.queries import Member
from perenne.catalog.queries import regions
from perenne.feeds.models import CalendarFeed
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.clock import today
from perenne.platform.ids import new_id
from perenne.platform.journal import Fact
from perenne.platform.writing import atomic


def make_feed(member: Member, *, locale: str, now: datetime) -> CalendarFeed:
    """Give the member an address; one that they had before stops at once.

    Source: docs/explanation/calendar-feed.md, «The address».
    """
    with atomic("feed"):
        _wait_for_others(member.actor)
        _end(member, now=now)
        feed = CalendarFeed.objects.create(
            id=new_id("cal"),
            member=member.actor,
            company_id=member.company_id,
            locale=locale,
            made_at=now,
        )
        journal.record_all([_fact(feed, member, kind="calendar_feed.made", now=now)], at=now)
    return feed


def end_feed(member: Member, *, now: datetime) -> bool:
    """Let the member's address stop; whether there was one."""
    with atomic("feed"):
        _wait_for_others(member.actor)
        ended = _end(member, now=now)
        facts = [_fact(one, member, kind="calendar_feed.ended", now=now) for one in ended]
        journal.record_all(facts, at=now)
    return bool(ended)


def _wait_for_others(member: str) -> None:
    """Two of the same member at once take turns, until the transaction ends."""
    select("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"feed {member}"])


def _end(member: Member, *, now: datetime) -> list[CalendarFeed]:
    ended = list(CalendarFeed.objects.filter(member=member.actor, ended_at=None))
    CalendarFeed.objects.filter(pk__in=[one.pk for one in ended]).update(ended_at=now)
    return ended


def _fact(feed: CalendarFeed, member: Member, *, kind: str, now: datetime) -> Fact:
    one = membership(member.actor)
    region = one.region if one else ""
    known = regions().get(region)
    return Fact(
        kind=kind,
        subject=feed.pk,
        company=member.company_id or "",
        region=region,
        business_day=now.date() if known is None else today(now, known.zone),
        actor=member.actor,
        facts={"member": feed.member},
        tells=kind == "calendar_feed.made",
    )
