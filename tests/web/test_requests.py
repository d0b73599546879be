"""Asking a person on the pages: the form, the receipt, the conversation and the desk."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from perenne.accounts.models import StaffMember
from perenne.platform.clock import moment_of
from perenne.platform.ids import new_id
from perenne.support.models import ContactEntry, ContactRequest
from perenne.support.operations.conversing import answer
from tests.support.asking import a_request, acting
from tests.support.builders import (
    Sold,
    a_company,
    a_partner,
    a_partner_person,
    a_person,
    a_sales_person,
    a_specialist,
    a_subscription,
)
from tests.support.pages import fields_of, manager_of, text_of


@pytest.mark.parametrize(
    ("language", "said", "received"),
    [
        (
            "en",
            [
                "You could not do this yourself: renew (route.partner)",
                "Nordlicht IT answers what you ask about this subscription.",
                "Sent now, it is answered by Tue 1 Dec 2026, 18:00 (Los Angeles time)",
            ],
            "Nordlicht IT answers by Tue 1 Dec 2026, 18:00 (Los Angeles time).",
        ),
        (
            "zh-hant",
            [
                "您無法自行辦理： 續約（route.partner）",
                "此訂閱的洽詢由「Nordlicht IT」回覆。",
                "若現在送出，將於 2026年12月1日（二）18:00（洛杉磯時間）前回覆",
            ],
            "「Nordlicht IT」將於 2026年12月1日（二）18:00（洛杉磯時間）前回覆。",
        ),
    ],
)
def test_from_a_refused_action_to_the_receipt_without_typing(
    world, as_member, language, said, received
):
    company = a_company()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("partner", partner=a_partner())
    )
    client = as_member("person", manager_of(company).pk, language=language)
    page = client.get(f"/subscriptions/{subscription.pk}/").content.decode()
    link = unescape(re.search(r'href="(/ask/\?[^"]*action=[^"]*)"', page)[1])

    form = client.get(link)
    for words in said:
        assert words in text_of(form)
    receipt = client.post("/ask/", fields_of(form), follow=True)

    request = ContactRequest.objects.get()
    assert receipt.redirect_chain == [(f"/requests/{request.pk}/receipt/", 302)]
    assert request.reference in text_of(receipt)
    assert received in text_of(receipt)
    assert (request.topic, request.action, request.reason_code) == (
        "renewal",
        "renew",
        "route.partner",
    )
    assert request.subscription_id == subscription.pk
    assert request.language == {"en": "en", "zh-hant": "zh-Hant"}[language]


def a_form(**given):
    return {
        "topic": "seats",
        "subscription": "",
        "message": "Five more.",
        "phone": "",
        "preferred_time": "any",
        "language": "en",
        "form_key": new_id("form"),
    } | given


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"topic": ""}, "Choose what it is about."),
        ({"topic": "weather"}, "“weather” is none of these; choose one."),
        ({"message": "  "}, "Write what you would like to say."),
        ({"message": "x" * 4001}, "It has 4001 characters; at most 4000 can be sent."),
        ({"subscription": "TS999"}, "“TS999” is none of the subscriptions that you see."),
        ({"phone": "call me"}, "This is not a telephone number"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_written_is_kept(world, as_member, given, said):
    company = a_company()
    a_specialist()
    client = as_member("person", manager_of(company).pk)
    sent = a_form(phone="+1 555 0100") | given

    page = client.post("/ask/", sent)

    assert page.status_code == 422
    assert "<title>Error:" in page.content.decode()
    assert said in text_of(page)
    kept = unescape(page.content.decode())
    for name in ("message", "phone", "subscription"):
        assert sent[name].strip() in kept
    assert ContactRequest.objects.count() == 0


@pytest.mark.parametrize(
    "given",
    [
        {"preferred_time": "midnight"},
        {"language": "xx"},
        {"action": "drop"},
        {"reason": "<b>"},
        {"form_key": "x"},
        {"message": "a\0b"},
    ],
)
def test_a_form_that_was_tampered_with_is_not_sent(world, as_member, given):
    company = a_company()
    a_specialist()

    page = as_member("person", manager_of(company).pk).post("/ask/", a_form(**given))

    assert page.status_code == 422
    assert ContactRequest.objects.count() == 0


def test_a_prefill_that_makes_no_sense_is_left_out(world, as_member):
    company = a_company()
    a_specialist()
    theirs = a_subscription(renews_on=date(2027, 1, 10))

    page = as_member("person", manager_of(company).pk).get(
        "/ask/", {"subscription": theirs.pk, "action": "<script>", "reason": "<script>"}
    )

    assert page.status_code == 200
    assert theirs.code not in page.content.decode()
    assert "<script>" not in page.content.decode().replace("<script src", "")


def test_sent_twice_is_one_request(world, as_member):
    company = a_company()
    a_specialist()
    client = as_member("person", manager_of(company).pk)
    form = a_form()

    first, again = (client.post("/ask/", form) for _ in range(2))

    assert first.url == again.url
    assert ContactRequest.objects.count() == 1


def test_too_many_in_a_day_are_refused_with_what_was_written(world, as_member):
    company = a_company()
    a_specialist()
    client = as_member("person", manager_of(company).pk)
    for _ in range(10):
        client.post("/ask/", a_form())

    page = client.post("/ask/", a_form(message="One more."))

    assert page.status_code == 422
    assert "You have sent 10 messages today" in text_of(page)
    assert "from Wed 2 Dec 2026" in text_of(page)
    assert "One more." in page.content.decode()


def test_without_anybody_who_could_answer_the_page_says_so(world, as_member):
    client = as_member("person", manager_of(a_company()).pk)

    assert "Nobody is on record who could answer." in text_of(client.get("/ask/"))
    page = client.post("/ask/", a_form())
    assert page.status_code == 422
    assert "What you wrote is kept below" in text_of(page)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Waiting for an answer", "Answered", "took it up again", "Reply"]),
        ("zh-hant", ["等候回覆", "已回覆", "重新處理", "回覆"]),
    ],
)
def test_the_answer_stands_in_the_account_and_can_be_replied_to(world, as_member, language, said):
    company = a_company()
    nora = a_specialist()
    request = a_request(company, now=world.now)
    client = as_member("person", manager_of(company).pk, language=language)
    path = f"/requests/{request.pk}/"
    assert said[0] in text_of(client.get(path))
    assert said[0] in text_of(client.get("/requests/"))

    answer(request.pk, "How many?\nFive?", member=acting(nora), now=world.now)

    page = client.get(path)
    assert said[1] in text_of(page)
    assert "How many?<br>Five?" in page.content.decode()
    assert said[3] in text_of(page)
    done = client.post(path, {"step": "reply", "message": "Five."}, follow=True)
    assert "Five." in text_of(done)
    assert said[0] in text_of(done)
    empty = client.post(path, {"step": "reply", "message": " "})
    assert empty.status_code == 422
    assert ContactEntry.objects.count() == 3


def test_withdrawing_a_request(world, as_member):
    company = a_company()
    a_specialist()
    request = a_request(company, now=world.now)
    viewer = a_person(company, name="Vera", role="viewer")

    page = as_member("person", viewer.pk).post(
        f"/requests/{request.pk}/", {"step": "withdraw"}, follow=True
    )
    assert "Only who asked, or a contract manager, can withdraw it." in text_of(page)
    page = as_member("person", manager_of(company).pk).post(
        f"/requests/{request.pk}/", {"step": "withdraw"}, follow=True
    )

    assert "Closed: withdrawn" in text_of(page)


def test_an_overdue_answer_is_called_so_to_both_sides(world, as_member):
    company = a_company()
    nora = a_specialist()
    request = a_request(company, now=moment_of(date(2026, 11, 26)))

    page = text_of(as_member("person", manager_of(company).pk).get(f"/requests/{request.pk}/"))
    assert "was promised by Thu 26 Nov 2026, 18:00 (Los Angeles time) and is late." in page
    assert "steps in" not in page
    desk = text_of(as_member("staff", nora.pk).get("/desk/requests/"))
    assert "1 answer is overdue" in desk
    world.run_today()
    page = text_of(as_member("person", manager_of(company).pk).get(f"/requests/{request.pk}/"))
    assert "Our renewals desk is told and steps in." in page


def test_working_a_request_at_the_desk(world, as_member):
    company = a_company()
    nora, kate = a_specialist(), a_sales_person()
    subscription = a_subscription(renews_on=date(2027, 1, 10), company=company, seats=3)
    request = a_request(company, now=world.now, subscription_id=subscription.pk, action="add_seats")
    client = as_member("staff", nora.pk)
    path = f"/desk/requests/{request.pk}/"

    page = text_of(client.get(path))
    for said in (
        "Ana Diaz",
        request.asked_by.email,
        "We need five more seats.",
        "3 seats",
        "add seats",
        "it was bought on line; the region has no specialist of its own; the renewals desk",
    ):
        assert said in page

    for step in ({"step": "answer", "message": ""}, {"step": "close"}, {"step": "hand_over"}, {}):
        assert client.post(path, step).status_code == 422
    assert ContactEntry.objects.count() == 1
    done = client.post(path, {"step": "answer", "message": "How many?"}, follow=True)
    assert "Your answer is sent." in text_of(done)
    client.post(path, {"step": "close", "outcome": "quoted", "message": "Here."})
    late = client.post(path, {"step": "answer", "message": "More."}, follow=True)
    assert "Somebody was faster" in text_of(late)
    assert "Closed: a quote was made" in text_of(late)
    client.post(path, {"step": "reopen"})
    gone = client.post(path, {"step": "hand_over", "owner": kate.pk, "message": ""}, follow=True)
    assert gone.redirect_chain == [("/desk/requests/", 302)]
    assert "Kate Moore has it now, and is told." in text_of(gone)
    assert client.get(path).status_code == 404
    kinds = ContactEntry.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["asked", "answered", "closed", "reopened", "reassigned"]


def test_the_desk_is_filtered_and_searched(world, as_member):
    nora, other = a_specialist(), a_specialist(name="Omar")
    of_nora = a_request(a_company(name="Lakeshore"), now=world.now)
    of_other = a_request(a_company(name="Hillside"), now=world.now)
    assert (of_nora.staff_id, of_other.staff_id) == (nora.pk, other.pk)
    client = as_member("staff", nora.pk)

    def shown(**query):
        page = text_of(client.get("/desk/requests/", query))
        return [one.reference in page for one in (of_nora, of_other)]

    assert shown() == [True, True]
    assert shown(whose="mine") == [True, False]
    assert shown(q="hillside") == [False, True]
    assert shown(q=of_nora.reference.lower()) == [True, False]
    assert shown(state="closed") == [False, False]
    page = text_of(client.get("/desk/requests/", {"state": "closed"}))
    assert "No request matches this filter." in page


def staff_of(role):
    return StaffMember.objects.create(
        id=new_id("stf"), code=role, name=role, email=f"{role}@fjord.example", role=role
    )


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("specialist", 200),
        ("sales", 200),
        ("support", 200),
        ("finance", 404),
        ("catalogue", 404),
        ("operator", 404),
    ],
)
def test_only_who_answers_requests_has_a_desk_and_no_staff_asks(world, as_member, role, status):
    client = as_member("staff", staff_of(role).pk)

    assert client.get("/desk/requests/").status_code == status
    for path in ("/ask/", "/requests/"):
        assert client.get(path).status_code == 404


def test_a_partner_has_a_desk_with_what_is_routed_to_it(world, as_member):
    company, partner = a_company(), a_partner()
    a_specialist()
    subscription = a_subscription(
        renews_on=date(2027, 1, 10), company=company, sold=Sold("partner", partner=partner)
    )
    theirs = a_request(company, now=world.now, subscription_id=subscription.pk)
    other = a_request(company, now=world.now, subscription_id=subscription.pk, wants_vendor=True)

    client = as_member("partner", a_partner_person(partner).pk)

    home = client.get("/", follow=True)
    assert home.redirect_chain == [("/desk/requests/", 302)]
    desk = text_of(home)
    assert theirs.reference in desk
    assert other.reference not in desk
    assert "Hand it over" in text_of(client.get(f"/desk/requests/{theirs.pk}/"))
    for path in (f"/desk/requests/{other.pk}/", "/ask/", "/requests/", "/staff/mailbox/"):
        assert client.get(path).status_code == 404


def test_people_of_a_company_have_no_desk(world, as_member):
    company = a_company()
    a_specialist()
    request = a_request(company, now=world.now)
    client = as_member("person", manager_of(company).pk)

    assert client.get("/desk/requests/").status_code == 404
    for method in (client.get, client.post):
        answered = method(f"/desk/requests/{request.pk}/", {"step": "reopen"})
        assert answered.status_code == 404


def test_another_companys_request_is_not_there(world, as_member):
    a_specialist()
    kate = a_sales_person()
    theirs = a_request(a_company(), now=world.now)
    person = as_member("person", manager_of(a_company()).pk)
    before = ContactEntry.objects.count()

    for suffix in ("", "receipt/"):
        assert person.get(f"/requests/{theirs.pk}/{suffix}").status_code == 404
    assert person.post(f"/requests/{theirs.pk}/", {"message": "Hello"}).status_code == 404
    desk = as_member("staff", kate.pk)
    assert desk.get(f"/desk/requests/{theirs.pk}/").status_code == 404
    sent = {"step": "answer", "message": "Hello"}
    assert desk.post(f"/desk/requests/{theirs.pk}/", sent).status_code == 404
    assert ContactEntry.objects.count() == before


@pytest.mark.parametrize(
    "path",
    ["/ask/", "/ask/colleagues/", "/requests/", "/desk/requests/", "/subscriptions/x/assisted/"],
)
def test_without_signing_in_there_is_only_the_sign_in(world, client, path):
    assert client.get(path).url.startswith("/sign-in/")


def test_what_people_write_cannot_become_markup(world, as_member):
    company = a_company(name="<i>Nord</i>")
    nora = a_specialist()
    request = a_request(company, now=world.now, message="<script>alert(1)</script>")

    pages = [
        as_member("person", manager_of(company).pk).get(f"/requests/{request.pk}/"),
        as_member("person", manager_of(company).pk).get(f"/requests/{request.pk}/receipt/"),
        as_member("staff", nora.pk).get(f"/desk/requests/{request.pk}/"),
    ]

    for page in pages:
        assert "<script>alert" not in page.content.decode()
        assert "&lt;script&gt;alert(1)" in page.content.decode()
        assert "<i>Nord" not in page.content.decode()


def test_longer_lists_need_no_more_queries(world, as_member):
    company = a_company()
    nora = a_specialist()

    def queries(how_many, kind, identity, path):
        for number in range(how_many):
            person = a_person(company, name=f"P{number}", role="viewer")
            from perenne.accounts.queries import person_member

            a_request(company, now=world.now, member=person_member(person))
        client = as_member(kind, identity)
        client.get(path)
        with CaptureQueriesContext(connection) as seen:
            client.get(path)
        return len(seen)

    for who in (
        ("person", manager_of(company).pk, "/requests/"),
        ("staff", nora.pk, "/desk/requests/"),
    ):
        assert queries(2, *who) == queries(20, *who)
