"""Seats by a list on pages: looked at first, then done, with what became of each line."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from perenne.accounts.models import Person
from perenne.daily.invariants import breaches
from perenne.seats.operations.grouping import GroupEdit, make_group
from tests.support.builders import a_company, a_subscription, an_assignment
from tests.support.pages import html_of, text_of
from tests.support.seats import administrator_of, holders, named_users, queue

RENEWS_ON = date(2027, 1, 10)


@pytest.fixture
def company(world):
    return a_company()


@pytest.fixture
def subscription(company):
    return a_subscription(renews_on=RENEWS_ON, company=company, seats=2)


@pytest.fixture
def people(company):
    return named_users(company, "Ulf", "Vera", "Wim", "Xan")


@pytest.fixture
def as_admin(as_member, company):
    def signed_in(language="en"):
        admin = Person.objects.get(company=company, roles__role="primary_admin")
        return as_member("person", admin.pk, language=language)

    return signed_in


def lines(*rows):
    return "email,product\n" + "".join(f"{email},{product}\n" for email, product in rows)


def upload(client, text, **sent):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post("/seats/list/", {"file": SimpleUploadedFile("a.csv", content), **sent})


def states(page):
    return [part.split('"')[0] for part in html_of(page).split('data-state="')[1:]]


def lawful():
    return [one.code for one, breach in breaches() if breach]


def test_each_line_says_what_becomes_of_it_before_anything_does(as_admin, subscription, people):
    ulf, vera, wim, xan = people
    an_assignment(subscription, ulf, assigned_on=date(2026, 6, 1))
    text = lines(
        (ulf.email, "LT"),
        (vera.email.upper(), "draft lt"),
        (wim.email, "LT"),
        ("nobody@example.com", "LT"),
        (xan.email, "DRAFT"),
        (xan.email, "no such"),
    )
    client = as_admin()

    looked = upload(client, text)

    assert states(looked) == ["covered", "given", *["refused"] * 4]
    assert "nobody@example.com does not work at your company." in text_of(looked)
    assert "Your company has no seats of no such." in text_of(looked)
    assert holders(subscription) == ["Ulf"]

    done = client.post("/seats/list/", {"step": "do", "kind": "assign", "text": text})

    assert states(done) == states(looked)
    assert "This has happened:" in text_of(done)
    assert holders(subscription) == ["Ulf", "Vera"]
    assert lawful() == []


def test_whoever_finds_no_seat_waits_if_the_list_says_so(as_admin, company, subscription, people):
    text = lines(*((one.email, "LT") for one in people))
    client = as_admin()

    assert states(upload(client, text, waits="on")) == ["given", "given", "waits", "waits"]
    sent = {"step": "do", "kind": "assign", "waits": "on", "text": text}
    client.post("/seats/list/", sent)
    again = client.post("/seats/list/", sent)

    assert states(again) == ["covered", "covered", "waits", "waits"]
    assert (holders(subscription), queue(company)) == (["Ulf", "Vera"], ["Wim", "Xan"])
    assert lawful() == []


def test_a_list_takes_seats_back_and_leaves_what_a_group_grants(
    as_admin, world, company, subscription, people
):
    ulf, vera, wim, _ = people
    an_assignment(subscription, ulf, assigned_on=date(2026, 6, 1))
    edit = GroupEdit(name="Design", add_people=(vera.pk, wim.pk), add_products=("LT",))
    make_group(edit, by=administrator_of(company), now=world.now)
    text = lines((ulf.email, "LT"), (vera.email, "LT"), (wim.email, "LT"), (ulf.email, "LT"))
    client = as_admin("zh-hant")

    looked = upload(client, text, kind="take_back")
    done = client.post("/seats/list/", {"step": "do", "kind": "take_back", "text": text})

    assert states(looked) == ["taken", "refused", "has_none", "taken"]
    assert states(done) == states(looked)
    assert "Vera透過群組「Design」使用「繪圖 LT」。" in text_of(done)
    assert holders(subscription) == ["Vera", "Wim"]
    assert lawful() == []


@pytest.mark.parametrize(
    ("language", "said"), [("en", "The first line must be"), ("zh-hant", "第一行應為")]
)
@pytest.mark.parametrize("content", ["name,product\nUlf,LT\n", "", b"\x89PNG\r\n"])
def test_a_file_that_cannot_be_read_says_why(as_admin, subscription, language, said, content):
    page = upload(as_admin(language), content)

    assert page.status_code == 422
    assert 'id="file-error"' in html_of(page)
    assert said in text_of(page) or "UTF-8" in text_of(page)


def test_only_administrators_see_the_form(as_member, company, subscription, people):
    manager = Person.objects.get(company=company, roles__role="contract_manager")
    client = as_member("person", manager.pk)

    assert client.get("/seats/list/").status_code == 403
    assert "/seats/list/" not in html_of(client.get("/seats/"))
    assert upload(client, lines((people[0].email, "LT"))).status_code == 403
    assert holders(subscription) == []
