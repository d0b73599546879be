"""What renewing costs, what it saves, and for how long the renewal price is kept."""

from datetime import date

import pytest

from perenne.billing.models import Order, Payment
from perenne.renewals.changes.queries import ChangeState
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.changing import change, outlook_of, previewed
from tests.support.laws import broken_laws

TODAY = date(2026, 12, 1)


def test_s21_do_i_keep_the_renewal_price_if_i_change_to_three_years(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 10),
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )

    shown = previewed(world, "change_term", subscription, months=36)
    assert (shown.preview.gross_minor, shown.preview.items[0].after.next_charge.gross_minor) == (
        0,
        117900,
    )
    assert change(world, "change_term", subscription, months=36).state is ChangeState.PLANNED

    world.expect([(TODAY, "renewal_plan.changed action=change_term")])
    world.advance_to(
        date(2026, 12, 10),
        expect=[
            (date(2026, 12, 3), "reminder.sent days_before=7"),
            (date(2026, 12, 9), "reminder.sent days_before=1"),
            (
                date(2026, 12, 10),
                "subscription.renewed renews_on=2029-12-10 seats=1 net_minor=117900",
            ),
        ],
    )
    assert broken_laws() == []


def test_s22_what_does_renewing_before_expiry_save_me(world_on):
    world = world_on(date(2026, 12, 1))
    subscription = a_subscription(renews_on=date(2027, 1, 10), offer="DRAFT/named_user/12", seats=2)

    seen = outlook_of(world, subscription)

    assert (seen.renewal.line.unit_minor, seen.new.line.unit_minor) == (167850, 186500)
    assert seen.renewal.line.net_minor * 10 == seen.new.line.net_minor * 9


def test_s22_the_monthly_price_is_the_same_for_renewing(world_on):
    world = world_on(date(2026, 12, 1))
    subscription = a_subscription(renews_on=date(2026, 12, 20), offer="LT/named_user/1")

    seen = outlook_of(world, subscription)

    assert seen.renewal.line.unit_minor == seen.new.line.unit_minor == 6000


@pytest.mark.parametrize(
    ("offer", "renewal_minor", "new_minor"),
    [("LT/named_user/12", 42000, 46700), ("LT/named_user/36", 117900, 131000)],
)
def test_s26_what_does_lt_cost_420_a_year_1179_for_three_years_1310_when_it_lapsed(
    world_on, offer, renewal_minor, new_minor
):
    world = world_on(date(2026, 12, 1))
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10),
        company=company,
        next_offer=offer,
        pays_with=a_card(company),
    )
    seen = outlook_of(world, subscription)
    assert (seen.renewal.line.net_minor, seen.new.line.net_minor) == (renewal_minor, new_minor)

    assert change(world, "renew", subscription).state is ChangeState.DONE

    order = Order.objects.get(subscription=subscription)
    assert (order.net_minor, order.currency) == (renewal_minor, "USD")
    assert Payment.objects.get().amount_minor == renewal_minor
