"""Giving back what was bought: what goes back, what stays, and what follows."""

from datetime import date, timedelta

import pytest

from perenne.billing.book_models import Refund
from perenne.billing.models import Order, Payment
from perenne.renewals.changes.committing import commit_change
from perenne.renewals.changes.queries import ChangeState
from perenne.renewals.errors import ChangedSinceError, InvalidChoicesError
from perenne.renewals.models import PlanRevision
from perenne.renewals.queries import outlooks
from perenne.renewals.verdicts import verdicts
from perenne.rules.actions import Action
from perenne.rules.lifecycle import Stage
from perenne.rules.refusals import BoughtSince, ChangePending, ReturnWindowClosed
from perenne.subscriptions.models import Assignment, Subscription
from tests.support.builders import (
    a_card,
    a_company,
    a_method,
    a_person,
    a_subscription,
    an_assignment,
    contract_manager_of,
)
from tests.support.changing import change, outlook_of, previewed, refusals, reloaded
from tests.support.money import a_bank_line, bank_brings, books_are_sound, ledger

TODAY = date(2026, 12, 1)
ONE_DAY = timedelta(1)


def renewing(*, renews_on, seats=1, region="US", pays="card", offer="LT/named_user/12", **given):
    company = given.pop("company", None) or a_company(region=region)
    method = a_card(company) if pays == "card" else a_method(company, kind=pays)
    return a_subscription(
        renews_on=renews_on,
        company=company,
        seats=seats,
        offer=offer,
        renews_automatically=True,
        pays_with=method,
        **given,
    )


def test_can_i_return_a_renewal_that_i_made_too_early(world_on):
    world = world_on(TODAY)
    subscription = renewing(renews_on=date(2026, 12, 31), seats=2)
    change(world, "renew", subscription)
    world.expect([(TODAY, "subscription.renewed renews_on=2027-12-31 seats=2 net_minor=84000")])

    shown = previewed(world, "return", subscription).preview
    done = change(world, "return", subscription)

    assert (shown.gross_minor, shown.credit_minor) == (0, 84000)
    assert shown.warnings == ("automatic_renewal_off", "expires_unless_renewed")
    assert (done.state, done.undoable) == (ChangeState.DONE, False)
    world.expect(
        [
            (TODAY, "order.returned seats=2 whole=True renews_on=2026-12-31"),
            (
                TODAY,
                "credit_note.issued number=C-000001 invoice=R-000001 net_minor=84000 tax_minor=0",
            ),
            (TODAY, "refund.requested amount_minor=84000"),
            (TODAY, "refund.succeeded amount_minor=84000"),
        ]
    )
    seen = outlook_of(world, subscription)
    assert (seen.stage, seen.renews_on, seen.renews_automatically) == (
        Stage.ACTIVE,
        date(2026, 12, 31),
        False,
    )
    assert (seen.renewal.line.seats, seen.seats_owned) == (2, 2)
    assert ledger(subscription.company) == {}
    assert books_are_sound()


def test_can_i_return_a_renewal_that_happened_by_itself(world_on):
    """Within thirty days of the first day; then no term covers the day, which is the end."""
    world = world_on(TODAY)
    subscription = renewing(renews_on=TODAY, seats=3, region="TW")
    world.run_today()
    world.expect([(TODAY, "subscription.renewed renews_on=2027-12-01 seats=3 net_minor=3969000")])
    world.today += 30 * ONE_DAY

    assert previewed(world, "return", subscription).preview.warnings == ("ends_today",)
    change(world, "return", subscription)

    world.expect(
        [
            (world.today, "order.returned seats=3 whole=True renews_on=2026-12-01"),
            (world.today, "subscription.expired"),
            (
                world.today,
                "credit_note.issued number=C-000001 invoice=R-000001 net_minor=3969000 "
                "tax_minor=198500",
            ),
            (world.today, "refund.requested amount_minor=4167500"),
            (world.today, "refund.succeeded amount_minor=4167500"),
        ]
    )
    ended = reloaded(subscription)
    assert (ended.ended_on, ended.ended_because) == (world.today, "returned")
    assert outlook_of(world, subscription).stage is Stage.EXPIRED
    assert ledger(subscription.company) == {}
    assert books_are_sound()


