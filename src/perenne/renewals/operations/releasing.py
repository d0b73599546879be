"""Take back assignments when fewer seats are owned than people hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from perenne.platform import journal
from perenne.platform.bulk import as_array, select
from perenne.platform.journal import Fact
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic
from perenne.renewals.losing import chosen_to_lose, held_seats
from perenne.rules.seats import HeldSeat, Losses, losses

_REDUCED = """
select s.id, s.company_id, s.region_id from subscriptions_subscription s
where s.region_id = %(region)s and s.id in (
    select subscription_id from subscriptions_seatchange
    where seats < 0 and effective_on between %(since)s and %(day)s)
order by s.id for update
"""

# Seats owned on a day, and since when there are as few.
_OWNED = """
select coalesce(sum(seats), 0)::int as seats,
       max(effective_on) filter (where seats < 0) as fewer_since
from subscriptions_seatchange where subscription_id = %s and effective_on <= %s
"""

# A reduction takes effect on the renewal day even if it is paid some days later, so the run
# looks back as far as a payment may be late. What was released once is not found again.
LATE_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A subscription whose seats are taken back, locked by the caller."""

    subscription: str
    company: str
    region: str

    def fact(self, *, kind: str, occasion: Occasion, tells: bool = False, **facts: object) -> Fact:
        """A fact about its seats; ``tells``: it is told by mail."""
        return Fact(
            kind=kind,
            subject=self.subscription,
            company=self.company,
            region=self.region,
            business_day=occasion.day,
            actor=occasion.actor,
            facts=facts,
            tells=tells,
        )


def release_surplus_seats(region: str, *, occasion: Occasion) -> None:
    """Release assignments of reduced subscriptions until as many people hold seats as are owned.

    Source: docs/explanation/seats.md, «Who loses a seat».
    """
    since = date.fromordinal(occasion.day.toordinal() - LATE_DAYS)
    with atomic("seats"):
        for row in select(_REDUCED, {"region": region, "since": since, "day": occasion.day}):
            place = Place(subscription=row["id"], company=row["company_id"], region=region)
            release_surplus(place, occasion=occasion)


def release_surplus(place: Place, *, occasion: Occasion) -> None:
    """Release assignments of one subscription, locked by the caller, beyond the seats it owns.

    Those who were chosen lose theirs first; for the others the rule decides.

    Source: docs/explanation/seats.md, «Who loses a seat».
    """
    owned = select(_OWNED, [place.subscription, occasion.day])[0]
    held = held_seats([place.subscription]).get(place.subscription, [])
    chosen = chosen_to_lose([place.subscription])
    release_lost(
        losses(
            held,
            seats_left=owned["seats"],
            chosen=chosen.get((place.subscription, owned["fewer_since"]), ()),
        ),
        place,
        owned=owned["seats"],
        occasion=occasion,
    )


def release_lost(losing: Losses, place: Place, *, owned: int, occasion: Occasion) -> None:
    """Release the seats of those who lose one, and tell it."""
    if not losing.lost:
        return
    release_held(losing.lost, "seats reduced", day=occasion.day)
    fact = place.fact(
        kind="seats.released",
        occasion=occasion,
        tells=True,
        people=[seat.person for seat in losing.lost],
        chosen=[seat.person for seat in losing.lost if seat.person in losing.chosen],
        owned=owned,
    )
    journal.record_all([fact], at=occasion.now)


def release_held(seats: Sequence[HeldSeat], because: str, *, day: date) -> None:
    """End assignments; they stay as history."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_assignment set released_on = greatest(assigned_on, %s), "
            "released_because = %s where id = any(%s::text[]) and released_on is null",
            [day, because, as_array([seat.assignment for seat in seats])],
        )
