"""What renewing costs, what it saves, and for how long the renewal price is kept."""

from datetime import date

import pytest

from perenne.billing.models import Order, Payment
from perenne.renewals.changes.queries import ChangeState
from perenne.subscriptions.models import Term
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.changing import change, outlook_of, previewed
from tests.support.laws import broken_laws
from tests.support.pages import actions_on, html_of, links_of, text_of

TODAY = date(2026, 12, 1)


def test_s21_do_i_keep_the_renewal_price_if_i_change_to_three_years(world_on):
    """S21: Changing the term length keeps the renewal price."""
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
    """S22: Renewing before expiry usually costs 10 % less than new."""
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
    """S26: LT costs 420 a year, 1,179 for three years when renewed, 1,310 when bought new."""
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


def test_s2_which_price_and_which_options_do_i_have_at_renewal(world_on, ana):
    """S2: Renewal brings a special price, its saving with the base named, and options."""
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10),
        company=company,
        offer="DRAFT/named_user/12",
        seats=2,
        renews_automatically=True,
        pays_with=a_card(company),
    )

    page = ana(company).get(f"/subscriptions/{subscription.pk}/")

    assert "US$3,357.00 Draft for 1 year, 2 seats, before tax" in text_of(page)
    assert (
        "Bought new after it lapsed it costs US$3,730.00. Renewing is 10.0 % below that new price."
    ) in text_of(page)
    assert f"/subscriptions/{subscription.pk}/renew/" in links_of(html_of(page))
    assert {one for one, state in actions_on(page).items() if state == "available"} == {
        "auto_renew",
        "buy_again",
        "change_term",
        "add_seats",
        "reduce_seats",
        "switch",
        "payment_method",
        "assisted",
    }
    world.expect([])


def test_s23_what_do_i_pay_if_i_let_it_lapse(world_on, ana):
    """S23: Let it lapse and the price is about 10 % higher; both were shown, with the base."""
    world = world_on(date(2026, 12, 9))
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 10),
        company=company,
        offer="DRAFT/named_user/12",
        pays_with=a_card(company),
    )
    page = text_of(ana(company).get(f"/subscriptions/{subscription.pk}/"))
    assert "US$1,678.50 Draft for 1 year" in page
    assert (
        "Bought new after it lapsed it costs US$1,865.00. Renewing is 10.0 % below that new price."
    ) in page

    world.advance_to(
        date(2026, 12, 10),
        expect=[
            (date(2026, 12, 9), "reminder.sent days_before=1"),
            (date(2026, 12, 10), "subscription.expired"),
        ],
    )
    change(world, "buy_again", subscription)

    world.expect(
        [
            (
                date(2026, 12, 10),
                "subscription.bought renews_on=2027-12-10 seats=1 net_minor=186500",
            )
        ]
    )


def with_and_without_a_gap(world, *, months):
    """One is renewed on its last day, the other bought again on the day after it ended."""
    company = a_company()
    card = a_card(company)
    kept, lapsed = (
        a_subscription(renews_on=date(2026, 12, 10), company=company, pays_with=card)
        for _ in range(2)
    )
    change(world, "renew", kept, months=months)
    world.run_through(date(2026, 12, 10))
    change(world, "buy_again", lapsed, months=months)
    return kept


def test_s24_does_it_pay_to_renew_without_a_gap(world_on):
    """S24: Renewing without a gap saves: 420 instead of 467, and the terms follow each other."""
    world = world_on(date(2026, 12, 9))

    kept = with_and_without_a_gap(world, months=12)

    world.expect(
        [
            (
                date(2026, 12, 9),
                "subscription.renewed renews_on=2027-12-10 seats=1 net_minor=42000",
            ),
            (date(2026, 12, 9), "reminder.sent days_before=1"),
            (date(2026, 12, 10), "subscription.expired"),
            (
                date(2026, 12, 10),
                "subscription.bought renews_on=2027-12-10 seats=1 net_minor=46700",
            ),
        ]
    )
    first, second = Term.objects.filter(subscription=kept).order_by("starts_on")
    assert (first.renews_on, second.renews_on) == (second.starts_on, date(2027, 12, 10))
    assert broken_laws() == []


def test_s25_does_it_pay_if_i_renew_with_a_new_term(world_on):
    """S25: Also with a new term: three years cost 1,179 instead of 1,310."""
    world = world_on(date(2026, 12, 9))

    with_and_without_a_gap(world, months=36)

    world.expect(
        [
            (
                date(2026, 12, 9),
                "subscription.renewed renews_on=2029-12-10 seats=1 net_minor=117900",
            ),
            (date(2026, 12, 9), "reminder.sent days_before=1"),
            (date(2026, 12, 10), "subscription.expired"),
            (
                date(2026, 12, 10),
                "subscription.bought renews_on=2029-12-10 seats=1 net_minor=131000",
            ),
        ]
    )
    assert broken_laws() == []
