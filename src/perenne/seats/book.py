"""What is known of a company's seats on a day: free ones, held ones, and who waits or belongs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from perenne.catalog.queries import Catalogue, current_catalogue
from perenne.platform.bulk import select
from perenne.rules.seating import Demand, SeatSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A seat that a person holds; ``gives`` are the products that it entitles to."""

    assignment: str
    person: str
    subscription: str
    # As its page shows it.
    code: str
    product: str
    gives: frozenset[str]
    granted_by: str
    assigned_on: date
    last_used_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A place in the queue for a product."""

    id: int
    person: str
    product: str
    granted_by: str

    @property
    def demand(self) -> Demand:
        """What the person waits for."""
        return Demand(self.person, self.product)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatBook:
    """The seats of one company on one day, in orders that do not change."""

    sources: tuple[SeatSource, ...]
    holdings: tuple[Holding, ...]
    waits: tuple[Wait, ...]

    @property
    def owned_products(self) -> frozenset[str]:
        """What running subscriptions give."""
        return frozenset(product for source in self.sources for product in source.gives)

    def of(self, subscriptions: Collection[str]) -> "SeatBook":
        """The same, with the free seats of these subscriptions only."""
        sources = (one for one in self.sources if one.subscription in subscriptions)
        return replace(self, sources=tuple(sources))

    def covered(self, *, without: Sequence[Holding] = ()) -> dict[str, frozenset[str]]:
        """By person, the products that their seats give; some seats left out."""
        left_out = {one.assignment for one in without}
        found: dict[str, frozenset[str]] = {}
        for one in self.holdings:
            if one.assignment not in left_out:
                found[one.person] = found.get(one.person, frozenset()) | one.gives
        return found


# The term that covers the day, or the last one before it.
_SOLD = """
join lateral (select o.product_id, d.kind, t.renews_on from subscriptions_term t
              join catalog_offer o on o.id = t.offer_id
              join catalog_product d on d.code = o.product_id
              where t.subscription_id = s.id and t.reversed_by is null
                and t.starts_on <= %(day)s
              order by t.starts_on desc limit 1) sold on sold.kind <> 'plan'
"""

_SOURCES = f"""
select s.id, s.renews_on, sold.product_id as product,
       (select coalesce(sum(l.seats), 0) from subscriptions_seatchange l
        where l.subscription_id = s.id and l.effective_on <= %(day)s) as owned,
       (select count(*) from subscriptions_assignment a
        where a.subscription_id = s.id and a.released_on is null) as held
from subscriptions_subscription s {_SOLD}
where s.company_id = %(company)s and (s.ended_on is null or s.ended_on > %(day)s)
  and sold.renews_on > %(day)s
order by s.id
"""  # noqa: S608 - put together from our own text

_HOLDINGS = f"""
select a.id, a.person_id, a.subscription_id, s.code, sold.product_id as product, a.granted_by,
       a.assigned_on, a.last_used_on
from subscriptions_assignment a
join subscriptions_subscription s on s.id = a.subscription_id {_SOLD}
where a.company_id = %(company)s and a.released_on is null
  and (s.ended_on is null or s.ended_on > %(day)s)
order by a.id
"""  # noqa: S608 - put together from our own text

_WAITS = """
select id, person_id, product_id, granted_by from seats_waitingperson
where company_id = %(company)s and ended_at is null order by id
"""


def seat_book(company: str, *, on: date, lock: bool = False) -> SeatBook:
    """Read the seats of a company in three queries.

    Free are seats of subscriptions whose term covers the day: what is past due gives no new ones.

    Args:
        lock: take the places in the queue for this transaction, whoever else seats people.
    """
    catalogue = current_catalogue()
    asked = {"company": company, "day": on}
    waits = select(_WAITS + (" for update" if lock else ""), asked)
    return SeatBook(
        sources=tuple(_source(row, catalogue) for row in select(_SOURCES, asked)),
        holdings=tuple(_holding(row, catalogue) for row in select(_HOLDINGS, asked)),
        waits=tuple(
            Wait(
                id=row["id"],
                person=row["person_id"],
                product=row["product_id"],
                granted_by=row["granted_by"],
            )
            for row in waits
        ),
    )


def given_by(product: str, catalogue: Catalogue) -> frozenset[str]:
    """The products that a seat of this one entitles to."""
    return frozenset((product, *catalogue.contents.get(product, ())))


def _source(row: dict[str, Any], catalogue: Catalogue) -> SeatSource:
    return SeatSource(
        subscription=row["id"],
        product=row["product"],
        gives=given_by(row["product"], catalogue),
        free=max(row["owned"] - row["held"], 0),
        renews_on=row["renews_on"],
    )


def _holding(row: dict[str, Any], catalogue: Catalogue) -> Holding:
    return Holding(
        assignment=row["id"],
        person=row["person_id"],
        subscription=row["subscription_id"],
        code=row["code"],
        product=row["product"],
        gives=given_by(row["product"], catalogue),
        granted_by=row["granted_by"],
        assigned_on=row["assigned_on"],
        last_used_on=row["last_used_on"],
    )


_MEMBERSHIPS = """
select m.person_id, m.group_id, p.product_id from seats_groupmember m
join seats_group g on g.id = m.group_id and g.ended_on is null
join seats_groupproduct p on p.group_id = g.id and p.carried_until is null
where m.company_id = %s and m.left_on is null order by m.id, p.id
"""


def group_demands(company: str) -> list[tuple[str, Demand]]:
    """What the groups of a company want, each with its group: in the order of joining."""
    return [
        (row["group_id"], Demand(row["person_id"], row["product_id"]))
        for row in select(_MEMBERSHIPS, [company])
    ]
