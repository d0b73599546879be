"""What webhooks speak of is looked up, once it is free, and noted when that is done."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections
from tests.support.builders import a_company, a_subscription
from tests.support.worlds import gateway_home, world_on

from perenne.billing.event_models import InboxEvent
from perenne.billing.events import receive_event
from perenne.billing.gateways.configured import configured_gateway
from perenne.billing.gateways.event import EventSubject, GatewayEvent
from perenne.billing.gateways.sandbox import SandboxGateway
from perenne.billing.models import Payment, PaymentAttempt, PaymentMethod
from perenne.renewals.operations.hearing import hear_of_charges

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.world import World

__all__ = ["gateway_home", "world_on"]


@pytest.fixture
def world(world_on: Callable[[date], World]) -> World:
    return world_on(date(2026, 12, 1))


@pytest.fixture
def pending(world: World) -> PaymentAttempt:
    """A direct debit whose outcome a bank tells days later."""
    company = a_company()
    method = PaymentMethod.objects.create(
        id=f"pmt_{company.pk}",
        code=f"D{company.code}",
        company=company,
        kind="direct_debit",
        token=f"direct_debit:::{company.code}",
    )
    a_subscription(
        renews_on=world.today, company=company, renews_automatically=True, pays_with=method
    )
    world.run_today()
    return PaymentAttempt.objects.get()


def told_of(attempt: PaymentAttempt, world: World, event_id: str = "evt_1") -> None:
    event = GatewayEvent(
        gateway="sandbox",
        event_id=event_id,
        about=EventSubject.CHARGE,
        attempt_id=attempt.idempotency_key,
    )
    assert receive_event(event, now=world.now)


def settled(attempt: PaymentAttempt, *, succeeds: bool) -> None:
    gateway = configured_gateway()
    assert isinstance(gateway, SandboxGateway)
    gateway.settle(attempt.charge_id, succeeds=succeeds)


def waiting() -> int:
    return InboxEvent.objects.filter(processed_at=None).count()


@pytest.mark.parametrize(("succeeds", "state"), [(True, "succeeded"), (False, "declined")])
def test_is_a_bank_s_outcome_written_as_soon_as_an_event_tells_of_it(
    world: World, pending: PaymentAttempt, succeeds: bool, state: str
):
    settled(pending, succeeds=succeeds)
    told_of(pending, world)

    assert hear_of_charges(now=world.now) == 1

    pending.refresh_from_db()
    assert pending.state == state
    assert Payment.objects.count() == int(succeeds)
    assert waiting() == 0


def test_does_an_event_that_comes_too_early_change_nothing(world: World, pending: PaymentAttempt):
    told_of(pending, world)

    assert hear_of_charges(now=world.now) == 1
    assert hear_of_charges(now=world.now) == 0

    pending.refresh_from_db()
    assert pending.state == "pending"
    settled(pending, succeeds=True)
    told_of(pending, world, "evt_2")
    assert hear_of_charges(now=world.now) == 1
    assert Payment.objects.count() == 1


def test_does_an_event_wait_for_a_worker_who_awaits_the_answer(
    world: World, pending: PaymentAttempt
):
    settled(pending, succeeds=True)
    told_of(pending, world)

    with ThreadPoolExecutor(1) as another:
        another.submit(held_for_an_hour).result()
        assert hear_of_charges(now=world.now) == 0
        another.submit(connections.close_all).result()

    assert waiting() == 1
    until_the_session_is_gone()
    assert hear_of_charges(now=world.now) == 1
    assert Payment.objects.count() == 1


def held_for_an_hour() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update billing_paymentattempt set lease_pid = pg_backend_pid(), "
            "lease_until = clock_timestamp() + interval '1 hour'"
        )


def until_the_session_is_gone() -> None:
    """A server process ends a moment after its client."""
    with connection.cursor() as cursor:
        cursor.execute("update billing_paymentattempt set lease_until = clock_timestamp()")


def test_do_many_events_of_one_charge_and_many_who_hear_book_it_once(
    world: World, pending: PaymentAttempt
):
    settled(pending, succeeds=True)
    for number in range(20):
        told_of(pending, world, f"evt_{number}")

    def hear(_: int) -> int:
        try:
            return hear_of_charges(now=world.now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(hear, range(4)))
    hear_of_charges(now=world.now)

    assert Payment.objects.count() == 1
    assert waiting() == 0
