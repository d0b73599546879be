"""The renewals of one region's business day: claims what is due, in sets, and tries it."""

from collections.abc import Iterator

from perenne.platform.bulk import select
from perenne.renewals.operations.executing import Occasion
from perenne.renewals.operations.parking import isolating
from perenne.renewals.operations.trying import (
    BATCH,
    automatic_try,
    settle_open_attempts,
    try_to_renew,
)

_DUE = """
select s.id from subscriptions_subscription s
join renewals_planrevision p on p.subscription_id = s.id and p.revision = s.plan_revision
where s.region_id = %(region)s and s.ended_on is null and s.id > %(after)s
  and s.renews_on {due} and p.renews_automatically and p.conflict = ''
  and (s.imported_as_of is null or s.renews_on >= s.imported_as_of)
  and not exists (select 1 from renewals_parkedsubscription x
                  where x.subscription_id = s.id and x.unparked_at is null)
order by s.id limit %(limit)s
"""


def renew_due(region: str, *, occasion: Occasion) -> None:
    """Execute the plans of the subscriptions that renew on the day, automatically.

    Attempts that a dead run left open are settled first, with their own keys.
    """
    settle_open_attempts(region, occasion=occasion)
    _try_each(region, "= %(day)s", occasion=occasion)


def retry_due(region: str, *, occasion: Occasion) -> None:
    """Try again what failed on earlier days and has a try today."""
    _try_each(region, "< %(day)s", occasion=occasion)


def _try_each(region: str, due: str, *, occasion: Occasion) -> None:
    decide = automatic_try(occasion.day)
    for batch in _batches(region, due, occasion=occasion):
        isolating(
            batch,
            lambda identities: try_to_renew(identities, decide, occasion=occasion),
            occasion=occasion,
        )


def _batches(region: str, due: str, *, occasion: Occasion) -> Iterator[list[str]]:
    after = ""
    while rows := select(
        _DUE.format(due=due),
        {"region": region, "after": after, "day": occasion.day, "limit": BATCH},
    ):
        yield [row["id"] for row in rows]
        after = rows[-1]["id"]
