"""Changing what is on file, and what is bought now: exactly what was shown, or nothing."""

from datetime import date, timedelta

import pytest

from perenne.billing.models import Invoice, Order, Payment
from perenne.daily.invariants import breaches
from perenne.renewals.changes.committing import Commit, commit_change, commit_changes
from perenne.renewals.changes.queries import ChangeState
from perenne.renewals.changes.undoing import undo_change
from perenne.renewals.errors import (
    ChangedSinceError,
    InvalidChoicesError,
    NotUndoableError,
    PreviewExpiredError,
)
from perenne.renewals.queries import outlooks
from perenne.rules.refusals import AutoRenewalOff, RegionNotEnabled, RoleMissing
from perenne.subscriptions.models import Subscription, Term
from tests.support.builders import (
    a_card,
    a_company,
    a_method,
    a_person,
    a_subscription,
    contract_manager_of,
    member_of,
)
from tests.support.changing import change, previewed, refusals

TODAY = date(2026, 12, 1)
ONE_DAY = timedelta(1)


def lawful():
    return [(one.code, breach.examples) for one, breach in breaches() if breach]


def reloaded(subscription):
    return Subscription.objects.get(pk=subscription.pk)


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
    assert lawful() == []


def test_s43_what_do_seats_cost_in_the_middle_of_a_term(world_on):
    """3 seats for 120 of 365 days at the new price of 467 a year: 460.60."""
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
    assert lawful() == []


def test_s44_all_seats_renew_on_the_next_renewal_day(world_on):
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
    assert lawful() == []


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
    assert lawful() == []


def test_s39_why_is_add_seats_missing_in_my_region(world_on):
    world = world_on(TODAY)
    company = a_company(region="TW")
    subscription = a_subscription(
        renews_on=date(2027, 6, 1),
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )

    assert refusals(world, "add_seats", subscription, seats=1) == (RegionNotEnabled("TW"),)


def test_s40_seats_are_added_only_with_automatic_renewal_on(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 6, 1), company=company, pays_with=a_card(company)
    )

    assert refusals(world, "add_seats", subscription, seats=1) == (AutoRenewalOff(),)

    assert change(world, "auto_renew", subscription, on=True).state is ChangeState.DONE
    assert change(world, "add_seats", subscription, seats=1).state is ChangeState.DONE


def test_s16_can_i_align_the_payment_dates_of_three_subscriptions(world_on):
    """7 seats at 420 for 143 of 365 days: 1,151.84; the latest pays nothing."""
    world = world_on(date(2026, 3, 1))
    company = a_company()
    card = a_card(company)
    early, late = (
        a_subscription(renews_on=day, company=company, seats=seats, pays_with=card)
        for day, seats in ((date(2026, 5, 10), 7), (date(2026, 9, 30), 1))
    )

    done = change(world, "align", early, late)

    assert (done.state, done.preview.net_minor) == (ChangeState.DONE, 115184)
    world.expect(
        [(date(2026, 3, 1), "subscription.aligned renews_on=2026-09-30 seats=7 net_minor=115184")]
    )
    assert [reloaded(one).renews_on for one in (early, late)] == [date(2026, 9, 30)] * 2
    assert reloaded(early).anchor_day == 30
    assert (Order.objects.count(), Payment.objects.count(), Invoice.objects.count()) == (1, 1, 1)
    assert lawful() == []


def test_s16_aligning_is_one_payment_and_if_it_fails_nothing_has_moved(world_on):
    world = world_on(date(2026, 3, 1))
    company = a_company()
    card = a_card(company, last4="0002")
    days = (date(2026, 5, 10), date(2026, 6, 1), date(2026, 9, 30))
    three = [a_subscription(renews_on=day, company=company, pays_with=card) for day in days]

    done = change(world, "align", *three)

    assert done.state is ChangeState.DECLINED
    world.expect([(date(2026, 3, 1), "payment.declined reason=declined")] * 2)
    assert [reloaded(one).renews_on for one in three] == list(days)
    assert lawful() == []


def test_several_subscriptions_are_renewed_by_one_charge(world_on):
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    two = [
        a_subscription(renews_on=date(2026, 12, day), company=company, pays_with=card)
        for day in (10, 20)
    ]

    done = change(world, "renew", *two)

    assert (done.state, done.preview.gross_minor, len(done.orders)) == (
        ChangeState.DONE,
        84000,
        2,
    )
    assert Payment.objects.get().amount_minor == 84000
    assert Invoice.objects.get().gross_minor == 84000
    assert lawful() == []


