"""A day is run once, in order, whoever runs it, however often, wherever the server stands."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connections

from perenne.daily.errors import DayRefusedError
from perenne.daily.queries import marks
from perenne.daily.running import run_to
from perenne.platform.models import JournalEntry
from tests.support.builders import a_card, a_company, a_subscription

ONE_DAY = timedelta(1)


def some_due(on, *, how_many=3):
    company = a_company()
    card = a_card(company)
    for _ in range(how_many):
        a_subscription(renews_on=on, company=company, renews_automatically=True, pays_with=card)


def test_may_a_finished_day_be_run_again(world_on):
    world = world_on(date(2026, 12, 1))
    some_due(world.today)
    world.run_today()
    told = JournalEntry.objects.count()

    assert run_to(world.today, now=world.now) == []
    assert run_to(world.today - 5 * ONE_DAY, now=world.now) == []

    assert JournalEntry.objects.count() == told


def test_what_if_two_runs_start_at_once(world_on):
    world = world_on(date(2026, 12, 1))
    some_due(world.today, how_many=20)

    def run(_):
        try:
            run_to(world.today, now=world.now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))

    renewed = JournalEntry.objects.filter(kind="subscription.renewed")
    assert renewed.count() == renewed.values("subject").distinct().count() == 20


def test_a_day_that_has_not_come_is_refused(world_on):
    world = world_on(date(2026, 12, 1))

    with pytest.raises(DayRefusedError, match="has not come yet"):
        run_to(world.today + ONE_DAY, now=world.now)

    assert set(marks().values()) == {date(2026, 11, 30)}


def test_a_clock_that_went_back_runs_nothing(world_on):
    world = world_on(date(2026, 12, 10))
    world.run_today()

    with pytest.raises(DayRefusedError, match="a clock that went back"):
        run_to(world.today + ONE_DAY, now=world.now - 3 * ONE_DAY)

    assert set(marks().values()) == {date(2026, 12, 10)}


def test_missed_days_are_run_in_order_as_of_their_own_day(world_on):
    world = world_on(date(2026, 12, 1))
    for day in (1, 3, 2):
        some_due(date(2026, 12, day), how_many=1)
    world.today = date(2026, 12, 4)

    assert run_to(world.today, now=world.now) == [date(2026, 12, day) for day in (1, 2, 3, 4)]

    world.expect(
        [
            (
                date(2026, 12, day),
                f"subscription.renewed renews_on=2027-12-0{day} seats=1 net_minor=42000",
            )
            for day in (1, 2, 3)
        ]
    )


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_does_it_matter_where_the_server_stands(world_on, monkeypatch, zone):
    monkeypatch.setitem(os.environ, "TZ", zone)
    time.tzset()
    try:
        world = world_on(date(2026, 12, 1))
        some_due(world.today, how_many=1)
        world.advance_to(
            world.today,
            expect=[
                (
                    date(2026, 12, 1),
                    "subscription.renewed renews_on=2027-12-01 seats=1 net_minor=42000",
                )
            ],
        )
    finally:
        monkeypatch.undo()
        time.tzset()
