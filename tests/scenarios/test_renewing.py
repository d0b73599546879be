"""Renewing by itself, by hand, at which price, and until when."""

from datetime import date, timedelta

import pytest

from perenne.billing.models import Invoice, Payment
from perenne.renewals.changes.queries import ChangeState
from perenne.rules.lifecycle import Stage
from perenne.rules.refusals import AlreadyDone, ManagedByPartner, WindowNotOpen
from perenne.subscriptions.models import Subscription
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_method,
    a_partner,
    a_person,
    a_sales_person,
    a_subscription,
    an_assignment,
)
from tests.support.changing import change, outlook_of, refusals
from tests.support.pages import text_of

ONE_DAY = timedelta(1)


def renew(subscription, world, **choices):
    return change(world, "renew", subscription, **choices)


def test_s27_does_it_renew_by_itself_and_exactly_once(world_on):
    """S27: With automatic renewal on it renews by itself, exactly once a term."""
    world = world_on(date(2026, 12, 31))
    company = a_company(region="TW", locale="zh-Hant")
    subscription = a_subscription(
        renews_on=date(2027, 1, 1),
        company=company,
        seats=3,
        renews_automatically=True,
        pays_with=a_card(company),
    )

    world.advance_to(
        date(2027, 1, 1),
        expect=[
            (date(2026, 12, 31), "reminder.sent days_before=1"),
            (
                date(2027, 1, 1),
                "subscription.renewed renews_on=2028-01-01 seats=3 net_minor=3969000",
            ),
        ],
    )
    world.run_today()
    world.advance_to(date(2027, 3, 1), expect=[])

    invoice = Invoice.objects.get()
    assert (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) == (
        3969000,
        198500,
        4167500,
    )
    assert Payment.objects.get().amount_minor == 4167500
    assert outlook_of(world, subscription).stage is Stage.ACTIVE


def test_s27_what_happens_when_the_card_is_no_longer_valid(world_on):
    world = world_on(date(2026, 12, 10))
    company = a_company()
    a_subscription(
        renews_on=date(2026, 12, 10),
        company=company,
        renews_automatically=True,
        pays_with=a_card(company, valid_through="2026-11"),
    )

    world.advance_to(
        date(2026, 12, 20),
        expect=[
            (date(2026, 12, 10), "payment.declined reason=card_expired"),
            (date(2026, 12, 10), "subscription.past_due"),
            (date(2026, 12, 17), "subscription.expired"),
        ],
    )
    assert Payment.objects.count() == 0


def test_s27_how_often_is_it_tried_without_a_payment_method(world_on):
    world = world_on(date(2026, 12, 10))
    a_subscription(renews_on=date(2026, 12, 10), renews_automatically=True)

    world.advance_to(
        date(2026, 12, 20),
        expect=[
            (date(2026, 12, 10), "payment.declined reason=no_method"),
            (date(2026, 12, 10), "subscription.past_due"),
            (date(2026, 12, 11), "payment.declined reason=no_method"),
            (date(2026, 12, 13), "payment.declined reason=no_method"),
            (date(2026, 12, 15), "payment.declined reason=no_method"),
            (date(2026, 12, 17), "payment.declined reason=no_method"),
            (date(2026, 12, 17), "subscription.expired"),
        ],
    )


def test_s27_a_customer_on_account_gets_an_invoice_due_in_thirty_days(world_on):
    world = world_on(date(2026, 12, 10))
    company = a_company(region="EU", country="DE")
    a_subscription(
        renews_on=date(2026, 12, 10),
        company=company,
        offer="DRAFT/named_user/12",
        renews_automatically=True,
        pays_with=a_method(company, kind="invoice"),
    )

    world.advance_to(
        date(2026, 12, 10),
        expect=[
            (
                date(2026, 12, 10),
                "subscription.renewed renews_on=2027-12-10 seats=1 net_minor=159458",
            )
        ],
    )

    invoice = Invoice.objects.get()
    assert (invoice.due_on, invoice.net_minor, invoice.tax_minor) == (
        date(2027, 1, 9),
        159458,
        30297,
    )
    assert Payment.objects.count() == 0


