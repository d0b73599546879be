"""The calendar in calendar programs: whose dates, what changes them, and how an address ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from icalendar import Calendar

from perenne.accounts.operations.leaving import deactivate
from perenne.accounts.queries import person_member
from perenne.feeds.models import CalendarFeed
from perenne.notices.models import Mail
from perenne.notices.telling import tell_waiting_facts
from perenne.platform.models import JournalEntry
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_partner,
    a_partner_person,
    a_person,
    a_subscription,
    take_consent_back,
)

RENEWS_ON = date(2027, 1, 10)


@pytest.fixture
def company(world):
    return a_company(name="Atelier Nord")


def manager(company):
    return company.people.get(roles__role="contract_manager")


def events_of(answer):
    assert answer.status_code == 200, answer
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    return [
        (one.decoded("dtstart"), str(one["summary"]))
        for one in Calendar.from_ical(answer.content).walk("VEVENT")
    ]


def address(client):
    """A new address, as the page shows it."""
    client.post("/calendar/address/")
    page = client.get("/calendar/").content.decode()
    return page.split('readonly value="http://127.0.0.1:8000', 1)[1].split('"', 1)[0]


def test_what_will_my_calendar_show(as_member, company):
    a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        seats=3,
        renews_automatically=True,
        pays_with=a_card(company, valid_through="2026-12"),
    )
    a_subscription(
        renews_on=RENEWS_ON + timedelta(31),
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    client = as_member("person", manager(company).pk)

    shown = events_of(client.get("/calendar/renewals.ics"))

    assert shown == [
        (date(2026, 12, 27), "Replace the card •4242 for Draft LT"),
        (date(2027, 1, 9), "Last day to renew Draft LT (3)"),
        (RENEWS_ON, "Draft LT (3): the term has ended"),
        (date(2027, 2, 10), "Draft LT (1) renews automatically"),
    ]
    assert events_of(client.get("/calendar/renewals.ics?layers=cards,nonsense")) == shown[:1]


def test_the_feed_speaks_the_language_in_which_it_was_made(as_member, client, company):
    a_subscription(renews_on=RENEWS_ON, company=company, seats=2)
    path = address(as_member("person", manager(company).pk, language="zh-hant"))
    client.logout()
    client.cookies.clear()

    shown = events_of(client.get(path))

    assert shown[0] == (date(2027, 1, 9), "繪圖 LT（2 套）續約最後一日")


def test_the_file_is_as_programs_expect_it(as_member, company):
    a_subscription(renews_on=RENEWS_ON, company=company)
    answer = as_member("person", manager(company).pk).get("/calendar/renewals.ics")
    calendar = Calendar.from_ical(answer.content)
    decide, due = calendar.walk("VEVENT")

    assert str(calendar["version"]) == "2.0"
    assert calendar["refresh-interval"].to_ical() == b"PT12H"
    assert str(due["uid"]).endswith("renewals.20270110@127.0.0.1:8000")
    assert due.decoded("dtend") == RENEWS_ON + timedelta(1)
    assert not isinstance(due.decoded("dtstart"), datetime), "a day, in every zone the same"
    assert str(due["url"]).startswith("http://127.0.0.1:8000/subscriptions/sub_")
    assert [one.decoded("trigger") for one in decide.walk("VALARM")] == [
        timedelta(hours=9) - timedelta(7)
    ]
    assert "13,230" not in answer.content.decode(), "no prices"


def test_a_new_address_ends_the_old_one_and_its_owner_is_told(world, as_member, company, client):
    a_subscription(renews_on=RENEWS_ON, company=company)
    me = as_member("person", manager(company).pk)
    old = address(me)
    new = address(me)
    tell_waiting_facts(now=world.now)

    assert old != new
    assert client.get(old).status_code == 404
    assert len(events_of(client.get(new))) == 2
    kinds = JournalEntry.objects.filter(kind__startswith="calendar_feed").values_list(
        "kind", flat=True
    )
    assert list(kinds) == ["calendar_feed.made"] * 2
    mails = Mail.objects.filter(kind="security.calendar")
    assert set(mails.values_list("to_name", flat=True)) == {manager(company).name}
    assert old not in mails[0].text


def test_an_address_that_was_stopped_gives_nothing(as_member, company, client):
    me = as_member("person", manager(company).pk)
    path = address(me)

    stopped = me.post("/calendar/address/end/", follow=True).content.decode()

    assert "The address has stopped." in stopped
    assert client.get(path).status_code == 404
    assert CalendarFeed.objects.exclude(ended_at=None).count() == 1


def test_whoever_leaves_the_company_takes_no_dates_along(world, as_member, company, client):
    viewer = a_person(company, name="Vera", role="viewer")
    administrator = a_person(company, name="Adam", role="primary_admin")
    path = address(as_member("person", viewer.pk))
    assert client.get(path).status_code == 200

    deactivate([viewer.pk], by=person_member(administrator), now=world.now)

    assert client.get(path).status_code == 404


def test_a_partner_loses_the_dates_with_the_consent(world, as_member, company, client):
    partner = a_partner()
    a_subscription(renews_on=RENEWS_ON, company=company, sold=Sold("partner", partner=partner))
    path = address(as_member("partner", a_partner_person(partner).pk))
    assert len(events_of(client.get(path))) == 2

    take_consent_back(partner, company, now=world.now)

    assert events_of(client.get(path)) == []


@pytest.mark.parametrize("secret", ["x", "calendar:cal_1", "invitation:inv_1:abc"])
def test_a_forged_address_is_nothing(world, client, secret):
    assert client.get(f"/calendar/feed/{secret}.ics").status_code == 404


def test_named_users_have_no_feed(as_member, company):
    user = a_person(company, name="Uli", role="named_user")

    assert as_member("person", user.pk).post("/calendar/address/").status_code == 403
