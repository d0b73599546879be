"""Release deferred revenue by day: what the days of sold lines have earned, for a whole region."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from perenne.billing.ledger import Posting, copy_ledger
from perenne.billing.period_models import ReleasedLine, RevenueMark, RevenueRelease
from perenne.billing.revenue_lock import hold_revenue
from perenne.platform.bulk import copy_in, select
from perenne.platform.ids import new_ids
from perenne.platform.writing import atomic
from perenne.rules.calendar import Period
from perenne.rules.revenue import to_release

BATCH = 5000

# What ended before the last release was released whole by it, unless it was sold after that.
_DUE = """
select l.id from billing_orderline l join billing_order o on o.id = l.order_id
join accounts_company k on k.id = o.company_id
where k.region_id = %(region)s and l.covers_from <= %(through)s and l.covers_until > %(since)s
union
select l.id from billing_order o join billing_orderline l on l.order_id = o.id
join accounts_company k on k.id = o.company_id
where k.region_id = %(region)s and l.covers_from <= %(through)s and o.business_day >= %(since)s
order by 1
"""

_LINES = """
select l.id, o.company_id, o.currency, l.covers_from, l.covers_until, g.billing_step_minor,
       l.net_minor - l.partner_minor - c.net + c.partner as total,
       e.released - c.revenue as released
from billing_orderline l
join billing_order o on o.id = l.order_id
join accounts_company k on k.id = o.company_id
join catalog_region g on g.code = k.region_id
cross join lateral (
    select coalesce(sum(net_minor), 0)::bigint as net,
           coalesce(sum(partner_minor), 0)::bigint as partner,
           coalesce(sum(revenue_minor), 0)::bigint as revenue
    from billing_creditnoteline where order_line_id = l.id) c
cross join lateral (
    select coalesce(sum(amount_minor), 0)::bigint as released
    from billing_releasedline where order_line_id = l.id) e
where l.id = any(%s) order by l.id
"""


class _Earner(NamedTuple):
    """Whose revenue one posting is."""

    company: str
    currency: str


def release_revenue(region: str, *, through: date, now: datetime, batch: int = BATCH) -> None:
    """Post to revenue what the region's sold days through ``through`` have earned.

    Idempotent: a second call, or one after a kill, posts what is not posted yet. Each batch of
    lines is a transaction of its own.

    Source: docs/explanation/money.md, «Revenue by day».
    """
    asked = {"region": region, "through": through, "since": _released_through(region)}
    due = [row["id"] for row in select(_DUE, asked)]
    for first in range(0, len(due), batch):
        with atomic("release"):
            hold_revenue([region], exclusively=True)
            _release(due[first : first + batch], through=through, now=now)
    RevenueMark.objects.get_or_create(
        region_id=region, through=through, defaults={"released_at": now}
    )


def _released_through(region: str) -> date:
    last = RevenueMark.objects.filter(region_id=region).order_by("-through").first()
    return date.min if last is None else last.through


def _release(lines: Sequence[int], *, through: date, now: datetime) -> None:
    earned: dict[_Earner, dict[int, int]] = defaultdict(dict)
    for row in select(_LINES, [list(lines)]):
        amount = to_release(
            row["total"],
            row["released"],
            Period(row["covers_from"], row["covers_until"]),
            through=through,
            step_minor=row["billing_step_minor"],
        )
        if amount:
            earned[_Earner(row["company_id"], row["currency"])][row["id"]] = amount
    _post(earned, through=through, now=now)


def _post(earned: Mapping[_Earner, Mapping[int, int]], *, through: date, now: datetime) -> None:
    """Append a release for each company, with its lines and its ledger transaction."""
    identities = new_ids("rel", len(earned))
    releases = list(zip(identities, earned.items(), strict=True))
    copy_in(
        RevenueRelease,
        ("id", "company_id", "currency", "amount_minor", "through"),
        (
            (identity, earner.company, earner.currency, sum(lines.values()), through)
            for identity, (earner, lines) in releases
        ),
    )
    copy_in(
        ReleasedLine,
        ("release_id", "order_line_id", "through", "amount_minor"),
        (
            (identity, line, through, amount)
            for identity, (_, lines) in releases
            for line, amount in lines.items()
        ),
    )
    copy_ledger([_posting(*one) for one in releases], day=through, now=now)


def _posting(identity: str, earned: tuple[_Earner, Mapping[int, int]]) -> Posting:
    earner, lines = earned
    amount = sum(lines.values())
    return Posting(
        company=earner.company,
        kind="release",
        subject=identity,
        currency=earner.currency,
        legs=(("deferred_revenue", amount), ("revenue", -amount)),
    )
