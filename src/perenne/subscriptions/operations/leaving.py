"""Release the seats of people who leave their company, in the transaction in which they leave."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from perenne.catalog.queries import regions
from perenne.platform.bulk import select
from perenne.platform.clock import today

_LOCK = """
select id, region_id from subscriptions_subscription
where id in (select subscription_id from subscriptions_assignment
             where person_id = any(%s) and released_on is null)
order by id for update
"""

_RELEASE = """
update subscriptions_assignment
set released_on = greatest(assigned_on, %s), released_because = 'left the company'
where person_id = any(%s) and subscription_id = any(%s) and released_on is null
"""


def release_seats_of(people: Sequence[str], now: datetime) -> dict[str, object]:
    """Release every seat that these people hold, on the day of the subscription's region."""
    known = regions()
    by_region: dict[str, list[str]] = {}
    for row in select(_LOCK, [list(people)]):
        by_region.setdefault(row["region_id"], []).append(row["id"])
    released = 0
    with connection.cursor() as cursor:
        for region, subscriptions in sorted(by_region.items()):
            day = today(now, known[region].zone)
            cursor.execute(_RELEASE, [day, list(people), subscriptions])
            released += cursor.rowcount
    return {"seats_released": released}
