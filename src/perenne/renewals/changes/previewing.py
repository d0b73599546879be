"""Preview a change: what it would do and cost, kept under a hash so that it can be committed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from perenne.accounts.queries import Member
from perenne.platform.bulk import select
from perenne.platform.clock import today
from perenne.platform.ids import new_id
from perenne.renewals.changes.kinds import prepare, subjects_of
from perenne.renewals.changes.preparing import (
    Prepared,
    Situation,
    preview_of,
    with_people_warned,
)
from perenne.renewals.changes.preview import Preview, preview_as_stored
from perenne.renewals.changes.wishes import Wish, read_wish, wish_as_stored
from perenne.renewals.errors import ChangeRefusedError, InvalidChoicesError
from perenne.renewals.facts import Method, RenewalFacts, renewal_facts
from perenne.renewals.mistakes import NotKnown, SeveralCompanies
from perenne.renewals.models import Change
from perenne.renewals.pricing import Pricer
from perenne.renewals.standings import Standings
from perenne.rules.quoted import QuoteTerms
from perenne.subscriptions.queries import subscriptions_visible_to

VALID_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Previewed:
    """A preview that can be committed, by the id of its change."""

    change: str
    preview: Preview


def preview_change(sent: Mapping[str, Any], *, member: Member, now: datetime) -> Previewed:
    """Say exactly what a change would do, and remember it for a while.

    It is valid for half an hour, and not beyond the end of the region's day: prices go by days.

    Raises:
        InvalidChoicesError: if what was sent is not a wish, or does not fit.
        ChangeRefusedError: with the verdicts that stand against it.

    Source: docs/explanation/changes.md, «Preview and commit».
    """
    wish = read_wish(sent)
    _require_visible(wish, member)
    situation = situation_of(renewal_facts(subjects_of(wish)), member=member, now=now)
    prepared, preview = prepared_preview(wish, situation)
    facts = prepared.items[0].stand.facts
    change = Change.objects.create(
        id=new_id("chg"),
        company_id=facts.company,
        region=facts.region,
        kind=preview.kind,
        subjects=[item.subscription for item in preview.items],
        choices=wish_as_stored(wish),
        preview=preview_as_stored(preview),
        hash=preview.hash,
        made_by=member.actor,
        made_at=now,
        expires_at=preview.expires_at,
    )
    return Previewed(change.pk, preview)


def prepared_preview(wish: Wish, situation: Situation) -> tuple[Prepared, Preview]:
    """Prepare a wish and what is shown of it.

    Raises:
        InvalidChoicesError, ChangeRefusedError: as ``preview_change``.
    """
    prepared = prepare(wish, situation)
    if prepared.refused:
        raise ChangeRefusedError(prepared.refused)
    prepared = with_people_warned(prepared)
    zone = situation.pricer.catalogue.regions[prepared.items[0].stand.facts.region].zone
    preview = preview_of(
        prepared,
        wish.action.value,
        pricer=situation.pricer,
        expires_at=_expires_at(situation.now, zone),
    )
    return prepared, preview


def _expires_at(now: datetime, zone: ZoneInfo) -> datetime:
    tomorrow = today(now, zone) + timedelta(1)
    end_of_day = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)
    return min(now + VALID_FOR, end_of_day.astimezone(now.tzinfo))


def situation_of(
    facts: list[RenewalFacts], *, member: Member, now: datetime, quote: QuoteTerms | None = None
) -> Situation:
    """What preparing a wish about these subscriptions may look at.

    Args:
        quote: the terms on which it is quoted; None for everything else.

    Raises:
        InvalidChoicesError: if the subscriptions are of several companies.
    """
    companies = {one.company for one in facts}
    if len(companies) > 1:
        raise InvalidChoicesError("subscriptions", SeveralCompanies())
    pricer = Pricer(quoted_on=None if quote is None else quote.priced_on)
    found = Standings(facts, member=member, pricer=pricer, now=now).all()
    return Situation(
        now=now,
        stands={stand.facts.id: stand for stand in found},
        pricer=pricer,
        methods=_methods(next(iter(companies), "")),
        quote=quote,
    )


def _methods(company: str) -> dict[str, Method]:
    rows = select(
        "select id, kind, last4, valid_through, token from billing_paymentmethod "
        "where company_id = %s",
        [company],
    )
    return {row["id"]: Method(**row) for row in rows}


def _require_visible(wish: Wish, member: Member) -> None:
    """Who may not see a subscription learns nothing about it."""
    visible = subscriptions_visible_to(member).filter(pk__in=wish.subscriptions)
    unknown = set(wish.subscriptions) - set(visible.values_list("pk", flat=True))
    if unknown:
        raise InvalidChoicesError("subscriptions", NotKnown(min(unknown)))
