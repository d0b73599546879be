"""The dates that concern a member, as events: days in layers, never an amount.

A calendar is shown to rooms and shared with colleagues, so prices stay on the pages.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from perenne.accounts.queries import Member
from perenne.feeds.words import say
from perenne.quotes.queries import versions_visible_to
from perenne.renewals.queries import Outlook, outlooks
from perenne.rules.lifecycle import Stage
from perenne.rules.quotes import QuoteState
from perenne.rules.routes import Route
from perenne.subscriptions.queries import subscriptions_visible_to

# Calendar programs show what lies ahead, and remember what was.
_PAST = timedelta(30)


class Layer(StrEnum):
    """Kinds of days that can be fetched by themselves."""

    RENEWALS = "renewals"
    DECISIONS = "decisions"
    CARDS = "cards"
    QUOTES = "quotes"


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """A day on which something happens, with the page that tells more.

    ``uid`` stays for as long as the same thing happens on the same day; ``alarm_days`` is how
    many days before somebody wants to be reminded, None for never.
    """

    uid: str
    day: date
    layer: Layer
    title: str
    note: str
    path: str
    alarm_days: int | None = None


def feed_events(
    member: Member, *, now: datetime, locale: str, layers: Collection[Layer] = tuple(Layer)
) -> list[FeedEvent]:
    """The events of these layers that ``member`` may see, by day, in a constant number of queries.

    Source: docs/explanation/calendar-feed.md, «Layers».
    """
    ids = subscriptions_visible_to(member).values_list("pk", flat=True)
    found: list[FeedEvent] = []
    for outlook in outlooks(ids, now=now):
        found += _of_subscription(outlook, locale)
    if Layer.QUOTES in layers:
        found += _of_quotes(member, locale)
    first = now.date() - _PAST
    shown = (one for one in found if one.layer in layers and one.day >= first)
    return sorted(shown, key=lambda one: (one.day, one.uid))


def _of_subscription(outlook: Outlook, locale: str) -> Iterator[FeedEvent]:
    if outlook.stage is Stage.EXPIRED or outlook.parked:
        return
    facts = _facts(outlook, locale)
    is_automatic = outlook.route is Route.AUTO
    key = "renews" if is_automatic else "due"
    yield _event(outlook, Layer.RENEWALS, outlook.renews_on, key, facts, locale)
    if not is_automatic:
        last = outlook.term.last_day
        yield _event(outlook, Layer.DECISIONS, last, "decide", facts, locale, alarm_days=7)
    method = outlook.method
    if method is not None and method.kind == "card" and not method.valid_on_renewal:
        yield _event(
            outlook,
            Layer.CARDS,
            outlook.renews_on - timedelta(14),
            "card",
            {**facts, "last4": method.last4},
            locale,
            alarm_days=0,
        )


def _facts(outlook: Outlook, locale: str) -> dict[str, str]:
    return {
        "product": outlook.product_names.get(locale, outlook.offer.product),
        "seats": f"{outlook.seats_owned:,}",
        "code": outlook.code,
        "company": outlook.company_name,
        "contract": outlook.contract_code,
    }


def _event(  # noqa: PLR0913 - a sentence has so many parts
    outlook: Outlook,
    layer: Layer,
    day: date,
    key: str,
    facts: dict[str, str],
    locale: str,
    *,
    alarm_days: int | None = None,
) -> FeedEvent:
    return FeedEvent(
        uid=f"{outlook.subscription_id}.{layer}.{day:%Y%m%d}",
        day=day,
        layer=layer,
        title=say(f"{key}.title", locale, **facts),
        note=say(f"{key}.note", locale, **facts),
        path=f"/subscriptions/{outlook.subscription_id}/",
        alarm_days=alarm_days,
    )


def _of_quotes(member: Member, locale: str) -> Iterable[FeedEvent]:
    open_ones = (
        versions_visible_to(member)
        .filter(state=QuoteState.OPEN.value, issued_on__isnull=False)
        .select_related("quote")
    )
    for version in open_ones:
        facts = {"number": version.quote.number}
        yield FeedEvent(
            uid=f"{version.pk}.{Layer.QUOTES}.{version.valid_through:%Y%m%d}",
            day=version.valid_through,
            layer=Layer.QUOTES,
            title=say("quote.title", locale, **facts),
            note=say("quote.note", locale, **facts),
            path=f"/quotes/{version.quote.number}/",
            alarm_days=3,
        )
