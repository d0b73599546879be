"""A member's feed, and whose feed a secret opens."""

from dataclasses import dataclass

from perenne.accounts.links import CALENDAR, identity_of, secret_for
from perenne.accounts.memberships import membership
from perenne.accounts.queries import Member
from perenne.feeds.models import CalendarFeed


@dataclass(frozen=True, slots=True)
class OpenFeed:
    """A feed that is fetched: whose dates, in which language."""

    member: Member
    locale: str


def feed_of(member: Member) -> CalendarFeed | None:
    """The member's own feed; None if there is none."""
    return CalendarFeed.objects.filter(member=member.actor, ended_at=None).first()


def feed_secret(feed: CalendarFeed) -> str:
    """What makes its address work: whoever has it may read the feed."""
    return secret_for(f"{CALENDAR}:{feed.pk}")


def open_feed(secret: str) -> OpenFeed | None:
    """What a secret opens; None if it is none, was ended, or its member has left or may not."""
    identity = identity_of(secret, CALENDAR)
    feed = CalendarFeed.objects.filter(pk=identity, ended_at=None).first() if identity else None
    one = membership(feed.member) if feed else None
    if feed is None or one is None or not one.is_active or not one.member.may("calendar.feed"):
        return None
    return OpenFeed(one.member, feed.locale)
