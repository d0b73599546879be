"""The inbox of verified webhooks: claimed by one worker at a time, and never changed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection, connections, transaction
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.worlds import gateway_home, world_on

from perenne.billing.event_models import InboxEvent
from perenne.billing.events import (
    ABOUT_CHARGES,
    ABOUT_SETUPS,
    claim_events,
    mark_processed,
    receive_event,
)
from perenne.billing.gateways.event import EventSubject, GatewayEvent
from perenne.billing.models import Payment

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

__all__ = ["gateway_home", "world_on"]


@pytest.fixture
def world(world_on: Callable[[date], World]) -> World:
    return world_on(date(2026, 12, 1))


@pytest.fixture
def paid(world: World) -> Payment:
    company = a_company(region="TW")
    a_subscription(
        renews_on=world.today,
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    world.run_today()
    return Payment.objects.get()


def an_event(
    event_id: str,
    *,
    about: EventSubject = EventSubject.CHARGE,
    object_id: str = "ch_none",
    attempt_id: str = "",
) -> GatewayEvent:
    return GatewayEvent(
        gateway="sandbox",
        event_id=event_id,
        about=about,
        object_id=object_id,
        attempt_id=attempt_id,
    )


def test_which_charge_is_an_event_about(world: World, paid: Payment):
    events = [
        an_event("evt_1", attempt_id=paid.charge_key),
        an_event("evt_2", about=EventSubject.REFUND, object_id=paid.charge_id),
        an_event("evt_3", about=EventSubject.REFUND, object_id="ch_of_another"),
        an_event("evt_4", attempt_id="att_of_another"),
        an_event("evt_5", about=EventSubject.SETUP, object_id="set_1"),
        an_event("evt_6", about=EventSubject.OTHER, object_id="x", attempt_id=paid.charge_key),
    ]

    kept = [receive_event(event, now=world.now) for event in events]

    assert kept == [True] * 6
    assert list(InboxEvent.objects.order_by("id").values_list("reference", "processed_at")) == [
        (paid.charge_key, None),
        (paid.charge_key, None),
        ("", world.now),
        ("", world.now),
        ("set_1", None),
        ("", world.now),
    ]


def test_do_events_of_two_gateways_with_one_id_both_count(world: World, paid: Payment):
    event = an_event("evt_1", attempt_id=paid.charge_key)

    assert receive_event(event, now=world.now)
    assert receive_event(
        GatewayEvent(gateway="stripe", event_id="evt_1", about=EventSubject.OTHER), now=world.now
    )
    assert not receive_event(event, now=world.now)


def test_does_an_event_that_comes_many_times_at_once_count_once(world: World, paid: Payment):
    event = an_event("evt_1", attempt_id=paid.charge_key)

    def receive(_: int) -> bool:
        try:
            return receive_event(event, now=world.now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(receive, range(32)))

    assert sum(kept) == 1
    assert InboxEvent.objects.count() == 1


def test_are_events_claimed_by_one_worker_and_processed_once(world: World, paid: Payment):
    for number in range(4):
        receive_event(an_event(f"evt_{number}", attempt_id=paid.charge_key), now=world.now)
    receive_event(an_event("evt_s", about=EventSubject.SETUP, object_id="set_1"), now=world.now)

    with transaction.atomic():
        first = claim_events(ABOUT_CHARGES, limit=3)
        with ThreadPoolExecutor(1) as other_worker:
            second = other_worker.submit(claimed_elsewhere).result()
        mark_processed(first, now=world.now)
    with transaction.atomic():
        left = claim_events(ABOUT_CHARGES, limit=100)
        set_ups = claim_events(ABOUT_SETUPS, limit=100)

    assert [(event.reference, event.region) for event in first] == [(paid.charge_key, "TW")] * 3
    assert len(second) == 1
    assert [event.id for event in left] == second
    assert [(event.reference, event.region) for event in set_ups] == [("set_1", "")]


def claimed_elsewhere() -> list[int]:
    try:
        with transaction.atomic():
            return [event.id for event in claim_events(ABOUT_CHARGES, limit=100)]
    finally:
        connections.close_all()


def test_does_a_worker_that_dies_leave_its_events_to_others(world: World, paid: Payment):
    receive_event(an_event("evt_1", attempt_id=paid.charge_key), now=world.now)

    def die_in_the_middle() -> None:
        with transaction.atomic():
            mark_processed(claim_events(ABOUT_CHARGES, limit=1), now=world.now)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die_in_the_middle()

    with transaction.atomic():
        assert len(claim_events(ABOUT_CHARGES, limit=1)) == 1


@pytest.mark.parametrize(
    "change",
    [
        "update billing_inboxevent set reference = 'att_x'",
        "update billing_inboxevent set event_id = 'evt_x'",
        "delete from billing_inboxevent",
        "truncate billing_inboxevent",
    ],
)
def test_does_the_inbox_refuse_to_be_rewritten(world: World, paid: Payment, change: str):
    receive_event(an_event("evt_1", attempt_id=paid.charge_key), now=world.now)

    with pytest.raises(Exception, match="append-only") as refusal, connection.cursor() as cursor:
        cursor.execute(change)

    assert isinstance(refusal.value.__cause__, psycopg.errors.InsufficientPrivilege)
