"""Let people follow their subscription into the collection that takes it in."""

from collections.abc import Sequence
from datetime import date

from django.db import connection

from perenne.platform import journal
from perenne.platform.bulk import as_array, select
from perenne.platform.ids import new_ids
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic
from perenne.renewals.losing import chosen_to_lose, held_seats
from perenne.renewals.operations.releasing import (
    LATE_DAYS,
    Place,
    release_held,
    release_lost,
)
from perenne.rules.seats import HeldSeat, held_once, losses

SWITCHED = "switched"

# Subscriptions that were taken in, whose people have not followed yet. A renewal may be sold
# weeks before its day: until then people use what they have.
_TAKEN_IN = """
select i.id, i.company_id, i.region_id, array_agg(s.id order by s.id) as merged,
       max(s.ended_on) as day,
       (select coalesce(sum(c.seats), 0)::int from subscriptions_seatchange c
        where c.subscription_id = i.id and c.effective_on <= %(day)s) as owned
from subscriptions_subscription s
join renewals_planrevision p on p.subscription_id = s.id and p.revision = s.plan_revision
join subscriptions_subscription i on i.id = p.merged_into_id
where s.region_id = any(%(regions)s::text[]) and s.ended_because = 'switched'
  and s.ended_on between %(since)s and %(day)s
  and (%(is_all)s or i.id = any(%(only)s::text[]))
  and exists (select 1 from subscriptions_assignment a
              where a.subscription_id = s.id and a.released_on is null)
group by i.id, i.company_id, i.region_id order by i.id
"""


def move_people_of_switched(region: str, *, occasion: Occasion) -> None:
    """Move the people of every subscription that a collection has taken in by today."""
    with atomic("seats"):
        follow_switched([region], occasion=occasion)


def follow_switched(
    regions: Sequence[str], *, occasion: Occasion, only: Sequence[str] | None = None
) -> None:
    """Give people of what was taken in a seat of the collection; in the caller's transaction.

    If it has fewer seats than people, those who were chosen go without one, then those by the
    rule. Their old seats entitle them for some more days.

    Args:
        only: collections, by their subscriptions; None for all of these regions.

    Source: docs/explanation/seats.md, «Subscriptions that become one».
    """
    since = date.fromordinal(occasion.day.toordinal() - LATE_DAYS)
    asked = {
        "regions": list(regions),
        "since": since,
        "day": occasion.day,
        "is_all": only is None,
        "only": list(only or ()),
    }
    for row in select(_TAKEN_IN, asked):
        lock = "select id from subscriptions_subscription where id = any(%s) order by id for update"
        select(lock, [[row["id"], *row["merged"]]])
        place = Place(subscription=row["id"], company=row["company_id"], region=row["region_id"])
        _follow(place, row["merged"], owned=row["owned"], since=row["day"], occasion=occasion)


def _follow(
    place: Place, merged: Sequence[str], *, owned: int, since: date, occasion: Occasion
) -> None:
    held = held_seats([place.subscription, *merged])
    inside = {seat.person for seat in held.get(place.subscription, [])}
    coming = [seat for one in merged for seat in held.get(one, [])]
    chosen = chosen_to_lose([place.subscription]).get((place.subscription, since), ())
    everybody = held_once([*held.get(place.subscription, []), *coming])
    losing = losses(everybody, seats_left=owned, chosen=chosen)
    going = {seat.person for seat in losing.lost}
    release_held(coming, SWITCHED, day=occasion.day)
    release_lost(losing, place, owned=owned, occasion=occasion)
    left = [seat for seat in held.get(place.subscription, []) if seat.person in going]
    release_held(left, "seats reduced", day=occasion.day)
    moving = [seat for seat in everybody if seat.person not in inside and seat.person not in going]
    _seat_again(moving, place.subscription, day=occasion.day)
    if moving:
        people = [seat.person for seat in moving]
        fact = place.fact(
            kind="seats.moved", occasion=occasion, people=people, taken_in=list(merged)
        )
        journal.record_all([fact], at=occasion.now)


def _seat_again(seats: Sequence[HeldSeat], subscription: str, *, day: date) -> None:
    """Append the assignments of people who held a seat elsewhere, with its last use."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into subscriptions_assignment (id, company_id, subscription_id, person_id, "
            "assigned_on, last_used_on, released_because, granted_by) "
            "select v.id, a.company_id, %s, a.person_id, %s, a.last_used_on, '', a.granted_by "
            "from unnest(%s::text[], %s::text[]) as v(id, source) "
            "join subscriptions_assignment a on a.id = v.source",
            [
                subscription,
                day,
                as_array(new_ids("asg", len(seats))),
                as_array([seat.assignment for seat in seats]),
            ],
        )
