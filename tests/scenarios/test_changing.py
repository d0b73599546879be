"""Changing what is on file, and what is bought now: exactly what was shown, or nothing."""

from datetime import date, timedelta

import pytest

from perenne.billing.models import Invoice, Order, Payment
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
from perenne.rules.refusals import RoleMissing
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
from tests.support.laws import broken_laws

TODAY = date(2026, 12, 1)
ONE_DAY = timedelta(1)


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
    assert broken_laws() == []


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
    assert broken_laws() == []
