"""Mails about people without a seat: to administrators, once, in their language."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.support.builders import a_company, a_person, a_subscription, an_assignment, member_of
from tests.support.seats import named_users, wishes
from tests.support.sent import mails_to

from perenne.accounts.models import Person
from perenne.platform.clock import moment_of
from perenne.platform.occasion import Occasion
from perenne.renewals.operations.releasing import release_surplus_seats
from perenne.seats.models import WaitingPerson
from perenne.seats.operations.assigning import assign, stop_waiting
from perenne.subscriptions.models import SeatChange

RENEWS_ON = date(2027, 1, 10)
TODAY = date(2026, 12, 1)


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


@pytest.fixture
def company(world):
    return a_company()


@pytest.fixture
def subscription(company):
    return a_subscription(renews_on=RENEWS_ON, company=company, seats=1)


@pytest.fixture
def cas(company):
    """A second primary administrator, who reads Chinese."""
    return a_person(company, name="Cas Lin", role="primary_admin", locale="zh-Hant")


def bo(company):
    return Person.objects.get(company=company, name="Bo Chen")


def test_the_other_administrators_are_told_who_waits(world, company, subscription, cas):
    ulf, vera, wim = named_users(company, "Ulf", "Vera", "Wim")

    by = member_of(bo(company))
    assign(wishes("LT", ulf, vera, wim), by=by, now=world.now, waits=True)

    (mail,) = mails_to(cas.email)
    assert mail.subject == "2 位使用者未取得「繪圖 LT」授權"
    assert "Vera、Wim" in mail.text
    assert "/seats/" in mail.text
    assert mails_to(bo(company).email) == []


def test_who_is_wished_for_again_is_not_told_of_again(world, company, subscription, cas):
    ulf, vera = named_users(company, "Ulf", "Vera")
    by = member_of(bo(company))
    for day in (TODAY, date(2026, 12, 2)):
        assign(wishes("LT", ulf, vera), by=by, now=moment_of(day), waits=True)

    assert len(mails_to(cas.email)) == 1


def test_who_no_longer_waits_when_the_mail_is_written_is_not_in_it(
    world, company, subscription, cas
):
    ulf, vera = named_users(company, "Ulf", "Vera")
    by = member_of(bo(company))
    assign(wishes("LT", ulf, vera), by=by, now=world.now, waits=True)
    stop_waiting([WaitingPerson.objects.get().pk], by=by, now=world.now)

    assert mails_to(cas.email) == []


@pytest.mark.parametrize(("how_many", "says"), [(1, "Ulf 1"), (12, "Ulf 3 and 2 more")])
def test_every_primary_administrator_is_told_who_lost_a_seat(world, company, how_many, says):
    subscription = a_subscription(renews_on=RENEWS_ON, company=company, seats=how_many + 1)
    people = named_users(company, *(f"Ulf {number}" for number in range(how_many + 1)))
    for days, person in enumerate(people):
        an_assignment(subscription, person, assigned_on=date(2026, 6, 1) + timedelta(days))
    SeatChange.objects.create(
        subscription=subscription,
        effective_on=TODAY,
        seats=-how_many,
        reason="reduction",
    )

    occasion = Occasion(TODAY, "run", moment_of(TODAY))
    release_surplus_seats("US", occasion=occasion)

    (mail,) = mails_to(bo(company).email)
    lost = "1 person" if how_many == 1 else f"{how_many} people"
    assert mail.subject == f"{lost} without a seat of Draft LT"
    assert "fewer seats than before" in mail.text
    assert "Seats: 1" in mail.text
    assert says in mail.text
