"""What the pages say, in both languages, and that they do not grow with the book."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from perenne.accounts.models import Person, StaffMember
from perenne.billing.models import Payment
from perenne.platform.ids import new_id
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_partner,
    a_person,
    a_subscription,
    an_assignment,
)


def manager_of(company):
    return Person.objects.get(company=company, roles__role="contract_manager")


def test_the_price_is_explained_step_by_step(world, as_member):
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, offer="DRAFT/named_user/12", seats=2
    )

    page = (
        as_member("person", manager_of(company).pk)
        .get(f"/subscriptions/{subscription.pk}/")
        .content.decode()
    )

    for step in (
        "Price list US of 1 Jan 2020, version 1",
        "Amount in the list: US$1,865.00",
        "Renewal share 9/10 of the new price",
        "Renewal price per seat: US$1,678.50",
        "Times 2 seats",
        "= US$3,357.00",
        "Bought new after it lapsed it costs US$3,730.00. Renewing is 10.0 % below that new price.",
    ):
        assert step in page


def chosen(client, subscription, **choices):
    """The check page of a renewal."""
    path = f"/subscriptions/{subscription.pk}/renew/"
    page = client.post(path, choices, follow=True)
    return page.redirect_chain[-1][0], page.content.decode()


def hash_in(page):
    return re.search(r'name="shown" value="([0-9a-f]{64})"', page)[1]


def test_renewing_by_hand_from_check_to_done(world, as_member):
    company = a_company()
    card = a_card(company)
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company, pays_with=card)
    client = as_member("person", manager_of(company).pk)

    path, page = chosen(client, subscription, months=12, seats=1, method=card.pk)
    assert "Pay US$420.00: Renew" in page
    done = client.post(f"{path}commit/", {"shown": hash_in(page)}, follow=True)

    assert "Done. Everything below has happened." in done.content.decode()
    again = client.post(f"{path}commit/", {"shown": hash_in(page)}, follow=True)
    assert "Done. Everything below has happened." in again.content.decode()
    assert Payment.objects.count() == 1
    closed = client.get(f"/subscriptions/{subscription.pk}/renew/").content.decode()
    assert "It is already renewed until Mon 10 Jan 2028." in closed


def test_nobody_pays_an_amount_that_was_not_shown(world, as_member):
    company = a_company()
    card = a_card(company)
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company, pays_with=card)
    client = as_member("person", manager_of(company).pk)
    path, _ = chosen(client, subscription, months=12, seats=1, method=card.pk)

    for shown in ("41000", "", "x", "0" * 64):
        answer = client.post(f"{path}commit/", {"shown": shown}, follow=True)
        assert "Something has changed since this was shown." in answer.content.decode()
    assert Payment.objects.count() == 0


@pytest.mark.parametrize("seats", ["0", "-1", "1.5", "１０", "1_000", "9999999", "x", ""])
def test_seats_are_plain_digits(world, as_member, seats):
    company = a_company()
    card = a_card(company)
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company, pays_with=card)
    client = as_member("person", manager_of(company).pk)

    page = client.post(
        f"/subscriptions/{subscription.pk}/renew/",
        {"months": "12", "seats": seats, "method": card.pk},
    )

    assert page.status_code == 200
    assert "errorlist" in page.content.decode()


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "Nordlicht IT changes this subscription for you."),
        ("zh-hant", "由合作夥伴「Nordlicht IT」為您"),
    ],
)
def test_why_can_i_not_renew_it_and_whom_do_i_ask(world, as_member, language, reason):
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("partner", partner=a_partner())
    )

    page = (
        as_member("person", manager_of(company).pk, language=language)
        .get(f"/subscriptions/{subscription.pk}/")
        .content.decode()
    )

    assert reason in page
    assert "+49 2 5550 106" in page


def test_a_named_user_sees_only_what_is_assigned(world, as_member):
    company = a_company()
    mine = a_subscription(renews_on=date(2027, 1, 10), company=company)
    other = a_subscription(renews_on=date(2027, 1, 10), company=company)
    user = a_person(company, name="Ulf", role="named_user")
    an_assignment(mine, user, assigned_on=date(2026, 1, 10))
    client = as_member("person", user.pk)

    assert client.get(f"/subscriptions/{mine.pk}/").status_code == 200
    assert client.get(f"/subscriptions/{other.pk}/").status_code == 404


def test_a_name_cannot_become_markup(world, as_member):
    company = a_company(name="<script>alert(1)</script>")
    a_subscription(renews_on=date(2027, 1, 10), company=company)

    page = as_member("person", manager_of(company).pk).get("/").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_longer_list_needs_no_more_queries(world, as_member):
    def queries(how_many):
        company = a_company()
        for _ in range(how_many):
            a_subscription(renews_on=date(2027, 1, 10), company=company)
        client = as_member("person", manager_of(company).pk)
        client.get("/subscriptions/")
        with CaptureQueriesContext(
            connection,
        ) as seen:
            client.get("/subscriptions/")
        return len(seen)

    assert queries(3) == queries(40)


def test_the_run_history_shows_what_happened(world, as_member):
    company = a_company(region="TW")
    a_subscription(
        renews_on=world.today,
        company=company,
        renews_automatically=True,
        pays_with=a_card(company),
    )
    world.run_today()
    nina = StaffMember.objects.create(
        id=new_id("stf"), code="fin", name="Nina", email="n@fjord.example", role="finance"
    )

    page = as_member("staff", nina.pk).get("/staff/runs/").content.decode()

    assert "NT$13,230" in page
    assert "Tue 1 Dec 2026" in page


def test_signing_in_as_somebody_and_out_again(world, client):
    company = a_company(locale="zh-Hant")
    me = manager_of(company)
    a_subscription(renews_on=date(2027, 1, 10), company=company)

    found = client.get("/sign-in/", {"q": company.code}).content.decode()
    assert me.name in found
    home = client.post("/sign-in/", {"member": f"person:{me.pk}"}, follow=True)
    assert "未來十二個月" in home.content.decode()
    elsewhere = client.post(
        "/sign-in/", {"member": f"person:{me.pk}", "next": "https://evil.example/"}
    )
    assert elsewhere.url == "/"

    client.post("/sign-out/")
    assert client.get("/").status_code == 302


def test_the_staff_of_a_demo_are_found_by_role(world, client):
    for code, name, role in (("fin", "Nina", "finance"), ("ops", "Ola", "operator")):
        StaffMember.objects.create(
            id=new_id("stf"), code=code, name=name, email=f"{code}@fjord.example", role=role
        )

    found = client.get("/sign-in/", {"q": "Operator"}).content.decode()

    assert "Ola" in found
    assert "Nina" not in found
    assert "No customer matches." in found


def test_health_needs_no_database(client):
    assert client.get("/healthz").json() == {"ok": True}


def test_while_the_database_is_away_pages_say_so_and_when_to_come_back(world, as_member):
    company = a_company()
    client = as_member("person", manager_of(company).pk)
    client.raise_request_exception = False
    there = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = "/nowhere"
    try:
        page = client.get("/")
    finally:
        connection.settings_dict["HOST"] = there

    assert (page.status_code, page["Retry-After"]) == (503, "5")
    assert "The database is away." in page.content.decode()
    assert "資料庫暫時無法使用" in page.content.decode()


def test_a_card_that_ends_before_the_renewal_day_is_named(world, as_member):
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10),
        company=company,
        renews_automatically=True,
        pays_with=a_card(company, valid_through="2026-12"),
    )

    page = as_member("person", manager_of(company).pk).get(f"/subscriptions/{subscription.pk}/")

    assert "valid through 2026-12, cannot be charged on Sun 10 Jan 2027." in page.content.decode()


@pytest.mark.parametrize(("days", "leads_to"), [(40, "/renew/"), (200, "#renewing")])
def test_the_renew_button_is_always_there_and_leads_on(world, as_member, days, leads_to):
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2026, 12, 1) + timedelta(days), company=company, pays_with=a_card(company)
    )

    page = as_member("person", manager_of(company).pk).get(f"/subscriptions/{subscription.pk}/")

    button = re.search(r'<a class="btn[^"]*" href="([^"]+)"[^>]*>Renew</a>', page.content.decode())
    assert button[1].endswith(leads_to)


def test_staff_see_what_waits_for_a_decision(world, as_member):
    company = a_company()
    waiting = a_subscription(
        renews_on=date(2026, 12, 1),
        company=company,
        offer="LT/multi_user/12",
        renews_automatically=True,
        pays_with=a_card(company),
    )
    world.run_today()
    clerk = StaffMember.objects.create(
        id="stf_f", code="tfin", name="Nina", email="n@fjord.example", role="finance"
    )

    page = as_member("staff", clerk.pk).get("/staff/runs/").content.decode()

    assert waiting.code in page
    assert "This way of use is no longer sold" in page
