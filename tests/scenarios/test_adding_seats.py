"""Adding seats: when, where, to what, at which price, and whom to ask where it is refused."""

from datetime import date, timedelta

import pytest

from perenne.billing.models import Payment
from perenne.renewals.changes.queries import ChangeState
from perenne.renewals.queries import outlooks
from perenne.rules.refusals import AutoRenewalOff, RegionNotEnabled
from perenne.support.models import ContactRequest
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_partner,
    a_specialist,
    a_subscription,
)
from tests.support.changing import change, refusals
from tests.support.laws import broken_laws
from tests.support.pages import ask_about, text_of

TODAY = date(2026, 12, 1)
ONE_DAY = timedelta(1)


def test_s43_what_do_seats_cost_in_the_middle_of_a_term(world_on):
    """S43: The price of added seats is prorated: 3 for 120 of 365 days at 467 are 460.60."""
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY + 120 * ONE_DAY,
        company=company,
        seats=2,
        renews_automatically=True,
        pays_with=a_card(company),
    )

    done = change(world, "add_seats", subscription, seats=3)

    assert (done.state, done.preview.net_minor) == (ChangeState.DONE, 46060)
    world.expect([(TODAY, "seats.added seats=3 net_minor=46060")])
    assert Payment.objects.get().amount_minor == 46060
    assert outlooks([subscription.pk], now=world.now)[0].seats_owned == 5
    assert broken_laws() == []


def test_s44_when_do_the_seats_that_i_added_renew(world_on):
    """S44: All seats renew on the next renewal day."""
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 10),
        company=company,
        seats=2,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    change(world, "add_seats", subscription, seats=3)
    world.expect([(TODAY, "seats.added seats=3 net_minor=3455")])

    world.advance_to(
        date(2026, 12, 10),
        expect=[
            (date(2026, 12, 3), "reminder.sent days_before=7"),
            (date(2026, 12, 9), "reminder.sent days_before=1"),
            (
                date(2026, 12, 10),
                "subscription.renewed renews_on=2027-12-10 seats=5 net_minor=210000",
            ),
        ],
    )
    assert broken_laws() == []


def test_s42_seats_added_after_an_early_renewal_are_sold_for_both_terms(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 31),
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    change(world, "renew", subscription)

    done = change(world, "add_seats", subscription, seats=2)

    lines = done.preview.items[0].lines
    assert [(one.seats, one.net_minor, one.price_class) for one in lines] == [
        (2, 7677, "new"),
        (2, 84000, "renewal"),
    ]
    assert broken_laws() == []


def test_s39_why_is_add_seats_missing_in_my_region(world_on):
    """S39: “Add seats” is not offered in all regions."""
    world = world_on(TODAY)
    company = a_company(region="TW")
    subscription = a_subscription(
        renews_on=date(2027, 6, 1),
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )

    assert refusals(world, "add_seats", subscription, seats=1) == (RegionNotEnabled("TW"),)


def test_s40_to_which_subscriptions_can_i_add_seats(world_on):
    """S40: Seats are added only to certain subscriptions with automatic renewal."""
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 6, 1), company=company, pays_with=a_card(company)
    )

    assert refusals(world, "add_seats", subscription, seats=1) == (AutoRenewalOff(),)

    assert change(world, "auto_renew", subscription, on=True).state is ChangeState.DONE
    assert change(world, "add_seats", subscription, seats=1).state is ChangeState.DONE


@pytest.mark.parametrize(
    ("days_left", "net_minor"), [(365, 46700), (200, 25589), (91, 11643), (1, 128)]
)
def test_s42_when_can_i_add_seats(world_on, days_left, net_minor):
    """S42: Seats can be added at any time: on the first day of the term as on its last."""
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY + days_left * ONE_DAY,
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )

    assert change(world, "add_seats", subscription, seats=1).state is ChangeState.DONE

    world.expect([(TODAY, f"seats.added seats=1 net_minor={net_minor}")])
    assert broken_laws() == []


@pytest.mark.parametrize(
    ("sold_by", "code", "who"),
    [("vendor", "region.not_enabled", "Nora Berg"), ("partner", "route.partner", "Nordlicht IT")],
)
def test_s41_i_do_not_see_add_seats_whom_do_i_ask(world_on, ana, sold_by, code, who):
    """S41: Not shown means not eligible: ask the partner, or the vendor's support."""
    world = world_on(TODAY)
    a_specialist()
    region = "TW" if sold_by == "vendor" else "US"
    company = a_company(region=region)
    subscription = a_subscription(
        renews_on=date(2027, 6, 1),
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
        sold=Sold("partner", partner=a_partner()) if sold_by == "partner" else Sold(),
    )

    receipt = ask_about(ana(company), subscription, "add_seats")

    request = ContactRequest.objects.get()
    assert (request.topic, request.action, request.reason_code) == ("seats", "add_seats", code)
    assert f"{who} " in text_of(receipt)
    world.expect([(TODAY, "contact_request.made")])
