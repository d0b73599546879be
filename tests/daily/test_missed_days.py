"""Days on which nothing ran: what they owed is told afterwards, once."""

from datetime import date, timedelta

import pytest

from perenne.daily.models import FinishedDay
from perenne.daily.queries import unreminded_since
from perenne.daily.running import run_region, run_to
from perenne.platform.clock import moment_of, turn_demo_clock
from perenne.platform.models import JournalEntry
from tests.support.builders import a_subscription

TODAY = date(2026, 12, 1)
DAY = timedelta(1)


def told():
    sent = JournalEntry.objects.filter(kind="reminder.sent").order_by("id")
    return [(row.business_day, row.subject, row.facts["days_before"]) for row in sent]


@pytest.mark.parametrize("finished_before_the_kill", [0, 1, 2])
def test_a_kill_between_missed_days_leaves_no_reminder_untold(world_on, finished_before_the_kill):
    world_on(TODAY)
    owed = [a_subscription(renews_on=TODAY + days * DAY) for days in (30, 31, 33, 34)]
    for missed in range(finished_before_the_kill):
        day = TODAY + missed * DAY
        assert run_region("US", day, reminds=False, now=moment_of(TODAY + 3 * DAY))
    assert unreminded_since("US") == TODAY
    assert told() == []

    last = TODAY + 3 * DAY
    turn_demo_clock(last)
    run_to(last, now=moment_of(last))

    # The fourth has its milestone a day later; the clock stands before it.
    assert told() == [(last, one.pk, 30) for one in sorted(owed[:3], key=lambda one: one.pk)]
    assert FinishedDay.objects.get(region_id="US", day=last).reminded
    assert unreminded_since("US") == last + DAY
