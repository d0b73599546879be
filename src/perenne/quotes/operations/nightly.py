"""The quotes of one region's business day: what ended by itself, and what soon will."""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from perenne.notices.outbox import Letter, post
from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.writing import atomic
from perenne.quotes.letters import expired_letters, expiring_letters
from perenne.quotes.models import Hold, QuoteVersion
from perenne.quotes.operations.settling import settle_region
from perenne.quotes.telling import fact_of
from perenne.rules.quotes import QuoteState, expiring_milestone

ACTOR = "run"
BATCH = 500
EXPIRING_DAYS = (7, 1)

# What was quoted was renewed by other means, or ended: there is nothing left to accept.
_OVERTAKEN = """
select v.id from quotes_quoteversion v join quotes_quote q on q.id = v.quote_id
where v.state = 'open' and q.region_id = %(region)s and exists (
    select 1 from quotes_quotesubject j
    join subscriptions_subscription s on s.id = j.subscription_id
    where j.version_id = v.id and (s.renews_on <> j.renews_on or s.ended_on is not null))
order by v.id limit %(limit)s
"""
# Its last day is over; or a renewal that nobody would execute any more has come.
_OVER = """
select v.id from quotes_quoteversion v join quotes_quote q on q.id = v.quote_id
where v.state = 'open' and q.region_id = %(region)s and (v.valid_through < %(day)s or exists (
    select 1 from quotes_quotesubject j
    join subscriptions_subscription s on s.id = j.subscription_id
    join renewals_planrevision p on p.subscription_id = s.id and p.revision = s.plan_revision
    where j.version_id = v.id and s.renews_on <= %(day)s and not p.renews_automatically))
order by v.id limit %(limit)s
"""
_EXPIRING = """
select v.id from quotes_quoteversion v join quotes_quote q on q.id = v.quote_id
where v.state = 'open' and q.region_id = %(region)s and v.valid_through - %(day)s = any(%(days)s)
  and v.issued_on < %(day)s and not exists (
    select 1 from platform_journalentry e where e.kind = 'quote.expiring' and e.subject = q.id
      and e.once_key = v.version || ':' || (v.valid_through - %(day)s))
order by v.id limit %(limit)s
"""
_Work = Callable[[Sequence[QuoteVersion]], None]


def run_quotes(region: str, *, day: date, reminds: bool, now: datetime) -> None:
    """End what ended by ``day``, so that its renewals are tried in the same run.

    Each step is done for a set; a second call finds nothing left.

    Args:
        reminds: whether those are told whose quote soon ends; not of missed days.

    Source: docs/explanation/quotes.md, «In the nightly run».
    """
    settle_region(region, day=day, now=now)

    def overtake(versions: Sequence[QuoteVersion]) -> None:
        _end(versions, QuoteState.SUPERSEDED, "overtaken", day=day, now=now)
        told = [
            fact_of(one, kind="quote.superseded", day=day, actor=ACTOR, by=None) for one in versions
        ]
        journal.record_all(told, at=now)

    def expire(versions: Sequence[QuoteVersion]) -> None:
        _end(versions, QuoteState.EXPIRED, "", day=day, now=now)
        told = [fact_of(one, kind="quote.expired", day=day, actor=ACTOR) for one in versions]
        journal.record_all(told, at=now)
        post(_each(versions, expired_letters), day=day, now=now)

    def remind(versions: Sequence[QuoteVersion]) -> None:
        told = [
            fact_of(
                one,
                kind="quote.expiring",
                day=day,
                actor=ACTOR,
                once_key=f"{one.version}:{(one.valid_through - day).days}",
                days_left=expiring_milestone(one.valid_through, day=day, days=EXPIRING_DAYS),
            )
            for one in versions
        ]
        journal.record_all(told, at=now)
        letters = _each(versions, lambda one: expiring_letters(one, day=day))
        post(letters, day=day, now=now)

    asked = {"region": region, "day": day, "limit": BATCH, "days": list(EXPIRING_DAYS)}
    _in_batches(_OVERTAKEN, asked, overtake)
    _in_batches(_OVER, asked, expire)
    if reminds:
        _in_batches(_EXPIRING, asked, remind)


def _in_batches(query: str, asked: dict[str, object], work: _Work) -> None:
    while found := [row["id"] for row in select(query, asked)]:
        with atomic("quotes"):
            locked = list(
                QuoteVersion.objects.select_for_update(of=("self",))
                .select_related("quote")
                .filter(pk__in=found, state=QuoteState.OPEN)
                .order_by("pk")
            )
            work(locked)


def _end(
    versions: Sequence[QuoteVersion], state: QuoteState, reason: str, *, day: date, now: datetime
) -> None:
    ids = [one.pk for one in versions]
    QuoteVersion.objects.filter(pk__in=ids).update(
        state=state, ended_on=day, ended_at=now, ended_by=ACTOR, reason=reason
    )
    Hold.objects.filter(version__in=ids, released_on=None).update(released_on=day)


def _each(
    versions: Sequence[QuoteVersion], letters: Callable[[QuoteVersion], list[Letter]]
) -> list[Letter]:
    return [letter for one in versions for letter in letters(one)]