def test_until_when_can_i_return_it(world_on):
    world = world_on(TODAY)
    subscription = renewing(renews_on=TODAY)
    by_month = renewing(renews_on=TODAY, offer="LT/named_user/1")
    world.run_today()

    for one, last in ((subscription, 30), (by_month, 15)):
        world.today = TODAY + (last + 1) * ONE_DAY
        assert refusals(world, "return", one) == (ReturnWindowClosed(TODAY + last * ONE_DAY),)
    never = a_subscription(renews_on=TODAY + 200 * ONE_DAY)
    assert refusals(world, "return", never) == (ReturnWindowClosed(None),)


@pytest.mark.parametrize("seats", [1, 3, 7])
def test_p1_adding_seats_and_returning_them_nets_to_exactly_zero(world_on, seats):
    """With 19 % tax that is rounded; at once, or seat by seat."""
    world = world_on(TODAY)
    at_once, one_by_one = (
        renewing(
            renews_on=TODAY + 121 * ONE_DAY,
            company=a_company(region="EU", country="DE"),
            seats=2,
        )
        for _ in range(2)
    )
    for one in (at_once, one_by_one):
        assert change(world, "add_seats", one, seats=seats).preview.tax_minor > 0

    change(world, "return", at_once)
    for _ in range(seats):
        change(world, "return", one_by_one, seats=1)

    for one in (at_once, one_by_one):
        paid = Payment.objects.get(company=one.company).amount_minor
        refunds = Refund.objects.filter(company=one.company)
        assert sum(refund.amount_minor for refund in refunds) == paid
        assert {refund.state for refund in refunds} == {"succeeded"}
        assert ledger(one.company) == {}
        assert outlook_of(world, one).seats_owned == 2
    assert books_are_sound()


def test_seats_that_were_added_for_two_terms_come_back_for_both(world_on):
    world = world_on(TODAY)
    subscription = renewing(renews_on=date(2026, 12, 31))
    change(world, "renew", subscription)
    added = change(world, "add_seats", subscription, seats=2)

    one_of_them = change(world, "return", subscription, seats=1)

    assert one_of_them.preview.credit_minor * 2 in range(
        added.preview.gross_minor - 4, added.preview.gross_minor + 1
    )
    assert outlook_of(world, subscription).seats_owned == 2
    assert books_are_sound()
    change(world, "return", subscription)
    assert outlook_of(world, subscription).seats_owned == 1
    change(world, "return", subscription)
    assert reloaded(subscription).renews_on == date(2026, 12, 31)
    assert ledger(subscription.company) == {}
    assert books_are_sound()


def test_can_i_return_some_seats_of_a_renewal(world_on):
    world = world_on(TODAY)
    subscription = renewing(renews_on=TODAY, seats=3)
    world.run_today()
    world.today += ONE_DAY

    done = change(world, "return", subscription, seats=2)

    assert (done.preview.credit_minor, done.preview.warnings) == (84000, ())
    assert done.preview.items[0].after.planned_seats == 1
    seen = outlook_of(world, subscription)
    assert (seen.stage, seen.seats_owned, seen.renews_on) == (Stage.ACTIVE, 1, date(2027, 12, 1))
    assert seen.renews_automatically
    assert books_are_sound()

    with pytest.raises(InvalidChoicesError, match="bought last: return 1 at most"):
        previewed(world, "return", subscription, seats=2)
    change(world, "return", subscription, seats=1)
    assert (reloaded(subscription).ended_because, ledger(subscription.company)) == ("returned", {})
    assert books_are_sound()


