"""Who promised an answer is reminded once, while the promise can still be kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from perenne.daily.jobs import look
from perenne.notices.models import Mail
from perenne.platform.clock import turn_demo_clock
from perenne.platform.models import JournalEntry
from perenne.support.operations.conversing import answer, reply
from perenne.support.operations.reminding import remind_owners
from tests.support.asking import a_request, acting, mails
from tests.support.builders import a_company, a_specialist, contract_manager_of

TODAY = date(2026, 12, 1)


@pytest.fixture
def world(world_on):
    return world_on(TODAY)


def reminders():
    return [(to, subject) for kind, to, subject in mails() if kind == "contact_reminding"]


def test_a_fifth_of_the_time_before_the_promise_ends_its_owner_is_reminded_once(world):
    a_specialist()
    request = a_request(a_company(), now=world.now)
    just_before = request.remind_at - timedelta(minutes=1)

    reminded = [remind_owners(now=now) for now in (just_before, *[request.remind_at] * 2)]

    assert reminded == [0, 1, 0]
    by = "Tue 1 Dec 2026, 18:00 (Los Angeles time)"
    assert reminders() == [
        ("Nora Berg", f"Still to answer by {by}: Atelier Nord, “Seats” ({request.reference})")
    ]
    world.expect([(TODAY, "contact_request.made"), (TODAY, "contact_request.reminded")])


def test_who_has_answered_is_not_reminded(world):
    nora = a_specialist()
    request = a_request(a_company(), now=world.now)
    answer(request.pk, "Here.", member=acting(nora), now=world.now)

    assert remind_owners(now=request.remind_at) == 0


def test_what_is_overdue_is_left_to_the_run(world):
    a_specialist()
    request = a_request(a_company(), now=world.now)

    assert remind_owners(now=request.answer_by) == 0


def test_a_new_promise_has_a_reminder_of_its_own(world):
    company, nora = a_company(), a_specialist()
    request = a_request(company, now=world.now)
    remind_owners(now=request.remind_at)
    answer(request.pk, "Is this it?", member=acting(nora), now=request.remind_at)
    reply(request.pk, "No.", member=contract_manager_of(company), now=request.answer_by)
    request.refresh_from_db()

    assert remind_owners(now=request.remind_at) == 1
    assert len(reminders()) == 2


def test_regions_have_days_of_their_own_and_batches_remind_all(world):
    a_specialist()
    american, taiwanese = a_company(region="US"), a_company(region="TW")
    for company in (american, american, taiwanese):
        last = a_request(company, now=world.now)
    # Wednesday 09:12 in Taipei is still Tuesday afternoon in Los Angeles.
    early = last.remind_at - timedelta(hours=7)

    reminded = [remind_owners(now=now, batch=1) for now in (early, last.remind_at)]

    assert reminded == [2, 1]
    facts = JournalEntry.objects.filter(kind="contact_request.reminded").order_by("id")
    assert [(one.region, one.business_day) for one in facts] == [
        ("US", TODAY),
        ("US", TODAY),
        ("TW", date(2026, 12, 2)),
    ]
    told = Mail.objects.filter(kind="contact_reminding").order_by("id")
    assert [one.business_day for one in told] == [TODAY, TODAY, date(2026, 12, 2)]


def test_the_worker_reminds_whenever_it_looks(world):
    a_specialist()
    # Asked at 14:00 in Berlin; on the next day the clock stands there at 13:00.
    company = a_company(region="EU", country="DE")
    a_request(company, now=world.now + timedelta(hours=1))
    look(timestamp=0)
    assert reminders() == []

    world.today = date(2026, 12, 2)
    turn_demo_clock(world.today)
    look(timestamp=0)

    assert [to for to, _ in reminders()] == ["Nora Berg"]
