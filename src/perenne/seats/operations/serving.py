"""Seats that have become free go to those who wait, in the transaction that freed them."""

from collections.abc import Sequence
from datetime import date, datetime

from perenne.platform.bulk import select
from perenne.platform.occasion import Occasion
from perenne.platform.writing import atomic
from perenne.seats.book import seat_book
from perenne.seats.deciding import decide
from perenne.seats.moment import Moment
from perenne.seats.writing import write

_WITH_WAITS = """
select s.company_id, s.region_id, array_agg(s.id) as subscriptions
from subscriptions_subscription s
where s.id = any(%s) and s.ended_on is null
  and exists (select 1 from seats_waitingperson w
              where w.company_id = s.company_id and w.ended_at is null)
group by s.company_id, s.region_id order by s.company_id
"""


def serve_waiting(subscriptions: Sequence[str], *, day: date, actor: str, now: datetime) -> None:
    """Give the free seats of these subscriptions, which the caller has locked, to who waits.

    Only these: the company's others are not locked. Who waits is locked here, in the order of the
    queue, so that nobody is seated twice.

    Source: docs/explanation/seats.md, «Who gets a free seat».
    """
    if not subscriptions:
        return
    for row in select(_WITH_WAITS, [list(subscriptions)]):
        at = Moment(
            company=row["company_id"], region=row["region_id"], day=day, actor=actor, now=now
        )
        book = seat_book(at.company, on=day, lock=True)
        mine = set(row["subscriptions"])
        decision = decide(book.of(mine), granted_by="group")
        write(decision, at, granted_by="group")


# Companies in which somebody waits, and what might have a seat for them.
_WAITED_FOR = """
select array_agg(s.id order by s.id) as subscriptions from subscriptions_subscription s
where s.region_id = %s and s.ended_on is null
  and exists (select 1 from seats_waitingperson w
              where w.company_id = s.company_id and w.ended_at is null)
group by s.company_id order by s.company_id
"""


def serve_everybody_waiting(region: str, *, occasion: Occasion) -> None:
    """Give seats that are free by today to those who wait, one company after the other.

    Source: docs/explanation/seats.md, «Who gets a free seat».
    """
    for row in select(_WAITED_FOR, [region]):
        with atomic("seats"):
            lock = "select 1 from subscriptions_subscription where id = any(%s) order by id "
            select(lock + "for update", [row["subscriptions"]])
            serve_waiting(
                row["subscriptions"], day=occasion.day, actor=occasion.actor, now=occasion.now
            )
