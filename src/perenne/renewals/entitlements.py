"""What people may use on a day: through their seats, and some days longer through switched ones."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from perenne.catalog.queries import Catalogue, current_catalogue
from perenne.platform.bulk import select
from perenne.renewals.queries import outlooks
from perenne.rules.entitlement import Entitlement, SeatAccess, entitled, overlap_until
from perenne.seats.book import given_by, seat_book
from perenne.seats.moment import moment_at

# The longest that a policy lets an old seat overlap.
_LOOK_BACK = timedelta(366)

# Seats that became seats of a collection, with what they were before; also those of people for
# whom the collection had none. Who was released for another reason has no seat to look back on.
_OVERLAPS = """
select a.person_id, a.subscription_id, s.region_id, k.channel, o.product_id as product, o.months,
       was.renews_on as switched_on
from subscriptions_assignment a
join subscriptions_subscription s on s.id = a.subscription_id
join subscriptions_contract k on k.id = s.contract_id
join subscriptions_term was on was.subscription_id = s.id and was.reversed_by is null
join catalog_offer o on o.id = was.offer_id
left join subscriptions_term now on now.subscription_id = s.id and now.reversed_by is null
  and now.starts_on = was.renews_on
left join catalog_offer p on p.id = now.offer_id
left join catalog_product d on d.code = p.product_id
where a.company_id = %(company)s and a.assigned_on < was.renews_on
  and was.renews_on <= %(day)s and was.renews_on > %(since)s
  and (a.released_on is null or (a.released_on >= was.renews_on
                                 and a.released_because in ('switched', 'seats reduced')))
  and ((s.ended_because = 'switched' and s.ended_on = was.renews_on)
       or (d.kind = 'collection' and p.product_id <> o.product_id))
order by a.id
"""


def entitlements(company: str, *, now: datetime) -> tuple[Entitlement, ...]:
    """What everybody at a company may use now, by person and product.

    Source: docs/explanation/seats.md, «What a seat entitles to».
    """
    day = moment_at(company, actor="", now=now).day
    catalogue = current_catalogue()
    seats = [*_seats(company, day, now), *_overlaps(company, day, catalogue)]
    return entitled(seats, on=day)


def _seats(company: str, day: date, now: datetime) -> Iterable[SeatAccess]:
    holdings = seat_book(company, on=day).holdings
    known = {
        one.subscription_id: one
        for one in outlooks({holding.subscription for holding in holdings}, now=now)
    }
    for holding in holdings:
        outlook = known[holding.subscription]
        yield SeatAccess(
            person=holding.person,
            subscription=holding.subscription,
            product=holding.product,
            contents=tuple(sorted(holding.gives)),
            # Who has access after the renewal day has it today; more is not known.
            until=max(outlook.renews_on, day + timedelta(1)),
            has_access=outlook.access != "none",
        )


def _overlaps(company: str, day: date, catalogue: Catalogue) -> Iterable[SeatAccess]:
    asked = {"company": company, "day": day, "since": day - _LOOK_BACK}
    for row in select(_OVERLAPS, asked):
        policy = catalogue.policy_for(
            row["region_id"], row["channel"], row["months"], row["switched_on"]
        )
        yield SeatAccess(
            person=row["person_id"],
            subscription=row["subscription_id"],
            product=row["product"],
            contents=tuple(sorted(given_by(row["product"], catalogue))),
            until=overlap_until(row["switched_on"], overlap_days=policy.switch_overlap_days),
            is_overlap=True,
        )
