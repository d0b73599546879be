"""Somebody leaves while seats are given: neither waits for the other for ever."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection, connections, transaction

from perenne.accounts.models import Person
from perenne.accounts.operations.leaving import deactivate
from perenne.daily.invariants import breaches
from perenne.platform.bulk import select
from perenne.seats.moment import lock_seats
from perenne.seats.operations.assigning import assign
from tests.support.builders import a_company, a_subscription
from tests.support.seats import administrator_of, holders, named_users, queue, wishes

TODAY = date(2026, 12, 1)
# Inside a transaction the server shows the same picture again, unless it is told to forget it.
_LOOK_AGAIN = "select pg_stat_clear_snapshot()"
_WAITING = "select pid from pg_stat_activity where wait_event_type = 'Lock' and datname = %s"


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


@pytest.fixture
def company(world):
    return a_company()


@pytest.fixture
def subscription(company):
    """One seat."""
    return a_subscription(renews_on=TODAY + timedelta(100), company=company)


def wait_until_somebody_waits():
    give_up_at = time.monotonic() + 30
    while not select(_WAITING, [connection.settings_dict["NAME"]]):
        assert time.monotonic() < give_up_at, "nobody waits for the lock"
        time.sleep(0.01)
        select(_LOOK_AGAIN)


def test_who_gives_seats_is_not_waited_for_by_whom_they_wait_for(world, company, subscription):
    ulf, vera = named_users(company, "Ulf", "Vera")
    bo = administrator_of(company)
    assign(wishes("LT", ulf, vera), by=bo, now=world.now, waits=True)

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        lock_seats(company.pk)

        def leave():
            try:
                deactivate([ulf.pk], by=bo, now=world.now)
            finally:
                connections.close_all()

        leaving = pool.submit(leave)
        # The company is locked by then, and the subscriptions are waited for.
        wait_until_somebody_waits()
        wim = named_users(company, "Wim")[0]
        assign(wishes("LT", wim), by=bo, now=world.now, waits=True)
        assert not leaving.done()
        transaction.on_commit(lambda: leaving.result(timeout=30))

    assert Person.objects.get(pk=ulf.pk).deactivated_at is not None
    assert (holders(subscription), queue(company)) == (["Vera"], ["Wim"])
    assert [one.code for one, breach in breaches() if breach] == []
