"""The renewals of one region's business day: claims what is due, in sets, and tries it.

Any number of workers may do so at once: each takes what no other holds.
"""

import time
from collections.abc import Iterator, Sequence

from perenne.platform.bulk import select
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.parking import isolating
from perenne.renewals.operations.reconciling import reconcile
from perenne.renewals.operations.trying import BATCH, automatic_try, try_to_renew

_DUE = """
select s.id from subscriptions_subscription s
join renewals_planrevision p on p.subscription_id = s.id and p.revision = s.plan_revision
where s.region_id = %(region)s and s.ended_on is null and s.id > %(after)s
  and s.renews_on {due} and p.renews_automatically and p.conflict = ''
  and (s.imported_as_of is null or s.renews_on >= s.imported_as_of)
  and not exists (select 1 from renewals_parkedsubscription x
                  where x.subscription_id = s.id and x.unparked_at is null)
  and not exists (select 1 from quotes_hold h
                  where h.subscription_id = s.id and h.renews_on = s.renews_on
                    and coalesce(h.released_on, h.last_day + 1) > %(day)s)
  and not exists (select 1 from billing_paymentattempt a
                  where a.subscription_id = s.id and a.term_starts_on = s.renews_on
                    and a.retry_day = %(day)s::date - s.renews_on)
order by s.id limit %(limit)s
"""

_UNDER_WAY = """
select 1 from billing_paymentattempt a join accounts_company c on c.id = a.company_id
where a.state in ('created', 'sent') and a.actor = %s and c.region_id = %s limit 1
"""
_LOOK_AGAIN_S = 0.05


def renew_due(region: str, *, occasion: Occasion) -> None:
    """Execute the plans of the subscriptions that renew on the day, automatically.

    Attempts that a dead run left open are settled first, with their own keys.
    """
    reconcile(region, occasion=occasion)
    _try_each(region, "= %(day)s", occasion=occasion)


def retry_due(region: str, *, occasion: Occasion) -> None:
    """Try again what failed on earlier days and has a try today; returns when nobody tries."""
    _try_each(region, "< %(day)s", occasion=occasion)
    _await_assistants(region, occasion=occasion)


def assist(region: str, *, occasion: Occasion) -> None:
    """Take a part of the renewals and retries that another worker runs at the same time."""
    for due in ("= %(day)s", "< %(day)s"):
        _pass(region, due, occasion=occasion, shared=True)


def _try_each(region: str, due: str, *, occasion: Occasion) -> None:
    if _pass(region, due, occasion=occasion, shared=True):
        # Somebody else held some of them: perhaps an assistant, perhaps a customer's change.
        _pass(region, due, occasion=occasion, shared=False)


def _pass(region: str, due: str, *, occasion: Occasion, shared: bool) -> bool:
    """Try what is due, batch by batch; return whether another transaction held some of it."""
    decide = automatic_try(occasion.day)
    was_held = False

    def work(identities: Sequence[str]) -> None:
        nonlocal was_held
        taken = try_to_renew(identities, decide, occasion=occasion, shared=shared)
        was_held = was_held or taken < len(identities)

    for batch in _batches(region, due, occasion=occasion):
        isolating(batch, work, occasion=occasion)
    return was_held


def _batches(region: str, due: str, *, occasion: Occasion) -> Iterator[list[str]]:
    after = ""
    while rows := select(
        _DUE.format(due=due),
        {"region": region, "after": after, "day": occasion.day, "limit": BATCH},
    ):
        yield [row["id"] for row in rows]
        after = rows[-1]["id"]


def _await_assistants(region: str, *, occasion: Occasion) -> None:
    """Wait until no try of the run is under way; what a dead assistant left is settled here."""
    while select(_UNDER_WAY, [occasion.actor, region]):
        reconcile(region, occasion=occasion)
        time.sleep(_LOOK_AGAIN_S)
