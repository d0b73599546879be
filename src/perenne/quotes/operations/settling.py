"""What came of accepted quotes: paid ones let go of the renewal, declined ones are open again."""

from collections.abc import Sequence
from datetime import date, datetime

from perenne.notices.outbox import post
from perenne.platform.bulk import select
from perenne.platform.writing import atomic
from perenne.quotes.letters import reopened_letters
from perenne.quotes.models import Hold, QuoteVersion
from perenne.quotes.operations.turns import Turn
from perenne.rules.quotes import QuoteState

BATCH = 500
# Accepted ones that still hold a renewal, and what the attempts of their change say.
_ACCEPTED = """
select v.id, v.change from quotes_quoteversion v join quotes_quote q on q.id = v.quote_id
where v.state = 'accepted' and q.region_id = %s
  and exists (select 1 from quotes_hold h where h.version_id = v.id and h.released_on is null)
order by v.id
"""
_OUTCOME = """
select exists (select 1 from billing_order o where o.change = %(change)s) as is_bought,
       exists (select 1 from billing_paymentattempt a where a.change = %(change)s
               and a.state in ('created', 'sent', 'pending', 'unknown')) as is_open
"""


def settle_region(region: str, *, day: date, now: datetime) -> None:
    """Settle every accepted quote of a region whose payment was answered meanwhile."""
    found = [row["id"] for row in select(_ACCEPTED, [region])]
    for start in range(0, len(found), BATCH):
        settle_accepted(found[start : start + BATCH], day=day, now=now)


def settle_accepted(versions: Sequence[str], *, day: date, now: datetime) -> None:
    """Let go of what was bought; open again what could not be paid. Any number of calls is fine.

    Source: docs/explanation/quotes.md, «If the payment fails».
    """
    with atomic("quote.settled"):
        locked = (
            QuoteVersion.objects.select_for_update(of=("self",))
            .select_related("quote")
            .filter(pk__in=versions, state=QuoteState.ACCEPTED)
            .order_by("pk")
        )
        for version in locked:
            outcome = select(_OUTCOME, {"change": version.change})[0]
            if outcome["is_bought"]:
                Hold.objects.filter(version=version, released_on=None).update(released_on=day)
            elif not outcome["is_open"]:
                _reopen(version, day=day, now=now)


def _reopen(version: QuoteVersion, *, day: date, now: datetime) -> None:
    """Nothing was bought: it can be accepted again as long as it is valid."""
    turn = Turn(version, "run", now, day)
    option, version.accepted_option = version.accepted_option, ""
    change, version.change = version.change, ""
    turn.move(QuoteState.OPEN)
    post(reopened_letters(version), day=day, now=now)
    turn.tell(kind="quote.reopened", option=option, change=change)
