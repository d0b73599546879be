"""The business plan: for whom it is, and what it covers."""

from datetime import date

from perenne.renewals.changes.queries import ChangeState
from perenne.rules.refusals import BelowThreshold, ConsumerPlan
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.changing import change, refusals
from tests.support.laws import broken_laws

TODAY = date(2026, 12, 1)


def test_s6_a_business_plan_covers_every_seat(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 6, 30), company=company, seats=12, pays_with=a_card(company)
    )

    done = change(world, "business_plan", subscription)

    assert (done.state, done.preview.net_minor) == (ChangeState.DONE, 12 * 30000)
    # It follows a calendar of its own, not that of the seats it covers.
    assert done.preview.items[0].after.planned_until == date(2028, 12, 1)
    world.expect([(TODAY, "subscription.bought renews_on=2027-12-01 seats=12 net_minor=360000")])
    assert broken_laws() == []


def test_s6_is_the_business_plan_for_us(world_on):
    """S6: The business plan serves companies with ten or more active seats among them all."""
    world = world_on(TODAY)
    company, household = a_company(), a_company(kind="consumer")
    nine = a_subscription(
        renews_on=date(2027, 6, 30), company=company, seats=9, pays_with=a_card(company)
    )
    twelve = a_subscription(
        renews_on=date(2027, 6, 30), company=household, seats=12, pays_with=a_card(household)
    )
    assert refusals(world, "business_plan", nine) == (BelowThreshold(10, 9),)
    assert refusals(world, "business_plan", twelve) == (ConsumerPlan(),)

    other = a_subscription(renews_on=date(2027, 3, 1), company=company, pays_with=a_card(company))
    done = change(world, "business_plan", nine, other)

    assert done.state is ChangeState.DONE
    world.expect([(TODAY, "subscription.bought renews_on=2027-12-01 seats=10 net_minor=300000")])
    assert broken_laws() == []