def test_subscriptions_paid_in_different_ways_need_one_method_for_all(world_on):
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    first = a_subscription(renews_on=date(2026, 12, 10), company=company, pays_with=card)
    second = a_subscription(
        renews_on=date(2026, 12, 20), company=company, pays_with=a_method(company, kind="invoice")
    )

    with pytest.raises(InvalidChoicesError) as unclear:
        previewed(world, "renew", first, second)
    assert unclear.value.place == "method"

    assert change(world, "renew", first, second, method=card.pk).state is ChangeState.DONE


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
    assert lawful() == []


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
    assert lawful() == []


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
    assert lawful() == []


def test_s18_can_i_order_anew_what_has_expired(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=TODAY, company=company, seats=4, pays_with=a_card(company)
    )
    world.advance_to(TODAY, expect=[(TODAY, "subscription.expired")])

    done = change(world, "buy_again", subscription, seats=2)

    assert (done.state, done.preview.net_minor) == (ChangeState.DONE, 2 * 46700)
    world.expect([(TODAY, "subscription.bought renews_on=2027-12-01 seats=2 net_minor=93400")])
    successor = Subscription.objects.get(successor_of=subscription)
    assert (successor.renews_on, successor.ended_on) == (date(2027, 12, 1), None)
    assert reloaded(subscription).ended_on == TODAY
    assert lawful() == []


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
    assert lawful() == []


def test_nothing_is_charged_twice_if_it_is_committed_twice(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 31), company=company, pays_with=a_card(company)
    )
    member = contract_manager_of(company)
    shown = previewed(world, "renew", subscription)

    first, second = (
        commit_change(shown.change, shown.preview.hash, member=member, now=world.now)
        for _ in range(2)
    )

    assert first == second
    assert (Payment.objects.count(), Order.objects.count()) == (1, 1)


def test_nobody_pays_a_price_that_was_not_shown(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 31),
        company=company,
        seats=2,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    member = contract_manager_of(company)
    shown = previewed(world, "renew", subscription)
    change(world, "add_seats", subscription, seats=1)

    with pytest.raises(ChangedSinceError) as changed:
        commit_change(shown.change, shown.preview.hash, member=member, now=world.now)

    assert ("gross_minor", "84000", "126000") in changed.value.differences
    assert Order.objects.filter(kind="renewal").count() == 0


def test_what_was_shown_holds_for_half_an_hour(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 31), company=company, pays_with=a_card(company)
    )
    member = contract_manager_of(company)
    shown = previewed(world, "renew", subscription)

    with pytest.raises(PreviewExpiredError):
        commit_change(
            shown.change,
            shown.preview.hash,
            member=member,
            now=world.now + timedelta(minutes=30),
        )
    assert Order.objects.count() == 0


def test_a_planned_change_can_be_taken_back_until_it_is_executed(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 10), company=company, seats=3, pays_with=a_card(company)
    )
    member = contract_manager_of(company)
    longer = change(world, "change_term", subscription, months=36)
    fewer = change(world, "reduce_seats", subscription, seats=2)

    with pytest.raises(NotUndoableError):
        undo_change(longer.id, member=member, now=world.now)
    assert undo_change(fewer.id, member=member, now=world.now).state is ChangeState.UNDONE
    assert undo_change(longer.id, member=member, now=world.now).state is ChangeState.UNDONE

    seen = outlooks([subscription.pk], now=world.now)[0]
    assert (str(seen.plan.offer), seen.plan.seats) == ("LT/named_user/12", 3)
    with pytest.raises(NotUndoableError):
        undo_change(fewer.id, member=member, now=world.now)


def test_only_a_contract_manager_decides(world_on):
    world = world_on(TODAY)
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 31), company=company, pays_with=a_card(company)
    )
    viewer = member_of(a_person(company, name="Vera", role="viewer"))

    assert refusals(world, "renew", subscription, member=viewer) == (
        RoleMissing("contract_manager", ("Ana Diaz",)),
    )


def test_somebody_elses_subscription_does_not_exist(world_on):
    world = world_on(TODAY)
    theirs = a_subscription(renews_on=date(2026, 12, 31))
    me = contract_manager_of(a_company())

    with pytest.raises(InvalidChoicesError, match="There is no “"):
        previewed(world, "renew", theirs, member=me)


def test_of_many_changes_each_tells_how_it_went(world_on):
    world = world_on(TODAY)
    company = a_company()
    card, empty = a_card(company), a_card(company, last4="9995")
    paid, unpaid, changed = (
        a_subscription(renews_on=date(2026, 12, 31), company=company, pays_with=method)
        for method in (card, empty, card)
    )
    member = contract_manager_of(company)
    shown = [previewed(world, "renew", one) for one in (paid, unpaid, changed)]
    change(world, "change_term", changed, months=36)

    answers = commit_changes(
        [Commit(one.change, one.preview.hash) for one in shown], member=member, now=world.now
    )

    assert [answer.state for answer in answers[:2]] == [ChangeState.DONE, ChangeState.DECLINED]
    assert isinstance(answers[2], ChangedSinceError)
    assert Payment.objects.count() == 1
    assert lawful() == []