def test_s27_a_retired_way_of_use_is_not_renewed_and_somebody_is_told(world_on):
    world = world_on(date(2026, 12, 10))
    company = a_company()
    a_subscription(
        renews_on=date(2026, 12, 10),
        company=company,
        offer="LT/multi_user/12",
        renews_automatically=True,
        pays_with=a_card(company),
    )

    world.advance_to(
        date(2026, 12, 20),
        expect=[
            (date(2026, 12, 10), "renewal_plan.conflicted reason=offer.retired"),
            (date(2026, 12, 10), "subscription.past_due"),
            (date(2026, 12, 17), "subscription.expired"),
        ],
    )


def test_s27_in_japan_it_works_on_for_fifteen_days_and_can_be_renewed_for_forty_five(world_on):
    world = world_on(date(2026, 12, 10))
    company = a_company(region="JP")
    subscription = a_subscription(
        renews_on=date(2026, 12, 10), company=company, pays_with=a_card(company)
    )

    world.advance_to(
        date(2026, 12, 25),
        expect=[
            (date(2026, 12, 10), "subscription.grace"),
            (date(2026, 12, 25), "subscription.suspended"),
        ],
    )
    assert outlook_of(world, subscription).access == "none"

    assert renew(subscription, world).state is ChangeState.DONE

    world.expect(
        [
            (
                date(2026, 12, 25),
                "subscription.renewed renews_on=2027-12-10 seats=1 net_minor=63000",
            )
        ]
    )
    assert outlook_of(world, subscription).access == "full"


def test_s27_fewer_seats_as_planned_and_who_loses_one(world_on):
    world = world_on(date(2026, 12, 10))
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 10),
        company=company,
        seats=3,
        next_seats=2,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    long_ago, lately, never = (
        a_person(company, name=name, role="named_user") for name in ("Ulf", "Vera", "Wim")
    )
    started = date(2025, 12, 10)
    an_assignment(subscription, long_ago, assigned_on=started, last_used_on=date(2026, 1, 5))
    an_assignment(subscription, lately, assigned_on=started, last_used_on=date(2026, 12, 1))
    losing = an_assignment(subscription, never, assigned_on=started)

    world.advance_to(
        date(2026, 12, 10),
        expect=[
            (
                date(2026, 12, 10),
                "subscription.renewed renews_on=2027-12-10 seats=2 net_minor=84000",
            ),
            (date(2026, 12, 10), "seats.released owned=2"),
        ],
    )

    losing.refresh_from_db()
    assert losing.released_on == date(2026, 12, 10)
    assert subscription.assignments.filter(released_on=None).count() == 2


def test_s30_can_i_renew_by_hand_without_automatic_renewal(world_on):
    """S30: Otherwise renew by hand."""
    world = world_on(date(2026, 12, 1))
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 1, 31), company=company, seats=5, pays_with=a_card(company)
    )

    assert renew(subscription, world).state is ChangeState.DONE

    world.expect(
        [
            (
                date(2026, 12, 1),
                "subscription.renewed renews_on=2028-01-31 seats=5 net_minor=210000",
            )
        ]
    )
    assert refusals(world, "renew", subscription) == (AlreadyDone(date(2028, 1, 31)),)
    world.advance_to(date(2027, 2, 28), expect=[])


def test_s30_a_declined_card_changes_nothing_and_i_can_try_again(world_on):
    world = world_on(date(2026, 12, 1))
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 31), company=company, pays_with=a_card(company, last4="0002")
    )

    assert renew(subscription, world).state is ChangeState.DECLINED
    assert renew(subscription, world).state is ChangeState.DECLINED

    world.expect([(date(2026, 12, 1), "payment.declined reason=declined")] * 2)
    assert Subscription.objects.get(pk=subscription.pk).renews_on == date(2026, 12, 31)


