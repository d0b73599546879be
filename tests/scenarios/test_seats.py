"""People and their seats: who gets one, who waits, who loses one, and who decides."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from perenne.daily.invariants import breaches
from perenne.renewals.entitlements import entitlements
from perenne.renewals.losing import reductions_ahead
from perenne.renewals.operations.choosing_losers import choose_losers
from perenne.rules import seat_refusals as why
from perenne.seats.errors import SeatsRefusedError
from perenne.seats.models import GroupMember
from perenne.seats.operations.assigning import assign, stop_waiting, unassign
from perenne.seats.operations.grouping import (
    GroupEdit,
    change_group,
    end_group,
    group_outlook,
    make_group,
)
from perenne.seats.operations.leaving import give_back_everything
from perenne.subscriptions.models import Assignment
from tests.support.builders import (
    a_card,
    a_company,
    a_person,
    a_subscription,
    an_assignment,
    contract_manager_of,
    member_of,
)
from tests.support.changing import change, previewed
from tests.support.seats import administrator_of, holders, named_users, queue, wishes

TODAY = date(2026, 12, 1)
ONE_DAY = timedelta(1)
RENEWS_ON = TODAY + 9 * ONE_DAY


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


def lawful():
    return [(one.code, breach.examples) for one, breach in breaches() if breach]


def seats_of(company, seats=2, **given):
    given = {"renews_on": TODAY + 200 * ONE_DAY, **given}
    return a_subscription(company=company, seats=seats, pays_with=a_card(company), **given)


def assigned(subscription, *people):
    """Seats held for a year: the first was used longest ago, the last one lately."""
    for number, person in enumerate(people):
        an_assignment(
            subscription,
            person,
            assigned_on=TODAY - 100 * ONE_DAY,
            last_used_on=TODAY - (50 - 10 * number) * ONE_DAY,
        )


def test_who_gets_the_last_seat(world):
    company = a_company()
    subscription = seats_of(company, seats=1)
    ulf, vera = named_users(company, "Ulf", "Vera")
    bo = administrator_of(company)
    assign(wishes("LT", ulf), by=bo, now=world.now)

    with pytest.raises(SeatsRefusedError) as refused:
        assign(wishes("LT", vera), by=bo, now=world.now)

    assert refused.value.refusals == (why.NoneFree("LT", 1),)
    assert holders(subscription) == ["Ulf"]
    world.expect([(TODAY, "seats.assigned")])
    assert lawful() == []


def test_is_it_all_or_nothing_when_seats_are_short(world):
    company = a_company()
    subscription = seats_of(company, seats=1)
    people = named_users(company, "Ulf", "Vera", "Wim")

    with pytest.raises(SeatsRefusedError) as refused:
        assign(wishes("LT", *people), by=administrator_of(company), now=world.now)

    assert refused.value.refusals == (why.NoneFree("LT", 2),)
    assert holders(subscription) == []


def test_who_waits_gets_the_seat_that_becomes_free_first_come_first(world):
    company = a_company()
    subscription = seats_of(company, seats=1)
    ulf, vera, wim = named_users(company, "Ulf", "Vera", "Wim")
    bo = administrator_of(company)
    assign(wishes("LT", ulf, vera, wim), by=bo, now=world.now, waits=True)
    assert (holders(subscription), queue(company)) == (["Ulf"], ["Vera", "Wim"])

    (held,) = Assignment.objects.filter(released_on=None)
    unassign([held.pk], by=bo, now=world.now)

    assert (holders(subscription), queue(company)) == (["Vera"], ["Wim"])
    world.expect(
        [
            (TODAY, "seats.assigned"),
            (TODAY, "seats.short"),
            (TODAY, "seats.unassigned"),
            (TODAY, "seats.assigned"),
        ]
    )
    assert lawful() == []


def test_do_those_who_wait_get_seats_that_are_added(world):
    company = a_company()
    subscription = seats_of(company, seats=1, renews_automatically=True)
    people = named_users(company, "Ulf", "Vera", "Wim")
    assign(wishes("LT", *people), by=administrator_of(company), now=world.now, waits=True)

    change(world, "add_seats", subscription, seats=1)

    assert (holders(subscription), queue(company)) == (["Ulf", "Vera"], ["Wim"])
    assert lawful() == []


def test_can_a_seat_be_taken_from_somebody_twice(world):
    company = a_company()
    subscription = seats_of(company)
    (ulf,) = named_users(company, "Ulf")
    bo = administrator_of(company)
    assign(wishes("LT", ulf), by=bo, now=world.now)
    (held,) = Assignment.objects.all()
    unassign([held.pk], by=bo, now=world.now)

    with pytest.raises(SeatsRefusedError) as refused:
        unassign([held.pk], by=bo, now=world.now)

    assert refused.value.refusals == (why.SeatGone(held.pk),)
    assert holders(subscription) == []


def test_who_may_give_seats(world):
    company = a_company()
    seats_of(company)
    (ulf,) = named_users(company, "Ulf")

    with pytest.raises(SeatsRefusedError) as refused:
        assign(wishes("LT", ulf), by=contract_manager_of(company), now=world.now)

    assert refused.value.refusals == (why.AdministratorsOnly(("Bo Chen",)),)
    secondary = member_of(a_person(company, name="Sam", role="secondary_admin"))
    assert len(assign(wishes("LT", ulf), by=secondary, now=world.now).given) == 1


def test_can_somebody_of_another_company_get_a_seat(world):
    company, other = a_company(), a_company()
    subscription = seats_of(company)
    (stranger,) = named_users(other, "Stranger")

    with pytest.raises(SeatsRefusedError) as refused:
        assign(
            wishes("LT", stranger) + wishes("MAKE", stranger),
            by=administrator_of(company),
            now=world.now,
        )

    assert refused.value.refusals == (why.NobodyHere(stranger.pk), why.NotOwned("MAKE"))
    assert holders(subscription) == []


def test_does_a_collection_give_its_products(world):
    company = a_company()
    subscription = seats_of(company, offer="BUILD/named_user/12", seats=1)
    ulf, vera = named_users(company, "Ulf", "Vera")
    bo = administrator_of(company)

    first = assign(wishes("LT", ulf), by=bo, now=world.now)
    again = assign(wishes("DRAFT", ulf), by=bo, now=world.now)

    assert [one.subscription for one in first.given] == [subscription.pk]
    assert (again.given, again.covered) == ((), tuple(wishes("DRAFT", ulf)))
    with pytest.raises(SeatsRefusedError):
        assign(wishes("LT", vera), by=bo, now=world.now)


def test_do_people_of_a_group_get_their_products_by_themselves(world):
    company = a_company()
    subscription = seats_of(company, seats=2)
    ulf, vera, wim = (one.pk for one in named_users(company, "Ulf", "Vera", "Wim"))
    bo = administrator_of(company)

    group, done = make_group(
        GroupEdit(name="Design", add_people=(ulf, vera, wim), add_products=("LT",)),
        by=bo,
        now=world.now,
    )

    assert done.missing() == {"LT": 1}
    assert (holders(subscription), queue(company)) == (["Ulf", "Vera"], ["Wim"])
    change_group(group, GroupEdit(remove_people=(ulf,)), by=bo, now=world.now)
    assert (holders(subscription), queue(company)) == (["Vera", "Wim"], [])
    end_group(group, by=bo, now=world.now)
    assert (holders(subscription), queue(company)) == ([], [])
    assert lawful() == []


def test_does_a_person_in_two_groups_need_two_seats(world):
    company = a_company()
    subscription = seats_of(company, seats=2)
    (ulf,) = (one.pk for one in named_users(company, "Ulf"))
    bo = administrator_of(company)
    both = GroupEdit(add_people=(ulf,), add_products=("LT",))
    first, _ = make_group(
        GroupEdit(name="A", add_people=(ulf,), add_products=("LT",)), by=bo, now=world.now
    )
    second, _ = make_group(GroupEdit(name="B"), by=bo, now=world.now)
    change_group(second, both, by=bo, now=world.now)
    assert holders(subscription) == ["Ulf"]

    end_group(first, by=bo, now=world.now)

    assert holders(subscription) == ["Ulf"]


def test_what_an_administrator_gave_stays_when_the_group_ends(world):
    company = a_company()
    subscription = seats_of(company)
    (ulf,) = named_users(company, "Ulf")
    bo = administrator_of(company)
    edit = GroupEdit(name="Design", add_people=(ulf.pk,), add_products=("LT",))
    group, _ = make_group(edit, by=bo, now=world.now)
    assign(wishes("LT", ulf), by=bo, now=world.now)

    end_group(group, by=bo, now=world.now)

    assert holders(subscription) == ["Ulf"]


def test_can_a_seat_be_taken_back_that_a_group_grants(world):
    company = a_company()
    seats_of(company, seats=1)
    ulf, vera = named_users(company, "Ulf", "Vera")
    bo = administrator_of(company)
    edit = GroupEdit(name="Design", add_people=(ulf.pk, vera.pk), add_products=("LT",))
    make_group(edit, by=bo, now=world.now)
    (held,) = Assignment.objects.all()
    wait = vera.waits.get().pk

    with pytest.raises(SeatsRefusedError) as taken:
        unassign([held.pk], by=bo, now=world.now)
    with pytest.raises(SeatsRefusedError) as stopped:
        stop_waiting([wait], by=bo, now=world.now)

    assert taken.value.refusals == (why.GrantedByGroups(ulf.pk, "LT", ("Design",)),)
    assert stopped.value.refusals == (why.GrantedByGroups(vera.pk, "LT", ("Design",)),)


def test_what_happens_to_a_group_that_takes_nobody_without_a_seat(world):
    company = a_company()
    subscription = seats_of(company, seats=1)
    ulf, vera = (one.pk for one in named_users(company, "Ulf", "Vera"))
    bo = administrator_of(company)
    edit = GroupEdit(name="Design", when_short="deny", add_people=(ulf, vera), add_products=("LT",))

    looked = group_outlook(None, edit, by=bo, now=world.now)
    with pytest.raises(SeatsRefusedError) as refused:
        make_group(edit, by=bo, now=world.now)

    assert looked.refusals == refused.value.refusals == (why.GroupTooLarge("LT", 1),)
    assert (holders(subscription), GroupMember.objects.count()) == ([], 0)


def test_what_if_somebody_else_has_just_ended_the_group(world):
    company = a_company()
    bo = administrator_of(company)
    group, _ = make_group(GroupEdit(name="Design"), by=bo, now=world.now)
    end_group(group, by=bo, now=world.now)

    with pytest.raises(SeatsRefusedError) as refused:
        change_group(group, GroupEdit(name="Build"), by=bo, now=world.now)

    assert refused.value.refusals == (why.GroupGone(),)


def test_does_a_seat_of_what_has_ended_stand_in_the_way(world):
    company = a_company()
    ended = a_subscription(renews_on=TODAY, company=company)
    (ulf,) = named_users(company, "Ulf")
    assigned(ended, ulf)
    world.run_through(TODAY)
    running = seats_of(company)

    done = assign(wishes("LT", ulf), by=administrator_of(company), now=world.now)

    assert [one.subscription for one in done.given] == [running.pk]


def test_what_does_somebody_give_back_who_leaves(world):
    company = a_company()
    subscription = seats_of(company, seats=1)
    ulf, vera = named_users(company, "Ulf", "Vera")
    bo = administrator_of(company)
    edit = GroupEdit(name="Design", add_people=(ulf.pk, vera.pk), add_products=("LT",))
    make_group(edit, by=bo, now=world.now)

    with transaction.atomic():
        assert give_back_everything([ulf.pk], world.now) == {"seats_released": 1}

    assert (holders(subscription), queue(company)) == (["Vera"], [])
    assert lawful() == []


def reducing(world, company, *, seats_left=1):
    """Three people of whom some will lose their seats, and the planned reduction."""
    subscription = seats_of(company, seats=3, renews_on=RENEWS_ON, renews_automatically=True)
    people = named_users(company, "Ulf", "Vera", "Wim")
    assigned(subscription, *people)
    change(world, "reduce_seats", subscription, seats=seats_left)
    return subscription, people


def test_is_it_said_before_that_people_lose_their_seats(world):
    company = a_company()
    subscription = seats_of(company, seats=3, renews_on=RENEWS_ON, renews_automatically=True)
    assigned(subscription, *named_users(company, "Ulf", "Vera"))

    enough = previewed(world, "reduce_seats", subscription, seats=2).preview
    few = previewed(world, "reduce_seats", subscription, seats=1).preview

    assert (enough.warnings, few.warnings) == ((), ("people_lose_seats",))


def test_who_loses_a_seat_if_nobody_decides(world):
    company = a_company()
    subscription, (ulf, vera, _wim) = reducing(world, company)

    (ahead,) = reductions_ahead([subscription.pk], day=TODAY)
    assert (ahead.on, ahead.seats_left) == (RENEWS_ON, 1)
    assert [seat.person for seat in ahead.losses.lost] == [ulf.pk, vera.pk]

    world.advance_to(
        RENEWS_ON,
        expect=[
            (TODAY, "renewal_plan.changed action=reduce_seats"),
            (date(2026, 12, 3), "reminder.sent days_before=7"),
            (date(2026, 12, 9), "reminder.sent days_before=1"),
            (RENEWS_ON, "subscription.renewed renews_on=2027-12-10 seats=1 net_minor=42000"),
            (RENEWS_ON, "seats.released owned=1"),
        ],
    )
    assert holders(subscription) == ["Wim"]
    assert lawful() == []


def test_can_i_choose_who_loses_a_seat_and_change_my_mind(world):
    company = a_company()
    subscription, (ulf, _vera, wim) = reducing(world, company)
    ana = contract_manager_of(company)
    choose_losers(subscription.pk, [wim.pk, ulf.pk], on=RENEWS_ON, by=ana, now=world.now)
    choose_losers(subscription.pk, [wim.pk], on=RENEWS_ON, by=ana, now=world.now)

    (ahead,) = reductions_ahead([subscription.pk], day=TODAY)
    assert [seat.person for seat in ahead.losses.lost] == [wim.pk, ulf.pk]
    assert ahead.losses.chosen == {wim.pk}
    world.run_through(RENEWS_ON)

    assert holders(subscription) == ["Vera"]
    assert lawful() == []


def test_why_can_i_not_choose_them(world):
    company = a_company()
    subscription, people = reducing(world, company, seats_left=2)
    (stranger,) = named_users(company, "Stranger")
    ana = contract_manager_of(company)

    def refusals(chosen, *, on=RENEWS_ON, by=ana):
        with pytest.raises(SeatsRefusedError) as refused:
            choose_losers(subscription.pk, [one.pk for one in chosen], on=on, by=by, now=world.now)
        return refused.value.refusals

    assert refusals(people[:2]) == (why.TooManyChosen(2, 1),)
    assert refusals([stranger]) == (why.HoldsNoSeat(stranger.pk),)
    assert refusals(people[:1], on=TODAY) == (why.NothingToDecide(),)
    assert refusals(people[:1], by=member_of(people[0])) == (why.DeciderOnly(),)
    assert not subscription.losing_choices.exists()


def test_is_the_choice_kept_if_the_reduction_is_taken_back(world):
    company = a_company()
    subscription, _people = reducing(world, company)

    change(world, "reduce_seats", subscription, seats=3)

    assert reductions_ahead([subscription.pk], day=TODAY) == []


@pytest.fixture
def two(world):
    """Two subscriptions with one day: Ulf and Vera have seats of one, Vera and Wim of the other."""
    company = a_company()
    card = a_card(company)
    lt, draft = (
        a_subscription(
            renews_on=RENEWS_ON,
            company=company,
            offer=f"{product}/named_user/12",
            seats=2,
            renews_automatically=True,
            pays_with=card,
        )
        for product in ("LT", "DRAFT")
    )
    ulf, vera, wim = named_users(company, "Ulf", "Vera", "Wim")
    assigned(lt, ulf, vera)
    assigned(draft, vera, wim)
    return lt, draft


def test_do_people_follow_into_the_collection(world, two):
    lt, draft = two

    shown = change(world, "switch", lt, draft, collection="BUILD")

    assert shown.preview.warnings == ("people_lose_seats",)
    (ahead,) = reductions_ahead([lt.pk, draft.pk], day=TODAY)
    assert [seat.person for seat in ahead.losses.lost] == [_person("Ulf")]
    world.run_through(RENEWS_ON)
    assert (holders(lt), holders(draft)) == (["Vera", "Wim"], [])
    assert lawful() == []


def test_can_i_choose_who_does_not_follow_into_the_collection(world, two):
    lt, draft = two
    change(world, "switch", lt, draft, collection="BUILD")

    choose_losers(
        lt.pk, [_person("Wim")], on=RENEWS_ON, by=contract_manager_of(lt.company), now=world.now
    )
    world.run_through(RENEWS_ON)

    assert (holders(lt), holders(draft)) == (["Ulf", "Vera"], [])
    assert lawful() == []


def test_do_people_stay_until_the_day_if_the_collection_is_bought_early(world, two):
    lt, draft = two
    change(world, "switch", lt, draft, collection="BUILD")
    change(world, "renew", lt)
    assert (holders(lt), holders(draft)) == (["Ulf", "Vera"], ["Vera", "Wim"])
    assert lawful() == []

    change(world, "return", lt)

    world.run_through(TODAY + ONE_DAY)
    assert (holders(lt), holders(draft)) == (["Ulf", "Vera"], ["Vera", "Wim"])


def test_can_the_old_product_be_used_for_some_days_after_the_switch(world, two):
    """Thirty days, also for whom the collection had no seat; nobody has two of one product."""
    lt, draft = two
    change(world, "switch", lt, draft, collection="BUILD")
    world.run_through(RENEWS_ON)
    ulf, vera = (_person(name) for name in ("Ulf", "Vera"))

    found = {(one.person, one.product): one for one in entitlements(lt.company_id, now=world.now)}

    assert [way.is_overlap for way in found[ulf, "LT"].ways] == [True]
    assert found[ulf, "LT"].until == RENEWS_ON + 30 * ONE_DAY
    assert (ulf, "BUILD") not in found
    assert [(way.through, way.is_overlap) for way in found[vera, "LT"].ways] == [
        ("BUILD", False),
        ("LT", True),
    ]
    later = entitlements(lt.company_id, now=world.now + 30 * ONE_DAY)
    assert (ulf, "LT") not in {(one.person, one.product) for one in later}


def test_what_may_somebody_use_whose_subscription_has_expired(world):
    company = a_company()
    subscription = a_subscription(renews_on=TODAY + ONE_DAY, company=company)
    (ulf,) = named_users(company, "Ulf")
    an_assignment(subscription, ulf, assigned_on=TODAY - ONE_DAY)
    (before,) = entitlements(company.pk, now=world.now)
    assert (before.product, before.until) == ("LT", TODAY + ONE_DAY)

    world.run_through(TODAY + ONE_DAY)

    assert entitlements(company.pk, now=world.now) == ()


def _person(name):
    return Assignment.objects.filter(person__name=name).values_list("person_id", flat=True)[0]
