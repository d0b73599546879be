"""Take back assignments when fewer seats are owned than people hold."""

from datetime import date

from django.db import connection

from perenne.platform import journal
from perenne.platform.bulk import select
from perenne.platform.journal import Fact
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic
from perenne.rules.seats import HeldSeat, losing_order

_REDUCED = """
select s.id, s.company_id, s.region_id from subscriptions_subscription s
where s.region_id = %(region)s and s.id in (
    select subscription_id from subscriptions_seatchange
    where seats < 0 and effective_on between %(since)s and %(day)s)
order by s.id for update
"""

_HELD = """
select a.id, a.person_id, a.assigned_on, a.last_used_on from subscriptions_assignment a
where a.subscription_id = %s and a.released_on is null
"""

_OWNED = """
select coalesce(sum(seats), 0) as seats from subscriptions_seatchange
where subscription_id = %s and effective_on <= %s
"""

# A reduction takes effect on the renewal day even if it is paid some days later, so the run
# looks back as far as a payment may be late. What was released once is not found again.
LATE_DAYS = 60


def release_surplus_seats(region: str, *, occasion: Occasion) -> None:
    """Release assignments of reduced subscriptions until as many people hold seats as are owned.

    Nobody decided for them: never used first, then longest unused, then newest, then person id.

    Source: docs/explanation/lifecycle.md, «Fewer seats».
    """
    since = date.fromordinal(occasion.day.toordinal() - LATE_DAYS)
    with atomic("seats"):
        for row in select(_REDUCED, {"region": region, "since": since, "day": occasion.day}):
            release_surplus(row["id"], row["company_id"], region, occasion=occasion)


def release_surplus(subscription: str, company: str, region: str, *, occasion: Occasion) -> None:
    """Release assignments of one subscription, locked by the caller, beyond the seats it owns.

    Source: docs/explanation/lifecycle.md, «Fewer seats».
    """
    held = [
        HeldSeat(
            assignment=row["id"],
            person=row["person_id"],
            assigned_on=row["assigned_on"],
            last_used_on=row["last_used_on"],
        )
        for row in select(_HELD, [subscription])
    ]
    owned = select(_OWNED, [subscription, occasion.day])[0]["seats"]
    losing = losing_order(held)[: max(len(held) - owned, 0)]
    if not losing:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update subscriptions_assignment set released_on = %s, "
            "released_because = 'seats reduced' where id = any(%s)",
            [occasion.day, [seat.assignment for seat in losing]],
        )
    journal.record_all(
        [
            Fact(
                kind="seats.released",
                subject=subscription,
                company=company,
                region=region,
                business_day=occasion.day,
                actor=occasion.actor,
                facts={"people": [seat.person for seat in losing], "owned": owned},
            )
        ],
        at=occasion.now,
    )
