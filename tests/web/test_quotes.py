"""Quotes on pages: made, compared, accepted, declined, approved by a link, and printed."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from perenne.accounts.models import ApprovalRule
from perenne.notices.models import Mail
from perenne.platform.clock import turn_demo_clock
from perenne.quotes.models import Quote, QuoteVersion
from perenne.quotes.operations.drafting import revise_quote
from perenne.quotes.sealing import link_token
from tests.support.asking import acting
from tests.support.builders import (
    Sold,
    a_card,
    a_company,
    a_person,
    a_sales_person,
    a_subscription,
    member_of,
)
from tests.support.pages import html_of, manager_of, text_of
from tests.support.quoting import a_draft, drafted, quoted, version_of

RENEWS_ON = date(2026, 12, 20)


@pytest.fixture
def company(world):
    return a_company()


@pytest.fixture
def subscription(company):
    return a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        seats=10,
        renews_automatically=True,
        pays_with=a_card(company),
    )


@pytest.fixture
def ana(company, as_member):
    return as_member("person", manager_of(company).pk)


def form_of(page, *, subscription, **given):
    key = re.search(r'name="form_key" value="([^"]+)"', html_of(page))[1]
    return {
        "form_key": key,
        "language": "en",
        "subscriptions": [subscription.pk],
        "months_A": "12",
        "months_B": "36",
        **given,
    }


def test_a_quote_is_drafted_checked_and_sent(world, ana, subscription):
    form = form_of(
        ana.get(f"/quotes/new/?subscription={subscription.pk}"), subscription=subscription
    )

    answer = ana.post("/quotes/new/", form)
    again = ana.post("/quotes/new/", form)

    assert answer.url == again.url
    draft = text_of(ana.get(answer.url))
    assert "This is a draft" in draft
    number = Quote.objects.get().number
    sent = ana.post(f"/quotes/{number}/send/", follow=True)
    assert "The quote is sent." in text_of(sent)
    assert "This quote holds automatic renewal through 26 Dec 2026" in text_of(sent)
    assert number in text_of(ana.get("/quotes/"))
    assert f"held by quote {number}" in text_of(ana.get(f"/subscriptions/{subscription.pk}/"))


def test_what_is_wrong_with_a_draft_is_said_and_nothing_is_lost(world, ana, subscription):
    form = form_of(
        ana.get("/quotes/new/"),
        subscription=subscription,
        months_B="12",
        valid_through="2027-06-01",
        message="Kept.",
    )

    page = ana.post("/quotes/new/", form)

    assert page.status_code == 422
    assert "It can be valid through 26 Dec 2026 at most" in text_of(page)
    assert "Kept." in html_of(page)
    alike = ana.post("/quotes/new/", form | {"valid_through": ""})
    assert "Options A and B are the same" in text_of(alike)
    assert not Quote.objects.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"subscriptions": []}, "Choose what shall be quoted."),
        ({"months_A": "", "months_B": ""}, "Choose a term for at least one option."),
        ({"months_A": "0"}, "0 is not a number from 1 to 120."),
        ({"valid_through": "tomorrow"}, "Write the day as year-month-day."),
        ({"email_1": "not an address"}, "Enter a valid email address."),
        ({"email_1": "a@b.example", "email_2": "A@b.example"}, "An address stands there twice."),
    ],
)
def test_each_mistake_is_named(world, ana, subscription, given, said):
    form = form_of(ana.get("/quotes/new/"), subscription=subscription) | given

    page = ana.post("/quotes/new/", form)

    assert page.status_code == 422
    assert said in text_of(page)


def test_the_button_names_the_amount_and_buys_that(world, ana, subscription):
    number = quoted(world, subscription)
    page = ana.get(f"/quotes/{number}/")
    assert "Accept A and pay US$4,200.00" in text_of(page)
    assert "Accept B and pay US$11,790.00" in text_of(page)
    shown = version_of(number).options.get(letter="B").hash

    answer = ana.post(f"/quotes/{number}/accept/", {"letter": "B", "shown": shown}, follow=True)

    assert "Option B was accepted" in text_of(answer)
    subscription.refresh_from_db()
    assert subscription.renews_on == date(2029, 12, 20)


def test_what_was_not_shown_is_not_bought(world, ana, subscription):
    number = quoted(world, subscription)

    answer = ana.post(f"/quotes/{number}/accept/", {"letter": "A", "shown": "x"}, follow=True)

    assert "Something has changed since this was quoted" in text_of(answer)
    assert version_of(number).state == "open"


def test_a_sellers_quote_is_declined_with_a_reason(world, company, ana):
    kate = a_sales_person()
    mine = a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        pays_with=a_card(company),
        sold=Sold("sales", sales_person=kate),
    )
    number = quoted(world, mine, by=acting(kate))
    answer = ana.post(f"/quotes/{number}/decline/", {"reason": "Too dear."}, follow=True)

    assert "The quote is declined" in text_of(answer)
    assert "Too dear." in Mail.objects.get(kind="quote_declined").text


def test_an_approver_without_an_account_decides_by_the_link(world, company, client, subscription):
    boss = a_person(company, name="Bea Boss", role="approver")
    ApprovalRule.objects.create(company=company, approver=boss, limit_minor=1_000_00)
    number = quoted(world, subscription)
    token = link_token(version_of(number).recipients.get().pk)

    page = client.get(f"/q/{token}/")

    assert page["Cache-Control"] == "no-store, private"
    assert page["Referrer-Policy"] == "same-origin"
    assert "Approve up to US$11,790.00?" in text_of(page)
    assert "Accept A" not in text_of(page)
    done = client.post(f"/q/{token}/", {"decision": "approved", "note": "Fine."}, follow=True)
    assert "Your answer is sent to the contract managers." in text_of(done)
    assert "Approve up to" not in text_of(done)
    again = client.post(f"/q/{token}/", {"decision": "declined"}, follow=True)
    assert "You have decided already: approved." in text_of(again)


@pytest.mark.parametrize("token", ["qrc_x", "qrc_x:forged", "nonsense"])
def test_a_forged_link_is_nothing(world, client, subscription, token):
    quoted(world, subscription)

    assert client.get(f"/q/{token}/").status_code == 404
    assert client.post(f"/q/{token}/", {"decision": "approved"}).status_code == 404


def test_the_link_of_one_recipient_does_not_open_anothers(world, company, client, subscription):
    boss = a_person(company, name="Bea Boss", role="approver")
    ApprovalRule.objects.create(company=company, approver=boss, limit_minor=1_000_00)
    number = quoted(world, subscription)
    identity = version_of(number).recipients.get().pk
    token = link_token(identity)

    changed = token.replace(identity, identity[:-1] + ("0" if identity[-1] != "0" else "1"))

    assert client.get(f"/q/{changed}/").status_code == 404


def test_a_link_after_the_end_says_so_and_decides_nothing(world, company, client, subscription):
    boss = a_person(company, name="Bea Boss", role="approver")
    ApprovalRule.objects.create(company=company, approver=boss, limit_minor=1_000_00)
    number = quoted(world, subscription, valid_through=world.today)
    token = link_token(version_of(number).recipients.get().pk)
    turn_demo_clock(world.today + timedelta(1))

    page = client.get(f"/q/{token}/")

    assert "There is nothing to decide here any more." in text_of(page)
    client.post(f"/q/{token}/", {"decision": "approved"})
    assert not version_of(number).recipients.get().answers.exists()


@pytest.mark.parametrize(("lang", "kind"), [("", "Quote-"), ("?lang=zh-Hant", "%E5%A0%B1")])
def test_an_option_is_a_file_the_same_every_time(world, ana, subscription, lang, kind):
    number = quoted(world, subscription)

    first = ana.get(f"/quotes/{number}/v1/A.pdf{lang}")
    second = ana.get(f"/quotes/{number}/v1/A.pdf{lang}")

    assert first.content.startswith(b"%PDF")
    assert first.content == second.content
    assert kind in first["Content-Disposition"]
    assert ana.get(f"/quotes/{number}/v1/C.pdf").status_code == 404


def test_what_is_only_a_draft_is_nobody_elses(world, company, as_member):
    kate = a_sales_person()
    mine = a_subscription(
        renews_on=RENEWS_ON,
        company=company,
        pays_with=a_card(company),
        sold=Sold("sales", sales_person=kate),
    )
    number = drafted(world, mine, by=acting(kate))
    assert as_member("staff", kate.pk).get(f"/quotes/{number}/").status_code == 200
    client = as_member("person", manager_of(company).pk)

    assert client.get(f"/quotes/{number}/").status_code == 404
    assert client.get(f"/quotes/{number}/v1/A.pdf").status_code == 404


def test_dropping_a_draft_leaves_the_open_version_as_it_is(world, ana, subscription):
    number = quoted(world, subscription)
    manager = member_of(manager_of(subscription.company))
    revise_quote(number, a_draft(subscription), member=manager, now=world.now)
    assert "Drop the draft" in text_of(ana.get(f"/quotes/{number}/v2/"))

    ana.post(f"/quotes/{number}/withdraw/", {"version": "2"})
    states = QuoteVersion.objects.order_by("version").values_list("state", flat=True)
    assert list(states) == ["open", "withdrawn"]
    ana.post(f"/quotes/{number}/withdraw/", {"version": "1", "reason": "Not now."})

    assert list(states.all()) == ["withdrawn", "withdrawn"]


PAGES = ("", "v1/", "v1/A.pdf", "revise/")
STEPS = ("send/", "accept/", "decline/", "withdraw/")


@pytest.mark.parametrize("place", [*PAGES, *STEPS])
def test_another_companys_quote_is_not_there(world, subscription, as_member, place):
    number = quoted(world, subscription)
    client = as_member("person", manager_of(a_company(name="Nordlicht")).pk)
    send = client.post if place in STEPS else client.get

    answer = send(f"/quotes/{number}/{place}")
    nothing = send(f"/quotes/Q-0000-0000/{place}")

    assert (answer.status_code, nothing.status_code) == (404, 404)
    assert QuoteVersion.objects.get().state == "open"


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [
        ("viewer", "", 200),
        ("viewer", "accept/", 403),
        ("viewer", "decline/", 302),
        ("payer", "", 200),
        ("payer", "decline/", 302),
        ("payer", "withdraw/", 404),
        ("named_user", "", 403),
        ("secondary_admin", "", 403),
        ("approver", "", 403),
    ],
)
def test_who_may_what(world, subscription, as_member, role, place, status):
    number = quoted(world, subscription)
    ulf = a_person(subscription.company, name="Ulf", role=role)
    client = as_member("person", ulf.pk)
    send = client.post if place in STEPS else client.get

    assert send(f"/quotes/{number}/{place}").status_code == status
    assert QuoteVersion.objects.get().state == "open"


@pytest.mark.parametrize("place", ["/quotes/", "/quotes/new/"])
def test_pages_speak_chinese(world, company, as_member, subscription, place):
    quoted(world, subscription)
    client = as_member("person", manager_of(company).pk, language="zh-hant")

    page = text_of(client.get(place))

    assert "報價單" in page
    assert "Quote" not in page
