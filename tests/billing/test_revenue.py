"""Revenue is earned by day: every line is released whole, once, however often and by whomever."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.money import books_are_sound, by_staff, ledger, the_order

from perenne.billing.attempts import Try, open_attempts
from perenne.billing.crediting import CreditWish, issue_credits
from perenne.billing.giving_back import GiveBack
from perenne.billing.models import LedgerTransaction
from perenne.billing.period_models import ReleasedLine, RevenueRelease
from perenne.billing.revenue import release_revenue
from perenne.platform import faults
from perenne.platform.clock import moment_of
from perenne.renewals.facts import renewal_facts
from perenne.renewals.operations.trying import execute_at_once
from perenne.renewals.pricing import Pricer

TODAY = date(2026, 12, 10)
LAST_DAY = date(2027, 12, 9)
ONE_DAY = timedelta(1)


def sold(world, *, seats=1, region="US", how_many=1):
    company = a_company(region=region)
    card = a_card(company)
    found = [
        a_subscription(
            renews_on=world.today,
            company=company,
            seats=seats,
            renews_automatically=True,
            pays_with=card,
        )
        for _ in range(how_many)
    ]
    world.run_today()
    return found


def release(through, region="US", **given):
    release_revenue(region, through=through, now=moment_of(through), **given)


def earned(subscription):
    return -ledger(subscription.company).get("revenue", 0)


def test_every_month_releases_its_days_and_the_last_one_the_rest(world_on):
    world = world_on(TODAY)
    (subscription,) = sold(world)
    ends = [date(2027, month, 1) - ONE_DAY for month in range(1, 13)] + [date(2027, 12, 31)]

    found = []
    for through in ends:
        release(through)
        found.append(earned(subscription))

    assert found[:2] == [2532, 6099]
    assert found == sorted(found)
    assert found[-1] == 42000
    assert sum(ReleasedLine.objects.values_list("amount_minor", flat=True)) == 42000
    assert "deferred_revenue" not in ledger(subscription.company)
    assert books_are_sound()


def sold_late(world, *, region):
    """The same sale, booked today for days that were released already."""
    subscription = a_subscription(renews_on=TODAY, company=a_company(region=region))
    facts = renewal_facts([subscription.pk])[0]
    with transaction.atomic():
        wanted = Try(Pricer().planned_sale(facts), None, "")
        attempts = open_attempts([wanted], day=world.today, actor="staff:fin", now=world.now)
        execute_at_once([wanted], attempts, occasion=by_staff(world))
    return subscription


def test_what_is_sold_late_catches_up_and_day_by_day_is_the_same_as_at_once(world_on):
    world = world_on(TODAY)
    (slowly,) = sold(world, region="TW")
    for n in range(40):
        release(TODAY + n * ONE_DAY, "TW")
    assert earned(slowly) % 100 == 0

    world.today += 40 * ONE_DAY
    at_once = sold_late(world, region="TW")
    release(world.today, "TW")

    assert earned(at_once) == earned(slowly) > 0
    assert books_are_sound()


def test_releasing_again_posts_nothing(world_on):
    world = world_on(TODAY)
    sold(world)
    release(date(2026, 12, 31))
    posted = LedgerTransaction.objects.count()

    release(date(2026, 12, 31))
    release(date(2026, 12, 20))

    assert LedgerTransaction.objects.count() == posted
    assert RevenueRelease.objects.count() == 1


def test_a_release_that_was_killed_goes_on_where_it_was(world_on):
    world = world_on(TODAY)
    some = sold(world, how_many=5)
    seen = []

    def die_at_the_second(name):
        if name == "release.committing":
            seen.append(name)
            if len(seen) == 2:
                raise SystemExit

    faults.strike_with(die_at_the_second)
    try:
        with pytest.raises(SystemExit):
            release(date(2026, 12, 31), batch=2)
    finally:
        faults.strike_with(lambda _name: None)
    assert earned(some[0]) == 2 * 2532

    release(date(2026, 12, 31))

    assert earned(some[0]) == 5 * 2532
    assert books_are_sound()


def test_what_was_not_earned_is_credited_first(world_on):
    """Three of ten seats come back after 22 of 365 days; seven are earned by the same days."""
    world = world_on(TODAY)
    (subscription,) = sold(world, seats=10)
    release(date(2026, 12, 31))
    assert earned(subscription) == 25315

    wish = CreditWish(
        order=the_order(subscription).pk, reason="return", to=GiveBack.TO_CREDIT, seats=3
    )
    with transaction.atomic():
        issue_credits([wish], occasion=by_staff(world))
    assert earned(subscription) == 25315

    release(date(2027, 1, 5))
    assert earned(subscription) == 25315, "seven seats have not earned so much yet"
    release(date(2027, 1, 31))
    assert earned(subscription) == 42690
    release(LAST_DAY)
    assert earned(subscription) == 7 * 42000
    assert books_are_sound()


def test_what_was_earned_is_credited_too_when_everything_comes_back(world_on):
    world = world_on(TODAY)
    (subscription,) = sold(world)
    release(date(2027, 6, 30))

    wish = CreditWish(order=the_order(subscription).pk, reason="return", to=GiveBack.TO_CREDIT)
    with transaction.atomic():
        issue_credits([wish], occasion=by_staff(world))

    assert ledger(subscription.company) == {"cash": 42000, "customer_credit": -42000}
    release(LAST_DAY)
    assert earned(subscription) == 0
    assert books_are_sound()


def test_the_run_releases_at_the_end_of_each_month(world_on):
    world = world_on(date(2026, 12, 30))
    (subscription,) = sold(world)

    for n in (1, 2):
        world.today = date(2026, 12, 30) + n * ONE_DAY
        world.run_today()

    assert set(RevenueRelease.objects.values_list("through", flat=True)) == {date(2026, 12, 31)}
    assert earned(subscription) == 230
