"""Ways of use that end, trading them in, and collections: what they contain and how to get one."""

from datetime import date, timedelta

from perenne.renewals.entitlements import entitlements
from perenne.rules.lifecycle import Stage
from perenne.subscriptions.models import Term
from tests.support.builders import a_card, a_company, a_subscription, an_assignment
from tests.support.changing import change, outlook_of, previewed, reloaded
from tests.support.laws import broken_laws
from tests.support.seats import named_users

TODAY = date(2026, 12, 1)


def test_s12_can_i_switch_to_a_collection_when_it_renews(world_on):
    """S12: Save by switching to a collection; the price of both is shown."""
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


def test_s11_can_i_have_two_named_users_for_one_multi_user_seat_at_no_more_cost(world_on):
    """S11: Trade one multi-user for two named-user subscriptions, cost unchanged, for a time."""
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


def test_s10_can_i_still_renew_my_multi_user_subscription(world_on):
    """S10: Sale of multi-user subscriptions ended on 7 February 2023; running terms run out."""
    last_day = date(2023, 2, 6)
    world = world_on(last_day)
    company = a_company()
    in_time, too_late = (
        a_subscription(
            renews_on=day,
            company=company,
            offer="LT/multi_user/12",
            renews_automatically=True,
            pays_with=a_card(company),
        )
        for day in (last_day, last_day + timedelta(1))
    )

    world.advance_to(
        last_day + timedelta(8),
        expect=[
            (last_day, "reminder.sent days_before=1"),
            (last_day, "subscription.renewed renews_on=2024-02-06 seats=1 net_minor=84000"),
            (date(2023, 2, 7), "renewal_plan.conflicted reason=offer.retired"),
            (date(2023, 2, 7), "subscription.past_due"),
            (date(2023, 2, 14), "subscription.expired"),
        ],
    )

    assert outlook_of(world, in_time).stage is Stage.ACTIVE
    assert outlook_of(world, too_late).stage is Stage.EXPIRED
    anew = previewed(world, "buy_again", too_late).preview.items[0]
    assert [line.offer for line in anew.lines] == ["LT/named_user/12"]
    assert broken_laws() == []


def usable_with_a_seat(world, collection):
    """The products that somebody may use with a seat of a collection, and with no other."""
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 6, 1), company=company, offer=f"{collection}/named_user/12"
    )
    (ulf,) = named_users(company, "Ulf")
    an_assignment(subscription, ulf, assigned_on=TODAY)
    found = entitlements(company.pk, now=world.now)
    return {one.product for one in found if one.person == ulf.pk} - {collection}


def test_s13_what_may_i_use_with_the_construction_collection(world_on):
    """S13: There is a collection for construction; its seat entitles to several products."""
    assert usable_with_a_seat(world_on(TODAY), "BUILD") == {"MODEL", "DRAFT", "CIVIL", "LT"}


def test_s14_what_may_i_use_with_the_collection_for_design_and_manufacturing(world_on):
    """S14: There is a collection for product design and manufacturing."""
    assert usable_with_a_seat(world_on(TODAY), "MAKE") == {"PARTS", "DRAFT", "FUSE"}


def test_s15_what_may_i_use_with_the_media_collection(world_on):
    """S15: There is a collection for media and entertainment."""
    assert usable_with_a_seat(world_on(TODAY), "MEDIA") == {"RENDER", "MOTION"}
