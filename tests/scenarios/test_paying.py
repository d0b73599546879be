"""What becomes of a renewal when the gateway misbehaves, or the run is killed half-way."""

from datetime import date, timedelta

import pytest
from django.db import OperationalError, connection

from perenne.billing.attempts import Try, open_attempts
from perenne.billing.models import Payment, PaymentAttempt, PaymentMethod
from perenne.daily.invariants import breaches
from perenne.renewals.facts import renewal_facts
from perenne.renewals.models import ParkedSubscription
from perenne.renewals.pricing import Pricer
from perenne.subscriptions.models import Subscription, Term
from tests.support.builders import a_card, a_company, a_subscription

TODAY = date(2026, 12, 10)
ONE_DAY = timedelta(1)


def due_by_card(last4="4242"):
    company = a_company()
    return a_subscription(
        renews_on=TODAY,
        company=company,
        renews_automatically=True,
        pays_with=a_card(company, last4=last4),
    )


def test_a_run_that_was_killed_after_the_attempt_charges_once(world_on):
    from django.db import transaction

    world = world_on(TODAY)
    subscription = due_by_card()
    facts = renewal_facts([subscription.pk])[0]
    with transaction.atomic():
        sale = Pricer().planned_sale(facts)
        wanted = Try(sale, 0, facts.plan.method.token)
        open_attempts([wanted], day=TODAY, actor="run", now=world.now)

    world.run_today()

    assert PaymentAttempt.objects.get().state == "succeeded"
    assert Payment.objects.count() == 1
    assert Term.objects.filter(subscription=subscription).count() == 2
    assert [breach for _, breach in breaches() if breach] == []


def test_money_that_could_not_be_had_is_tried_again_on_the_next_days(world_on):
    world = world_on(TODAY)
    due_by_card(last4="9995")

    world.advance_to(
        TODAY + 8 * ONE_DAY,
        expect=[
            (TODAY, "payment.declined reason=insufficient_funds"),
            (TODAY, "subscription.past_due"),
            *(
                (TODAY + n * ONE_DAY, "payment.declined reason=insufficient_funds")
                for n in (1, 3, 5, 7)
            ),
            (TODAY + 7 * ONE_DAY, "subscription.expired"),
        ],
    )


def test_a_new_card_in_time_keeps_the_term(world_on):
    from perenne.platform.ids import new_id
    from perenne.renewals.models import PlanRevision

    world = world_on(TODAY)
    subscription = due_by_card(last4="9995")
    world.advance_to(
        TODAY,
        expect=[
            (TODAY, "payment.declined reason=insufficient_funds"),
            (TODAY, "subscription.past_due"),
        ],
    )
    PlanRevision.objects.create(
        id=new_id("pln"),
        company_id=subscription.company_id,
        subscription=subscription,
        revision=2,
        renews_automatically=True,
        offer_id="LT/named_user/12",
        payment_method=a_card(subscription.company),
        decided_on=TODAY,
        actor="person:ana",
    )
    Subscription.objects.filter(pk=subscription.pk).update(plan_revision=2)

    world.advance_to(
        TODAY + ONE_DAY,
        expect=[
            (
                TODAY + ONE_DAY,
                "subscription.renewed renews_on=2027-12-10 seats=1 net_minor=42000",
            )
        ],
    )


def test_one_subscription_that_cannot_be_processed_does_not_stop_the_others(world_on):
    world = world_on(TODAY)
    broken = due_by_card()
    PaymentMethod.objects.filter(company=broken.company).update(token="nonsense")
    others = [due_by_card() for _ in range(3)]

    world.run_today()

    assert ParkedSubscription.objects.get().subscription_id == broken.pk
    renewed = Subscription.objects.filter(renews_on=date(2027, 12, 10))
    assert {one.pk for one in renewed} == {one.pk for one in others}
    assert [breach for _, breach in breaches() if breach] == []


FULL_DISK = """
create function full_disk() returns trigger language plpgsql as $$
begin raise exception 'No space left on device' using errcode = '53100'; end $$;
create trigger full_disk before insert on billing_paymentattempt
    for each statement execute function full_disk()
"""


def test_a_full_disk_stops_the_run_before_anybody_is_charged_or_set_aside(world_on):
    world = world_on(TODAY)
    due_by_card()
    with connection.cursor() as cursor:
        cursor.execute(FULL_DISK)

    with pytest.raises(OperationalError, match="No space left"):
        world.run_today()

    assert ParkedSubscription.objects.count() == PaymentAttempt.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("drop trigger full_disk on billing_paymentattempt")
    world.run_today()
    assert Payment.objects.count() == 1