def test_who_loses_a_seat_when_seats_come_back(world_on):
    """The most recent of those who never used it, at once; and it is said before."""
    world = world_on(TODAY)
    subscription = renewing(renews_on=TODAY + 100 * ONE_DAY)
    change(world, "add_seats", subscription, seats=1)
    for name, day in (("Ulf", TODAY - ONE_DAY), ("Vic", TODAY)):
        person = a_person(subscription.company, name=name, role="named_user")
        an_assignment(subscription, person, assigned_on=day, last_used_on=TODAY - ONE_DAY)

    done = change(world, "return", subscription)

    assert done.preview.warnings == ("people_lose_seats",)
    released = Assignment.objects.get(released_on__isnull=False)
    assert (released.person.name, released.released_on) == ("Vic", TODAY)
    assert books_are_sound()


def test_aligned_dates_come_back_together(world_on):
    world = world_on(date(2026, 3, 1))
    company = a_company()
    card = a_card(company)
    days = (date(2026, 5, 10), date(2026, 6, 1), date(2026, 9, 30))
    three = [a_subscription(renews_on=day, company=company, pays_with=card) for day in days]
    done = change(world, "align", *three)
    assert [reloaded(one).renews_on for one in three] == [days[2]] * 3

    with pytest.raises(InvalidChoicesError, match="return 1 at most"):
        previewed(world, "return", three[0], seats=2)
    back = change(world, "return", three[1])

    assert back.preview.credit_minor == done.preview.gross_minor
    assert [reloaded(one).renews_on for one in three] == list(days)
    assert [reloaded(one).anchor_day for one in three] == [10, 1, 30]
    assert Refund.objects.get().amount_minor == Payment.objects.get().amount_minor
    assert ledger(company) == {}
    assert books_are_sound()
    assert change(world, "align", *three).state is ChangeState.DONE
    assert books_are_sound()


def test_some_seats_of_aligned_dates_do_not_come_back(world_on):
    world = world_on(date(2026, 3, 1))
    company = a_company()
    card = a_card(company)
    early = a_subscription(renews_on=date(2026, 5, 10), company=company, seats=7, pays_with=card)
    late = a_subscription(renews_on=date(2026, 9, 30), company=company, pays_with=card)
    change(world, "align", early, late)

    with pytest.raises(InvalidChoicesError, match="come back for all 7 seats"):
        previewed(world, "return", early, seats=3)


def test_why_can_i_not_return_the_aligned_dates_any_more(world_on):
    """Something was bought since for another of them; then that comes back first."""
    world = world_on(date(2026, 7, 1))
    company = a_company()
    card = a_card(company)
    first, second, third = (
        a_subscription(renews_on=day, company=company, pays_with=card, renews_automatically=True)
        for day in (date(2026, 7, 10), date(2026, 7, 20), date(2026, 9, 20))
    )
    change(world, "align", first, second, third)
    change(world, "add_seats", second, seats=1)

    assert refusals(world, "return", first) == (BoughtSince(second.code),)

    change(world, "return", second)
    assert change(world, "return", first).state is ChangeState.DONE
    assert reloaded(second).renews_on == date(2026, 7, 20)
    assert books_are_sound()


def test_dates_do_not_come_back_while_subscriptions_are_to_become_one(world_on):
    world = world_on(date(2026, 3, 1))
    company = a_company()
    card = a_card(company)
    two = [
        a_subscription(renews_on=day, company=company, pays_with=card)
        for day in (date(2026, 5, 10), date(2026, 9, 30))
    ]
    change(world, "align", *two)
    change(world, "switch", *two, collection="BUILD")

    assert refusals(world, "return", two[0]) == (ChangePending(date(2026, 9, 30)),)


def test_what_became_a_collection_comes_back_as_it_was(world_on):
    world = world_on(TODAY)
    company = a_company()
    card = a_card(company)
    two = [
        a_subscription(renews_on=date(2026, 12, 10), company=company, seats=seats, pays_with=card)
        for seats in (2, 3)
    ]
    change(world, "switch", *two, collection="BUILD")
    change(world, "renew", two[0])
    assert reloaded(two[1]).ended_because == "switched"

    done = change(world, "return", two[0])

    assert "merged_come_back" in done.preview.warnings
    seen = outlooks([one.pk for one in two], now=world.now)
    assert [(one.stage, one.offer.product, one.seats_owned) for one in seen] == [
        (Stage.ACTIVE, "LT", 2),
        (Stage.ACTIVE, "LT", 3),
    ]
    plans = PlanRevision.objects.filter(subscription__in=two).order_by("subscription", "-revision")
    assert not any(one.merged_into or one.merges for one in plans.distinct("subscription"))
    assert ledger(company) == {}
    assert books_are_sound()


