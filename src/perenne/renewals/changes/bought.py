"""What was bought last for subscriptions: it can be returned, and what it stands on follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from perenne.billing.sales import Sale, sale_from_stored
from perenne.platform.bulk import select
from perenne.rules.calendar import Period
from perenne.rules.prices import OfferKey
from perenne.rules.returns import seats_returnable


@dataclass(frozen=True, slots=True)
class TermLeft:
    """The term on whose end a sold one began."""

    covers: Period
    offer: OfferKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order as it was sold, what of it came back already, and the term before the sold one."""

    order: str
    sale: Sale
    returned: tuple[int, ...]
    before: TermLeft | None

    @property
    def seats_left(self) -> int:
        """Seats of it that can still come back."""
        return seats_returnable(self.sale.lines[0].seats, self.returned)

    @property
    def ends_on(self) -> date | None:
        """What the subscription renews on if it comes back whole; None if no term is left."""
        if self.sale.term is None:
            raise ValueError("seats alone end no term")
        return None if self.before is None else self.before.covers.renews_on


_BOUGHT = """
select o.id, a.frozen,
       array(select v.seats from renewals_reversal v where v.order_id = o.id order by v.id)
           as returned,
       t.starts_on, t.renews_on, f.product_id, f.access, f.months
from billing_order o join billing_paymentattempt a on a.id = o.attempt_id
left join subscriptions_term t on t.subscription_id = o.subscription_id
  and t.renews_on = o.term_starts_on and t.reversed_by is null
left join catalog_offer f on f.id = t.offer_id
where o.id = any(%s) order by o.id
"""

_LAST = """
select (select o.id from billing_order o where o.subscription_id = s.id
        and not exists (select 1 from renewals_reversal v where v.order_id = o.id and v.is_whole)
        order by o.id desc limit 1) as id
from subscriptions_subscription s where s.id = %s
"""

_ALIGNED_WITH = """
select p.id from billing_order o
join billing_order p on p.change = o.change and p.kind = 'alignment'
where o.id = %s and o.kind = 'alignment'
  and not exists (select 1 from renewals_reversal v where v.order_id = p.id and v.is_whole)
order by p.id
"""


def bought_last(subscription: str) -> list[Bought]:
    """What comes back together if the last purchase of a subscription does; its own is the first.

    Dates that were aligned together come back together; of everything else it is one order, or
    none if all came back.

    Source: docs/explanation/changes.md, «Returning».
    """
    last = select(_LAST, [subscription])[0]["id"]
    if last is None:
        return []
    together = [row["id"] for row in select(_ALIGNED_WITH, [last])] or [last]
    found = [_bought(row) for row in select(_BOUGHT, [together])]
    return sorted(found, key=lambda one: one.order != last)


def comes_back_with(orders: Sequence[Bought]) -> list[str]:
    """The subscriptions of these orders, and those that they had taken in."""
    own = [one.sale.subscription for one in orders]
    return [*own, *(merged for one in orders for merged in one.sale.merges)]


def _bought(row: dict[str, Any]) -> Bought:
    before = None
    if row["starts_on"] is not None:
        before = TermLeft(
            Period(row["starts_on"], row["renews_on"]),
            OfferKey(row["product_id"], row["access"], row["months"]),
        )
    return Bought(
        order=row["id"],
        sale=sale_from_stored(msgspec.json.decode(row["frozen"])),
        returned=tuple(row["returned"]),
        before=before,
    )