def test_s29_does_it_make_a_difference_that_i_bought_through_sales(world_on):
    """S29: Bought through sales: it is the same, by itself and by hand."""
    world = world_on(date(2026, 12, 30))
    company = a_company()
    by_hand, by_itself = (
        a_subscription(
            renews_on=date(2026, 12, 31),
            company=company,
            renews_automatically=automatic,
            pays_with=a_card(company),
            sold=Sold("sales", sales_person=a_sales_person()),
        )
        for automatic in (False, True)
    )
    renewed = "subscription.renewed renews_on=2027-12-31 seats=1 net_minor=42000"

    assert renew(by_hand, world).state is ChangeState.DONE
    world.advance_to(
        date(2026, 12, 31),
        expect=[
            (date(2026, 12, 30), renewed),
            (date(2026, 12, 30), "reminder.sent days_before=1"),
            (date(2026, 12, 31), renewed),
        ],
    )

    assert outlook_of(world, by_hand).contact.name == "Kate Moore"
    assert outlook_of(world, by_itself).renews_on == date(2027, 12, 31)


def test_s3_a_partner_renews_what_is_not_renewable_on_line(world_on):
    world = world_on(date(2026, 12, 1))
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 31),
        company=company,
        pays_with=a_card(company),
        sold=Sold("partner", partner=a_partner()),
    )

    assert refusals(world, "renew", subscription) == (ManagedByPartner(),)
    assert outlook_of(world, subscription).contact.organisation == "Nordlicht IT"


@pytest.mark.parametrize("region", ["TW", "US"])
def test_s32_from_when_can_i_renew_on_line(world_on, region):
    """S32: On-line renewal starts 90 days before expiry: not on the day before."""
    world = world_on(date(2026, 12, 1))
    company = a_company(region=region)
    card = a_card(company)
    on_day_90 = world.today + 90 * ONE_DAY
    opened = a_subscription(renews_on=on_day_90, company=company, pays_with=card)
    too_early = a_subscription(renews_on=on_day_90 + ONE_DAY, company=company, pays_with=card)

    assert renew(opened, world).state is ChangeState.DONE
    assert refusals(world, "renew", too_early) == (WindowNotOpen(world.today + ONE_DAY),)


def test_s36_my_partner_sold_it_can_i_renew_it_on_line(world_on):
    """S36: Partner-sold: on line from 90 days before, where that is possible."""
    world = world_on(date(2026, 12, 1))
    company = a_company()
    card = a_card(company)
    sold = Sold("partner", partner=a_partner())
    on_day_90 = world.today + 90 * ONE_DAY
    opened, too_early, by_partner = (
        a_subscription(
            renews_on=day, company=company, pays_with=card, sold=sold, renewable_online=online
        )
        for day, online in (
            (on_day_90, True),
            (on_day_90 + ONE_DAY, True),
            (on_day_90, None),
        )
    )

    assert refusals(world, "renew", too_early) == (WindowNotOpen(world.today + ONE_DAY),)
    assert refusals(world, "renew", by_partner) == (ManagedByPartner(),)
    assert change(world, "renew", opened).state is ChangeState.DONE

    world.expect(
        [
            (
                world.today,
                "subscription.renewed renews_on=2028-03-01 seats=1 net_minor=42000",
            )
        ]
    )
    assert outlook_of(world, opened).contact.organisation == "Nordlicht IT"


def test_s28_is_automatic_renewal_on_and_is_my_payment_method_right(world_on, ana):
    """S28: Check that it is on and that the payment method is right; or renew by hand."""
    world = world_on(date(2026, 12, 1))
    company = a_company()
    good, ending = a_card(company), a_card(company, valid_through="2026-12")
    ready, unpayable, off = (
        a_subscription(
            renews_on=date(2027, 1, 10), company=company, renews_automatically=on, pays_with=card
        )
        for on, card in ((True, good), (True, ending), (False, good))
    )
    browser = ana(company)

    said = [text_of(browser.get(f"/subscriptions/{one.pk}/")) for one in (ready, unpayable, off)]

    assert "Renews by itself" in said[0]
    assert "cannot be charged" not in said[0]
    assert "Automatic renewal cannot be paid" in said[1]
    assert "valid through 2026-12, cannot be charged on Sun 10 Jan 2027." in said[1]
    assert "Renew by hand" in said[2]
    for one in (unpayable, off):
        assert change(world, "renew", one, method=good.pk).state is ChangeState.DONE
    world.expect(
        [
            (
                world.today,
                "subscription.renewed renews_on=2028-01-10 seats=1 net_minor=42000",
            )
        ]
        * 2
    )
