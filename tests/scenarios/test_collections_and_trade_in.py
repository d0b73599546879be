"""Ways of use that end, trading them in, and collections: what they contain and how to get one."""

from datetime import date

from perenne.subscriptions.models import Term
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.changing import change, reloaded
from tests.support.laws import broken_laws

TODAY = date(2026, 12, 1)


def test_s12_can_i_switch_to_a_collection_when_it_renews(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 2),
        company=company,
        seats=2,
        renews_automatically=True,
        pays_with=a_card(company),
    )

    shown = change(world, "switch", subscription, collection="BUILD")
    assert shown.preview.items[0].after.next_charge.gross_minor == 2 * 308700

    world.expect([(TODAY, "renewal_plan.changed action=switch")])
    world.advance_to(
        date(2026, 12, 2),
        expect=[
            (TODAY, "reminder.sent days_before=1"),
            (
                date(2026, 12, 2),
                "subscription.renewed renews_on=2027-12-02 seats=2 net_minor=617400",
            ),
        ],
    )
    last = Term.objects.filter(subscription=subscription).latest("starts_on")
    assert last.offer_id == "BUILD/named_user/12"
    assert broken_laws() == []


def test_s12_two_subscriptions_become_one_collection(world_on):
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    lt, draft = (
        a_subscription(
            renews_on=date(2026, 12, 2),
            company=company,
            offer=f"{product}/named_user/12",
            seats=seats,
            renews_automatically=True,
            pays_with=card,
        )
        for product, seats in (("LT", 2), ("DRAFT", 3))
    )

    change(world, "switch", lt, draft, collection="BUILD")
    world.expect([(TODAY, "renewal_plan.changed action=switch")] * 2)
    world.advance_to(
        date(2026, 12, 2),
        expect=[
            (TODAY, "reminder.sent days_before=1"),
            (TODAY, "reminder.sent days_before=1"),
            (
                date(2026, 12, 2),
                "subscription.renewed renews_on=2027-12-02 seats=3 net_minor=926100",
            ),
        ],
    )

    assert (reloaded(draft).ended_on, reloaded(draft).ended_because) == (
        date(2026, 12, 2),
        "switched",
    )
    assert broken_laws() == []


def test_s11_one_multi_user_seat_for_two_named_users_at_no_more_cost(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 2),
        company=company,
        offer="FIELD/multi_user/12",
        seats=3,
        renews_automatically=True,
        pays_with=a_card(company),
    )

    change(world, "trade_in", subscription)
    world.expect([(TODAY, "renewal_plan.changed action=trade_in")])
    world.advance_to(
        date(2026, 12, 2),
        expect=[
            (TODAY, "reminder.sent days_before=1"),
            (
                date(2026, 12, 2),
                "subscription.renewed renews_on=2027-12-02 seats=6 net_minor=372600",
            ),
        ],
    )
    last = Term.objects.filter(subscription=subscription).latest("starts_on")
    assert (last.offer_id, last.seats) == ("FIELD/named_user/12", 6)
    assert broken_laws() == []
