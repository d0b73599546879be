"""Eight at once for the last seat: first the race without the lock, then one winner."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction

from perenne.daily.invariants import breaches
from perenne.seats.book import seat_book
from perenne.seats.deciding import decide
from perenne.seats.errors import SeatsRefusedError
from perenne.seats.moment import moment_at
from perenne.seats.operations.assigning import assign, unassign
from perenne.seats.operations.grouping import GroupEdit, make_group
from perenne.seats.writing import write
from perenne.subscriptions.models import Assignment
from tests.support.builders import a_card, a_company, a_subscription
from tests.support.changing import change
from tests.support.seats import administrator_of, holders, named_users, queue, wishes

TODAY = date(2026, 12, 1)
THREADS = 8


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


@pytest.fixture
def company(world):
    return a_company()


@pytest.fixture
def subscription(company):
    """One seat."""
    return a_subscription(
        renews_on=TODAY + timedelta(100),
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )


@pytest.fixture
def people(company):
    return named_users(company, *(f"Person {number}" for number in range(THREADS)))


def at_once(work, things):
    """What each thread got, error or None."""

    def guarded(thing):
        try:
            work(thing)
        except (IntegrityError, SeatsRefusedError) as error:
            return error
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(len(things)) as pool:
        return list(pool.map(guarded, things))


def give_without_lock(company, people, now):
    """Look, wait until all have looked, and give: as one does who forgot the lock."""
    everybody_has_looked = Barrier(THREADS)

    def work(person):
        with transaction.atomic():
            at = moment_at(company.pk, actor="test", now=now)
            decision = decide(
                seat_book(company.pk, on=TODAY),
                wishes("LT", person),
                granted_by="administrator",
            )
            everybody_has_looked.wait(timeout=60)
            write(decision, at, granted_by="administrator")

    return at_once(work, people)


def lawful():
    return [one.code for one, breach in breaches() if breach]


def test_without_lock_and_trigger_eight_people_hold_one_seat(world, company, subscription, people):
    with connection.cursor() as cursor:
        cursor.execute("drop trigger held_are_owned on subscriptions_assignment")

    answers = give_without_lock(company, people, world.now)

    assert answers == [None] * THREADS
    assert len(holders(subscription)) == THREADS
    assert "U1" in lawful()


def test_the_database_alone_refuses_what_a_forgotten_lock_lets_through(
    world, company, subscription, people
):
    answers = give_without_lock(company, people, world.now)

    assert sum(answer is None for answer in answers) == 1
    assert len(holders(subscription)) == 1


def test_of_eight_who_give_the_last_seat_one_does(world, company, subscription, people):
    bo = administrator_of(company)

    answers = at_once(lambda one: assign(wishes("LT", one), by=bo, now=world.now), people)

    assert sum(answer is None for answer in answers) == 1
    assert {type(answer) for answer in answers} == {type(None), SeatsRefusedError}
    assert len(holders(subscription)) == 1
    assert lawful() == []


def test_eight_groups_at_once_seat_one_and_queue_the_others(world, company, subscription, people):
    bo = administrator_of(company)

    def work(person):
        edit = GroupEdit(name=person.name, add_people=(person.pk,), add_products=("LT",))
        make_group(edit, by=bo, now=world.now)

    assert at_once(work, people) == [None] * THREADS
    assert (len(holders(subscription)), len(queue(company))) == (1, THREADS - 1)
    assert lawful() == []


def test_a_seat_taken_back_eight_times_at_once_goes_to_one_who_waits(
    world, company, subscription, people
):
    bo = administrator_of(company)
    assign(wishes("LT", *people), by=bo, now=world.now, waits=True)
    (held,) = Assignment.objects.filter(released_on=None)

    answers = at_once(lambda _one: unassign([held.pk], by=bo, now=world.now), range(THREADS))

    assert sum(answer is None for answer in answers) == 1
    assert holders(subscription) == ["Person 1"]
    assert len(queue(company)) == THREADS - 2
    assert lawful() == []


def test_seats_that_are_added_while_people_are_seated_are_given_once(
    world, company, subscription, people
):
    bo = administrator_of(company)
    assign(wishes("LT", *people[:4]), by=bo, now=world.now, waits=True)

    def work(person):
        if person is people[4]:
            change(world, "add_seats", subscription, seats=2)
        else:
            assign(wishes("LT", person), by=bo, now=world.now, waits=True)

    assert at_once(work, people[4:]) == [None] * 4
    assert holders(subscription) == ["Person 0", "Person 1", "Person 2"]
    assert len(queue(company)) == 4
    assert lawful() == []
