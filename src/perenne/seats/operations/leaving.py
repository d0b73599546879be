"""What people who leave their company give back: seats, groups and places in the queue."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from perenne.platform.bulk import select
from perenne.seats.book import seat_book
from perenne.seats.deciding import decide
from perenne.seats.models import GroupMember
from perenne.seats.moment import lock_seats, moment_at
from perenne.seats.writing import LEFT, write

_COMPANIES = """
select company_id, array_agg(id) as people from accounts_person where id = any(%s)
group by company_id order by company_id
"""


def give_back_everything(
    people: Sequence[str], now: datetime, *, actor: str = "leaving"
) -> dict[str, object]:
    """Take every seat, group and place in the queue of these people; who waits is seated.

    In the transaction in which they leave. Returns how many seats they gave back.

    Source: docs/explanation/seats.md, «People who leave».
    """
    assert connection.in_atomic_block, "seats are given back in the transaction of the leaving"
    released = 0
    for row in select(_COMPANIES, [list(people)]):
        lock_seats(row["company_id"])
        at = moment_at(row["company_id"], actor=actor, now=now)
        book = seat_book(at.company, on=at.day, lock=True)
        gone = set(row["people"])
        taken = [one for one in book.holdings if one.person in gone]
        GroupMember.objects.filter(person__in=gone, left_on=None).update(left_on=at.day)
        decision = decide(
            book,
            granted_by="group",
            released=taken,
            unwanted=[wait for wait in book.waits if wait.person in gone],
        )
        write(decision, at, granted_by="group", because=LEFT)
        released += len(taken)
    return {"seats_released": released}
