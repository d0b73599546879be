"""A promise that was broken is told once: to the owner, and to the desk that steps in."""

from __future__ import annotations

from datetime import date

import pytest

from perenne.platform.clock import moment_of
from perenne.support.operations.conversing import answer, reply
from perenne.support.operations.overdue import tell_overdue
from perenne.support.queries import contact_requests_worked_by
from tests.support.asking import a_request, acting, mails
from tests.support.builders import (
    Sold,
    a_company,
    a_partner,
    a_sales_person,
    a_specialist,
    a_subscription,
    contract_manager_of,
)

TODAY = date(2026, 12, 1)


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


def overdue_mails():
    return [(to, subject) for kind, to, subject in mails() if kind == "contact_overdue"]


def test_the_run_of_the_day_after_the_promise_tells_it_once(world):
    company = a_company(region="US")
    a_specialist()
    request = a_request(company, now=world.now)  # promised for today, 18:00 in Los Angeles

    world.advance_to(
        date(2026, 12, 5),
        expect=[
            (TODAY, "contact_request.made"),
            (date(2026, 12, 2), "contact_request.overdue"),
        ],
    )

    by = "Tue 1 Dec 2026, 18:00 (Los Angeles time)"
    assert overdue_mails() == [
        ("Nora Berg", f"Overdue since {by}: Atelier Nord, “Seats” ({request.reference})")
    ]


def test_a_promise_that_ends_during_a_day_is_not_broken_when_the_day_begins(world):
    company = a_company(region="TW")
    a_specialist()
    a_request(company, now=world.now)  # promised for tomorrow, 18:00 in Taipei

    world.advance_to(
        date(2026, 12, 3),
        expect=[
            (TODAY, "contact_request.made"),
            (date(2026, 12, 3), "contact_request.overdue"),
        ],
    )


def test_days_that_were_missed_tell_it_once_too(world):
    a_specialist()
    a_request(a_company(), now=world.now)

    world.today = date(2026, 12, 9)
    world.run_today()

    world.expect([(TODAY, "contact_request.made"), (date(2026, 12, 2), "contact_request.overdue")])


def test_an_answer_in_time_is_never_called_late(world):
    nora = a_specialist()
    request = a_request(a_company(), now=world.now)
    answer(request.pk, "Here.", member=acting(nora), now=world.now)

    world.advance_to(
        date(2026, 12, 5),
        expect=[(TODAY, "contact_request.made"), (TODAY, "contact_request.answered")],
    )


def test_a_second_broken_promise_is_told_again(world):
    company, nora = a_company(), a_specialist()
    request = a_request(company, now=world.now)
    world.advance_to(
        date(2026, 12, 2),
        expect=[
            (TODAY, "contact_request.made"),
            (date(2026, 12, 2), "contact_request.overdue"),
        ],
    )
    answer(request.pk, "Sorry.", member=acting(nora), now=world.now)
    reply(request.pk, "And now?", member=contract_manager_of(company), now=world.now)

    world.advance_to(
        date(2026, 12, 5),
        expect=[
            (date(2026, 12, 2), "contact_request.answered"),
            (date(2026, 12, 2), "contact_request.replied"),
            (date(2026, 12, 3), "contact_request.overdue"),
        ],
    )


@pytest.mark.parametrize("seller", ["partner", "sales"])
def test_when_a_partner_or_sales_person_is_silent_the_desk_is_told_and_can_step_in(world, seller):
    company = a_company()
    nora = a_specialist()
    how = (
        Sold("partner", partner=a_partner())
        if seller == "partner"
        else Sold("sales", sales_person=a_sales_person())
    )
    subscription = a_subscription(renews_on=date(2027, 6, 10), company=company, sold=how)
    request = a_request(company, now=world.now, subscription_id=subscription.pk)
    assert not contact_requests_worked_by(acting(nora)).exists()

    world.today = date(2026, 12, 2)
    world.run_today()

    silent = {"partner": "Søren Ødegård", "sales": "Kate Moore"}[seller]
    assert [to for to, _ in overdue_mails()] == [silent, "Nora Berg"]
    answer(request.pk, "I step in.", member=acting(nora), now=world.now)


def test_regions_do_not_tell_each_others_and_batches_tell_all(world):
    a_specialist()
    american, european = a_company(region="US"), a_company(region="EU", country="DE")
    for _ in range(5):
        a_request(american, now=world.now)
    a_request(european, now=world.now)
    day, now = date(2026, 12, 4), moment_of(date(2026, 12, 4))

    told = [tell_overdue(region="US", day=day, now=now, batch=2) for _ in range(2)]

    assert told == [5, 0]
    assert len(overdue_mails()) == 5