def test_can_i_return_what_i_bought_again(world_on):
    world = world_on(TODAY)
    expired = renewing(renews_on=TODAY, pays="invoice")
    Subscription.objects.filter(pk=expired.pk).update(
        ended_on=TODAY, ended_because="expired", version=2
    )
    card = a_card(expired.company)
    change(world, "buy_again", expired, seats=3, method=card.pk)
    bought = Subscription.objects.get(successor_of=expired)
    world.today += 30 * ONE_DAY

    done = change(world, "return", bought)

    assert (done.state, done.preview.warnings) == (ChangeState.DONE, ("ends_today",))
    ended = reloaded(bought)
    assert (ended.ended_on, ended.ended_because) == (world.today, "returned")
    seen = outlook_of(world, bought)
    assert (seen.stage, seen.seats_owned, seen.renewal) == (Stage.EXPIRED, 0, None)
    assert ledger(expired.company) == {}
    possible = verdicts([bought.pk], member=contract_manager_of(expired.company), now=world.now)
    assert {action for action, one in possible[bought.pk].items() if one.allowed} == {
        Action.BUY_AGAIN,
        Action.ASSISTED,
    }
    assert books_are_sound()
    world.today = bought.renews_on
    world.run_today()
    assert reloaded(bought).ended_on == TODAY + 30 * ONE_DAY
    assert books_are_sound()


def test_what_was_not_paid_yet_is_not_owed_any_more(world_on):
    world = world_on(TODAY)
    subscription = renewing(renews_on=TODAY, seats=3, pays="invoice")
    world.run_today()
    bank_brings(world, a_bank_line(100000, text="R-000001"))

    some = change(world, "return", subscription, seats=1)
    rest = change(world, "return", subscription)

    assert some.preview.warnings == ("invoice_lowered",)
    assert rest.preview.warnings == ("ends_today",)
    refunds = Refund.objects.order_by("id")
    assert [(one.way, one.amount_minor) for one in refunds] == [
        ("by_hand", 16000),
        ("by_hand", 84000),
    ]
    assert ledger(subscription.company) == {"cash": 100000, "refunds": -100000}
    assert books_are_sound()


def test_what_was_shown_of_a_return_is_what_happens_or_nothing(world_on):
    world = world_on(TODAY)
    subscription = renewing(renews_on=TODAY + 100 * ONE_DAY)
    change(world, "add_seats", subscription, seats=3)
    manager = contract_manager_of(subscription.company)
    shown = [previewed(world, "return", subscription, seats=2) for _ in range(2)]

    first = commit_change(shown[0].change, shown[0].preview.hash, member=manager, now=world.now)
    again = commit_change(shown[0].change, shown[0].preview.hash, member=manager, now=world.now)
    with pytest.raises(ChangedSinceError):
        commit_change(shown[1].change, shown[1].preview.hash, member=manager, now=world.now)

    assert first.state is again.state is ChangeState.DONE
    assert Refund.objects.count() == 1
    assert outlook_of(world, subscription).seats_owned == 2
    assert books_are_sound()


def test_a_term_that_came_back_can_be_bought_again(world_on):
    world = world_on(TODAY)
    subscription = renewing(renews_on=date(2026, 12, 10))
    change(world, "renew", subscription)
    change(world, "return", subscription)
    change(world, "auto_renew", subscription, on=True)

    world.today = date(2026, 12, 9)
    for day in (9, 10):
        world.today = date(2026, 12, day)
        world.run_today()

    assert reloaded(subscription).renews_on == date(2027, 12, 10)
    assert Order.objects.filter(subscription=subscription).count() == 2
    assert books_are_sound()
